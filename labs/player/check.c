/*
 * check.c - see check.h.
 *
 * A worksheet is a list of promises: each is something typed (or nothing) and the lines that follow.
 * A person may have typed other things in between, and things twice; so each promise looks for the
 * first entry that keeps it, and goes on to another if a later promise cannot be kept with that one:
 * a search with going back, and a bound on how long it may take.
 */
#define _XOPEN_SOURCE 700 /* strdup, strndup */
#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "match.h"
#include "print.h"
#include "state.h"

enum { COMPARISONS_MAX = 20000 };

/* Where in its recording each terminal has got to, and what is bound. */
struct place {
	struct {
		size_t entry; /* one more than the index of the latest entry that kept a promise */
		size_t line; /* the next line to account for */
	} at[TERMINALS_MAX + 1];
	struct names names;
};

enum progress { OPEN, DONE, DEPARTED };

struct promise {
	const struct step *step;
	struct exchange exchange;
	bool to_end; /* the command must have ended: another one follows in this terminal */
	enum progress state;
	size_t first, used; /* DONE: the lines first .. used - 1 of its terminal kept it */
	size_t extra;       /* DONE: lines among these that nobody promised */
	const char *wanted, *seen; /* DEPARTED: the line promised, the line seen */
	int line;                  /* DEPARTED: of the worksheet */
	struct names names;        /* DEPARTED: what was bound by then */
};

struct check {
	const struct worksheet *w;
	struct history histories[TERMINALS_MAX + 1];
	struct promise *promises;
	size_t count;
	int comparisons;
	struct names names; /* at the end */
	/* The farthest that the search got. */
	size_t farthest;
	struct place farthest_place;
};

/* ---- Promises ----------------------------------------------------------------------------- */

static void list_promises(struct check *c)
{
	const struct worksheet *w = c->w;
	size_t room = 0;

	for (size_t s = 0; s < w->count; s++)
		room += w->steps[s].count;
	c->promises = calloc(room + 1, sizeof *c->promises);
	for (size_t s = 0; c->promises != NULL && s < w->count; s++)
		for (size_t at = 0; at < w->steps[s].count;) {
			struct promise *p = &c->promises[c->count++];
			p->step = &w->steps[s];
			at = worksheet_exchange(&w->steps[s], at, &p->exchange);
		}
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = i + 1; k < c->count; k++)
			if (c->promises[k].step->terminal == c->promises[i].step->terminal) {
				const struct item *next = c->promises[k].exchange.typed;
				c->promises[i].to_end = next != NULL && next->kind == COMMAND;
				break;
			}
}

/* ---- One promise and one entry ------------------------------------------------------------- */

/* Where the lines of the command that entry `d` belongs to end. */
static size_t end_of_lines(const struct history *t, size_t d)
{
	for (d++; d < t->count; d++)
		if (t->entries[d].kind == COMMAND)
			return t->entries[d].first;
	return t->line_count;
}

/* Compare with lines that nobody promised allowed anywhere: `...` before each line and at the end. */
static enum verdict compare_loosely(const struct promise *p, const struct seen *seen, struct names *names,
	size_t *used)
{
	struct item *items = calloc(2 * p->exchange.count + 1, sizeof *items);
	struct departure where;
	enum verdict verdict;
	size_t n = 0;

	if (items == NULL)
		return DIFFERS;
	for (size_t i = 0; i < p->exchange.count; i++) {
		if (!p->step->unordered)
			items[n++] = (struct item){.kind = ANYTHING};
		items[n++] = p->exchange.expected[i];
	}
	if (p->step->unordered)
		items[n++] = (struct item){.kind = ANYTHING};
	verdict = match_lines(items, n, p->step->unordered, false, seen, names, used, &where);
	free(items);
	return verdict;
}

static size_t count_promised(const struct promise *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->exchange.count; i++)
		count += p->exchange.expected[i].kind == OUTPUT;
	return count;
}

/* Note down the first line that departs. */
static void depart(struct promise *p, const struct seen *seen, const struct departure *where)
{
	const struct exchange *e = &p->exchange;
	const bool all_met = where->item >= e->count;

	p->state = DEPARTED;
	p->wanted = all_met ? "(nothing more)" : e->expected[where->item].text;
	p->line = !all_met      ? e->expected[where->item].line :
		  e->count > 0  ? e->expected[e->count - 1].line + 1 :
				  e->typed->line;
	p->seen = "(nothing)";
	for (size_t i = where->rows ? 0 : where->line; i < seen->count; i++)
		if (!where->rows || i >= 256 || (where->taken[i / 64] >> i % 64 & 1) == 0) {
			p->seen = seen->lines[i].text;
			break;
		}
	p->names = where->names;
}

/* Is the promise kept by entry `d` (the lines from `line` on)? Sets p's state; on DONE, binds names. */
static bool keep(struct check *c, struct promise *p, size_t d, size_t line, struct names *names)
{
	const struct history *t = &c->histories[p->step->terminal];
	const struct entry *entry = &t->entries[d];
	struct seen seen;
	struct departure where;
	size_t used = 0;
	enum verdict verdict;
	bool loosely = false;

	line = line < entry->first ? entry->first : line;
	seen = (struct seen){.lines = t->lines == NULL ? NULL : t->lines + line, .count = end_of_lines(t, d) - line,
		.ended = entry->ended && p->to_end}; /* else later promises' lines follow in it */
	if (c->comparisons++ > COMPARISONS_MAX)
		return false;
	verdict = match_lines(p->exchange.expected, p->exchange.count, p->step->unordered, p->to_end, &seen,
		names, &used, &where);
	if (verdict != AGREES) {
		loosely = true;
		if (!p->to_end || seen.ended)
			verdict = compare_loosely(p, &seen, names, &used);
	}
	if (verdict == WAITING && entry->ended)
		verdict = DIFFERS; /* what it waits for will not come any more */
	p->state = OPEN;
	if (verdict == AGREES) {
		p->state = DONE;
		p->first = line;
		p->used = line + used;
		used = p->to_end ? seen.count : used;
		p->extra = loosely && used > count_promised(p) ? used - count_promised(p) : 0;
		return true;
	}
	if (verdict == DIFFERS)
		depart(p, &seen, &where);
	return false;
}

/* ---- Which entries -------------------------------------------------------------------------- */

/* The same but for runs of blanks. */
static bool same_text(const char *a, const char *b)
{
	for (; *a != '\0' || *b != '\0'; a++, b++) {
		const size_t blanks_a = strspn(a, " \t"), blanks_b = strspn(b, " \t");
		if ((blanks_a > 0) != (blanks_b > 0) && a[blanks_a] != '\0' && b[blanks_b] != '\0')
			return false;
		a += blanks_a;
		b += blanks_b;
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
	return true;
}

/* The same program: the first word that is not sudo. */
static bool same_program(const char *a, const char *b)
{
	size_t length;

	a += strncmp(a, "sudo ", 5) == 0 ? 5 : 0;
	b += strncmp(b, "sudo ", 5) == 0 ? 5 : 0;
	length = strcspn(a, " \t");
	return length == strcspn(b, " \t") && strncmp(a, b, length) == 0;
}

enum likeness { UNLIKE, LIKE, SAME };

/* How like is the entry to what the promise types? A command whose output is promised may be written
 * another way, as long as the same program shows the same lines. */
static enum likeness likeness(const struct promise *p, const struct entry *entry, const struct names *names)
{
	const struct item *typed = p->exchange.typed;
	enum likeness result = UNLIKE;
	char *text;

	if (entry->kind != typed->kind)
		return UNLIKE;
	text = match_fill(typed->text, names);
	if (text != NULL && same_text(text, entry->text))
		result = SAME;
	else if (text != NULL && typed->kind == COMMAND && count_promised(p) > 0 &&
		 same_program(text, entry->text))
		result = LIKE;
	free(text);
	return result;
}

/* ---- The search --------------------------------------------------------------------------- */

static bool search(struct check *c, size_t i, struct place *place);

/* Try entry `d` for promise `i`, and the rest behind it. */
static bool try_entry(struct check *c, size_t i, size_t d, struct place *place)
{
	struct promise *p = &c->promises[i];
	struct place *next = malloc(sizeof *next);
	bool good = false;

	if (next == NULL)
		return false;
	*next = *place;
	if (keep(c, p, d, place->at[p->step->terminal].line, &next->names)) {
		next->at[p->step->terminal].entry = d + 1;
		next->at[p->step->terminal].line = p->used;
		good = search(c, i + 1, next);
	}
	free(next);
	return good;
}

/* Find entries for all promises from `i` on. */
static bool search(struct check *c, size_t i, struct place *place)
{
	const struct promise *p = &c->promises[i];
	const struct history *t = &c->histories[i < c->count ? p->step->terminal : 0];
	const size_t begin = i < c->count ? place->at[p->step->terminal].entry : 0;

	if (i >= c->farthest) {
		c->farthest = i;
		c->farthest_place = *place;
	}
	if (i == c->count)
		return true;
	if (p->exchange.typed == NULL)
		return begin > 0 && try_entry(c, i, begin - 1, place);
	for (enum likeness want = SAME; want >= LIKE; want--)
		for (size_t d = begin; d < t->count && c->comparisons <= COMPARISONS_MAX; d++)
			if (likeness(p, &t->entries[d], &place->names) == want && try_entry(c, i, d, place))
				return true;
	return false;
}

/* A promise on its own: the first entry that keeps it; else what departs. Moves `place` on. */
static bool settle(struct check *c, struct promise *p, struct place *place)
{
	const int terminal = p->step->terminal;
	const struct history *t = &c->histories[terminal];
	const size_t begin = place->at[terminal].entry;
	struct promise departed = *p;

	c->comparisons = 0;
	departed.state = OPEN;
	for (enum likeness want = SAME; want >= LIKE; want--)
		for (size_t d = p->exchange.typed == NULL ? begin - 1 : begin; d < t->count; d++) {
			if (p->exchange.typed == NULL ? d != begin - 1 || want != SAME :
							likeness(p, &t->entries[d], &place->names) != want)
				continue;
			if (keep(c, p, d, place->at[terminal].line, &place->names)) {
				place->at[terminal].entry = d + 1;
				place->at[terminal].line = p->used;
				return true;
			}
			/* Of several tries, the one that got farthest. */
			if (p->state == DEPARTED && (departed.state != DEPARTED || p->line > departed.line))
				departed = *p;
		}
	*p = departed;
	return false;
}

/*
 * The farthest prefix of promises that can be kept together is done. The next one is where the person
 * is, or where he departed; those after it are looked at one by one, so that what is right is seen to
 * be right, and what follows from the departure is not told as another one.
 */
static void judge(struct check *c)
{
	struct place *place = calloc(1, sizeof *place);
	size_t stuck, all = c->count;

	if (place == NULL)
		return;
	search(c, 0, place);
	stuck = c->farthest;
	*place = (struct place){0};
	c->count = stuck;
	c->comparisons = 0;
	c->farthest = 0;
	search(c, 0, place); /* once more, so that the entries of this prefix are those noted down */
	*place = c->farthest_place;
	c->count = all;
	for (size_t i = stuck; i < all; i++) {
		struct promise *p = &c->promises[i];
		if (!settle(c, p, place) && i > stuck)
			p->state = OPEN;
	}
	c->names = place->names;
	free(place);
}

/* ---- What is told ------------------------------------------------------------------------- */

/* A step is done if all its promises are, and departed if one is. */
static const struct promise *worst_of(const struct check *c, const struct step *s)
{
	const struct promise *worst = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct promise *p = &c->promises[i];
		if (p->step == s && (worst == NULL || worst->state == DONE ||
					    (worst->state == OPEN && p->state == DEPARTED)))
			worst = p;
	}
	return worst;
}

/* The worksheet's own last sentences before the step: what is to be done. */
static void hint(const struct worksheet *w, const struct step *s, char *text, size_t size)
{
	const char *begin = w->text + s->prose, *end = w->text + s->fence, *paragraph;
	size_t at = 0;

	while (end > begin && strchr(" \n\r", end[-1]) != NULL)
		end--;
	paragraph = end;
	while (paragraph > begin && !(paragraph[-1] == '\n' && paragraph < end && *paragraph == '\n'))
		paragraph--;
	for (const char *c = paragraph; c < end && at + 2 < size; c++) {
		if (*c == '*' && c[1] == '*')
			c++;
		else if (strchr(" \n\r", *c) == NULL)
			text[at++] = *c;
		else if (at > 0 && text[at - 1] != ' ')
			text[at++] = ' ';
	}
	text[at] = '\0';
}

static void tell_names(FILE *to, const struct names *names, const char *form, const char *between)
{
	for (size_t i = 0; i < names->count; i++) {
		fputs(i > 0 ? between : "", to);
		fprintf(to, form, names->of[i].name, names->of[i].value);
	}
}

/* What is to be typed next: the step's first thing that is not done. */
static void tell_promise(const struct check *c, const struct promise *p)
{
	char text[600];

	if (p->state == DEPARTED) {
		printf("          promised: %s   (%s:%d)\n", p->wanted, c->w->path, p->line);
		printf("          seen:     %s\n", p->seen);
		printf("          bound:    ");
		tell_names(stdout, &p->names, "%s=%" PRIu64, " ");
		puts(p->names.count == 0 ? "nothing yet" : "");
	} else if (p->exchange.typed != NULL) {
		printf("          to do:    %s\n", p->exchange.typed->text);
	} else {
		printf("          to come:  %s\n", p->exchange.expected[0].text);
	}
	hint(c->w, p->step, text, sizeof text);
	if (text[0] != '\0')
		printf("          hint:     %s\n", text);
}

static size_t count_done(const struct check *c)
{
	size_t done = 0;

	for (size_t s = 0; s < c->w->count; s++)
		done += worst_of(c, &c->w->steps[s])->state == DONE;
	return done;
}

static void tell(const struct check *c)
{
	static const char *const words[] = {"not yet", "done", "DEPARTED"};
	bool told = false; /* only the first that is not done is explained */

	for (size_t s = 0; s < c->w->count; s++) {
		const struct step *step = &c->w->steps[s];
		const struct promise *p = worst_of(c, step);
		size_t extra = 0;
		for (size_t i = 0; i < c->count; i++)
			extra += c->promises[i].step == step ? c->promises[i].extra : 0;
		printf("step %3d  T%d  %s", step->number, step->terminal, words[p->state]);
		if (p->state == DONE && extra > 0)
			printf(" (and %zu line%s more than promised)", extra, extra > 1 ? "s" : "");
		putchar('\n');
		if (p->state != DONE && !told)
			tell_promise(c, p);
		told = told || p->state != DONE;
	}
	printf("%s: %zu of %zu steps done\n", c->w->name, count_done(c), c->w->count);
}

static void tell_string(const char *name, const char *text, const char *after)
{
	printf("\"%s\": \"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	}
	printf("\"%s", after);
}

/* How many exchanges of the step are kept, of how many. */
static size_t count_kept(const struct check *c, const struct step *s, size_t *of)
{
	size_t kept = 0;

	*of = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->promises[i].step == s) {
			kept += c->promises[i].state == DONE;
			++*of;
		}
	return kept;
}

static void tell_json(const struct check *c)
{
	static const char *const words[] = {"open", "done", "departed"};
	char text[600];
	size_t kept, of;

	printf("{");
	tell_string("lab", c->w->name, ", ");
	printf("\"done\": %zu, \"of\": %zu, \"complete\": %s, \"bound\": {", count_done(c), c->w->count,
		count_done(c) == c->w->count ? "true" : "false");
	tell_names(stdout, &c->names, "\"%s\": %" PRIu64, ", ");
	printf("}, \"steps\": [");
	for (size_t s = 0; s < c->w->count; s++) {
		const struct step *step = &c->w->steps[s];
		const struct promise *p = worst_of(c, step);
		printf("%s\n  {\"step\": %d, \"terminal\": \"T%d\", ", s > 0 ? "," : "", step->number,
			step->terminal);
		printf("\"line\": %d, ", p->state == DEPARTED ? p->line : step->line);
		kept = count_kept(c, step, &of);
		printf("\"kept\": %zu, \"exchanges\": %zu, ", kept, of);
		tell_string("state", words[p->state], "");
		if (p->state == DEPARTED) {
			printf(", ");
			tell_string("promised", p->wanted, ", ");
			tell_string("seen", p->seen, ", ");
			hint(c->w, step, text, sizeof text);
			tell_string("hint", text, "");
		}
		printf("}");
	}
	printf("\n]}\n");
}

/* ---- The whole ---------------------------------------------------------------------------- */

static int read_histories(struct check *c)
{
	const unsigned long long version = state_version(c->w);
	struct state state;
	bool any = false;
	int result = state_open(&state, c->w, false);

	for (int n = 1; n <= TERMINALS_MAX && result == 0; n++) {
		struct history *t = &c->histories[n];
		result = history_update(t, state.recordings, n);
		if (result < 0)
			fprintf(stderr, "lab: %s/T%d.cast: %s\n", state.path, n,
				result == -1 ? strerror(errno) : "not a recording of yours");
		else if (t->recorded && t->version != version) {
			fprintf(stderr,
				"lab: %s/T%d.cast was recorded with another version of this worksheet; "
				"open its terminals again to begin anew\n",
				state.path, n);
			result = -1;
		}
		result = result > 0 ? 0 : result;
		if (t->cut)
			fprintf(stderr, "lab: %s/T%d.cast is cut off; its whole lines are used\n",
				state.path, n);
		any = any || t->recorded;
	}
	if (result == 0 && !any) {
		fprintf(stderr, "lab: no recording of %s; `lab term %s T1` makes one\n", c->w->name, c->w->name);
		result = -1;
	}
	state_close(&state);
	return result;
}

static struct check *make(const struct worksheet *w)
{
	struct check *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->w = w;
	if (read_histories(c) == 0) {
		list_promises(c);
		judge(c);
		return c;
	}
	free(c);
	return NULL;
}

static void end(struct check *c)
{
	for (int n = 1; n <= TERMINALS_MAX; n++)
		history_free(&c->histories[n]);
	free(c->promises);
	free(c);
}

int check(const struct worksheet *w, bool json)
{
	struct check *c = make(w);
	int status;

	if (c == NULL)
		return 1;
	if (json)
		tell_json(c);
	else
		tell(c);
	status = count_done(c) == w->count ? 0 : 1;
	end(c);
	return status;
}

/* ---- The transcript as it was observed ---------------------------------------------------- */

/* The promises of one terminal, in order: kept ones as the worksheet has them; for one that is not,
 * all that the terminal showed from there on. */
static void show_observed(const struct check *c, int number)
{
	const struct history *t = &c->histories[number];
	size_t line = 0, d = 0;
	bool all_kept = true;

	for (size_t i = 0; i < c->count && all_kept; i++) {
		const struct promise *p = &c->promises[i];
		if (p->step->terminal != number)
			continue;
		if (p->state != DONE) {
			all_kept = false;
			break;
		}
		if (p->exchange.typed != NULL)
			print_item(p->exchange.typed);
		for (size_t k = 0; k < p->exchange.count; k++)
			print_item(&p->exchange.expected[k]);
		line = p->used;
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
	struct check *c = make(w);

	if (c == NULL)
		return 1;
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (number != 0 ? n != number : !c->histories[n].recorded)
			continue;
		if (number == 0)
			printf("# T%d\n", n);
		show_observed(c, n);
	}
	end(c);
	return 0;
}
