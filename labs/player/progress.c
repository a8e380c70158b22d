/*
 * progress.c - see progress.h.
 *
 * A worksheet is a list of promises. A reading of the recordings says which entry and which lines
 * keep each of them. A person types other things in between, things twice, forgets one and goes on,
 * and goes back to an earlier part to do it again. So a reading is a path that the search lengthens
 * promise by promise: the next one is kept by one of the entries that were typed later in its
 * terminal, or passed over; and where it cannot be kept, an earlier command that was typed again is
 * taken up again, and what follows from it. Each kept promise counts for a path, each passed over
 * counts against it. Of all paths to one place the best few are lengthened; the best of all is the
 * reading.
 */
#define _XOPEN_SOURCE 700 /* strdup */
#include "progress.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "state.h"
#include "wording.h"

/* How many paths to one place are lengthened: all that a person's slips make, but few once so many
 * parts of paths were made; and how many entries may keep one promise of a path. */
enum { PATHS = 200, FEW_PATHS = 24, MANY_MADE = 20000, TRIES = 200 };

/* What a path gains and loses. */
enum {
	KEPT = 100,
	PASSED = -80,      /* a promise that is not kept, and the path goes on behind it */
	TAKEN_UP = -40,    /* an earlier command taken up again */
	WORDED = -40,      /* something typed with other words than the sheet's, ... */
	WORD_DIFFERS = -4, /* ... and for each of these, but no more than so many */
	WORDS_MAX = 8,
	ANOTHERS =
		-60, /* ... and if they are the very words of what stands before it in the sheet */
	OUT_OF_ORDER = -10, /* typed before what stands before it in the sheet, ... */
	ACTS_EARLY = -30,   /* ... and it is not only a look, ... */
	KEY_EARLY =
		-70, /* ... and a key: one ends whatever runs, and what was mended was ended too */
	ENDED_OTHERWISE = -20,
};

enum { NOT_BOUND = -1 };

/* What can be known of a promise before anything is read. */
struct plan {
	size_t names[NAMES_MAX]; /* the names in its lines, as indices into search.names */
	size_t name_count;
	bool possible;                /* something was typed that could be it */
	int hope;                     /* what can be gained at best from here on */
	bool fixed;                   /* no name stands in what is typed */
	bool snapshot;                /* a look: it shows what is at this moment, and ends */
	bool acts;                    /* what is typed there changes something */
	bool binds;                   /* it may bind a name */
	long first_cause, last_cause; /* promises whose typing its lines must follow; or -1 */
};

/* A path, as its latest part: what was done with one promise. */
struct node {
	struct node *before;
	struct node *next_made; /* of all that were made */
	size_t promise;
	bool kept;
	int score;
	unsigned broken; /* a bit for each terminal in which something was passed over */
	double typed_at; /* when the entry that was kept last was typed */
	double acted_at; /* the same of the last one that changes something */
	struct {
		unsigned entry; /* one more than the index of the entry that was kept last */
		unsigned line;  /* the next line to account for */
	} at[TERMINALS_MAX + 1];
	long entry; /* kept: index of the entry, or -1 */
	size_t first, used, extra;
	bool worded;
	struct binding {
		uint64_t value;
		long by; /* the promise that bound it, or NOT_BOUND */
	} * bound;
	uint64_t *done; /* a bit for each promise that is kept on this path */
};

/* What came of comparing a promise with an entry's lines; kept, for many paths ask the same. */
struct outcome {
	struct outcome *next;
	size_t promise, line;
	unsigned entry, first, last;
	enum verdict verdict;
	size_t used, extra;
	struct binding names[]; /* before, then after; of the plan's names */
};

enum { BUCKETS = 4096, UNKNOWN = -1, UNLIKE_IT = 30000 };

struct search {
	struct progress *p;
	struct plan *plans;
	char (*names)[NAME_SIZE];
	size_t name_count;
	size_t done_size; /* of node.done, in words */
	struct node *made, *best;
	size_t made_count;
	struct node *now; /* the best path, and what was taken up again and gained nothing yet */
	double since;     /* when that was typed; or 0 */
	size_t again;     /* the first promise of what was taken up again so */
	int dropped;      /* the best that a path could have become which was not followed */
	struct {
		struct node *of[PATHS];
		size_t count;
	} * paths; /* to each promise */
	struct outcome *outcomes[BUCKETS];
	short *likeness; /* of each promise and entry, where no name matters */
	size_t offset[TERMINALS_MAX + 1], entries;
	bool failed; /* there was no memory */
};

/* ---- Promises ----------------------------------------------------------------------------- */

static void list_promises(struct progress *p)
{
	const struct worksheet *w = p->w;
	size_t room = 0;

	for (size_t s = 0; s < w->count; s++)
		room += w->steps[s].count;
	p->promises = calloc(room + 1, sizeof *p->promises);
	for (size_t s = 0; p->promises != NULL && s < w->count; s++)
		for (size_t at = 0; at < w->steps[s].count;) {
			struct promise *new = &p->promises[p->count++];
			new->step = &w->steps[s];
			at = worksheet_exchange(&w->steps[s], at, &new->exchange);
		}
}

/* The next promise in the same terminal, or NULL. */
static const struct promise *next_there(const struct progress *p, const struct promise *of)
{
	for (const struct promise *q = of + 1; q < p->promises + p->count; q++)
		if (q->step->terminal == of->step->terminal)
			return q;
	return NULL;
}

static void mark_ends(struct progress *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct promise *next = next_there(p, &p->promises[i]);
		p->promises[i].to_end = next != NULL && next->exchange.typed != NULL &&
					next->exchange.typed->kind == COMMAND;
	}
}

/* ---- Plans -------------------------------------------------------------------------------- */

static size_t name_index(struct search *s, const char *name)
{
	size_t i = 0;

	while (i < s->name_count && strcmp(s->names[i], name) != 0)
		i++;
	if (i == s->name_count && i < NAMES_MAX)
		strcpy(s->names[s->name_count++], name);
	return i < NAMES_MAX ? i : NAMES_MAX - 1;
}

/* The names in `text`, added to those of the plan. */
static void plan_names(struct search *s, struct plan *plan, const char *text)
{
	struct placeholder hole;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] == '<') {
			text++;
		} else if (placeholder_at(text, &hole) > 0 && hole.kind == NUMBER) {
			const size_t name = name_index(s, hole.name);
			size_t i = 0;
			while (i < plan->name_count && plan->names[i] != name)
				i++;
			if (i == plan->name_count)
				plan->names[plan->name_count++] = name;
		}
	}
}

static bool has_name(const char *text)
{
	struct placeholder hole;

	for (; *text != '\0'; text++)
		if (placeholder_at(text, &hole) > 0 && hole.kind == NUMBER)
			return true;
	return false;
}

static long promise_of(const struct progress *p, const struct cause *cause)
{
	for (size_t i = 0; cause->item != NULL && i < p->count; i++)
		if (p->promises[i].exchange.typed == cause->item)
			return (long)i;
	return -1;
}

static void make_plan(struct search *s, size_t i)
{
	const struct promise *promise = &s->p->promises[i], *next = next_there(s->p, promise);
	const struct item *typed = promise->exchange.typed;
	struct plan *plan = &s->plans[i];
	struct cause first, last;

	*plan = (struct plan){.first_cause = -1,
		.last_cause = -1,
		.fixed = typed == NULL || !has_name(typed->text)};
	for (size_t k = 0; k < promise->exchange.count; k++)
		if (promise->exchange.expected[k].kind == OUTPUT)
			plan_names(s, plan, promise->exchange.expected[k].text);
	plan->binds = plan->name_count > 0;
	plan->acts = typed != NULL && !typed->looks;
	plan->snapshot = typed != NULL && typed->kind == COMMAND && typed->looks &&
			 (next == NULL || promise->to_end);
	if (typed != NULL)
		return;
	cause_find(s->p->w, promise->step, true, true, &first, &last);
	plan->first_cause = promise_of(s->p, &first);
	plan->last_cause = promise_of(s->p, &last);
}

/* ---- Names -------------------------------------------------------------------------------- */

/* The names that are bound when promise `i` has its turn: not those that it binds itself, or a
 * later one: they are of an earlier attempt. */
static void names_for(const struct search *s, const struct node *n, size_t i, struct names *names)
{
	names->count = 0;
	for (size_t k = 0; k < s->name_count; k++)
		if (n->bound[k].by != NOT_BOUND && (size_t)n->bound[k].by < i) {
			strcpy(names->of[names->count].name, s->names[k]);
			names->of[names->count++].value = n->bound[k].value;
		}
}

/* ---- One promise and one entry ------------------------------------------------------------ */

/* Where the lines of the command that entry `d` belongs to end. */
static size_t end_of_lines(const struct history *t, size_t d)
{
	for (d++; d < t->count; d++)
		if (t->entries[d].kind == COMMAND)
			return t->entries[d].first;
	return t->line_count;
}

static size_t count_promised(const struct exchange *e)
{
	size_t count = 0;

	for (size_t i = 0; i < e->count; i++)
		count += e->expected[i].kind == OUTPUT;
	return count;
}

/* Compare with lines that nobody promised allowed anywhere: `...` before each line and at the end.
 * Of the promised items those before *agreed agree at best. */
static enum verdict compare_loosely(const struct promise *p, const struct seen *seen,
	struct names *names, size_t *used, size_t *agreed)
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
	*agreed = p->step->unordered ? where.item : where.item / 2;
	free(items);
	return verdict;
}

/* A command that ends and of which nothing is promised must show nothing. */
static bool promises_silence(const struct promise *p)
{
	return p->exchange.count == 0 && p->to_end && p->exchange.typed != NULL &&
	       p->exchange.typed->kind == COMMAND;
}

/* Is the promise kept by the lines of entry `d` from `line` on? With *agreed, how far at best. */
static enum verdict compare(const struct promise *p, const struct history *t, size_t d, size_t line,
	unsigned first, unsigned last, struct names *names, size_t *used, size_t *extra,
	size_t *agreed)
{
	const struct entry *entry = &t->entries[d];
	const size_t end = end_of_lines(t, d);
	const struct seen seen = {.lines = t->lines == NULL ? NULL : t->lines + line,
		.count = end > line ? end - line : 0,
		.ended = entry->ended && p->to_end, /* else later promises' lines follow in it */
		.first = first,
		.last = last};
	struct departure where;
	enum verdict verdict;

	*used = *extra = 0;
	verdict = match_lines(p->exchange.expected, p->exchange.count, p->step->unordered,
		p->to_end, &seen, names, used, &where);
	*agreed = where.item < p->exchange.count ? where.item : p->exchange.count;
	if (verdict != AGREES && !promises_silence(p) && (!p->to_end || seen.ended)) {
		const size_t promised = count_promised(&p->exchange);
		verdict = compare_loosely(p, &seen, names, used, agreed);
		if (verdict == AGREES && (p->to_end ? seen.count : *used) > promised)
			*extra = (p->to_end ? seen.count : *used) - promised;
	}
	if (verdict == WAITING && entry->ended)
		verdict = DIFFERS; /* what it waits for will not come any more */
	return verdict;
}

static size_t bucket(size_t i, unsigned entry, size_t line)
{
	return (i * 31 + (size_t)entry * 1009 + line * 17) % BUCKETS;
}

static bool same_names(const struct search *s, const struct plan *plan, const struct outcome *o,
	const struct node *n, size_t i)
{
	for (size_t k = 0; k < plan->name_count; k++) {
		const struct binding *b = &n->bound[plan->names[k]];
		const bool bound = b->by != NOT_BOUND && (size_t)b->by < i;
		if (bound != (o->names[k].by != NOT_BOUND) ||
			(bound && b->value != o->names[k].value))
			return false;
	}
	(void)s;
	return true;
}

static struct outcome *new_outcome(
	struct search *s, const struct node *n, size_t i, const struct outcome *key)
{
	const struct plan *plan = &s->plans[i];
	const struct promise *p = &s->p->promises[i];
	struct outcome *o = calloc(1, sizeof *o + 2 * plan->name_count * sizeof o->names[0]);
	struct names names;
	size_t agreed;

	if (o == NULL) {
		s->failed = true;
		return NULL;
	}
	*o = *key;
	names_for(s, n, i, &names);
	for (size_t k = 0; k < plan->name_count; k++) {
		const uint64_t *value = match_value(&names, s->names[plan->names[k]]);
		o->names[k] = (struct binding){
			.value = value == NULL ? 0 : *value, .by = value == NULL ? NOT_BOUND : 0};
	}
	o->verdict = compare(p, &s->p->histories[p->step->terminal], key->entry, key->line,
		key->first, key->last, &names, &o->used, &o->extra, &agreed);
	for (size_t k = 0; k < plan->name_count; k++) {
		const uint64_t *value = match_value(&names, s->names[plan->names[k]]);
		o->names[plan->name_count + k] = (struct binding){
			.value = value == NULL ? 0 : *value, .by = value == NULL ? NOT_BOUND : 0};
	}
	return o;
}

static const struct outcome *outcome_of(
	struct search *s, const struct node *n, const struct outcome *key)
{
	struct outcome **at = &s->outcomes[bucket(key->promise, key->entry, key->line)], *o;

	for (o = *at; o != NULL; o = o->next)
		if (o->promise == key->promise && o->entry == key->entry && o->line == key->line &&
			o->first == key->first && o->last == key->last &&
			same_names(s, &s->plans[key->promise], o, n, key->promise))
			return o;
	o = new_outcome(s, n, key->promise, key);
	if (o != NULL) {
		o->next = *at;
		*at = o;
	}
	return o;
}

/* ---- How like is what was typed to what is to be typed? ------------------------------------ */

/* How many words differ, and one more: 0 are the very words, 1 the same in another order.
 * UNLIKE_IT: it cannot stand for the promise at all. A command may be written another way, as long
 * as the same program shows the promised lines. */
static int count_differences(const struct promise *p, const struct entry *entry, const char *text)
{
	struct words words;
	int result = UNLIKE_IT;

	if (strcmp(text, entry->text) == 0)
		return 0;
	if (entry->kind == KEY ||
		(entry->kind == COMMAND && !wording_same_program(text, entry->text)))
		return UNLIKE_IT;
	words = wording_of_command(text, entry->text);
	if (words.missing + words.too_much == 0)
		result = 0;
	else if (wording_is_same(&words))
		result = 1;
	else if (entry->kind == COMMAND && count_promised(&p->exchange) > 0)
		result = 1 + (int)(words.missing + words.too_much);
	wording_free(&words);
	return result;
}

static int likeness(struct search *s, const struct node *n, size_t i, size_t d)
{
	const struct promise *p = &s->p->promises[i];
	const struct entry *entry = &s->p->histories[p->step->terminal].entries[d];
	short *known = &s->likeness[i * s->entries + s->offset[p->step->terminal] + d];
	struct names names;
	char *text;
	int result = UNLIKE_IT;

	if (entry->kind != p->exchange.typed->kind || entry->text == NULL || !s->plans[i].possible)
		return UNLIKE_IT;
	if (entry->kind == COMMAND && !wording_same_program(p->exchange.typed->text, entry->text))
		return UNLIKE_IT;
	if (s->plans[i].fixed && *known != UNKNOWN)
		return *known;
	names_for(s, n, i, &names);
	text = match_fill(p->exchange.typed->text, &names);
	if (text != NULL)
		result = count_differences(p, entry, text);
	free(text);
	*known = (short)result;
	return result;
}

/* ---- Paths -------------------------------------------------------------------------------- */

static bool is_done(const struct node *n, size_t i)
{
	return (n->done[i / 64] >> i % 64 & 1) != 0;
}

static struct node *new_node(struct search *s, struct node *before, size_t promise)
{
	const size_t bound = s->name_count * sizeof(struct binding),
		     done = s->done_size * sizeof(uint64_t);
	struct node *n = calloc(1, sizeof *n + bound + done);

	if (n == NULL) {
		s->failed = true;
		return NULL;
	}
	if (before != NULL)
		*n = *before;
	n->bound = (struct binding *)(n + 1);
	n->done = (uint64_t *)((char *)(n + 1) + bound);
	if (before != NULL) {
		memcpy(n->bound, before->bound, bound);
		memcpy(n->done, before->done, done);
	}
	n->before = before;
	n->promise = promise;
	n->kept = n->worded = false;
	n->entry = -1;
	n->next_made = s->made;
	s->made = n;
	s->made_count++;
	return n;
}

/* When the entry that keeps promise `i` on this path was typed: as a stamp, for the lines after
 * it. */
static unsigned stamp_of(const struct search *s, const struct node *n, long i)
{
	for (; i >= 0 && n->before != NULL; n = n->before)
		if (n->promise == (size_t)i && n->kept && n->entry >= 0)
			return s->p->histories[s->p->promises[i].step->terminal]
				.entries[n->entry]
				.stamp;
	return 0;
}

static void set_done(struct search *s, struct node *n, size_t i)
{
	n->score += is_done(n, i) ? 0 : KEPT;
	n->done[i / 64] |= UINT64_C(1) << i % 64;
	n->kept = true;
	n->broken &= ~(1U << s->p->promises[i].step->terminal);
}

static void note_best(struct search *s, struct node *n)
{
	if (n->score > s->best->score)
		s->best = n;
}

/* Has something that is kept on this path, in the same terminal, the very words of this entry? Then
 * it is more likely that typed again than another. */
static bool is_anothers(struct search *s, const struct node *n, size_t i, size_t d)
{
	for (size_t k = 0; k < i; k++)
		if (s->p->promises[k].step->terminal == s->p->promises[i].step->terminal &&
			s->p->promises[k].exchange.typed != NULL && is_done(n, k) &&
			likeness(s, n, k, d) <= 1)
			return true;
	return false;
}

/* The path on which promise `i` is kept by entry `d`; NULL if it is not kept by it. */
static struct node *keep(struct search *s, struct node *n, size_t i, size_t d, int differences)
{
	const struct promise *p = &s->p->promises[i];
	const struct plan *plan = &s->plans[i];
	const int T = p->step->terminal;
	const struct entry *entry = &s->p->histories[T].entries[d];
	struct outcome key = {.promise = i, .entry = (unsigned)d, .line = n->at[T].line};
	const struct item *typed = p->exchange.typed;
	/* Lines typed in one go: what the program says to the first may come before the second. */
	const bool in_one_go = typed != NULL && typed->kind != COMMAND && typed > p->step->items &&
			       typed[-1].kind == INPUT;
	const struct outcome *o;
	struct node *new;

	if (key.line < entry->first && !in_one_go)
		key.line = entry->first;
	key.first = stamp_of(s, n, plan->first_cause);
	key.last = stamp_of(s, n, plan->last_cause);
	o = outcome_of(s, n, &key);
	if (o == NULL || o->verdict != AGREES || (new = new_node(s, n, i)) == NULL)
		return NULL;
	set_done(s, new, i);
	new->entry = (long)d;
	new->first = key.line;
	new->used = key.line + o->used;
	new->extra = o->extra;
	new->worded = differences > 1;
	new->at[T].entry = (unsigned)d + 1;
	new->at[T].line = (unsigned)new->used;
	for (size_t k = 0; k < plan->name_count; k++)
		if (o->names[k].by == NOT_BOUND && o->names[plan->name_count + k].by != NOT_BOUND)
			new->bound[plan->names[k]] = (struct binding){
				.value = o->names[plan->name_count + k].value, .by = (long)i};
	if (typed != NULL) {
		new->score += (differences > 1 ? WORDED : 0) +
			      (differences < WORDS_MAX ? differences : WORDS_MAX) * WORD_DIFFERS;
		if (differences > 1 && is_anothers(s, n, i, d))
			new->score += ANOTHERS;
		if (entry->at < n->typed_at)
			new->score += OUT_OF_ORDER + (plan->acts ? ACTS_EARLY : 0) +
				      (typed->kind == KEY ? KEY_EARLY : 0);
		new->typed_at = entry->at;
		new->acted_at = plan->acts ? entry->at : n->acted_at;
	}
	note_best(s, new);
	return new;
}

/* A program that was to be ended by a key, and has ended in another way. */
static struct node *ended_otherwise(struct search *s, struct node *n, size_t i)
{
	const struct promise *p = &s->p->promises[i];
	const struct history *t = &s->p->histories[p->step->terminal];
	const unsigned entry = n->at[p->step->terminal].entry;
	struct node *new;

	if (p->exchange.typed->kind != KEY || p->exchange.count > 0 ||
		strchr("\003\004\034", p->exchange.typed->key) == NULL || entry == 0 ||
		!t->entries[entry - 1].ended || (new = new_node(s, n, i)) == NULL)
		return NULL;
	new->score += ENDED_OTHERWISE;
	set_done(s, new, i);
	note_best(s, new);
	new->first = new->used = n->at[p->step->terminal].line;
	return new;
}

static struct node *pass_over(struct search *s, struct node *n, size_t i)
{
	const struct promise *p = &s->p->promises[i];
	struct node *new;

	new = new_node(s, n, i);
	if (new == NULL || is_done(n, i))
		return new;
	new->score += p->step->patient_section ? 0 : PASSED;
	if (p->exchange.typed != NULL)
		new->broken |= 1U << p->step->terminal;
	return new;
}

/* ---- The search --------------------------------------------------------------------------- */

static bool same_place(const struct search *s, const struct node *a, const struct node *b)
{
	if (memcmp(a->at, b->at, sizeof a->at) != 0 || a->broken != b->broken)
		return false;
	for (size_t k = 0; k < s->name_count; k++)
		if (a->bound[k].by != b->bound[k].by || a->bound[k].value != b->bound[k].value)
			return false;
	return memcmp(a->done, b->done, s->done_size * sizeof *a->done) == 0;
}

/* A path that is not followed, or not with all entries: it is told if it could have become the
 * best. */
static void drop(struct search *s, const struct node *n, size_t i)
{
	const int hope = n->score + (i < s->p->count ? s->plans[i].hope : 0);

	s->dropped = hope > s->dropped ? hope : s->dropped;
}

/* Lengthen this path when promise `i` has its turn, if it is among the best. */
static void go_on(struct search *s, struct node *n, size_t i)
{
	const size_t most = s->made_count < MANY_MADE ? PATHS : FEW_PATHS;
	struct node **of = s->paths[i].of;
	size_t worst = 0, count = s->paths[i].count;

	for (size_t k = 0; k < count; k++) {
		if (same_place(s, of[k], n)) {
			of[k] = n->score > of[k]->score ? n : of[k];
			return;
		}
		worst = of[k]->score < of[worst]->score ? k : worst;
	}
	if (count < most) {
		of[s->paths[i].count++] = n;
		return;
	}
	if (n->score > of[worst]->score) {
		struct node *dropped = of[worst];
		of[worst] = n;
		n = dropped;
	}
	drop(s, n, i);
}

static bool may_keep(
	const struct search *s, const struct node *n, size_t i, const struct entry *entry)
{
	return !s->plans[i].snapshot || entry->at >= n->acted_at;
}

/* Keep promise `i` by whichever entry does, on so many paths. `since`: nothing typed before
 * counts. Returns the first of them; with `all`, each goes on. Sets *sure if one is kept by the
 * very words. */
static struct node *keep_somehow(
	struct search *s, struct node *n, size_t i, double since, bool all, bool *sure)
{
	const struct promise *p = &s->p->promises[i];
	const int T = p->step->terminal;
	const struct history *t = &s->p->histories[T];
	struct node *new, *result = NULL;
	int best = UNLIKE_IT, tries = 0;

	*sure = false;
	if (p->exchange.typed == NULL) {
		if (n->at[T].entry == 0 || (n->broken >> T & 1) != 0)
			return NULL;
		new = keep(s, n, i, n->at[T].entry - 1, 0);
		if (new != NULL && all)
			go_on(s, new, i + 1);
		*sure = new != NULL;
		return new;
	}
	for (size_t d = n->at[T].entry; d < t->count; d++) {
		const int differences = likeness(s, n, i, d);
		if (differences == UNLIKE_IT || t->entries[d].at < since ||
			!may_keep(s, n, i, &t->entries[d]))
			continue;
		/* Where the very words were typed, other words stand for something else. */
		if (differences > 1 && (*sure || (!all && differences >= best)))
			continue;
		new = keep(s, n, i, d, differences);
		if (new == NULL)
			continue;
		*sure = *sure || differences <= 1;
		result = result == NULL || differences < best ? new : result;
		best = differences < best ? differences : best;
		if (all)
			go_on(s, new, i + 1);
		if (differences <= 1 && (!all || (s->plans[i].snapshot && !s->plans[i].binds &&
							 t->entries[d].at >= n->typed_at)))
			break; /* a later look would show the same */
		if (++tries == TRIES) {
			drop(s, n, i);
			break;
		}
	}
	if (result == NULL && (new = ended_otherwise(s, n, i)) != NULL) {
		result = new;
		if (all)
			go_on(s, new, i + 1);
	}
	return result;
}

/* Take up the command of promise `from` again, which entry `d` repeats, and what follows from it,
 * up to promise `i`. NULL if that is not kept by it. */
static struct node *take_up(
	struct search *s, struct node *n, size_t from, size_t d, int differences, size_t i)
{
	const double since = s->p->histories[s->p->promises[from].step->terminal].entries[d].at;
	struct node *next;
	bool sure;

	n = keep(s, n, from, d, differences);
	if (n != NULL)
		n->score += TAKEN_UP;
	for (size_t k = from + 1; n != NULL && k < i; k++) {
		next = keep_somehow(s, n, k, since, false, &sure);
		n = next != NULL ? next : pass_over(s, n, k);
	}
	return n;
}

/* Promise `i` cannot be kept as things stand: has an earlier command been typed again? */
static void look_back(struct search *s, struct node *n, size_t i)
{
	struct node *again;
	bool sure;

	for (size_t from = i; from-- > 0;) {
		const struct promise *p = &s->p->promises[from];
		const struct history *t = &s->p->histories[p->step->terminal];
		int tries = 0;
		if (p->exchange.typed == NULL || p->exchange.typed->kind != COMMAND ||
			!is_done(n, from))
			continue;
		for (size_t d = n->at[p->step->terminal].entry; d < t->count; d++) {
			const int differences = likeness(s, n, from, d);
			if (differences == UNLIKE_IT)
				continue;
			if (++tries > TRIES) {
				drop(s, n, i);
				break;
			}
			again = take_up(s, n, from, d, differences, i);
			if (again != NULL)
				keep_somehow(s, again, i, t->entries[d].at, true, &sure);
		}
	}
}

/* Could anything that was typed stand for promise `i`, as far as one can tell by its kind alone? */
static bool is_possible(const struct search *s, size_t i)
{
	const struct progress *p = s->p;
	const struct promise *promise = &p->promises[i];
	const struct history *t = &p->histories[promise->step->terminal];
	const struct item *typed = promise->exchange.typed;

	if (typed == NULL) {
		for (size_t k = i; k > 0; k--)
			if (p->promises[k - 1].step->terminal == promise->step->terminal)
				return s->plans[k - 1].possible;
		return false;
	}
	if (typed->kind == KEY)
		return t->count > 0;
	for (size_t d = 0; d < t->count; d++)
		if (t->entries[d].kind == typed->kind &&
			(typed->kind == INPUT ||
				wording_same_program(typed->text, t->entries[d].text)))
			return true;
	return false;
}

/* What a path could gain at best by the promises from each on: no more than one that is kept of
 * each. */
static void measure_hope(struct search *s)
{
	for (size_t i = 0; i < s->p->count; i++)
		s->plans[i].possible = is_possible(s, i);
	for (size_t i = s->p->count; i-- > 0;)
		s->plans[i].hope = (i + 1 < s->p->count ? s->plans[i + 1].hope : 0) +
				   (s->plans[i].possible ? KEPT : 0);
}

static void lengthen(struct search *s, struct node *n, size_t i)
{
	struct node *passed;
	bool sure, kept;

	if (n->score + s->plans[i].hope <= s->best->score && n != s->best)
		return; /* no way on makes this one the best */
	kept = keep_somehow(s, n, i, 0, true, &sure) != NULL;
	if (!kept && s->plans[i].possible)
		look_back(s, n, i);
	if (sure)
		return;
	passed = pass_over(s, n, i);
	if (passed != NULL)
		go_on(s, passed, i + 1);
}

/* The earliest command typed since, on this path, which repeats one before promise `i`. */
static bool find_repetition(
	struct search *s, const struct node *n, size_t i, size_t *from, size_t *entry)
{
	double earliest = 0;

	for (size_t k = 0; k < i; k++) {
		const struct promise *p = &s->p->promises[k];
		const struct history *t = &s->p->histories[p->step->terminal];
		if (!s->plans[k].acts || p->exchange.typed->kind != COMMAND || !is_done(n, k))
			continue;
		for (size_t d = n->at[p->step->terminal].entry; d < t->count; d++)
			if (t->entries[d].at > n->typed_at &&
				(earliest == 0 || t->entries[d].at < earliest) &&
				likeness(s, n, k, d) <= 1) {
				earliest = t->entries[d].at;
				*from = k;
				*entry = d;
			}
	}
	return earliest > 0;
}

/* What was typed again counts as soon as it has shown something: its values are those to go on
 * with. */
static void go_on_from_now(struct search *s)
{
	enum { TIMES = 50 };
	const size_t i = s->best->before == NULL ? 0 : s->best->promise + 1;
	struct node *n, *best = s->best;
	size_t from, entry;

	s->now = s->best;
	for (int times = 0; times < TIMES && find_repetition(s, s->now, i, &from, &entry);
		times++) {
		n = take_up(s, s->now, from, entry, 0, i);
		if (n == NULL)
			break;
		s->again = s->now == best || from < s->again ? from : s->again;
		s->now = n;
		s->since = s->p->histories[s->p->promises[from].step->terminal].entries[entry].at;
	}
	s->best = best;
}

/* The path that takes the first that will do, and never looks back: often the best, and if not,
 * others need not be followed that cannot become better. */
static void go_straight_on(struct search *s, struct node *n)
{
	for (size_t i = 0; n != NULL && i < s->p->count; i++) {
		bool sure;
		struct node *next = keep_somehow(s, n, i, 0, false, &sure);
		n = next != NULL ? next : pass_over(s, n, i);
	}
}

static void find_best(struct search *s)
{
	struct node *n = new_node(s, NULL, 0);

	if (n == NULL)
		return;
	for (size_t k = 0; k < s->name_count; k++)
		n->bound[k].by = NOT_BOUND;
	s->best = n;
	go_on(s, n, 0);
	measure_hope(s);
	go_straight_on(s, n);
	for (size_t i = 0; i < s->p->count && !s->failed; i++)
		for (size_t k = 0; k < s->paths[i].count; k++)
			lengthen(s, s->paths[i].of[k], i);
	s->p->cut = s->p->cut || s->dropped > s->best->score || s->failed;
	go_on_from_now(s);
}

/* ---- The reading -------------------------------------------------------------------------- */

static void count_entries(struct search *s)
{
	for (int T = 1; T <= TERMINALS_MAX; T++) {
		s->offset[T] = s->entries;
		s->entries += s->p->histories[T].count;
	}
}

static bool prepare(struct search *s, struct progress *p)
{
	size_t size;

	*s = (struct search){.p = p, .done_size = (p->count + 63) / 64};
	count_entries(s);
	size = p->count * s->entries + 1;
	s->plans = calloc(p->count + 1, sizeof *s->plans);
	s->names = calloc(NAMES_MAX, sizeof *s->names);
	s->paths = calloc(p->count + 1, sizeof *s->paths);
	s->likeness = malloc(size * sizeof *s->likeness);
	if (s->plans == NULL || s->names == NULL || s->paths == NULL || s->likeness == NULL)
		return false;
	for (size_t i = 0; i < size; i++)
		s->likeness[i] = UNKNOWN;
	for (size_t i = 0; i < p->count; i++)
		make_plan(s, i);
	return true;
}

static void end_search(struct search *s)
{
	struct node *n = s->made, *next_node;

	for (; n != NULL; n = next_node) {
		next_node = n->next_made;
		free(n);
	}
	for (size_t b = 0; b < BUCKETS; b++)
		for (struct outcome *o = s->outcomes[b], *next; o != NULL; o = next) {
			next = o->next;
			free(o);
		}
	free(s->plans);
	free(s->names);
	free(s->paths);
	free(s->likeness);
}

/* What was bound behind this part of the path, the latest values too. */
static void names_of(const struct search *s, const struct node *n, struct names *names)
{
	names_for(s, n, SIZE_MAX, names);
}

/* A promise that is kept on the best path: by what kept it first. */
static void set_evidence(const struct search *s, const struct node *n)
{
	struct promise *p = &s->p->promises[n->promise];
	const struct history *t = &s->p->histories[p->step->terminal];

	p->standing = DONE;
	p->entry = n->entry >= 0 ? &t->entries[n->entry] : NULL;
	p->in_place = -1;
	p->first = n->first;
	p->used = n->used;
	p->extra = n->extra;
	p->agreed = p->exchange.count;
	p->at = n->used > n->first ? t->times[n->used - 1] : p->entry != NULL ? p->entry->at : 0;
	names_of(s, n, &p->names);
}

/* The first entry of its terminal that keeps a promise behind promise `i`, or how many there
 * are. */
static size_t first_kept_behind(const struct progress *p, size_t i)
{
	const struct history *t = &p->histories[p->promises[i].step->terminal];
	size_t first = t->count;

	for (size_t k = i + 1; k < p->count; k++) {
		const struct promise *q = &p->promises[k];
		if (q->step->terminal != p->promises[i].step->terminal || q->standing != DONE ||
			q->entry == NULL)
			continue;
		if ((size_t)(q->entry - t->entries) < first)
			first = (size_t)(q->entry - t->entries);
	}
	return first;
}

/* The entry, typed since then, that comes nearest to what promise `i` types, and the latest of
 * those; -1 if there is none. */
static long nearest_entry(struct search *s, const struct node *n, size_t i, double since)
{
	const struct promise *p = &s->p->promises[i];
	const struct history *t = &s->p->histories[p->step->terminal];
	const size_t end = first_kept_behind(s->p, i);
	int best = UNLIKE_IT;
	long nearest = -1;

	if (p->exchange.typed == NULL)
		return (n->broken >> p->step->terminal & 1) != 0
			       ? -1
			       : (long)n->at[p->step->terminal].entry - 1;
	if (p->exchange.typed->kind == KEY && n->typed_at > since)
		since = n->typed_at; /* an earlier one ended something else */
	for (size_t d = n->at[p->step->terminal].entry; d < end; d++) {
		const int differences = likeness(s, n, i, d);
		if (differences < UNLIKE_IT && differences <= best && t->entries[d].at >= since) {
			best = differences;
			nearest = (long)d;
		}
	}
	return nearest;
}

/* Of the lines from `line` to `end`, the one that is most like the promised one; -1 if none is like
 * it. */
static long find_in_place(const struct history *t, size_t line, size_t end, const char *promised,
	const struct names *names)
{
	enum { LINES = 200 };
	double best = 0.4;
	long found = -1;

	for (size_t i = line; i < end && i < line + LINES; i++) {
		struct words words = wording_of_line(promised, t->lines[i].text, names);
		const double like = words.count == 0
					    ? 0
					    : 1 - (double)(words.missing + words.too_much) /
							      (double)words.count;
		if (!t->lines[i].soft && like > best) {
			best = like;
			found = (long)i;
		}
		wording_free(&words);
	}
	return found;
}

/* Which lines agree as far as they go, and which line stands in place of the next one? */
static void look_at_rest(struct promise *p, const struct history *t, size_t d, unsigned first)
{
	const size_t end = end_of_lines(t, d), agreed = p->agreed;
	struct promise part = *p;
	size_t extra;

	part.exchange.count = agreed;
	part.to_end = false;
	if (agreed > 0)
		compare(&part, t, d, p->first, first, 0, &p->names, &p->used, &extra, &part.agreed);
	p->used = agreed == 0 ? p->first : p->first + p->used;
	p->agreed = agreed;
	while (p->agreed < p->exchange.count && p->exchange.expected[p->agreed].kind != OUTPUT)
		p->agreed++;
	if (p->agreed < p->exchange.count)
		p->in_place = find_in_place(t, p->step->unordered ? p->first : p->used, end,
			p->exchange.expected[p->agreed].text, &p->names);
	else
		for (p->in_place = (long)p->used;
			p->in_place < (long)end && t->lines[p->in_place].soft;)
			p->in_place++;
	if (p->in_place >= (long)end)
		p->in_place = -1;
	/* Of a command that has ended, whatever it said instead. */
	for (size_t i = p->used;
		p->in_place == -1 && t->entries[d].ended && p->exchange.typed != NULL && i < end;
		i++)
		if (!t->lines[i].soft)
			p->in_place = (long)i;
}

/* A promise that is not kept, at the place where its turn came: how far is it, by what was typed
 * since then? */
static void set_shortfall(struct search *s, const struct node *n, size_t i, double since)
{
	struct promise *p = &s->p->promises[i];
	const struct history *t = &s->p->histories[p->step->terminal];
	const long d = nearest_entry(s, n, i, since);
	const unsigned first = stamp_of(s, n, s->plans[i].first_cause);
	size_t line = n->at[p->step->terminal].line, used, extra;
	enum verdict verdict;

	names_for(s, n, i, &p->names);
	p->turn = n->at[p->step->terminal].entry;
	p->first = p->used = line;
	if (d < 0)
		return;
	p->entry = p->latest = &t->entries[d];
	p->first = p->exchange.typed != NULL && line < p->entry->first ? p->entry->first : line;
	p->worded = p->exchange.typed != NULL && likeness(s, n, i, (size_t)d) > 1;
	verdict = compare(p, t, (size_t)d, p->first, first, stamp_of(s, n, s->plans[i].last_cause),
		&p->names, &used, &extra, &p->agreed);
	p->standing = DIFFERS_FROM;
	if (verdict == AGREES) { /* at another place of the sheet it would do */
		p->agreed = p->exchange.count;
		p->used = p->first + used;
		return;
	}
	look_at_rest(p, t, (size_t)d, first);
	if (verdict == WAITING && p->in_place == -1)
		p->standing = p->exchange.typed == NULL && p->agreed == 0 ? NOT_BEGUN : SO_FAR;
}

static bool section_begun(const struct progress *p, int section)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->promises[i].step->section == section && p->promises[i].standing == DONE)
			return true;
	return false;
}

static void leave_out(struct progress *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->promises[i].step->patient_section && p->promises[i].standing != DONE &&
			!section_begun(p, p->promises[i].step->section))
			p->promises[i].standing = LEFT_OUT;
}

/* What repeats something that was kept, and was not taken for anything. */
static void list_asides(struct search *s, const bool *used)
{
	struct progress *p = s->p;

	for (size_t i = 0; i < p->count; i++) {
		const struct promise *q = &p->promises[i];
		const struct history *t = &p->histories[q->step->terminal];
		if (q->standing != DONE || q->entry == NULL || !s->plans[i].acts ||
			q->exchange.typed->kind != COMMAND)
			continue;
		for (size_t d = 0; d < t->count; d++) {
			struct aside *longer;
			if (used[s->offset[q->step->terminal] + d] ||
				strcmp(t->entries[d].text, q->entry->text) != 0)
				continue;
			longer = realloc(p->asides, (p->aside_count + 1) * sizeof *longer);
			if (longer == NULL)
				return;
			p->asides = longer;
			longer[p->aside_count++] = (struct aside){.terminal = q->step->terminal,
				.entry = &t->entries[d],
				.promise = i};
		}
	}
}

/* Note down what the best path says of each promise. */
static void take_down(struct search *s)
{
	struct progress *p = s->p;
	struct node **path = calloc(p->count * 8 + 2, sizeof(struct node *)),
		    *n; /* NOLINT(bugprone-sizeof-expression) */
	bool *used = calloc(s->entries + 1, sizeof *used);
	size_t length = 0;

	for (n = s->best; path != NULL && n->before != NULL && length < p->count * 8; n = n->before)
		path[length++] = n;
	p->here = 0;
	for (size_t k = length; k-- > 0;) {
		struct promise *q = &p->promises[path[k]->promise];
		if (path[k]->kept && path[k]->entry >= 0 && used != NULL)
			used[s->offset[q->step->terminal] + (size_t)path[k]->entry] = true;
		if (path[k]->kept && q->standing != DONE)
			set_evidence(s, path[k]);
		if (path[k]->kept) {
			q->latest =
				path[k]->entry >= 0
					? &p->histories[q->step->terminal].entries[path[k]->entry]
					: NULL;
			q->worded = path[k]->worded;
		}
		if (path[k]->kept && path[k]->promise >= p->here)
			p->here = path[k]->promise + 1;
	}
	for (size_t k = length; k-- > 0;)
		if (!path[k]->kept && p->promises[path[k]->promise].standing == NOT_BEGUN) {
			const bool again = s->now != s->best && path[k]->promise > s->again;
			set_shortfall(s, again ? s->now : path[k]->before, path[k]->promise,
				again ? s->since : 0);
		}
	if (p->here < p->count && p->promises[p->here].standing == NOT_BEGUN)
		set_shortfall(s, s->now, p->here, s->since);
	names_of(s, s->now, &p->names);
	leave_out(p);
	for (p->next = 0; p->next < p->count && p->promises[p->next].standing >= DONE;)
		p->next++;
	if (used != NULL)
		list_asides(s, used);
	free(used);
	free(path);
}

/* Stamps: how many things had been typed, in all terminals, when a line came or a thing was
 * typed. */
static void stamp(struct progress *p)
{
	size_t entry[TERMINALS_MAX + 1] = {0}, line[TERMINALS_MAX + 1] = {0};
	unsigned typed = 0;

	for (;;) {
		int first = 0;
		for (int T = 1; T <= TERMINALS_MAX; T++)
			if (entry[T] < p->histories[T].count &&
				(first == 0 ||
					p->histories[T].entries[entry[T]].at <
						p->histories[first].entries[entry[first]].at))
				first = T;
		const double until = first == 0 ? 0 : p->histories[first].entries[entry[first]].at;
		for (int T = 1; T <= TERMINALS_MAX; T++) {
			struct history *t = &p->histories[T];
			while (line[T] < t->line_count && (first == 0 || t->times[line[T]] < until))
				t->lines[line[T]++].stamp = typed;
		}
		if (first == 0)
			return;
		p->histories[first].entries[entry[first]++].stamp = ++typed;
	}
}

static void judge(struct progress *p)
{
	struct search *s = malloc(sizeof *s);

	for (size_t i = 0; i < p->count; i++)
		p->promises[i] = (struct promise){.step = p->promises[i].step,
			.exchange = p->promises[i].exchange,
			.in_place = -1,
			.to_end = p->promises[i].to_end};
	free(p->asides);
	p->asides = NULL;
	p->aside_count = 0;
	p->cut = false;
	for (int T = 1; T <= TERMINALS_MAX; T++)
		for (size_t d = 0; d < p->histories[T].count; d++)
			p->cut = p->cut || p->histories[T].entries[d].forgotten;
	stamp(p);
	if (s != NULL && prepare(s, p))
		find_best(s);
	if (s != NULL && s->best != NULL)
		take_down(s);
	if (s != NULL)
		end_search(s);
	free(s);
}

/* ---- For the views ------------------------------------------------------------------------ */

struct progress *progress_open(const struct worksheet *w)
{
	struct progress *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->w = w;
	list_promises(p);
	if (p->promises == NULL) {
		free(p);
		return NULL;
	}
	mark_ends(p);
	return p;
}

/* Read one terminal's recording. Returns as history_update() does; what is wrong stands in
 * `complaint`. */
static int update_terminal(struct progress *p, int recordings, int number)
{
	struct history *t = &p->histories[number];
	const int result = history_update(t, recordings, number);

	if (result < 0)
		snprintf(p->complaint, sizeof p->complaint, "T%d.cast: %s", number,
			result == -1 ? strerror(errno) : "not a recording of yours");
	else if (t->recorded && t->version != state_version(p->w))
		snprintf(p->complaint, sizeof p->complaint,
			"T%d.cast was recorded with another version of this worksheet; close its terminals and type "
			"`lab open %s` to begin anew",
			number, p->w->call);
	else if (t->cut)
		snprintf(p->complaint, sizeof p->complaint,
			"T%d.cast is cut off, or was changed; its whole lines are used", number);
	return t->recorded && t->version != state_version(p->w) ? -1 : result;
}

int progress_update(struct progress *p, int recordings)
{
	int changed = 0;

	p->complaint[0] = '\0';
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		const int result = update_terminal(p, recordings, n);
		if (result < 0)
			return -1;
		changed |= result;
	}
	if (changed == 0)
		return 0;
	p->begun = p->last = 0;
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		const struct history *t = &p->histories[n];
		if (t->begun > 0 && (p->begun == 0 || t->begun < p->begun))
			p->begun = t->begun;
		p->last = t->last > p->last ? t->last : p->last;
	}
	judge(p);
	return 1;
}

void progress_close(struct progress *p)
{
	if (p == NULL)
		return;
	for (int n = 1; n <= TERMINALS_MAX; n++)
		history_free(&p->histories[n]);
	free(p->promises);
	free(p->asides);
	free(p);
}

enum standing progress_step(const struct progress *p, const struct step *s)
{
	enum standing result = DONE;
	bool any = false, all_left_out = true;

	for (size_t i = 0; i < p->count; i++) {
		const struct promise *q = &p->promises[i];
		if (q->step != s)
			continue;
		all_left_out = all_left_out && q->standing == LEFT_OUT;
		any = any || q->standing != NOT_BEGUN;
		if (q->standing == DIFFERS_FROM || (q->standing < DONE && result >= DONE))
			result = q->standing;
	}
	if (all_left_out)
		return LEFT_OUT;
	return result == NOT_BEGUN && any ? SO_FAR : result;
}

size_t progress_kept(const struct progress *p, const struct step *s, size_t *of)
{
	size_t kept = 0;

	*of = 0;
	for (size_t i = 0; i < p->count; i++)
		if (p->promises[i].step == s) {
			kept += kept == *of && p->promises[i].standing == DONE;
			++*of;
		}
	return kept;
}

size_t progress_done(const struct progress *p, size_t *of)
{
	size_t done = 0;

	*of = 0;
	for (const struct step *s = p->w->steps; s < p->w->steps + p->w->count; s++) {
		const enum standing standing = progress_step(p, s);
		done += standing == DONE;
		*of += standing != LEFT_OUT;
	}
	return done;
}
