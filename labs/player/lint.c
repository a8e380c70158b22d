/* lint.c - see lint.h. */
#include "lint.h"

#include <stdio.h>
#include <string.h>

#include "cause.h"

/* ---- Behind a closing `...` ---------------------------------------------------------------- */

static const struct step *step_before(const struct worksheet *w, const struct step *s)
{
	for (const struct step *before = s; before > w->steps;)
		if ((--before)->terminal == s->terminal)
			return before;
	return NULL;
}

static int lint_gap(const struct worksheet *w, const struct step *s)
{
	const struct step *before = step_before(w, s);
	const struct item *gap;
	struct cause first, last;

	if (s->items[0].kind != OUTPUT || before == NULL)
		return 0;
	gap = &before->items[before->count - 1];
	cause_find(w, s, true, true, &first, &last);
	if (gap->kind != ANYTHING || (first.item != NULL && first.step > before))
		return 0;
	printf("%s:%d: a line that `...` of line %d covers may keep this: nothing was typed in between that "
	       "could have caused it\n",
		w->path, s->items[0].line, gap->line);
	return 1;
}

/* ---- Names that appear once ---------------------------------------------------------------- */

static int times_in(const struct worksheet *w, const char *name)
{
	struct placeholder p;
	int times = 0;

	for (const struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < s->count; i++)
			for (const char *at = s->items[i].text;
				(at = placeholder_next(at, &p)) != NULL; at++)
				times += strcmp(p.name, name) == 0;
	return times;
}

static void note_names(const struct worksheet *w, const struct item *item)
{
	struct placeholder p;

	for (const char *at = item->text; (at = placeholder_next(at, &p)) != NULL; at++)
		if (item->kind == OUTPUT && times_in(w, p.name) == 1)
			printf("%s:%d: note: <%s> appears only here: any number keeps it\n",
				w->path, item->line, p.name);
		else if (item->kind != OUTPUT && placeholder_binder(w, p.name) == NULL)
			printf("%s:%d: note: <%s> is bound nowhere: it is typed as it stands\n",
				w->path, item->line, p.name);
}

void lint_names(const struct worksheet *w)
{
	for (const struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < s->count; i++)
			note_names(w, &s->items[i]);
}

int lint(const struct worksheet *w)
{
	int found = 0;

	for (const struct step *s = w->steps; s < w->steps + w->count; s++) {
		found += lint_gap(w, s);
		for (size_t i = 0; i < s->count; i++)
			note_names(w, &s->items[i]);
	}
	return found;
}
