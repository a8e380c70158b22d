/* compare.c - see search.h. One promise beside what was typed and shown. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "wording.h"

/* ---- One promise and one entry ------------------------------------------------------------ */

/* Where the lines of the command that entry `d` belongs to end. */
size_t compare_end(const struct history *t, size_t d)
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
enum verdict compare_lines(const struct promise *p, const struct history *t, size_t d, size_t line,
	unsigned first, unsigned last, struct names *names, size_t *used, size_t *extra,
	size_t *agreed)
{
	const struct entry *entry = &t->entries[d];
	const size_t end = compare_end(t, d);
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

static bool same_names(
	const struct plan *plan, const struct outcome *o, const struct node *n, size_t i)
{
	for (size_t k = 0; k < plan->name_count; k++) {
		const struct binding *b = &n->bound[plan->names[k]];
		const bool bound = b->by != NOT_BOUND && (size_t)b->by < i;
		if (bound != (o->names[k].by != NOT_BOUND) ||
			(bound && b->value != o->names[k].value))
			return false;
	}
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
	path_names(s, n, i, &names);
	for (size_t k = 0; k < plan->name_count; k++) {
		const uint64_t *value = match_value(&names, s->names[plan->names[k]]);
		o->names[k] = (struct binding){
			.value = value == NULL ? 0 : *value, .by = value == NULL ? NOT_BOUND : 0};
	}
	o->verdict = compare_lines(p, &s->p->histories[p->step->terminal], key->entry, key->line,
		key->first, key->last, &names, &o->used, &o->extra, &agreed);
	for (size_t k = 0; k < plan->name_count; k++) {
		const uint64_t *value = match_value(&names, s->names[plan->names[k]]);
		o->names[plan->name_count + k] = (struct binding){
			.value = value == NULL ? 0 : *value, .by = value == NULL ? NOT_BOUND : 0};
	}
	return o;
}

const struct outcome *compare_known(
	struct search *s, const struct node *n, const struct outcome *key)
{
	struct outcome **at = &s->outcomes[bucket(key->promise, key->entry, key->line)], *o;

	for (o = *at; o != NULL; o = o->next)
		if (o->promise == key->promise && o->entry == key->entry && o->line == key->line &&
			o->first == key->first && o->last == key->last &&
			same_names(&s->plans[key->promise], o, n, key->promise))
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
	if (entry->kind == COMMAND && match_line(text, entry->text, &(struct names){.count = 0}))
		return 1; /* a number stands where a name has none yet */
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

int compare_words(struct search *s, const struct node *n, size_t i, size_t d)
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
	path_names(s, n, i, &names);
	text = match_fill(p->exchange.typed->text, &names);
	if (text != NULL)
		result = count_differences(p, entry, text);
	free(text);
	*known = (short)result;
	return result;
}
