/* plan.c - see search.h. What a worksheet promises, and what can be known of it beforehand. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "wording.h"

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

bool plan_promises(struct progress *p)
{
	list_promises(p);
	if (p->promises != NULL)
		mark_ends(p);
	return p->promises != NULL;
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

void plan_make(struct search *s)
{
	for (size_t i = 0; i < s->p->count; i++)
		make_plan(s, i);
	measure_hope(s);
}
