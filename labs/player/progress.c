/* progress.c - see progress.h. The recordings are read here, and judged by the search. */
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"
#include "state.h"

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
	if (s != NULL && search_begin(s, p))
		search_best(s);
	if (s != NULL && s->best != NULL)
		standing_note(s);
	if (s != NULL)
		search_end(s);
	free(s);
}

/* ---- For the views ------------------------------------------------------------------------ */

struct progress *progress_open(const struct worksheet *w)
{
	struct progress *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->w = w;
	if (!plan_promises(p)) {
		free(p);
		return NULL;
	}
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
