/* text.c - see text.h. */
#define _XOPEN_SOURCE 700 /* strdup */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "wording.h"

static bool is_typed(const struct item *item)
{
	return item->kind == COMMAND || item->kind == INPUT || item->kind == KEY;
}

int text_list(struct text *t)
{
	size_t all = 0;
	int ordinal = 0;

	for (size_t s = 0; s < t->w->count; s++)
		all += t->w->steps[s].count;
	t->known = calloc(all + 1, sizeof *t->known);
	if (t->known == NULL)
		return -1;
	for (size_t s = 0; s < t->w->count; s++) {
		for (size_t i = 0; i < t->w->steps[s].count; i++) {
			const struct item *item = &t->w->steps[s].items[i];
			const bool here = t->w->steps[s].terminal == t->number;
			ordinal += is_typed(item);
			if (here && is_typed(item)) {
				t->known[t->item_count].ordinal = ordinal;
				t->known[t->item_count].patient = t->w->steps[s].patient_section;
				t->known[t->item_count++].item = item;
			} else if (here && item->kind == OUTPUT && t->item_count > 0 &&
				   t->known[t->item_count - 1].answer == NULL) {
				t->known[t->item_count - 1].answer = item->text;
			}
		}
	}
	return 0;
}

int text_fitness(const struct item *item, enum kind kind, const char *text)
{
	struct names names = {.count = 0};
	struct words words;
	bool same;

	if (item->kind != kind)
		return 0;
	if (kind != COMMAND)
		return strcmp(item->text, text) != 0 ? 0 : kind == KEY ? LIKE_KEY : EXACT;
	if (!wording_same_program(item->text, text))
		return 0;
	if (match_line(item->text, text, &names))
		return EXACT;
	words = wording_of_command(item->text, text);
	same = words.missing + words.too_much == 0;
	wording_free(&words);
	return same ? EXACT : SIMILAR;
}

int text_best_fitness(const struct text *t, enum kind kind, const char *typed)
{
	int best = 0;

	for (size_t i = 0; i < t->item_count && best < EXACT; i++) {
		const int here = text_fitness(t->known[i].item, kind, typed);
		best = here > best ? here : best;
	}
	return best;
}

void text_event(struct text *t, enum happening is, enum kind kind, const char *text)
{
	struct event *longer = t->count % 256 != 0
				       ? t->events
				       : realloc(t->events, (t->count + 256) * sizeof *longer);
	char *copy = strdup(text);

	if (longer != NULL)
		t->events = longer;
	if (longer == NULL || copy == NULL) {
		free(copy);
		return;
	}
	t->events[t->count++] = (struct event){.is = is, .kind = kind, .text = copy};
}

void text_free(struct text *t)
{
	shown_free(&t->lines);
	for (size_t e = 0; e < t->count; e++)
		free(t->events[e].text);
	free(t->events);
	free(t->known);
}
