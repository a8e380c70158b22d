/* check.c - see check.h. What progress.h and explain.h know, printed. */
#define _XOPEN_SOURCE 700 /* localtime_r, getpwuid */
#include "check.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attempts.h"
#include "cast.h"
#include "explain.h"
#include "print.h"
#include "progress.h"
#include "screen.h"
#include "state.h"

/* ---- Reading ------------------------------------------------------------------------------ */

/* Read the recordings of the state that is open. NULL after a complaint. */
static struct progress *read_progress(const struct worksheet *w, const struct state *s)
{
	struct progress *p = progress_open(w);
	const int result = p == NULL ? -1 : progress_update(p, s->recordings);

	if (p != NULL && p->complaint[0] != '\0')
		fprintf(stderr, "lab: %s: %s\n", s->path, p->complaint);
	else if (p != NULL && p->last == 0)
		fprintf(stderr, "lab: no recording of %s; `lab open %s` makes one\n", w->name, w->call);
	if (result != -1 && p->last > 0)
		return p;
	progress_close(p);
	return NULL;
}

/* The same of an attempt; sets its name. */
static struct progress *read_attempt(const struct worksheet *w, const char *attempt, char name[ATTEMPT_SIZE])
{
	struct progress *p = NULL;
	struct state s;

	if (state_open(&s, w, false) == 0 && (attempt == NULL || state_choose(&s, attempt) == 0)) {
		p = read_progress(w, &s);
		snprintf(name, ATTEMPT_SIZE, "%s", s.attempt);
	}
	state_close(&s);
	return p;
}

/* ---- As text ------------------------------------------------------------------------------ */

static void label(const char *name)
{
	printf("  %-9s ", name);
}

static void tell_line(const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	label(name);
	screen_print(stdout, text);
	putchar('\n');
}

/* Promised and seen in one: what is missing in [-...-], what is too much in {+...+}, as wdiff has it. */
static void tell_words(const struct words *words)
{
	static const char *const open[] = {"", "[-", "{+"}, *const close[] = {"", "-]", "+}"};

	if (words->missing + words->too_much == 0)
		return;
	label("differ:");
	for (size_t i = 0; i < words->count; i++) {
		const int is = (int)words->of[i].is;
		const bool first = i == 0 || (int)words->of[i - 1].is != is;
		const bool last = i + 1 == words->count || (int)words->of[i + 1].is != is;
		printf("%s%s", i > 0 ? " " : "", first ? open[is] : "");
		screen_print(stdout, words->of[i].text);
		fputs(last ? close[is] : "", stdout);
	}
	putchar('\n');
}

static void tell_explanation(const struct progress *p, const struct explanation *e)
{
	static const char *const standings[] = {"not done yet", "done so far", "differs", "done", "left out"};
	const struct promise *q = &p->promises[e->promise];

	printf("\nStep %d in T%d, %s:%d: %s\n", q->step->number, q->step->terminal, p->w->path, e->line,
		standings[q->standing]);
	tell_line(q->entry == NULL && q->exchange.typed != NULL ? "to type:" : "promised:", e->promised);
	tell_line("seen:", e->seen);
	if (e->seen != NULL)
		tell_words(&e->differ);
	if (e->reason != NOT_TYPED || e->blamed_step != q->step)
		tell_line("why:", e->why);
	tell_line("to do:", e->remedy);
	tell_line("hint:", e->hint);
}

static void tell_next(const struct explanation *e)
{
	if (e->next == NULL)
		return;
	printf("\nNext, in T%d: %s", e->next_terminal, e->next_is_key ? "press " : "");
	screen_print(stdout, e->next);
	putchar('\n');
}

/* A line for each section: how many of its steps are done. Steps before the first heading have none. */
static void tell_sections(const struct progress *p)
{
	const struct worksheet *w = p->w;

	for (int n = 0; n <= w->sections; n++) {
		size_t steps = 0, done = 0, begun = 0, left_out = 0;
		for (const struct step *s = w->steps; s < w->steps + w->count; s++) {
			const enum standing standing = progress_step(p, s);
			steps += s->section == n;
			done += s->section == n && standing == DONE;
			begun += s->section == n && standing != NOT_BEGUN;
			left_out += s->section == n && standing == LEFT_OUT;
		}
		if (steps == 0)
			continue;
		printf("%-48s ", n == 0 ? w->title : w->section[n - 1].title);
		if (left_out == steps)
			puts("left out (it takes minutes; not needed)");
		else if (done == steps)
			puts("done");
		else if (begun == 0)
			puts("-");
		else
			printf("%zu of %zu steps\n", done, steps);
	}
}

/* What is done, but was typed otherwise or more than once. */
static void tell_remarks(const struct progress *p)
{
	for (size_t i = 0; i < p->count; i++) {
		char *wording = explain_wording(p, i);
		size_t times = 0;
		if (wording != NULL && p->promises[i].standing == DONE) {
			printf("note: step %d, ", p->promises[i].step->number);
			screen_print(stdout, wording);
			putchar('\n');
		}
		free(wording);
		for (size_t k = 0; k < p->aside_count; k++)
			times += p->asides[k].promise == i;
		if (times > 0) {
			printf("note: step %d, T%d: `", p->promises[i].step->number, p->promises[i].step->terminal);
			screen_print(stdout, p->promises[i].entry->text);
			printf("` was typed %zu time%s more; not counted\n", times, times > 1 ? "s" : "");
		}
	}
	if (p->cut)
		puts("note: there were more ways to read this than could be tried; what is not done may be");
}

static bool is_done(const struct progress *p)
{
	size_t of;

	return progress_done(p, &of) == of;
}

static void tell(const struct progress *p, const char *attempt)
{
	struct explanation e;
	size_t of;
	const size_t done = progress_done(p, &of);

	if (attempt[0] != '\0')
		printf("%s, attempt %s\n", p->w->title, attempt);
	tell_sections(p);
	explain(p, p->next, &e);
	if (p->next < p->count)
		tell_explanation(p, &e);
	tell_remarks(p);
	tell_next(&e);
	explanation_free(&e);
	printf("%s: %zu of %zu steps done\n", p->w->name, done, of);
}

/* ---- As JSON ------------------------------------------------------------------------------ */

static void json_string(const char *name, const char *text)
{
	printf("\"%s\": ", name);
	if (text == NULL) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	cast_text(stdout, text, strlen(text), true);
	putchar('"');
}

static void json_time(const char *name, double when)
{
	const time_t seconds = (time_t)when;
	struct tm parts;
	char text[64] = "";

	if (localtime_r(&seconds, &parts) != NULL)
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &parts);
	json_string(name, text);
}

static void json_names(const struct names *names)
{
	fputs("\"bound\": {", stdout);
	for (size_t i = 0; i < names->count; i++)
		printf("%s\"%s\": %" PRIu64, i > 0 ? ", " : "", names->of[i].name, names->of[i].value);
	putchar('}');
}

static void json_words(const struct words *words)
{
	static const char *const kinds[] = {"same", "missing", "too much"};

	fputs("\"words\": [", stdout);
	for (size_t i = 0; i < words->count; i++) {
		fputs(i > 0 ? ", {" : "{", stdout);
		json_string(kinds[words->of[i].is], words->of[i].text);
		putchar('}');
	}
	putchar(']');
}

static void json_next(const struct explanation *e)
{
	if (e->next == NULL) {
		fputs("\"next\": null", stdout);
		return;
	}
	printf("\"next\": {\"terminal\": \"T%d\", ", e->next_terminal);
	json_string(e->next_is_key ? "key" : "type", e->next);
	putchar('}');
}

static void json_explanation(const struct explanation *e)
{
	fputs(", ", stdout);
	json_string("cause", reason_word(e->reason));
	fputs(", ", stdout);
	json_string("promised", e->promised);
	fputs(", ", stdout);
	json_string("seen", e->seen);
	printf(",\n   \"blamed\": ");
	if (e->blamed_terminal == 0) {
		fputs("null", stdout);
	} else {
		printf("{\"terminal\": \"T%d\", \"step\": %d, ", e->blamed_terminal,
			e->blamed_step == NULL ? 0 : e->blamed_step->number);
		json_string("typed", e->blamed == NULL ? NULL : e->blamed->text);
		putchar('}');
	}
	fputs(", ", stdout);
	json_words(&e->differ);
	fputs(",\n   ", stdout);
	json_string("why", e->why);
	fputs(", ", stdout);
	json_string("remedy", e->remedy);
	fputs(", ", stdout);
	json_string("hint", e->hint);
	fputs(", ", stdout);
	json_next(e);
}

static void json_step(const struct progress *p, const struct step *s)
{
	static const char *const words[] = {"not begun", "so far", "differs", "done", "left out"};
	const enum standing standing = progress_step(p, s);
	struct explanation e;
	size_t of, i = 0;
	const size_t kept = progress_kept(p, s, &of);
	char *wording = NULL;

	while (p->promises[i].step != s)
		i++;
	for (size_t k = i; k < p->count && p->promises[k].step == s && wording == NULL; k++)
		wording = p->promises[k].standing == DONE ? explain_wording(p, k) : NULL;
	while (i + 1 < p->count && p->promises[i + 1].step == s && p->promises[i].standing >= DONE)
		i++;
	printf("{\"step\": %d, \"section\": %d, \"terminal\": \"T%d\", ", s->number, s->section, s->terminal);
	explain(p, i, &e);
	printf("\"line\": %d, \"kept\": %zu, \"exchanges\": %zu, ", e.line > 0 ? e.line : s->line, kept, of);
	json_string("state", words[standing]);
	if (wording != NULL) {
		fputs(", ", stdout);
		json_string("note", wording);
	}
	if (standing < DONE && (standing != NOT_BEGUN || i <= p->next || i <= p->here))
		json_explanation(&e);
	putchar('}');
	explanation_free(&e);
	free(wording);
}

static void json_sections(const struct worksheet *w)
{
	fputs("\"sections\": [", stdout);
	for (int n = 0; n < w->sections; n++) {
		printf("%s\n  {\"section\": %d, \"line\": %d, ", n > 0 ? "," : "", n + 1, w->section[n].line);
		json_string("title", w->section[n].title);
		putchar('}');
	}
	fputs("\n],\n", stdout);
}

static void tell_json(const struct progress *p, const char *attempt)
{
	const struct passwd *user = getpwuid(getuid());
	struct explanation e;
	size_t of;
	const size_t done = progress_done(p, &of);

	putchar('{');
	json_string("user", user == NULL ? getenv("USER") : user->pw_name);
	fputs(", ", stdout);
	json_string("lab", p->w->name);
	fputs(", ", stdout);
	json_string("attempt", attempt);
	fputs(", ", stdout);
	json_time("begun", p->begun);
	fputs(", ", stdout);
	json_time("last", p->last);
	printf(",\n\"done\": %zu, \"of\": %zu, \"complete\": %s, \"cut\": %s, ", done, of, is_done(p) ? "true" : "false",
		p->cut ? "true" : "false");
	json_names(&p->names);
	fputs(",\n", stdout);
	json_sections(p->w);
	explain(p, p->next, &e);
	json_next(&e);
	explanation_free(&e);
	fputs(",\n\"steps\": [", stdout);
	for (size_t s = 0; s < p->w->count; s++) {
		fputs(s > 0 ? ",\n  " : "\n  ", stdout);
		json_step(p, &p->w->steps[s]);
	}
	puts("\n]}");
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* An earlier attempt may have got farther than the latest, of which `done` steps are done. Returns true if
 * it was finished. */
static bool tell_best(const struct worksheet *w, size_t done, bool json)
{
	struct state s;
	struct best best = {0};

	if (state_look(&s, w) == 0)
		best = attempts_best(w, &s);
	state_close(&s);
	if (!json && best.done > done)
		printf("Your best attempt is number %zu, of %s: %zu of %zu steps (lab check --attempt %zu %s)\n", best.number,
			best.name, best.done, best.of, best.number, w->call);
	return best.of > 0 && best.done == best.of;
}

int check(const struct worksheet *w, const char *attempt, bool json)
{
	char name[ATTEMPT_SIZE] = "";
	struct progress *p = read_attempt(w, attempt, name);
	size_t of;
	int status;

	if (p == NULL)
		return 1;
	if (json)
		tell_json(p, name);
	else
		tell(p, name);
	status = is_done(p) ? 0 : 1;
	if (status == 1 && attempt == NULL && tell_best(w, progress_done(p, &of), json))
		status = 0;
	progress_close(p);
	return status;
}

static bool tell_lab(const struct worksheet *w, const struct state *s)
{
	struct progress *p = read_progress(w, s);
	char when[32] = "";
	struct tm parts;
	size_t of, done;
	bool result;

	if (p == NULL)
		return false;
	done = progress_done(p, &of);
	result = done == of;
	const time_t last = (time_t)p->last;
	if (localtime_r(&last, &parts) != NULL)
		strftime(when, sizeof when, "%Y-%m-%d %H:%M", &parts);
	printf("%-32s %3zu of %3zu steps  %s", w->name, done, of, when);
	if (p->next < p->count)
		printf("  step %d is next", p->promises[p->next].step->number);
	putchar('\n');
	progress_close(p);
	return result;
}

int check_all(const struct worksheet *w, size_t count)
{
	size_t seen = 0, done = 0;

	for (size_t i = 0; i < count; i++) {
		struct state s;
		if (state_look(&s, &w[i]) == 0) {
			attempts_best(&w[i], &s);
			seen++;
			done += tell_lab(&w[i], &s);
		}
		state_close(&s);
	}
	if (seen == 0)
		fputs("lab: no recording of any lab; `lab open 1` makes one\n", stderr);
	return seen > 0 && done == seen ? 0 : 1;
}

/* ---- The transcript as it was observed ---------------------------------------------------- */

/* The promises of one terminal, in order: kept ones as the worksheet has them; for one that is not,
 * all that the terminal showed from there on. */
static void show_observed(const struct progress *p, int number)
{
	const struct history *t = &p->histories[number];
	size_t line = 0, d = 0;
	bool all_kept = true;

	for (size_t i = 0; i < p->count && all_kept; i++) {
		const struct promise *q = &p->promises[i];
		if (q->step->terminal != number || q->standing == LEFT_OUT)
			continue;
		all_kept = q->standing == DONE;
		if (!all_kept)
			break;
		if (q->exchange.typed != NULL)
			print_item(q->exchange.typed);
		for (size_t k = 0; k < q->exchange.count; k++)
			print_item(&q->exchange.expected[k]);
		line = q->used;
	}
	while (d < t->count && t->entries[d].first < line)
		d++;
	for (; !all_kept && (line < t->line_count || d < t->count); line++) {
		for (; d < t->count && t->entries[d].first <= line; d++)
			print_item(&(struct item){.kind = t->entries[d].kind, .text = t->entries[d].text});
		if (line < t->line_count)
			puts(t->lines[line].text);
	}
}

int check_observed(const struct worksheet *w, int number)
{
	char name[ATTEMPT_SIZE];
	struct progress *p = read_attempt(w, NULL, name);

	if (p == NULL)
		return 1;
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (number != 0 ? n != number : !p->histories[n].recorded)
			continue;
		if (number == 0)
			printf("# T%d\n", n);
		show_observed(p, n);
	}
	progress_close(p);
	return 0;
}
