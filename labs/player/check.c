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
#include "plain.h"
#include "print.h"
#include "progress.h"
#include "screen.h"
#include "state.h"
#include "wording.h"

/* ---- Reading ------------------------------------------------------------------------------ */

/* Read the recordings of the state that is open. NULL after a complaint. */
static struct progress *read_progress(const struct worksheet *w, const struct state *s)
{
	struct progress *p = progress_open(w);
	const int result = p == NULL ? -1 : progress_update(p, s->recordings);

	if (p != NULL && p->complaint[0] != '\0')
		fprintf(stderr, "lab: %s: %s\n", s->path, p->complaint);
	else if (p != NULL && p->last == 0)
		fprintf(stderr, "lab: no recording of %s; `lab open %s` makes one\n", w->name,
			w->call);
	if (result != -1 && p->last > 0)
		return p;
	progress_close(p);
	return NULL;
}

static bool has_files(const struct source *from)
{
	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (from->files[n] != NULL)
			return true;
	return false;
}

/* The same of what was chosen; sets the attempt's name. */
static struct progress *read_source(
	const struct worksheet *w, const struct source *from, char name[ATTEMPT_SIZE])
{
	const char *attempt = from->attempt;
	struct progress *p = NULL;
	struct state s;

	if (has_files(from))
		return plain_progress(w, from->files);
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

/* Promised and seen in one: what is missing in [-...-], what is too much in {+...+}, as wdiff has
 * it. */
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
	static const char *const standings[] = {
		"not done yet", "done so far", "differs", "done", "left out"};
	const struct promise *q = &p->promises[e->promise];

	printf("\nStep %d in T%d, %s:%d: %s\n", q->step->number, q->step->terminal, p->w->path,
		e->line, standings[q->standing]);
	tell_line(q->entry == NULL && q->exchange.typed != NULL ? "to type:" : "promised:",
		e->promised);
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

/* A line for each section: how many of its steps are done. Steps before the first heading have
 * none. */
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
			printf("note: step %d, T%d: `", p->promises[i].step->number,
				p->promises[i].step->terminal);
			screen_print(stdout, p->promises[i].entry->text);
			printf("` was typed %zu time%s more; not counted\n", times,
				times > 1 ? "s" : "");
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
		printf("%s\"%s\": %" PRIu64, i > 0 ? ", " : "", names->of[i].name,
			names->of[i].value);
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
	printf("{\"step\": %d, \"section\": %d, \"terminal\": \"T%d\", ", s->number, s->section,
		s->terminal);
	explain(p, i, &e);
	printf("\"line\": %d, \"kept\": %zu, \"exchanges\": %zu, ", e.line > 0 ? e.line : s->line,
		kept, of);
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

/* When the latest step was done, or the attempt began: since then it stands where it stands. Plain text
 * does not tell. */
static void json_since(const struct progress *p)
{
	double since = p->begun;

	for (size_t i = 0; i < p->count; i++)
		if (p->promises[i].standing == DONE && p->promises[i].at > since)
			since = p->promises[i].at;
	if (p->timeless)
		json_string("since", NULL);
	else
		json_time("since", since);
}

/* The last command that was typed, wherever. */
static void json_last_command(const struct progress *p)
{
	const struct entry *last = NULL;
	int terminal = 0;

	for (int n = 1; n <= TERMINALS_MAX; n++)
		for (size_t d = 0; d < p->histories[n].count; d++) {
			const struct entry *e = &p->histories[n].entries[d];
			if (e->kind != COMMAND || (last != NULL && e->at < last->at))
				continue;
			last = e;
			terminal = n;
		}
	if (last == NULL || p->timeless) {
		json_string("typed", NULL);
		return;
	}
	printf("\"typed\": {\"terminal\": \"T%d\", ", terminal);
	json_string("text", last->text);
	fputs(", ", stdout);
	json_time("at", last->at);
	putchar('}');
}

static void json_sections(const struct worksheet *w)
{
	fputs("\"sections\": [", stdout);
	for (int n = 0; n < w->sections; n++) {
		printf("%s\n  {\"section\": %d, \"line\": %d, ", n > 0 ? "," : "", n + 1,
			w->section[n].line);
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
	fputs(", ", stdout);
	json_since(p);
	fputs(",\n", stdout);
	json_last_command(p);
	printf(",\n\"done\": %zu, \"of\": %zu, \"complete\": %s, \"cut\": %s, ", done, of,
		is_done(p) ? "true" : "false", p->cut ? "true" : "false");
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

/* An earlier attempt may have got farther than the latest, of which `done` steps are done. Returns
 * true if it was finished. */
static bool tell_best(const struct worksheet *w, size_t done, bool json)
{
	struct state s;
	struct best best = {0};

	if (state_look(&s, w) == 0)
		best = attempts_best(w, &s);
	state_close(&s);
	if (!json && best.done > done)
		printf("Your best attempt is number %zu, of %s: %zu of %zu steps (lab check --attempt %zu %s)\n",
			best.number, best.name, best.done, best.of, best.number, w->call);
	return best.of > 0 && best.done == best.of;
}

int check(const struct worksheet *w, const struct source *from, bool json)
{
	char name[ATTEMPT_SIZE] = "";
	struct progress *p = read_source(w, from, name);
	size_t of;
	int status;

	if (p == NULL)
		return 1;
	if (json)
		tell_json(p, name);
	else
		tell(p, name);
	status = is_done(p) ? 0 : 1;
	if (status == 1 && from->attempt == NULL && !has_files(from) &&
		tell_best(w, progress_done(p, &of), json))
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

/* What a terminal showed is told up to here: the next thing typed, the next line. */
struct told {
	const struct history *history;
	size_t entry, line;
};

static size_t index_of(const struct history *t, const struct entry *entry)
{
	return (size_t)(entry - t->entries);
}

/* As it was typed and seen, what comes before entry `entry` and line `line`. */
static void show_seen(struct told *told, size_t entry, size_t line)
{
	const struct history *t = told->history;

	while (told->entry < entry || told->line < line) {
		if (told->entry < entry &&
			(t->entries[told->entry].first <= told->line || told->line >= line)) {
			const struct entry *e = &t->entries[told->entry++];
			print_item(&(struct item){.kind = e->kind, .text = e->text});
		} else {
			const struct line *l = &t->lines[told->line++];
			if (l->soft)
				continue; /* the shell's own remark on a job */
			screen_print(stdout, l->text);
			putchar('\n');
		}
	}
}

/* So many lines are looked at for one promise. */
enum { SEEN_MAX = 5000 };

/* Which of the promised lines agree with which of those seen, in order: as many as possible.
 * `with[i]` becomes the line for promise i, or `end`. */
static void align(
	const struct promise *q, const struct history *t, size_t first, size_t end, size_t *with)
{
	const size_t n = q->exchange.count;
	size_t m = end - first;
	unsigned *best = NULL;
	struct names names;
	size_t i = 0, k = 0;

	if (m > SEEN_MAX)
		m = SEEN_MAX;
	for (size_t j = 0; j < n; j++)
		with[j] = end;
	best = calloc((n + 1) * (m + 1), sizeof *best);
	if (best == NULL)
		return;
#define BEST(a, b) best[(a) * (m + 1) + (b)]
	for (i = n; i-- > 0;) {
		for (k = m; k-- > 0;) {
			const unsigned without =
				BEST(i + 1, k) > BEST(i, k + 1) ? BEST(i + 1, k) : BEST(i, k + 1);
			names = q->names;
			const bool agrees = q->exchange.expected[i].kind == OUTPUT &&
					    match_line(q->exchange.expected[i].text,
						    t->lines[first + k].text, &names);
			BEST(i, k) = agrees && BEST(i + 1, k + 1) + 1 > without
					     ? BEST(i + 1, k + 1) + 1
					     : without;
		}
	}
	for (i = k = 0; i < n && k < m;) {
		if (BEST(i, k) == BEST(i + 1, k))
			i++;
		else if (BEST(i, k) == BEST(i, k + 1))
			k++;
		else
			with[i++] = first + k++;
	}
#undef BEST
	free(best);
}

/* A promise that is not kept: each promised line that is there as the worksheet has it, the others
 * as seen. What a `...` stands for is not shown; nor is what is missing. */
static void show_departed(struct told *told, const struct promise *q, size_t end)
{
	const struct history *t = told->history;
	size_t *with = calloc(q->exchange.count + 1, sizeof *with);
	bool anything = false;

	if (with == NULL)
		return;
	align(q, t, told->line, end, with);
	for (size_t i = 0; i < q->exchange.count; i++) {
		const struct item *item = &q->exchange.expected[i];
		if (item->kind == ANYTHING && !anything) {
			print_item(item);
			anything = true;
		}
		if (item->kind == ANYTHING || with[i] == end)
			continue;
		if (!anything)
			show_seen(told, told->entry, with[i]);
		print_item(item);
		told->line = with[i] + 1;
		anything = false;
	}
	if (!anything)
		show_seen(told, told->entry, end);
	told->line = end;
	free(with);
}

static bool has_evidence(const struct promise *q)
{
	return q->standing != NOT_BEGUN && q->standing != LEFT_OUT &&
	       (q->entry != NULL || q->used > q->first || q->exchange.typed == NULL);
}

/* The first line that keeps the promise. What a `...` in front of that covers may be seen by a promise
 * before, of which not all is there. */
static size_t first_promised(const struct promise *q, const struct history *t)
{
	const struct exchange *e = &q->exchange;
	struct names names;
	size_t line = q->first;

	if (e->count < 2 || e->expected[0].kind != ANYTHING || e->expected[1].kind != OUTPUT)
		return line;
	for (names = q->names; line < q->used; line++, names = q->names)
		if (match_line(e->expected[1].text, t->lines[line].text, &names))
			return line;
	return q->first;
}

/* Where what keeps promise `i` begins: told up to there is what stands before it. */
static void begin_of(const struct promise *q, const struct history *t, size_t *entry, size_t *line)
{
	if (q->exchange.typed != NULL && q->entry != NULL) {
		*entry = index_of(t, q->entry);
		*line = q->entry->first;
		return;
	}
	*line = first_promised(q, t);
	for (*entry = 0; *entry < t->count && t->entries[*entry].first <= *line; ++*entry)
		;
}

/* The first promise of the terminal behind `i` that something was seen of; p->count if there is
 * none. */
static size_t next_seen(const struct progress *p, size_t i, int number)
{
	for (i++; i < p->count; i++)
		if (p->promises[i].step->terminal == number && has_evidence(&p->promises[i]))
			return i;
	return p->count;
}

static void show_typed(const struct promise *q)
{
	const struct entry *typed = q->latest != NULL ? q->latest : q->entry;
	struct names names = q->names;

	if (q->exchange.typed == NULL)
		return;
	if (typed == NULL || !q->worded || match_line(q->exchange.typed->text, typed->text, &names))
		print_item(q->exchange.typed);
	else
		print_item(&(struct item){.kind = typed->kind, .text = typed->text});
}

static void show_promised(const struct promise *q)
{
	show_typed(q);
	for (size_t k = 0; k < q->exchange.count; k++)
		print_item(&q->exchange.expected[k]);
}

/* The last line of what promise `i` may have to show: up to the next thing typed, or to what a
 * later promise was kept by. */
static size_t end_of(const struct progress *p, size_t i, int number, const struct told *told)
{
	const struct history *t = told->history;
	const size_t next = next_seen(p, i, number);
	size_t end = told->entry < t->count ? t->entries[told->entry].first : t->line_count, entry,
	       line;

	if (next < p->count) {
		begin_of(&p->promises[next], t, &entry, &line);
		end = line < end ? line : end;
	}
	return end < told->line ? told->line : end;
}

/* What stands where promise `q` should, up to entry `entry` and line `line`. Perhaps its program was
 * run, in words that are another promise's: then what it showed is compared all the same. */
static void show_instead(struct told *told, const struct promise *q, size_t entry, size_t line)
{
	const struct history *t = told->history;
	const struct entry *e = told->entry < entry ? &t->entries[told->entry] : NULL;
	const struct item *typed = q->exchange.typed;

	if (e != NULL && e->kind == COMMAND && typed->kind == COMMAND && told->line >= e->first &&
		wording_same_program(typed->text, e->text)) {
		const size_t end = ++told->entry < t->count ? e[1].first : t->line_count;
		print_item(&(struct item){.kind = e->kind, .text = e->text});
		show_departed(told, q, end < line ? end : line);
	}
	show_seen(told, entry, line);
}

/* The promises of one terminal, in order: kept ones as the worksheet has them; of one that is not,
 * what is there; and where something else was done in its place, that. */
static void show_observed(const struct progress *p, int number, int section)
{
	struct told told = {.history = &p->histories[number]};
	const struct history *t = told.history;
	size_t entry, line;

	for (size_t i = 0; i < p->count; i++) {
		const struct promise *q = &p->promises[i];
		if (q->step->terminal != number)
			continue;
		const bool shown = section == 0 || q->step->section == section;
		if (q->standing == DONE || q->standing == LEFT_OUT) {
			if (shown)
				show_promised(q);
			if (q->standing == LEFT_OUT)
				continue;
			begin_of(q, t, &entry, &line);
			told.entry = entry + (q->exchange.typed != NULL && q->entry != NULL);
			told.line = q->used;
		} else if (has_evidence(q) || q->exchange.typed == NULL) {
			if (has_evidence(q)) {
				begin_of(q, t, &entry, &line);
				told.entry =
					entry + (q->exchange.typed != NULL && q->entry != NULL);
				told.line = line;
			}
			if (shown) {
				show_typed(q);
				show_departed(&told, q, end_of(p, i, number, &told));
			}
		} else if (q->exchange.typed != NULL && shown) {
			const size_t next = next_seen(p, i, number);
			entry = t->count;
			line = t->line_count;
			if (next < p->count)
				begin_of(&p->promises[next], t, &entry, &line);
			show_instead(&told, q, entry, line);
		}
	}
}

/* The steps of the terminals that there are files of: what nobody could see is not waited for. */
static struct worksheet only_those(const struct worksheet *w, const struct source *from)
{
	struct worksheet some = *w;

	some.steps = calloc(w->count, sizeof *some.steps);
	some.count = 0;
	for (size_t s = 0; some.steps != NULL && s < w->count; s++)
		if (from->files[w->steps[s].terminal] != NULL)
			some.steps[some.count++] = w->steps[s];
	return some;
}

int check_observed(const struct worksheet *w, const struct source *from, int number, int section)
{
	char name[ATTEMPT_SIZE];
	struct worksheet some = only_those(w, from);
	struct progress *p = read_source(some.count > 0 ? &some : w, from, name);

	if (p == NULL) {
		free(some.steps);
		return 1;
	}
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (number != 0 ? n != number : !p->histories[n].recorded)
			continue;
		if (number == 0)
			printf("# T%d\n", n);
		show_observed(p, n, section);
	}
	progress_close(p);
	free(some.steps);
	return 0;
}
