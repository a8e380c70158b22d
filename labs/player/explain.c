/* explain.c - see explain.h: the reason, the remedy, and what both are told in. */
#define _XOPEN_SOURCE 700 /* strdup */
#include "explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reason.h"

static const char *const words_of[] = {"none", "command differs", "other terminal", "not typed",
	"too early", "too late", "port busy", "second one", "tool missing", "ended",
	"output differs", "not shown yet"};

const char *reason_word(enum reason reason)
{
	return words_of[reason];
}

/* ---- What the reason and the remedy ask ----------------------------------------------------- */

void explain_add(char **text, const char *format, ...)
{
	const size_t length = *text == NULL ? 0 : strlen(*text);
	va_list arguments;
	char more[2400], *longer;
	size_t size;

	va_start(arguments, format);
	vsnprintf(more, sizeof more, format, arguments);
	va_end(arguments);
	size = length + strlen(more) + 1;
	longer = realloc(*text, size);
	if (longer == NULL)
		return;
	*text = longer;
	memcpy(longer + length, more, strlen(more) + 1);
}

const struct names *explain_names(const struct progress *p, const struct promise *q)
{
	return q->names.count > 0 ? &q->names : &p->names;
}

/* What promise `q` types, with the values that are bound. The caller frees it. */
char *explain_typed(const struct progress *p, const struct promise *q)
{
	return match_fill(q->exchange.typed->text, explain_names(p, q));
}

bool explain_acts(const struct promise *q)
{
	return q->exchange.typed != NULL && !q->exchange.typed->looks;
}

/* The command that runs in the terminal as far as is known, or NULL: it is at the prompt. */
const struct entry *explain_running(const struct progress *p, int terminal)
{
	const struct history *t = &p->histories[terminal];

	if (t->count == 0 || t->entries[t->count - 1].ended)
		return NULL;
	for (size_t d = t->count; d > 0; d--)
		if (t->entries[d - 1].kind == COMMAND)
			return &t->entries[d - 1];
	return NULL;
}

/* "you typed `echo-server`; the sheet has `--pause-close 0.5` as well" */
void explain_words(char **text, const char *promised, const char *typed)
{
	struct words words = wording_of_command(promised, typed);
	char missing[600], too_much[600];

	wording_list(&words, MISSING, missing, sizeof missing);
	wording_list(&words, TOO_MUCH, too_much, sizeof too_much);
	if (words.missing > 0 && words.too_much > 0)
		explain_add(text, "you typed %s where the sheet has %s", too_much, missing);
	else if (words.missing > 0)
		explain_add(text, "you typed `%s`; the sheet has %s as well", typed, missing);
	else if (words.too_much > 0)
		explain_add(text, "you typed %s, which the sheet does not have", too_much);
	else
		explain_add(text, "you typed `%s`; the sheet has `%s`", typed, promised);
	wording_free(&words);
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* The line of the sheet, and what was seen in its place. */
static void set_lines(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];
	const struct exchange *x = &q->exchange;
	const struct history *t = &p->histories[q->step->terminal];
	const struct item *item = q->entry == NULL && x->typed != NULL ? x->typed
				  : q->agreed < x->count               ? &x->expected[q->agreed]
								       : NULL;

	e->terminal = q->step->terminal;
	e->line = item != NULL
			  ? item->line
			  : (x->count > 0 ? x->expected[x->count - 1].line : x->typed->line) + 1;
	e->promised = item == NULL ? strdup("(nothing more)")
				   : match_fill(item->text, explain_names(p, q));
	if (q->in_place >= 0 && (size_t)q->in_place < t->line_count && e->promised != NULL) {
		e->seen = strdup(t->lines[q->in_place].text);
		if (item != NULL)
			e->differ = wording_of_line(
				e->promised, t->lines[q->in_place].text, explain_names(p, q));
	}
}

void explain(const struct progress *p, size_t i, struct explanation *e)
{
	*e = (struct explanation){.promise = i};
	if (i >= p->count || p->promises[i].standing >= DONE) {
		remedy_next_of_sheet(p, e, i);
		return;
	}
	set_lines(p, e);
	reason_find(p, e);
	remedy_find(p, e);
	if (e->reason != NOT_SHOWN_YET)
		remedy_next_of_sheet(p, e, i);
	if (e->reason != NOT_TYPED || i < p->here || e->blamed_step != p->promises[i].step)
		e->hint = remedy_hint(p, e);
}

void explanation_free(struct explanation *e)
{
	free(e->promised);
	free(e->seen);
	wording_free(&e->differ);
	free(e->why);
	free(e->remedy);
	free(e->next);
	*e = (struct explanation){0};
}

char *explain_wording(const struct progress *p, size_t i)
{
	const struct promise *q = &p->promises[i];
	char *text, *result = NULL;

	if (!q->worded || q->latest == NULL || q->exchange.typed == NULL ||
		(text = explain_typed(p, q)) == NULL)
		return NULL;
	explain_add(&result, "T%d: ", q->step->terminal);
	explain_words(&result, text, q->latest->text);
	free(text);
	return result;
}
