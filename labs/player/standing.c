/* standing.c - see search.h. What the best path says of each promise. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "wording.h"

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
	path_names(s, n, SIZE_MAX, &p->names);
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
		const int differences = compare_words(s, n, i, d);
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
	const size_t end = compare_end(t, d), agreed = p->agreed;
	struct promise part = *p;
	size_t extra;

	part.exchange.count = agreed;
	part.to_end = false;
	if (agreed > 0)
		compare_lines(
			&part, t, d, p->first, first, 0, &p->names, &p->used, &extra, &part.agreed);
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
	const unsigned first = path_stamp(s, n, s->plans[i].first_cause);
	size_t line = n->at[p->step->terminal].line, used, extra;
	enum verdict verdict;

	path_names(s, n, i, &p->names);
	p->turn = n->at[p->step->terminal].entry;
	p->first = p->used = line;
	if (d < 0)
		return;
	p->entry = p->latest = &t->entries[d];
	p->first = p->exchange.typed != NULL && line < p->entry->first ? p->entry->first : line;
	p->worded = p->exchange.typed != NULL && compare_words(s, n, i, (size_t)d) > 1;
	verdict = compare_lines(p, t, (size_t)d, p->first, first,
		path_stamp(s, n, s->plans[i].last_cause), &p->names, &used, &extra, &p->agreed);
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

/* What is kept on the path, from its first part on: by what first, by what last, and up to where. */
static void note_kept(struct search *s, struct node *const *path, size_t length, bool *used)
{
	struct progress *p = s->p;

	for (size_t k = length; k-- > 0;) {
		const struct node *n = path[k];
		struct promise *q = &p->promises[n->promise];
		const struct history *t = &p->histories[q->step->terminal];
		if (!n->kept)
			continue;
		if (n->entry >= 0)
			used[s->offset[q->step->terminal] + (size_t)n->entry] = true;
		if (q->standing != DONE)
			set_evidence(s, n);
		q->latest = n->entry >= 0 ? &t->entries[n->entry] : NULL;
		q->worded = n->worded;
		if (n->promise >= p->here)
			p->here = n->promise + 1;
	}
}

/* What is not, and the promise behind the last that is. */
static void note_shortfalls(struct search *s, struct node *const *path, size_t length)
{
	struct progress *p = s->p;

	for (size_t k = length; k-- > 0;)
		if (!path[k]->kept && p->promises[path[k]->promise].standing == NOT_BEGUN) {
			const bool again = s->now != s->best && path[k]->promise > s->again;
			set_shortfall(s, again ? s->now : path[k]->before, path[k]->promise,
				again ? s->since : 0);
		}
	if (p->here < p->count && p->promises[p->here].standing == NOT_BEGUN)
		set_shortfall(s, s->now, p->here, s->since);
}

void standing_note(struct search *s)
{
	struct progress *p = s->p;
	const size_t most = p->count * 8;
	struct node **path =
		calloc(most + 2, sizeof(struct node *)); /* NOLINT(bugprone-sizeof-expression) */
	bool *used = calloc(s->entries + 1, sizeof *used);
	size_t length = 0;

	p->here = p->next = 0;
	if (path != NULL && used != NULL) {
		for (struct node *n = s->best; n->before != NULL && length < most; n = n->before)
			path[length++] = n;
		note_kept(s, path, length, used);
		note_shortfalls(s, path, length);
		path_names(s, s->now, SIZE_MAX, &p->names);
		leave_out(p);
		list_asides(s, used);
		while (p->next < p->count && p->promises[p->next].standing >= DONE)
			p->next++;
	}
	free(used);
	free(path);
}
