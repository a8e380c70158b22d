/*
 * place.c - when was what typed? By its place in the worksheet; see text.h.
 *
 * Nothing else tells how the things typed in several terminals follow each other.
 */
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { TYPED_MAX = 10000 };

/* The things typed, as they fit the sheet's items best in order: best[e][i] is how well those from
 * e on fit the items from i on. */
struct fit {
	size_t *typed; /* indices of events */
	int *alone;    /* what it is worth to leave one out */
	long *item;    /* the one that it fits; or -1 */
	int *best;
	size_t typed_count, item_count;
};

static int *best_from(const struct fit *f, size_t e, size_t i)
{
	return &f->best[e * (f->item_count + 1) + i];
}

static const struct event *typed_event(const struct text *t, const struct fit *f, size_t e)
{
	return &t->events[f->typed[e]];
}

/* Typed twice in a row: it was the same thing, unless the sheet has that twice in a row as well. */
static bool comes_again_at_once(const struct text *t, const struct fit *f, size_t e, size_t i)
{
	const char *text = t->known[i].item->text;

	return e + 1 < f->typed_count &&
	       strcmp(typed_event(t, f, e)->text, typed_event(t, f, e + 1)->text) == 0 &&
	       (i + 1 == f->item_count || strcmp(text, t->known[i + 1].item->text) != 0);
}

static int fit_one(const struct text *t, const struct fit *f, size_t e, size_t i)
{
	const struct event *v = typed_event(t, f, e);

	return comes_again_at_once(t, f, e, i) ? 0
					       : text_fitness(t->known[i].item, v->kind, v->text);
}

static void fit_free(struct fit *f)
{
	free(f->typed);
	free(f->alone);
	free(f->item);
	free(f->best);
}

static bool is_repeated(const struct text *t, const struct fit *f, size_t e)
{
	size_t times = 0;

	for (size_t k = 0; k < f->typed_count; k++)
		times += strcmp(typed_event(t, f, k)->text, typed_event(t, f, e)->text) == 0;
	return times > 1;
}

static void measure(const struct text *t, struct fit *f)
{
	for (size_t e = f->typed_count; e-- > 0;) {
		const struct event *v = typed_event(t, f, e);
		if (text_best_fitness(t, v->kind, v->text) == EXACT)
			f->alone[e] = is_repeated(t, f, e) ? REPEATED : LEFT_OUT_ONCE;
		for (size_t i = f->item_count + 1; i-- > 0;) {
			int best = f->alone[e] + *best_from(f, e + 1, i);
			if (i < f->item_count) {
				const int fits = fit_one(t, f, e, i);
				const int with = fits + *best_from(f, e + 1, i + 1);
				const int other =
					*best_from(f, e, i + 1) - (t->known[i].patient ? 0 : GAP);
				best = other > best ? other : best;
				best = fits > 0 && with > best ? with : best;
			}
			*best_from(f, e, i) = best;
		}
	}
}

static int fit_typed(struct text *t, struct fit *f)
{
	*f = (struct fit){
		.item_count = t->item_count, .typed = calloc(t->count + 1, sizeof *f->typed)};
	for (size_t e = 0; f->typed != NULL && e < t->count; e++)
		if (t->events[e].is == TYPED && f->typed_count < TYPED_MAX)
			f->typed[f->typed_count++] = e;
	f->best = calloc((f->typed_count + 1) * (f->item_count + 1), sizeof *f->best);
	f->alone = calloc(f->typed_count + 1, sizeof *f->alone);
	f->item = calloc(f->typed_count + 1, sizeof *f->item);
	if (f->typed == NULL || f->best == NULL || f->alone == NULL || f->item == NULL)
		return -1;
	measure(t, f);
	return 0;
}

static bool is_best(const struct text *t, const struct fit *f, size_t e, size_t i)
{
	const int fits = fit_one(t, f, e, i);

	return fits > 0 && fits + *best_from(f, e + 1, i + 1) == *best_from(f, e, i);
}

/* Walk along the best fit. Of what was typed more than once the last counts. */
static void choose_items(const struct text *t, struct fit *f)
{
	size_t i = 0;

	for (size_t e = 0; e < f->typed_count; e++) {
		f->item[e] = -1;
		if (*best_from(f, e, i) == f->alone[e] + *best_from(f, e + 1, i))
			continue;
		while (!is_best(t, f, e, i))
			i++;
		f->item[e] = (long)i++;
	}
}

/* Is it typed once more, later on? */
static bool comes_again(const struct text *t, const struct fit *f, size_t e)
{
	for (size_t k = e + 1; k < f->typed_count; k++)
		if (strcmp(typed_event(t, f, k)->text, typed_event(t, f, e)->text) == 0)
			return true;
	return false;
}

/* When the next thing was typed that has its place in the sheet; 0 if there is none. */
static int next_place(const struct text *t, const struct fit *f, size_t e)
{
	while (e < f->typed_count && f->item[e] == -1)
		e++;
	return e < f->typed_count ? t->known[f->item[e]].ordinal : 0;
}

int text_date(struct text *t)
{
	struct fit f;
	const int result = fit_typed(t, &f);
	double now = 0;

	if (result == 0)
		choose_items(t, &f);
	for (size_t e = 0; result == 0 && e < f.typed_count; e++) {
		const int place = next_place(t, &f, e);
		if (f.item[e] != -1)
			now = place;
		else if (place - 0.5 > now && comes_again(t, &f, e))
			now = place - 0.5;
		else
			now += 1e-5;
		t->events[f.typed[e]].at = now;
	}
	fit_free(&f);
	return result;
}
