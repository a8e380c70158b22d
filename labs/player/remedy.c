/* remedy.c - see reason.h. What to do about a promise that is not kept. */
#define _XOPEN_SOURCE 700 /* strdup */
#include "reason.h"

#include <stdlib.h>
#include <string.h>

static void set_next(struct explanation *e, int terminal, const char *text, bool is_key)
{
	if (e->next != NULL)
		return;
	e->next = strdup(text);
	e->next_terminal = terminal;
	e->next_is_key = is_key;
}

/* "T1: ^C, then `echo-server`" */
static void tell_again(
	const struct progress *p, struct explanation *e, const struct promise *q, bool first)
{
	const int T = q->step->terminal;
	char *text = explain_typed(p, q);

	if (text == NULL)
		return;
	explain_add(&e->remedy, first ? "In T%d " : ", then in T%d ", T);
	if (q->exchange.typed->kind == COMMAND && explain_running(p, T) != NULL) {
		explain_add(&e->remedy, "end `%s` with ^C and type `%s`",
			explain_running(p, T)->text, text);
		set_next(e, T, "^C", true);
	} else {
		explain_add(&e->remedy, q->exchange.typed->kind == KEY ? "press %s" : "type `%s`",
			text);
		set_next(e, T, text, q->exchange.typed->kind == KEY);
	}
	free(text);
}

/* Is what promise `q` types what runs in its terminal now: mended already? */
static bool runs_now(const struct progress *p, const struct promise *q)
{
	const struct entry *now = explain_running(p, q->step->terminal);
	char *text = q->exchange.typed->kind == COMMAND && now != NULL ? explain_typed(p, q) : NULL;
	const bool result = text != NULL && strcmp(text, now->text) == 0 && now != q->latest;

	free(text);
	return result;
}

/* The last thing before the explained promise, and behind promise `from`, that causes anything. */
static size_t last_act(const struct progress *p, const struct explanation *e, size_t from)
{
	for (size_t i = e->promise; i-- > from + 1;)
		if (explain_acts(&p->promises[i]) && p->promises[i].exchange.typed->kind == COMMAND)
			return i;
	return from;
}

/* Do it again from promise `from` on, up to the one that is explained: what was wrong, what causes,
 * and what looks. */
static void tell_from(const struct progress *p, struct explanation *e, size_t from)
{
	const size_t again[] = {from, last_act(p, e, from), e->promise};
	bool first = true;

	for (size_t k = 0; k < 3; k++) {
		const struct promise *q = &p->promises[again[k]];
		if ((k > 0 && again[k] == again[k - 1]) || q->exchange.typed == NULL ||
			runs_now(p, q) ||
			(k == 1 && q->step->terminal == p->promises[from].step->terminal))
			continue;
		tell_again(p, e, q, first);
		first = false;
	}
	if (first)
		explain_add(
			&e->remedy, "Do it again from step %d on", p->promises[from].step->number);
	explain_add(&e->remedy, ".");
}

static size_t index_of(const struct progress *p, const struct explanation *e)
{
	for (size_t i = e->promise + 1; i-- > 0;)
		if (p->promises[i].step == e->blamed_step &&
			p->promises[i].exchange.typed != NULL &&
			(e->blamed == NULL || p->promises[i].latest == e->blamed ||
				p->promises[i].entry == e->blamed || i == e->promise))
			return i;
	return e->promise;
}

void remedy_find(const struct progress *p, struct explanation *e)
{
	const size_t from = index_of(p, e);
	const struct promise *q = &p->promises[e->promise];

	switch (e->reason) {
	case NO_REASON:
	case NOT_SHOWN_YET:
		if (q->step->watch)
			tell_from(p, e, e->promise);
		else if (q->exchange.typed == NULL)
			explain_add(&e->remedy,
				"Wait for it; if nothing comes, look whether all before it was typed as it stands.");
		break;
	case OTHER_TERMINAL:
		if (!e->blamed->ended && e->blamed->kind == COMMAND) {
			explain_add(&e->remedy, "End it in T%d with ^C. ", e->blamed_terminal);
			set_next(e, e->blamed_terminal, "^C", true);
		}
		tell_from(p, e, e->promise);
		break;
	case PORT_BUSY:
		explain_add(&e->remedy,
			"A closed connection keeps its port for up to a minute. Wait until "
			"`netstat -ant` shows no TIME_WAIT of it. ");
		tell_from(p, e, e->promise);
		break;
	case SECOND_ONE:
		explain_add(&e->remedy,
			"Go on with the one that runs in T%d, or end it there with ^C and start it in T%d.",
			e->blamed_terminal, q->step->terminal);
		if (e->blamed_terminal != q->step->terminal)
			set_next(e, e->blamed_terminal, "^C", true);
		break;
	case TOOL_MISSING:
		explain_add(&e->remedy,
			"`lab doctor` tells which tools are missing, and how to have a room, which gives the "
			"rights; then `lab open %s` opens its terminals.",
			p->w->call);
		break;
	case TOO_LATE:
		explain_add(&e->remedy, "Do it once more and look at once. ");
		tell_from(p, e, from);
		break;
	case OUTPUT_DIFFERS:
		explain_add(&e->remedy, "Compare the two lines, and do the step once more. ");
		tell_from(p, e, q->exchange.typed != NULL ? e->promise : from);
		break;
	default:
		tell_from(p, e, from);
	}
}

/* What comes next in the sheet: of promise `i`, or the first that types anything after it. */
void remedy_next_of_sheet(const struct progress *p, struct explanation *e, size_t i)
{
	for (; i < p->count; i++) {
		const struct promise *q = &p->promises[i];
		char *text;
		if (q->exchange.typed == NULL || q->standing >= DONE)
			continue;
		text = explain_typed(p, q);
		if (text != NULL)
			set_next(e, q->step->terminal, text, q->exchange.typed->kind == KEY);
		free(text);
		return;
	}
}

/* The author's hint: for this very reason at this step, or at the one that is blamed, else for
 * any. */
const char *remedy_hint(const struct progress *p, const struct explanation *e)
{
	const struct step *step = p->promises[e->promise].step;
	const char *word = reason_word(e->reason), *any = worksheet_hint(p->w, step, "");
	const char *hint = worksheet_hint(p->w, step, word);

	if ((hint == NULL || hint == any) && e->blamed_step != NULL && e->blamed_step != step)
		hint = worksheet_hint(p->w, e->blamed_step, word);
	return hint != NULL ? hint : any;
}
