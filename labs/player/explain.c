/* explain.c - see explain.h. What each reason looks like in a recording; then what is said of
 * it. */
#define _XOPEN_SOURCE 700 /* strdup */
#include "explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"

/* TIME_WAIT and an orphan's FIN_WAIT2 last a minute on Linux (tcp(7)); who looks so many seconds
 * after what led to them is near its end. */
static const double RUN_OUT = 50;

static const char *const words_of[] = {"none", "command differs", "other terminal", "not typed",
	"too early", "too late", "port busy", "second one", "tool missing", "ended",
	"output differs", "not shown yet"};

const char *reason_word(enum reason reason)
{
	return words_of[reason];
}

/* ---- Text --------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void add(char **text, const char *format, ...)
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

static const struct names *names_at(const struct progress *p, const struct promise *q)
{
	return q->names.count > 0 ? &q->names : &p->names;
}

/* What promise `q` types, with the values that are bound. The caller frees it. */
static char *typed_text(const struct progress *p, const struct promise *q)
{
	return match_fill(q->exchange.typed->text, names_at(p, q));
}

/* ---- What is known ------------------------------------------------------------------------ */

static bool acts(const struct promise *q)
{
	return q->exchange.typed != NULL && !q->exchange.typed->looks;
}

/* Does what was typed there go on, so that more is promised of it: a server, a capture? */
static bool goes_on(const struct progress *p, const struct promise *q)
{
	for (const struct promise *next = q + 1; next < p->promises + p->count; next++)
		if (next->step->terminal == q->step->terminal)
			return next->exchange.typed == NULL ||
			       next->exchange.typed->kind != COMMAND;
	return false;
}

/* The command that runs in the terminal as far as is known, or NULL: it is at the prompt. */
static const struct entry *running(const struct progress *p, int terminal)
{
	const struct history *t = &p->histories[terminal];

	if (t->count == 0 || t->entries[t->count - 1].ended)
		return NULL;
	for (size_t d = t->count; d > 0; d--)
		if (t->entries[d - 1].kind == COMMAND)
			return &t->entries[d - 1];
	return NULL;
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

/* "you typed `echo-server`; the sheet has `--pause-close 0.5` as well" */
static void tell_wording(char **text, const char *promised, const char *typed)
{
	struct words words = wording_of_command(promised, typed);
	char missing[600], too_much[600];

	wording_list(&words, MISSING, missing, sizeof missing);
	wording_list(&words, TOO_MUCH, too_much, sizeof too_much);
	if (words.missing > 0 && words.too_much > 0)
		add(text, "you typed %s where the sheet has %s", too_much, missing);
	else if (words.missing > 0)
		add(text, "you typed `%s`; the sheet has %s as well", typed, missing);
	else if (words.too_much > 0)
		add(text, "you typed %s, which the sheet does not have", too_much);
	else
		add(text, "you typed `%s`; the sheet has `%s`", typed, promised);
	wording_free(&words);
}

static bool find_wording(const struct progress *p, struct explanation *e, const struct promise *q,
	const struct entry *typed)
{
	char *text = typed_text(p, q);

	if (text == NULL)
		return false;
	blame(e, COMMAND_DIFFERS, q, q->step->terminal, typed);
	add(&e->why, "In T%d ", q->step->terminal);
	tell_wording(&e->why, text, typed->text);
	add(&e->why, ".");
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
			add(&e->why, "You typed `%s` in T%d; it belongs in T%d.", entry->text, T,
				q->step->terminal);
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
	char *text = typed_text(p, q);

	if (text == NULL)
		return;
	try = find_try(p, q, text);
	if (try != NULL) {
		find_wording(p, e, q, try);
	} else if (find_other_terminal(p, e, text)) {
		;
	} else if (q->exchange.typed->kind != COMMAND && act != q && act->latest != NULL &&
		   act->latest->ended && running(p, q->step->terminal) == NULL) {
		blame(e, PROGRAM_ENDED, act, q->step->terminal, act->latest);
		add(&e->why, "`%s` in T%d has ended before `%s` was typed.", act->latest->text,
			q->step->terminal, text);
	} else {
		blame(e, NOT_TYPED, q, q->step->terminal, NULL);
		add(&e->why, "`%s` was not typed in T%d yet.", text, q->step->terminal);
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
		if (gap->step->section != q->step->section || gap->standing >= DONE || !acts(gap))
			continue;
		explain(p, i, &of_gap);
		e->reason = of_gap.reason;
		e->blamed_terminal = of_gap.blamed_terminal;
		e->blamed = of_gap.blamed;
		e->blamed_step = gap->step;
		add(&e->why, "Step %d was passed over: %s", gap->step->number,
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
		if (!acts(late) || typed == NULL || late->exchange.typed->kind != COMMAND)
			continue;
		for (size_t a = b; a-- > 0;) {
			const struct promise *early = &p->promises[a];
			if (early->standing != DONE ||
				early->step->terminal == late->step->terminal ||
				early->latest == NULL || early->exchange.typed == NULL ||
				typed->at >= early->at || early->latest != early->entry ||
				!(acts(early) || goes_on(p, early)) ||
				(early != act_of(p, q) &&
					early->step->section != q->step->section &&
					late->step->section != q->step->section))
				continue;
			blame(e, TOO_EARLY, late, late->step->terminal, typed);
			add(&e->why, "`%s` was typed in T%d before `%s` in T%d was ready.",
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
	char *text = typed_text(p, worded);
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
		found = own || acts(c) ? c : found; /* another capture changes nothing here */
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
		if (c->standing != DONE || !acts(c) || c->latest == NULL)
			continue;
		if (q->entry->at - c->latest->at < RUN_OUT)
			return false;
		blame(e, TOO_LATE, c, c->step->terminal, c->latest);
		add(&e->why,
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
		add(&e->why, "`%s` runs already, in T%d, and has the port.", other->text, terminal);
	} else {
		blame(e, PORT_BUSY, q, q->step->terminal, q->entry);
		add(&e->why, "The port is still busy: \"%s\".", line);
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
	add(&e->why, "The system says: \"%s\".", line);
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
		if (c->step->terminal == q->step->terminal || !acts(c) ||
			c->exchange.typed->kind != COMMAND || c->latest == NULL || !goes_on(p, c))
			continue;
		if (c->latest->at > q->entry->at) {
			blame(e, TOO_EARLY, q, q->step->terminal, q->entry);
			add(&e->why, "`%s` was typed in T%d before `%s` in T%d listened.",
				q->entry->text, q->step->terminal, c->latest->text,
				c->step->terminal);
			return true;
		}
		if (c->latest->ended && c->latest->ended_at < q->entry->at) {
			blame(e, PROGRAM_ENDED, c, c->step->terminal, c->latest);
			add(&e->why, "`%s` in T%d had ended when `%s` was typed.", c->latest->text,
				c->step->terminal, q->entry->text);
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
	add(&e->why, "`%s` in T%d has ended; it should still run here.", act->latest->text,
		q->step->terminal);
	return true;
}

/* Promised and seen, if nothing else explains it. */
static void find_difference(const struct progress *p, struct explanation *e)
{
	const struct promise *q = &p->promises[e->promise];

	if (q->standing != DIFFERS_FROM || q->step->watch) {
		e->reason = NOT_SHOWN_YET;
		add(&e->why, "T%d has not shown it yet%s.", q->step->terminal,
			q->step->watch ? "; what it looks at is about to change: look again" : "");
		return;
	}
	e->reason = OUTPUT_DIFFERS;
	if (q->in_place == -1)
		add(&e->why, "T%d has not shown this line.", q->step->terminal);
	else if (q->agreed >= q->exchange.count)
		add(&e->why, "T%d shows more than what is promised.", q->step->terminal);
	else
		add(&e->why, "T%d shows another line.", q->step->terminal);
	(void)p;
}

/* ---- What to do --------------------------------------------------------------------------- */

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
	char *text = typed_text(p, q);

	if (text == NULL)
		return;
	add(&e->remedy, first ? "In T%d " : ", then in T%d ", T);
	if (q->exchange.typed->kind == COMMAND && running(p, T) != NULL) {
		add(&e->remedy, "end `%s` with ^C and type `%s`", running(p, T)->text, text);
		set_next(e, T, "^C", true);
	} else {
		add(&e->remedy, q->exchange.typed->kind == KEY ? "press %s" : "type `%s`", text);
		set_next(e, T, text, q->exchange.typed->kind == KEY);
	}
	free(text);
}

/* Is what promise `q` types what runs in its terminal now: mended already? */
static bool runs_now(const struct progress *p, const struct promise *q)
{
	const struct entry *now = running(p, q->step->terminal);
	char *text = q->exchange.typed->kind == COMMAND && now != NULL ? typed_text(p, q) : NULL;
	const bool result = text != NULL && strcmp(text, now->text) == 0 && now != q->latest;

	free(text);
	return result;
}

/* The last thing before the explained promise, and behind promise `from`, that causes anything. */
static size_t last_act(const struct progress *p, const struct explanation *e, size_t from)
{
	for (size_t i = e->promise; i-- > from + 1;)
		if (acts(&p->promises[i]) && p->promises[i].exchange.typed->kind == COMMAND)
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
		add(&e->remedy, "Do it again from step %d on", p->promises[from].step->number);
	add(&e->remedy, ".");
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

static void find_remedy(const struct progress *p, struct explanation *e)
{
	const size_t from = index_of(p, e);
	const struct promise *q = &p->promises[e->promise];

	switch (e->reason) {
	case NO_REASON:
	case NOT_SHOWN_YET:
		if (q->step->watch)
			tell_from(p, e, e->promise);
		else if (q->exchange.typed == NULL)
			add(&e->remedy,
				"Wait for it; if nothing comes, look whether all before it was typed as it stands.");
		break;
	case OTHER_TERMINAL:
		if (!e->blamed->ended && e->blamed->kind == COMMAND) {
			add(&e->remedy, "End it in T%d with ^C. ", e->blamed_terminal);
			set_next(e, e->blamed_terminal, "^C", true);
		}
		tell_from(p, e, e->promise);
		break;
	case PORT_BUSY:
		add(&e->remedy, "A closed connection keeps its port for up to a minute. Wait until "
				"`netstat -ant` shows no TIME_WAIT of it. ");
		tell_from(p, e, e->promise);
		break;
	case SECOND_ONE:
		add(&e->remedy,
			"Go on with the one that runs in T%d, or end it there with ^C and start it in T%d.",
			e->blamed_terminal, q->step->terminal);
		if (e->blamed_terminal != q->step->terminal)
			set_next(e, e->blamed_terminal, "^C", true);
		break;
	case TOOL_MISSING:
		add(&e->remedy,
			"`lab doctor` tells which tools are missing, and how to have a room, which gives the "
			"rights; then `lab open %s` opens its terminals.",
			p->w->call);
		break;
	case TOO_LATE:
		add(&e->remedy, "Do it once more and look at once. ");
		tell_from(p, e, from);
		break;
	case OUTPUT_DIFFERS:
		add(&e->remedy, "Compare the two lines, and do the step once more. ");
		tell_from(p, e, q->exchange.typed != NULL ? e->promise : from);
		break;
	default:
		tell_from(p, e, from);
	}
}

/* What comes next in the sheet: of promise `i`, or the first that types anything after it. */
static void next_of_sheet(const struct progress *p, struct explanation *e, size_t i)
{
	for (; i < p->count; i++) {
		const struct promise *q = &p->promises[i];
		char *text;
		if (q->exchange.typed == NULL || q->standing >= DONE)
			continue;
		text = typed_text(p, q);
		if (text != NULL)
			set_next(e, q->step->terminal, text, q->exchange.typed->kind == KEY);
		free(text);
		return;
	}
}

/* The author's hint: for this very reason at this step, or at the one that is blamed, else for
 * any. */
static const char *find_hint(const struct progress *p, const struct explanation *e)
{
	const struct step *step = p->promises[e->promise].step;
	const char *word = reason_word(e->reason), *any = worksheet_hint(p->w, step, "");
	const char *hint = worksheet_hint(p->w, step, word);

	if ((hint == NULL || hint == any) && e->blamed_step != NULL && e->blamed_step != step)
		hint = worksheet_hint(p->w, e->blamed_step, word);
	return hint != NULL ? hint : any;
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
	e->promised =
		item == NULL ? strdup("(nothing more)") : match_fill(item->text, names_at(p, q));
	if (q->in_place >= 0 && (size_t)q->in_place < t->line_count && e->promised != NULL) {
		e->seen = strdup(t->lines[q->in_place].text);
		if (item != NULL)
			e->differ = wording_of_line(
				e->promised, t->lines[q->in_place].text, names_at(p, q));
	}
}

static void find_reason(const struct progress *p, struct explanation *e)
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

void explain(const struct progress *p, size_t i, struct explanation *e)
{
	*e = (struct explanation){.promise = i};
	if (i >= p->count || p->promises[i].standing >= DONE) {
		next_of_sheet(p, e, i);
		return;
	}
	set_lines(p, e);
	find_reason(p, e);
	find_remedy(p, e);
	if (e->reason != NOT_SHOWN_YET)
		next_of_sheet(p, e, i);
	if (e->reason != NOT_TYPED || i < p->here || e->blamed_step != p->promises[i].step)
		e->hint = find_hint(p, e);
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
		(text = typed_text(p, q)) == NULL)
		return NULL;
	add(&result, "T%d: ", q->step->terminal);
	tell_wording(&result, text, q->latest->text);
	free(text);
	return result;
}
