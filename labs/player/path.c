/* path.c - see search.h. One path, and what it becomes by the next promise. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

/* The names that are bound when promise `i` has its turn: not those that it binds itself, or a
 * later one: they are of an earlier attempt. */
void path_names(const struct search *s, const struct node *n, size_t i, struct names *names)
{
	names->count = 0;
	for (size_t k = 0; k < s->name_count; k++)
		if (n->bound[k].by != NOT_BOUND && (size_t)n->bound[k].by < i) {
			strcpy(names->of[names->count].name, s->names[k]);
			names->of[names->count++].value = n->bound[k].value;
		}
}

bool path_has(const struct node *n, size_t i)
{
	return (n->done[i / 64] >> i % 64 & 1) != 0;
}

struct node *path_new(struct search *s, struct node *before, size_t promise)
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
unsigned path_stamp(const struct search *s, const struct node *n, long i)
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
	n->score += path_has(n, i) ? 0 : KEPT;
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
			s->p->promises[k].exchange.typed != NULL && path_has(n, k) &&
			compare_words(s, n, k, d) <= 1)
			return true;
	return false;
}

/* What `kept`, which goes on from `n`, loses by how and when the entry was typed that is kept. */
static void weigh(struct search *s, const struct node *n, struct node *kept, int differences)
{
	const struct promise *p = &s->p->promises[kept->promise];
	const struct plan *plan = &s->plans[kept->promise];
	const struct entry *entry = &s->p->histories[p->step->terminal].entries[kept->entry];

	kept->score += (differences > 1 ? WORDED : 0) +
		       (differences < WORDS_MAX ? differences : WORDS_MAX) * WORD_DIFFERS;
	if (differences > 1 && is_anothers(s, n, kept->promise, (size_t)kept->entry))
		kept->score += ANOTHERS;
	if (entry->at < n->typed_at)
		kept->score += OUT_OF_ORDER + (plan->acts ? ACTS_EARLY : 0) +
			       (p->exchange.typed->kind == KEY ? KEY_EARLY : 0);
	kept->typed_at = entry->at;
	kept->acted_at = plan->acts ? entry->at : n->acted_at;
}

/* The path on which promise `i` is kept by entry `d`; NULL if it is not kept by it. */
struct node *path_keep(struct search *s, struct node *n, size_t i, size_t d, int differences)
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
	key.first = path_stamp(s, n, plan->first_cause);
	key.last = path_stamp(s, n, plan->last_cause);
	o = compare_known(s, n, &key);
	if (o == NULL || o->verdict != AGREES || (new = path_new(s, n, i)) == NULL)
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
	if (typed != NULL)
		weigh(s, n, new, differences);
	note_best(s, new);
	return new;
}

/* A program that was to be ended by a key, and has ended in another way. */
struct node *path_ended_otherwise(struct search *s, struct node *n, size_t i)
{
	const struct promise *p = &s->p->promises[i];
	const struct history *t = &s->p->histories[p->step->terminal];
	const unsigned entry = n->at[p->step->terminal].entry;
	struct node *new;

	if (p->exchange.typed->kind != KEY || p->exchange.count > 0 ||
		strchr("\003\004\034", p->exchange.typed->key) == NULL || entry == 0 ||
		!t->entries[entry - 1].ended || (new = path_new(s, n, i)) == NULL)
		return NULL;
	new->score += ENDED_OTHERWISE;
	set_done(s, new, i);
	note_best(s, new);
	new->first = new->used = n->at[p->step->terminal].line;
	return new;
}

struct node *path_pass_over(struct search *s, struct node *n, size_t i)
{
	const struct promise *p = &s->p->promises[i];
	struct node *new;

	new = path_new(s, n, i);
	if (new == NULL || path_has(n, i))
		return new;
	new->score += p->step->patient_section ? 0 : PASSED;
	if (p->exchange.typed != NULL)
		new->broken |= 1U << p->step->terminal;
	return new;
}
