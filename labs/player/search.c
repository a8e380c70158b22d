/* search.c - see search.h. Which paths are lengthened, and which of them is the best. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "wording.h"

/* How many paths to one place are lengthened once so many parts of paths were made; and how many
 * entries may keep one promise of a path. */
enum { FEW_PATHS = 24, MANY_MADE = 20000, TRIES = 200 };

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
		new = path_keep(s, n, i, n->at[T].entry - 1, 0);
		if (new != NULL && all)
			go_on(s, new, i + 1);
		*sure = new != NULL;
		return new;
	}
	for (size_t d = n->at[T].entry; d < t->count; d++) {
		const int differences = compare_words(s, n, i, d);
		if (differences == UNLIKE_IT || t->entries[d].at < since ||
			!may_keep(s, n, i, &t->entries[d]))
			continue;
		/* Where the very words were typed, other words stand for something else. */
		if (differences > 1 && (*sure || (!all && differences >= best)))
			continue;
		new = path_keep(s, n, i, d, differences);
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
	if (result == NULL && (new = path_ended_otherwise(s, n, i)) != NULL) {
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

	n = path_keep(s, n, from, d, differences);
	if (n != NULL)
		n->score += TAKEN_UP;
	for (size_t k = from + 1; n != NULL && k < i; k++) {
		next = keep_somehow(s, n, k, since, false, &sure);
		n = next != NULL ? next : path_pass_over(s, n, k);
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
			!path_has(n, from))
			continue;
		for (size_t d = n->at[p->step->terminal].entry; d < t->count; d++) {
			const int differences = compare_words(s, n, from, d);
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
	passed = path_pass_over(s, n, i);
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
		if (!s->plans[k].acts || p->exchange.typed->kind != COMMAND || !path_has(n, k))
			continue;
		for (size_t d = n->at[p->step->terminal].entry; d < t->count; d++)
			if (t->entries[d].at > n->typed_at &&
				(earliest == 0 || t->entries[d].at < earliest) &&
				compare_words(s, n, k, d) <= 1) {
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
		n = next != NULL ? next : path_pass_over(s, n, i);
	}
}

void search_best(struct search *s)
{
	struct node *n = path_new(s, NULL, 0);

	if (n == NULL)
		return;
	for (size_t k = 0; k < s->name_count; k++)
		n->bound[k].by = NOT_BOUND;
	s->best = n;
	go_on(s, n, 0);
	go_straight_on(s, n);
	for (size_t i = 0; i < s->p->count && !s->failed; i++)
		for (size_t k = 0; k < s->paths[i].count; k++)
			lengthen(s, s->paths[i].of[k], i);
	s->p->cut = s->p->cut || s->dropped > s->best->score || s->failed;
	go_on_from_now(s);
}

static void count_entries(struct search *s)
{
	for (int T = 1; T <= TERMINALS_MAX; T++) {
		s->offset[T] = s->entries;
		s->entries += s->p->histories[T].count;
	}
}

bool search_begin(struct search *s, struct progress *p)
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
	plan_make(s);
	return true;
}

void search_end(struct search *s)
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
