/* reason.c - see reason.h. What each reason looks like in a recording. */
#include "reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"

/* TIME_WAIT and an orphan's FIN_WAIT2 last a minute on Linux (tcp(7)); who looks so many seconds
 * after what led to them is near its end. */
static const double RUN_OUT = 50;

/* ---- What is known ------------------------------------------------------------------------ */

/* Does what was typed there go on, so that more is promised of it: a server, a capture? */
static bool goes_on(const struct progress *p, const struct promise *q)
{
	for (const struct promise *next = q + 1; next < p->promises + p->count; next++)
		if (next->step->terminal == q->step->terminal)
			return next->exchange.typed == NULL ||
			       next->exchange.typed->kind != COMMAND;
	return false;
}

/* The promise whose command the lines of promise `q` come from. */
static const struct promise *act_of(const struct progress *p, const struct promise *q)
{
	const int terminal = q->step->terminal;

	while (q > p->promises && (q->step->terminal != terminal || q->exchange.typed == NULL ||
					  q->exchange.typed->kind != COMMAND))
		q--;
	return q;
}

static bool is_evidence(const struct progress *p, const struct entry *entry)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->promises[i].standing == DONE &&
			(p->promises[i].entry == entry || p->promises[i].latest == entry))
			return true;
	return false;
}

/* When what stands before promise `i` in the sheet was typed last. */
static double turn_began(const struct progress *p, size_t i)
{
	for (; i > 0; i--)
		if (p->promises[i - 1].latest != NULL &&
			p->promises[i - 1].exchange.typed != NULL &&
			p->promises[i - 1].standing == DONE)
			return p->promises[i - 1].latest->at;
	return 0;
}

/* Did a line of what was typed say one of these? Sets *line. */
static bool says(const struct progress *p, const struct promise *q, const char *const *texts,
	const char **line)
{
	const struct history *t = &p->histories[q->step->terminal];
	const size_t end = q->first + 100 < t->line_count ? q->first + 100 : t->line_count;

	for (size_t i = q->first; q->entry != NULL && i < end; i++)
		for (size_t k = 0; texts[k] != NULL; k++)
			if (strstr(t->lines[i].text, texts[k]) != NULL) {
				*line = t->lines[i].text;
				return true;
			}
	return false;
}

static bool promises_text(const struct promise *q, const char *text)
{
	for (size_t k = 0; k < q->exchange.count; k++)
		if (strstr(q->exchange.expected[k].text, text) != NULL)
			return true;
	return false;
}

/* Is what was typed a try at the text: the same program, or its name misspelt; most words of the
 * input? */
static bool is_try(const struct item *typed, const char *text, const struct entry *entry)
{
	struct words words;
	size_t same;

	if (entry->kind != typed->kind)
		return false;
	if (entry->kind == KEY)
		return strcmp(entry->text, text) == 0;
	if (entry->kind == COMMAND) {
		size_t lt, le;
		const char *a = wording_program(text, &lt), *b = wording_program(entry->text, &le);
		return wording_same_program(text, entry->text) ||
		       (lt > 3 && le > 2 && wording_distance(a, lt, b, le) <= 2);
	}
	words = wording_of_command(text, entry->text);
	same = words.count - words.missing - words.too_much;
	wording_free(&words);
	return same > 0 ||
	       wording_distance(text, strlen(text), entry->text, strlen(entry->text)) <= 2;
}

/* ---- Reasons ------------------------------------------------------------------------------ */

static void blame(struct explanation *e, enum reason reason, const struct promise *q, int terminal,
	const struct entry *entry)
{
	e->reason = reason;
	e->blamed_terminal = terminal;
	e->blamed = entry;
	e->blamed_step = q == NULL ? NULL : q->step;
}

static bool find_wording(const struct progress *p, struct explanation *e, const struct promise *q,
	const struct entry *typed)
{
	char *text = explain_typed(p, q);

	if (text == NULL)
		return false;
	blame(e, COMMAND_DIFFERS, q, q->step->terminal, typed);
	explain_add(&e->why, "In T%d ", q->step->terminal);
	explain_words(&e->why, text, typed->text);
	explain_add(&e->why, ".");
	if (q == &p->promises[e->promise]) {
		free(e->seen);
		wording_free(&e->differ);
		e->seen = strdup(typed->text);
		e->differ = wording_of_command(text, typed->text);
	}
	free(text);
	return true;
}

/* Nothing that could be it was typed in its terminal. In another one? */
static bool find_other_terminal(const struct progress *p, struct explanation *e, const char *text)
{
	const struct promise *q = &p->promises[e->promise];
	const double since = turn_began(p, e->promise);

	for (int T = 1; T <= TERMINALS_MAX; T++) {
		const struct history *t = &p->histories[T];
		for (size_t d = t->count; T != q->step->terminal && d > 0; d--) {
			const struct entry *entry = &t->entries[d - 1];
			if (entry->at < since || !is_try(q->exchange.typed, text, entry) ||
				is_evidence(p, entry))
				continue;
			blame(e, OTHER_TERMINAL, q, T, entry);
			explain_add(&e->why, "You typed `%s` in T%d; it belongs in T%d.",
				entry->text, T, q->step->terminal);
			return true;
		}
	}
	return false;
}

/* A try in its own terminal that was too far off to be taken for it. */
static const struct entry *find_try(
	const struct progress *p, const struct promise *q, const char *text)
{
	const struct history *t = &p->histories[q->step->terminal];

	for (size_t d = t->count; q->exchange.typed->kind != KEY && d > q->turn; d--)
		if (is_try(q->exchange.typed, text, &t->entries[d - 1]) &&
			!is_evidence(p, &t->entries[d - 1]))
			return &t->entries[d - 1];
	return NULL;
}

static void find_why_not_typed(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise], *act = act_of(p, q);
	const struct entry *try;
	char *text = explain_typed(p, q);

	if (text == NULL)
		return;
	try = find_try(p, q, text);
	if (try != NULL) {
		find_wording(p, e, q, try);
	} else if (find_other_terminal(p, e, text)) {
		;
	} else if (q->exchange.typed->kind != COMMAND && act != q && act->latest != NULL &&
		   act->latest->ended && explain_running(p, q->step->terminal) == NULL) {
		blame(e, PROGRAM_ENDED, act, q->step->terminal, act->latest);
		explain_add(&e->why, "`%s` in T%d has ended before `%s` was typed.",
			act->latest->text, q->step->terminal, text);
	} else {
		blame(e, NOT_TYPED, q, q->step->terminal, NULL);
		explain_add(&e->why, "`%s` was not typed in T%d yet.", text, q->step->terminal);
	}
	free(text);
}

/* Was something that changes things passed over before promise `i`, in the same section? */
static bool find_gap(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];
	struct explanation of_gap;

	for (size_t i = 0; i < e->promise; i++) {
		const struct promise *gap = &p->promises[i];
		if (gap->step->section != q->step->section || gap->standing >= DONE ||
			!explain_acts(gap))
			continue;
		explain(p, i, &of_gap);
		e->reason = of_gap.reason;
		e->blamed_terminal = of_gap.blamed_terminal;
		e->blamed = of_gap.blamed;
		e->blamed_step = gap->step;
		explain_add(&e->why, "Step %d was passed over: %s", gap->step->number,
			of_gap.why == NULL ? "" : of_gap.why);
		explanation_free(&of_gap);
		return true;
	}
	return false;
}

/* Was something typed before that was ready which the sheet has first? */
static bool find_too_early(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];

	for (size_t b = p->timeless ? 0 : e->promise + 1; b-- > 0;) {
		const struct promise *late = &p->promises[b];
		const struct entry *typed = late->latest;
		if (!explain_acts(late) || typed == NULL || late->exchange.typed->kind != COMMAND)
			continue;
		for (size_t a = b; a-- > 0;) {
			const struct promise *early = &p->promises[a];
			if (early->standing != DONE ||
				early->step->terminal == late->step->terminal ||
				early->latest == NULL || early->exchange.typed == NULL ||
				typed->at >= early->at || early->latest != early->entry ||
				!(explain_acts(early) || goes_on(p, early)) ||
				(early != act_of(p, q) &&
					early->step->section != q->step->section &&
					late->step->section != q->step->section))
				continue;
			blame(e, TOO_EARLY, late, late->step->terminal, typed);
			explain_add(&e->why, "`%s` was typed in T%d before `%s` in T%d was ready.",
				typed->text, late->step->terminal, early->latest->text,
				early->step->terminal);
			return true;
		}
	}
	return false;
}

/* Does what is missing in the wording stand in what the promise wants? Then it is the likely
 * one. */
static bool is_about(
	const struct progress *p, const struct promise *worded, const struct promise *q)
{
	char *text = explain_typed(p, worded);
	struct words words;
	bool result = false;

	if (text == NULL)
		return false;
	words = wording_of_command(text, worded->latest->text);
	for (size_t i = 0; i < words.count && !result; i++)
		result = words.of[i].is == MISSING && strlen(words.of[i].text) > 2 &&
			 q->exchange.typed != NULL &&
			 strstr(q->exchange.typed->text, words.of[i].text) != NULL;
	wording_free(&words);
	free(text);
	return result;
}

/* A command that was typed with other words than the sheet's, and that the promise may hang on:
 * best the one that its own lines come from, then the latest of those that change something or go
 * on. */
static bool find_worded(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise], *found = NULL;
	bool own = false;

	for (size_t i = 0; i < e->promise && !own; i++) {
		const struct promise *c = &p->promises[i];
		if (c->standing != DONE || !c->worded || c->latest == NULL)
			continue;
		own = (q->exchange.typed == NULL && c == act_of(p, q)) || is_about(p, c, q);
		found = own || explain_acts(c) ? c
					       : found; /* another capture changes nothing here */
	}
	return found != NULL && find_wording(p, e, found, found->latest);
}

static bool find_too_late(const struct progress *p, struct explanation *e)
{
	static const char *const fleeting[] = {"TIME_WAIT", "FIN_WAIT2", "TIME-WAIT", "FIN-WAIT-2"};
	const struct promise *q = &p->promises[e->promise];
	const char *line =
		q->agreed < q->exchange.count ? q->exchange.expected[q->agreed].text : "";
	bool is_fleeting = false;

	for (size_t k = 0; k < sizeof fleeting / sizeof fleeting[0]; k++)
		is_fleeting = is_fleeting || strstr(line, fleeting[k]) != NULL;
	if (!is_fleeting || q->entry == NULL || p->timeless)
		return false;
	for (size_t i = e->promise; i-- > 0;) {
		const struct promise *c = &p->promises[i];
		if (c->standing != DONE || !explain_acts(c) || c->latest == NULL)
			continue;
		if (q->entry->at - c->latest->at < RUN_OUT)
			return false;
		blame(e, TOO_LATE, c, c->step->terminal, c->latest);
		explain_add(&e->why,
			"You looked %.0f seconds after `%s` in T%d: what is promised here lasts for a minute.",
			q->entry->at - c->latest->at, c->latest->text, c->step->terminal);
		return true;
	}
	return false;
}

/* The same program that ran when this was typed, in any terminal. */
static const struct entry *runs_already(
	const struct progress *p, const struct entry *entry, int *terminal)
{
	size_t length, other;
	const char *name = wording_program(entry->text, &length);

	for (*terminal = 1; *terminal <= TERMINALS_MAX; ++*terminal) {
		const struct history *t = &p->histories[*terminal];
		for (size_t d = 0; d < t->count; d++) {
			const struct entry *c = &t->entries[d];
			if (c == entry || c->kind != COMMAND || c->at > entry->at ||
				(c->ended && c->ended_at < entry->at))
				continue;
			const char *its = wording_program(c->text, &other);
			if (other == length && strncmp(its, name, length) == 0)
				return c;
		}
	}
	return NULL;
}

static bool find_busy(const struct progress *p, struct explanation *e)
{
	static const char *const busy[] = {"Address already in use", NULL};
	const struct promise *q = &p->promises[e->promise];
	const struct entry *other;
	const char *line;
	int terminal;

	if (q->exchange.typed == NULL || promises_text(q, busy[0]) || !says(p, q, busy, &line))
		return false;
	other = runs_already(p, q->entry, &terminal);
	if (other != NULL) {
		blame(e, SECOND_ONE, q, terminal, other);
		explain_add(&e->why, "`%s` runs already, in T%d, and has the port.", other->text,
			terminal);
	} else {
		blame(e, PORT_BUSY, q, q->step->terminal, q->entry);
		explain_add(&e->why, "The port is still busy: \"%s\".", line);
	}
	free(e->seen);
	e->seen = strdup(line);
	return true;
}

static bool find_missing_tool(const struct progress *p, struct explanation *e)
{
	static const char *const signs[] = {"command not found", ": not found",
		"No such file or directory", "Operation not permitted", "You don't have permission",
		"Permission denied", "Cannot open network namespace", NULL};
	const struct promise *q = &p->promises[e->promise];
	const char *line;
	size_t length;

	if (q->exchange.typed == NULL || q->exchange.typed->kind != COMMAND ||
		!says(p, q, signs, &line))
		return false;
	for (size_t k = 0; signs[k] != NULL; k++)
		if (promises_text(q, signs[k]))
			return false;
	/* That a file is missing is not the tool's fault. */
	const char *name = wording_program(q->entry->text, &length);
	if (strstr(line, signs[2]) != NULL &&
		(strstr(line, name) == NULL || strncmp(line, name, length) == 0))
		return false;
	blame(e, TOOL_MISSING, q, q->step->terminal, q->entry);
	explain_add(&e->why, "The system says: \"%s\".", line);
	free(e->seen);
	e->seen = strdup(line);
	return true;
}

/* "Connection refused", and no server was there. */
static bool find_refused(const struct progress *p, struct explanation *e)
{
	static const char *const refused[] = {"onnection refused", NULL};
	const struct promise *q = &p->promises[e->promise];
	const char *line;

	if (p->timeless || q->exchange.typed == NULL || promises_text(q, refused[0]) ||
		!says(p, q, refused, &line))
		return false;
	for (size_t i = e->promise; i-- > 0;) {
		const struct promise *c = &p->promises[i];
		if (c->step->terminal == q->step->terminal || !explain_acts(c) ||
			c->exchange.typed->kind != COMMAND || c->latest == NULL || !goes_on(p, c))
			continue;
		if (c->latest->at > q->entry->at) {
			blame(e, TOO_EARLY, q, q->step->terminal, q->entry);
			explain_add(&e->why, "`%s` was typed in T%d before `%s` in T%d listened.",
				q->entry->text, q->step->terminal, c->latest->text,
				c->step->terminal);
			return true;
		}
		if (c->latest->ended && c->latest->ended_at < q->entry->at) {
			blame(e, PROGRAM_ENDED, c, c->step->terminal, c->latest);
			explain_add(&e->why, "`%s` in T%d had ended when `%s` was typed.",
				c->latest->text, c->step->terminal, q->entry->text);
			return true;
		}
	}
	return false;
}

static bool find_ended(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise], *act = act_of(p, q);

	if (q->exchange.typed != NULL || act->latest == NULL || !act->latest->ended ||
		q->in_place != -1)
		return false;
	blame(e, PROGRAM_ENDED, act, q->step->terminal, act->latest);
	explain_add(&e->why, "`%s` in T%d has ended; it should still run here.", act->latest->text,
		q->step->terminal);
	return true;
}

/* Promised and seen, if nothing else explains it. */
static void find_difference(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];

	if (q->standing != DIFFERS_FROM || q->step->watch) {
		e->reason = NOT_SHOWN_YET;
		explain_add(&e->why, "T%d has not shown it yet%s.", q->step->terminal,
			q->step->watch ? "; what it looks at is about to change: look again" : "");
		return;
	}
	e->reason = OUTPUT_DIFFERS;
	if (q->in_place == -1)
		explain_add(&e->why, "T%d has not shown this line.", q->step->terminal);
	else if (q->agreed >= q->exchange.count)
		explain_add(&e->why, "T%d shows more than what is promised.", q->step->terminal);
	else
		explain_add(&e->why, "T%d shows another line.", q->step->terminal);
	(void)p;
}

void reason_find(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];

	if (q->exchange.typed != NULL && q->entry == NULL) {
		find_why_not_typed(p, e);
		return;
	}
	if (q->standing < DONE && q->exchange.typed == NULL && q->entry == NULL) {
		if (!find_gap(p, e))
			find_difference(p, e);
		return;
	}
	if (find_missing_tool(p, e) || find_refused(p, e))
		return;
	if (q->exchange.typed != NULL && q->worded && q->entry != NULL) {
		find_wording(p, e, q, q->entry);
		return;
	}
	if (q->standing == SO_FAR && q->exchange.typed != NULL) {
		find_difference(p, e);
		return;
	}
	if (find_worded(p, e) || find_busy(p, e) || find_too_early(p, e) || find_too_late(p, e) ||
		find_gap(p, e) || find_ended(p, e))
		return;
	find_difference(p, e);
}
