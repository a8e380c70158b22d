/* play.c - see play.h. The order is that of a play: open, type, wait, compare, report, settle. */
#include "play.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cause.h"
#include "pace.h"

/*
 * A worksheet should end what it started. Where it does not, silence has no event to wait for:
 * what still runs must be quiet for so many seconds before it is ended with ^C.
 */
static const double QUIET = 1.5;

/* So long it may take until it is quiet, where a play mends a worksheet. */
static const double CALM_LIMIT = 40;

/* Seconds between two tries of a `watch` step. */
static const double WATCH_PAUSE = 0.1;

struct play {
	const struct worksheet *w;
	const struct setup *setup;
	struct result *result;
	struct pty terminals[TERMINALS_MAX + 1]; /* by number; 0 is not used */
	struct names names;
	bool stopped;
	bool amended;   /* something departed, and was mended */
	unsigned typed; /* how many things have been typed, in all terminals */
	unsigned *when; /* by the item's line: as the how-manieth it was typed; 0: not yet */
	/* The latest exchange in each terminal: lines that nobody promised came of it. */
	struct {
		const struct step *step;
		struct exchange exchange;
	} latest[TERMINALS_MAX + 1];
};

/* What the lines of an exchange must have come behind. */
struct causes {
	struct cause first, last;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- What a failure says ------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static void report(struct result *r, const char *format, ...)
{
	const size_t at = strlen(r->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(r->text + at, sizeof r->text - at, format, arguments);
	va_end(arguments);
}

static void report_names(struct play *p, const struct names *names)
{
	report(p->result, "  bound:   ");
	for (size_t i = 0; i < names->count; i++)
		report(p->result, " %s=%" PRIu64, names->of[i].name, names->of[i].value);
	report(p->result, "%s\n", names->count == 0 ? " nothing yet" : "");
}

/* Of two long lines, the parts where they begin to differ. */
static size_t common_part(const char *promised, const char *observed)
{
	size_t same = 0;

	while (promised[same] != '\0' && promised[same] == observed[same])
		same++;
	return same > 120 ? same - 40 : 0;
}

static void report_line(struct play *p, const char *label, const char *line, size_t skip)
{
	enum { SHOWN = 500 };

	report(p->result, "  %s %s%.*s%s\n", label, skip > 0 ? "[...]" : "", SHOWN, line + skip,
		strlen(line + skip) > SHOWN ? "[...]" : "");
}

/* What other terminals have shown and no step has asked for yet: often the cause. */
static void report_others(struct play *p, int but)
{
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		const struct pty *t = &p->terminals[n];
		for (size_t i = 0; n != but && !t->open && i < t->count && i < 5; i++)
			report(p->result, "  T%d has:   %.200s\n", n, t->lines[i].text);
	}
}

/* One difference: where, what was promised, what was seen. Returns false, the play's bad end. */
static bool differ_with(struct play *p, const struct pty *t, int line, const char *promised,
	const char *observed, const struct names *names)
{
	const size_t skip = common_part(promised, observed);

	report(p->result, "%s:%d: T%d differs\n", p->w->path, line, t->number);
	report_line(p, "expected:", promised, skip);
	report_line(p, "observed:", observed, skip);
	report_names(p, names);
	report_others(p, t->number);
	return false;
}

static bool differ(
	struct play *p, const struct pty *t, int line, const char *promised, const char *observed)
{
	return differ_with(p, t, line, promised, observed, &p->names);
}

static bool differ_rows(struct play *p, const struct pty *t, int line, const char *promised,
	const struct departure *where)
{
	int rows = 0;

	report(p->result, "%s:%d: T%d differs\n", p->w->path, line, t->number);
	report_line(p, "expected:", promised, 0);
	for (size_t i = 0; i < t->count && rows < 6; i++)
		if ((i >= 256 || (where->taken[i / 64] >> i % 64 & 1) == 0) && ++rows > 0)
			report_line(p, "observed:", t->lines[i].text, 0);
	if (rows == 0)
		report_line(p, "observed:", t->count == 0 ? "no rows" : "no more rows", 0);
	report_names(p, &where->names);
	report_others(p, t->number);
	return false;
}

/* ---- Waiting ------------------------------------------------------------------------------ */

/* Take in what all terminals have shown. Returns true if there was anything. */
static bool take_in(struct play *p)
{
	bool any = false;

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (p->terminals[n].shell <= 0)
			continue;
		p->terminals[n].stamp = p->typed;
		any |= pty_read(&p->terminals[n]);
	}
	return any;
}

/* Take in whatever the terminals show until `end`, but return as soon as there is something.
 * Returns true if there was. */
static bool pump(struct play *p, double end)
{
	struct pollfd fds[TERMINALS_MAX + 1];
	nfds_t count = 0;
	double left = end - now();

	if (p->setup->lifeline != -1)
		fds[count++] = (struct pollfd){.fd = p->setup->lifeline, .events = POLLIN};
	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (p->terminals[n].shell > 0 && !p->terminals[n].gone &&
			!pty_is_full(&p->terminals[n]))
			fds[count++] =
				(struct pollfd){.fd = p->terminals[n].master, .events = POLLIN};
	/* Once in a quarter of a second at least: a shell that ends makes no event. */
	left = left < 0 ? 0 : left > 0.25 ? 0.25 : left;
	if (poll(fds, count, (int)(left * 1000) + 1) > 0 && p->setup->lifeline != -1 &&
		fds[0].revents != 0)
		p->stopped = true;
	return take_in(p);
}

/* How long a promise of the step is waited for: as it says itself, but on a machine that needs more
 * patience than most all waits grow alike. */
static double patience(const struct play *p, const struct step *s)
{
	const double timeout = p->setup->timeout * (p->setup->adapts ? pace_slowest() : 1);
	const double more = timeout / USUAL_TIMEOUT;

	return s->within <= 0 ? timeout : more > 1 ? s->within * more : s->within;
}

static bool wait_for_prompt(struct play *p, struct pty *t, const struct step *s)
{
	const double begin = now();

	while (!t->at_prompt && !t->gone && !p->stopped && now() < begin + patience(p, s))
		pump(p, begin + patience(p, s));
	return t->at_prompt;
}

/* ---- Typing ------------------------------------------------------------------------------- */

static struct pty *terminal_for(struct play *p, const struct step *s)
{
	struct pty *t = &p->terminals[s->terminal];

	if (t->shell > 0)
		return t;
	t->watcher = p->setup->watcher;
	if (pty_open(t, s->terminal, p->setup->directory, p->setup->path) == -1) {
		differ(p, t, s->line, "a shell", strerror(errno));
		return NULL;
	}
	if (!wait_for_prompt(p, t, s)) {
		differ(p, t, s->line, "a shell's prompt",
			t->count > 0 ? t->lines[0].text
			: t->gone    ? "its shell has ended at once"
				     : "a shell that does not say that it is ready");
		return NULL;
	}
	pty_drop(t, t->count); /* a shell's greeting */
	return t;
}

/* The first line that has been shown and that nothing accounts for, or NULL. */
static const char *unexpected(const struct pty *t)
{
	for (size_t i = 0; !t->open && i < t->count; i++)
		if (!t->lines[i].soft)
			return t->lines[i].text;
	return NULL;
}

/* The line of the worksheet behind the latest that this terminal has got to. */
static int line_after(const struct play *p, const struct pty *t)
{
	const struct exchange *e = &p->latest[t->number].exchange;

	return 1 + (e->count > 0              ? e->expected[e->count - 1].line
			   : e->typed != NULL ? e->typed->line
					      : 0);
}

/* What is typed is for the program, once it waits for it, and not for the shell that is starting
 * it. Where the shell itself is what runs (a builtin) there is no event: give it half a second; and
 * one that never rests two. */
static void wait_for_reader(struct play *p, struct pty *t)
{
	const double begin = now();

	while (!t->at_prompt && !t->gone && !p->stopped) {
		const enum foreground who = pty_foreground(t);
		if (who == WAITS || now() > begin + (who == SHELL ? 0.5 : 2))
			return;
		pump(p, now() + 0.002);
	}
}

/* Type what `item` says, at the right moment; whatever was shown before must be accounted for. */
static bool type_item(struct play *p, struct pty *t, const struct step *s, const struct item *item)
{
	/* Lines of input, or a key after one, with no promise in between are typed in one go: what
	 * the program says to the first may come before or after the second. */
	const bool in_one_go = item->kind != COMMAND && item > s->items && item[-1].kind == INPUT;
	char *text;
	int typed;

	if (item->kind == COMMAND && !wait_for_prompt(p, t, s)) {
		char busy[200];
		snprintf(busy, sizeof busy,
			t->gone ? "its shell has ended" : "`%.150s` still runs there",
			t->command != NULL ? t->command : "something");
		return differ(p, t, item->line, "a prompt to type the command at", busy);
	}
	if (item->kind != COMMAND && !t->at_prompt)
		wait_for_reader(p, t);
	for (double end = now() + p->setup->slowness; now() < end && !p->stopped;)
		pump(p, end);
	take_in(p); /* what came before this is typed is no effect of it */
	if (!in_one_go && unexpected(t) != NULL) {
		char promised[160];
		snprintf(promised, sizeof promised,
			"nothing more, before `%.80s` of line %d is typed", item->text, item->line);
		return differ(p, t, line_after(p, t), promised, unexpected(t));
	}
	if (item->kind == INPUT && t->at_prompt)
		return differ(p, t, item->line, "a program that this is typed into",
			"the prompt: the program has ended");
	if (!in_one_go)
		pty_drop(t, t->count);
	text = match_fill(item->text, &p->names);
	if (text == NULL)
		return false;
	p->typed++;
	if (p->when[item->line] == 0)
		p->when[item->line] = p->typed;
	typed = item->kind == KEY ? pty_key(t, item->key) : pty_type(t, text, in_one_go);
	free(text);
	return typed == 0 ||
	       differ(p, t, item->line, "a program that reads", "nobody reads what is typed");
}

/* ---- Comparing ---------------------------------------------------------------------------- */

static bool is_left_out(const struct play *p, const struct step *s)
{
	return !worksheet_is_played(s, p->setup->has_room, p->setup->patient);
}

/* What is typed next in the same terminal tells whether the program is expected to end: before
 * another command, yes. Where nothing more is typed, a command without a word of output is one that
 * acts and ends, and ^C is there to end what runs; of others the play's end will see. */
static bool must_end(const struct play *p, const struct step *s, size_t after)
{
	const struct item *last = &s->items[after - 1];

	for (const struct step *later = s; later < p->w->steps + p->w->count; later++, after = 0) {
		if (later->terminal != s->terminal || is_left_out(p, later))
			continue;
		for (size_t i = after; i < later->count; i++)
			if (later->items[i].kind < OUTPUT)
				return later->items[i].kind == COMMAND;
			else if (later != s)
				return false; /* more of its output is promised */
	}
	return last->kind == COMMAND || (last->kind == KEY && last->key == ('C' & 0x1f));
}

/* When the cause was typed; 0: there is none. */
static unsigned when(const struct play *p, const struct cause *c)
{
	return c->item != NULL ? p->when[c->item->line] : 0;
}

/* What the lines promised by the exchange must have come behind (see cause.h). */
static struct causes causes_of(const struct play *p, const struct step *s, const struct exchange *e)
{
	struct causes c = {0};

	if (e->typed == NULL && p->setup->amend == NULL)
		cause_find(p->w, s, p->setup->has_room, p->setup->patient, &c.first, &c.last);
	return c;
}

/* Does a line keep the promise, but for its coming before its cause? */
static bool report_early(struct play *p, const struct pty *t, const struct step *s,
	const struct exchange *e, const struct departure *where)
{
	const struct causes causes = causes_of(p, s, e);
	struct names names = where->names;
	const struct item *item = &e->expected[where->item];
	bool is_last = true;
	char observed[700];

	for (const struct item *i = item + 1; i < e->expected + e->count; i++)
		is_last = is_last && i->kind != OUTPUT;
	const struct cause *cause = is_last ? &causes.last : &causes.first;
	for (size_t i = 0; i < t->count; i++) {
		if (t->lines[i].stamp >= when(p, cause) ||
			!match_line(item->text, t->lines[i].text, &names))
			continue;
		snprintf(observed, sizeof observed,
			"%.400s (before `%.100s` of line %d was typed in T%d)", t->lines[i].text,
			cause->item->text, cause->item->line, cause->step->terminal);
		return !differ_with(p, t, item->line, item->text, observed, &where->names);
	}
	return false;
}

/* The beginning of a line. */
static const char *tell_unfinished(const struct pty *t, char *text, size_t size)
{
	const size_t length = t->screen.length < 300 ? t->screen.length : 300;

	snprintf(text, size, "%.*s (a line without its end)", (int)length, t->screen.text);
	return text;
}

static bool report_departure(struct play *p, const struct pty *t, const struct step *s,
	const struct exchange *e, const struct departure *where)
{
	const int after = e->count > 0 ? e->expected[e->count - 1].line : e->typed->line;
	const bool all_met = where->item >= e->count;
	const char *promised = all_met ? "nothing more" : e->expected[where->item].text;
	const int line = all_met ? after + 1 : e->expected[where->item].line;
	char silence[400];
	const char *observed = silence;

	if (!all_met && report_early(p, t, s, e, where))
		return false;
	if (where->rows && !all_met)
		return differ_rows(p, t, line, promised, where);
	if (where->line < t->count)
		observed = t->lines[where->line].text;
	else if (all_met && !t->at_prompt) {
		promised = "the command to end, and the prompt";
		observed = t->gone ? "its shell has ended" : "it still runs";
	} else if (t->at_prompt || t->gone)
		observed = "nothing: the program has ended";
	else if (pty_is_full(t))
		observed = "so much that it is not read any further";
	else if (t->screen.length > 0)
		tell_unfinished(t, silence, sizeof silence);
	else
		snprintf(silence, sizeof silence, "nothing within %g s", patience(p, s));
	return differ_with(p, t, line, promised, observed, &where->names);
}

/* Compare once. An `...` that closed the step before stands before this one's first line. */
static enum verdict compare(struct play *p, struct pty *t, const struct step *s,
	const struct exchange *e, bool to_end, size_t *used, struct departure *where)
{
	const struct causes causes = causes_of(p, s, e);
	const struct seen seen = {.lines = t->lines,
		.count = t->count,
		.ended = t->at_prompt || t->gone,
		.first = when(p, &causes.first),
		.last = when(p, &causes.last)};
	struct item *items;
	enum verdict verdict;

	if (!t->open || e->typed != NULL)
		return match_lines(
			e->expected, e->count, s->unordered, to_end, &seen, &p->names, used, where);
	items = malloc((e->count + 1) * sizeof *items);
	if (items == NULL)
		return DIFFERS;
	items[0] = (struct item){.kind = ANYTHING};
	memcpy(items + 1, e->expected, e->count * sizeof *items);
	verdict = match_lines(
		items, e->count + 1, s->unordered, to_end, &seen, &p->names, used, where);
	where->item -= where->item > 0;
	free(items);
	return verdict;
}

/* The lines that were used are accounted for; a closing `...` stays open. */
static void account(struct pty *t, const struct exchange *e, size_t used)
{
	pty_drop(t, used);
	if (e->count > 0)
		t->open = e->expected[e->count - 1].kind == ANYTHING;
}

/* ---- Mending ------------------------------------------------------------------------------ */

/* Wait until nobody has said anything for so many seconds, but not for ever. Returns false if it
 * never was as quiet. */
static bool calm_down(struct play *p, double quiet)
{
	const double limit = now() + CALM_LIMIT;

	for (double end = now() + quiet; !p->stopped && now() < end;) {
		if (now() > limit)
			return false;
		if (pump(p, end))
			end = now() + quiet;
	}
	return true;
}

/* What is typed next in that terminal, or NULL. */
static const struct item *next_typed(
	const struct play *p, const struct step *s, const struct exchange *e)
{
	size_t at = (size_t)(e->expected + e->count - s->items);

	for (const struct step *later = s; later < p->w->steps + p->w->count; later++, at = 0)
		for (; later->terminal == s->terminal && at < later->count; at++)
			if (later->items[at].kind < OUTPUT)
				return &later->items[at];
	return NULL;
}

/* For how long must it be quiet, before all has been shown that comes of what was typed? What only
 * looks has said everything when it has ended; what runs on, and will be ended, is given longer. */
static double quiet_after(const struct play *p, const struct pty *t, const struct step *s,
	const struct exchange *e, enum verdict verdict)
{
	const struct item *next = next_typed(p, s, e);

	if (!t->at_prompt)
		return next != NULL && next->kind == KEY && !p->setup->swift ? QUIET * 4 / 3
									     : QUIET;
	if (s->watch || (e->typed != NULL && e->typed->looks))
		return QUIET / 15;
	return verdict == AGREES && e->count > 0 ? QUIET / 10 : QUIET;
}

/* The next step in that terminal, if it begins with output; or NULL. */
static const struct step *next_of(const struct play *p, const struct step *s, int terminal)
{
	const struct step *end = p->w->steps + p->w->count;

	for (s++; s < end && (s->terminal != terminal || is_left_out(p, s));)
		s++;
	return s == end || s->items[0].kind < OUTPUT ? NULL : s;
}

/* Is the line one of those promised before anything more is typed? */
static bool promises(const struct play *p, const struct item *items, size_t count, const char *line)
{
	for (size_t i = 0; i < count && items[i].kind >= OUTPUT; i++) {
		struct names names = p->names;
		if (items[i].kind == OUTPUT && match_line(items[i].text, line, &names))
			return true;
	}
	return false;
}

/* Will a later step ask for the lines of terminal `t` from `from` on: one that begins with output,
 * before anything is typed there? It will if it knows one of them, or if nothing more must be typed
 * elsewhere first. */
static bool is_awaited(const struct play *p, const struct step *s, const struct pty *t, size_t from)
{
	struct cause first, last;

	s = next_of(p, s, t->number);
	if (s == NULL)
		return false;
	cause_find(p->w, s, p->setup->has_room, p->setup->patient, &first, &last);
	if (last.item == NULL || when(p, &last) > 0)
		return true;
	if (when(p, &first) == 0)
		return false;
	for (size_t k = from; k < t->count; k++)
		if (promises(p, s->items, s->count, t->lines[k].text))
			return true;
	return false;
}

/* How many of the terminal's lines belong to this exchange, and not to a next step that begins with
 * output. */
static size_t own_lines(
	const struct play *p, const struct step *s, const struct exchange *e, const struct pty *t)
{
	const struct item *end = e->count > 0 ? e->expected + e->count : e->typed + 1;
	const struct step *next = end == s->items + s->count ? next_of(p, s, t->number) : NULL;
	struct cause first, last;

	if (next == NULL)
		return t->count;
	cause_find(p->w, next, p->setup->has_room, p->setup->patient, &first, &last);
	if (first.item != NULL && when(p, &first) == 0)
		return t->count; /* what causes it has not been typed yet */
	for (size_t k = 0; k < t->count; k++)
		if (promises(p, next->items, next->count, t->lines[k].text) &&
			!promises(p, e->expected, e->count, t->lines[k].text))
			return k;
	return t->count;
}

/* How many of the terminal's lines a `...` covers that closed the block before: those that came before
 * anything was typed that this one could tell of. */
static size_t covered_lines(
	const struct play *p, const struct step *s, const struct exchange *e, const struct pty *t)
{
	struct cause first, last;
	size_t covered = 0;

	if (!t->open || e->typed != NULL)
		return 0;
	cause_find(p->w, s, p->setup->has_room, p->setup->patient, &first, &last);
	while (covered < t->count && t->lines[covered].stamp < when(p, &first))
		covered++;
	return covered;
}

/* What other terminals have shown because of this step, and no step will ask for. */
static void amend_others(struct play *p, const struct step *s)
{
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		struct pty *t = &p->terminals[n];
		const struct seen more = {.lines = t->lines, .count = t->count, .ended = true};
		if (n == s->terminal || t->shell <= 0 || unexpected(t) == NULL ||
			is_awaited(p, s, t, 0))
			continue;
		p->setup->amend_more(s, n, &more);
		p->amended = true;
		pty_drop(t, t->count);
	}
}

/* Are all promised lines there, whatever else is? */
static bool has_come(
	const struct play *p, const struct pty *t, const struct step *s, const struct exchange *e)
{
	struct names names = p->names;
	size_t from = 0;

	for (size_t i = 0; i < e->count; i++) {
		size_t k = s->unordered ? 0 : from;
		if (e->expected[i].kind != OUTPUT)
			continue;
		while (k < t->count && !match_line(e->expected[i].text, t->lines[k].text, &names))
			k++;
		if (k == t->count)
			return false;
		from = k + 1;
	}
	return true;
}

/* May what is promised still come, although something else has? */
static bool may_come(
	const struct play *p, const struct pty *t, const struct step *s, const struct exchange *e)
{
	return !t->at_prompt && !t->gone && !pty_is_full(t) && !has_come(p, t, s, e);
}

/* Does the exchange keep its promises as they are, the step's last ones leaving only lines for
 * later? */
static bool is_good(struct play *p, const struct pty *t, const struct step *s,
	const struct exchange *e, size_t used)
{
	const struct item *end = e->count > 0 ? e->expected + e->count : e->typed + 1;

	while (used < t->count && t->lines[used].soft)
		used++;
	return used >= t->count || (e->count > 0 && end[-1].kind == ANYTHING) ||
	       (end == s->items + s->count && is_awaited(p, s, t, used));
}

/* Somebody goes on and on. Returns false, the play's bad end. */
static bool report_noise(
	struct play *p, const struct pty *t, const struct step *s, const struct exchange *e)
{
	const int line = e->typed != NULL ? e->typed->line : s->line;

	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (p->terminals[n].shell > 0 && unexpected(&p->terminals[n]) != NULL)
			t = &p->terminals[n];
	return differ(p, t, line, "silence, to know what comes of this",
		"output that goes on and on: end it, or cover it by `...`");
}

/* Wait for all that comes of what was typed; make of it what the exchange promises, unless it keeps
 * its promises as they are (AGREES, with so many lines `used`). */
static bool amend(struct play *p, struct pty *t, const struct step *s, const struct exchange *e,
	enum verdict verdict, bool to_end, size_t used)
{
	const bool good = verdict == AGREES && is_good(p, t, s, e, used);
	const bool swift = p->setup->swift && good;
	struct seen seen;

	if (to_end && !wait_for_prompt(p, t, s) && pty_is_full(t))
		return report_noise(p, t, s, e);
	if (to_end && !t->at_prompt &&
		(p->stopped || e->typed == NULL || e->typed->kind != COMMAND || e->count > 0 ||
			unexpected(t) == NULL || next_typed(p, s, e) != NULL))
		return false; /* what goes on, and has said something, is a server */
	if (!swift && !calm_down(p, quiet_after(p, t, s, e, verdict)))
		return report_noise(p, t, s, e);
	if (verdict == AGREES && is_good(p, t, s, e, used)) {
		account(t, e, used);
	} else {
		const size_t covered = covered_lines(p, s, e, t), own = own_lines(p, s, e, t);
		seen = (struct seen){.lines = t->lines + covered,
			.count = own > covered ? own - covered : 0,
			.ended = t->at_prompt || t->gone};
		p->setup->amend(s, e, &seen, &p->names);
		p->amended = true;
		account(t, e, covered + seen.count);
	}
	amend_others(p, s);
	return !p->stopped;
}

static bool play_exchange(
	struct play *p, struct pty *t, const struct step *s, const struct exchange *e, bool to_end)
{
	/* The rest is typed in one go with this: what comes of it is promised behind the last. */
	const bool goes_on = e->typed != NULL && e->typed->kind == INPUT && e->count == 0 &&
			     e->typed + 1 < s->items + s->count;
	struct departure where;
	enum verdict verdict;
	size_t used = 0;
	double begin, end;

	if (e->typed != NULL && !type_item(p, t, s, e->typed))
		return false;
	p->latest[t->number].step = s;
	p->latest[t->number].exchange = *e;
	for (begin = now();;) {
		const double since = now();
		verdict = compare(p, t, s, e, to_end, &used, &where);
		const double cost = now() - since;
		end = begin + patience(p, s);
		if (p->stopped)
			return false;
		if (verdict == DIFFERS &&
			(pty_is_speaking(t) || (p->setup->amend != NULL && may_come(p, t, s, e))))
			verdict = WAITING;
		if (p->setup->amend != NULL && !goes_on && (verdict != WAITING || now() >= end))
			return amend(p, t, s, e, verdict, to_end, used) ||
			       (p->result->text[0] == '\0' && report_departure(p, t, s, e, &where));
		if (verdict == AGREES) {
			account(t, e, used);
			return true;
		}
		if (verdict == DIFFERS || now() >= end)
			return report_departure(p, t, s, e, &where);
		pump(p, end);
		/* Of very long output, read as long as it took to compare it. */
		for (double until = now() + cost; cost > 0.001 && now() < until;)
			pump(p, until);
	}
}

/* One try of a `watch` step. Returns false if the play cannot go on; `*agrees` tells of the try,
 * `e` is the exchange that it got to. */
static bool watch_once(struct play *p, struct pty *t, const struct step *s, struct exchange *e,
	struct departure *where, bool *agrees)
{
	size_t used;

	*agrees = true;
	for (size_t at = 0; *agrees && at < s->count;) {
		at = worksheet_exchange(s, at, e);
		if (!type_item(p, t, s, e->typed))
			return false;
		p->latest[t->number].step = s;
		p->latest[t->number].exchange = *e;
		if (!wait_for_prompt(p, t, s))
			return !p->stopped &&
			       differ(p, t, e->typed->line, "the command to end", "it still runs");
		*agrees = compare(p, t, s, e, true, &used, where) == AGREES;
		if (*agrees)
			account(t, e, used);
	}
	return true;
}

/* How long a `watch` step that is to be mended has shown the same. */
struct stillness {
	uint64_t sum; /* of what was shown; 0: nothing yet */
	double since;
};

/* Is this what it waits for: all that it promises is there, it shows more, and that stays? */
static bool is_still(const struct play *p, const struct pty *t, const struct step *s,
	const struct exchange *e, struct stillness *still)
{
	uint64_t sum = 14695981039346656037U; /* FNV-1a */

	for (size_t k = 0; k < t->count; k++)
		for (const char *c = t->lines[k].text;; c++) {
			sum = (sum ^ (unsigned char)*c) * 1099511628211U;
			if (*c == '\0')
				break;
		}
	if (sum != still->sum)
		*still = (struct stillness){sum, now()};
	return t->count > 0 && now() >= still->since + QUIET && has_come(p, t, s, e);
}

/* Make of what a try has shown what it promises, and go on to the commands behind it. */
static bool amend_watch(
	struct play *p, struct pty *t, const struct step *s, const struct exchange *e)
{
	struct exchange next = *e;
	size_t at = (size_t)(e->expected + e->count - s->items);

	if (!amend(p, t, s, e, DIFFERS, true, 0))
		return false;
	while (at < s->count) {
		at = worksheet_exchange(s, at, &next);
		if (!play_exchange(p, t, s, &next, true))
			return false;
	}
	return true;
}

/*
 * A state that is about to change: repeat the commands until their output is as promised. Of a try
 * that failed the output is dropped; so it must be the commands' own, and nobody else may have
 * written between theirs. What comes between two tries is nobody's who was asked: type_item() sees
 * it.
 */
static bool watch_step(struct play *p, struct pty *t, const struct step *s)
{
	const size_t bound = p->names.count;
	const double begin = now();
	struct stillness still = {0};
	struct exchange e;
	struct departure where;
	bool agrees;
	double end;

	for (;;) {
		const bool shared = pty_has_jobs(t);
		if (!watch_once(p, t, s, &e, &where, &agrees))
			return false;
		if (agrees || p->stopped)
			return agrees;
		end = begin + patience(p, s);
		if (p->setup->amend != NULL && (now() >= end || is_still(p, t, s, &e, &still)))
			return amend_watch(p, t, s, &e);
		if (now() >= end)
			return report_departure(p, t, s, &e, &where);
		if (shared)
			return differ(p, t, s->line,
				"a terminal of its own, to try this more than once",
				"a program in the background, whose output could get lost with a try's");
		pty_drop(t, t->count);
		p->names.count = bound;
		for (double pause = now() + WATCH_PAUSE; now() < pause && !p->stopped;)
			pump(p, pause);
	}
}

static bool play_step(struct play *p, const struct step *s)
{
	struct pty *t = terminal_for(p, s);
	struct exchange e;

	if (t == NULL)
		return false;
	if (s->watch)
		return watch_step(p, t, s);
	for (size_t at = 0; at < s->count;) {
		at = worksheet_exchange(s, at, &e);
		if (!play_exchange(p, t, s, &e, must_end(p, s, at)))
			return false;
	}
	return true;
}

/* ---- The end ------------------------------------------------------------------------------ */

/* Nobody asks for more: what has come nevertheless, in any terminal, is a difference; a line that
 * has no end as well. */
static bool nothing_left(struct play *p)
{
	char unfinished[400];

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		const struct pty *t = &p->terminals[n];
		const char *more = t->shell > 0 ? unexpected(t) : NULL;
		if (t->shell > 0 && more == NULL && !t->open && t->screen.length > 0)
			more = tell_unfinished(t, unfinished, sizeof unfinished);
		if (more != NULL)
			return differ(p, t, line_after(p, t), "nothing more", more);
	}
	return true;
}

/* Nothing runs in any terminal, neither in the foreground nor in the background. */
static bool all_idle(const struct play *p)
{
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		const struct pty *t = &p->terminals[n];
		if (t->shell > 0 && !t->gone && (!t->at_prompt || pty_has_jobs(t)))
			return false;
	}
	return true;
}

/* After the last step: let every program end; nothing more may be shown. */
static bool settle(struct play *p)
{
	double end = now() + QUIET;

	while (!all_idle(p) && now() < end && !p->stopped)
		if (pump(p, end))
			end = now() + QUIET;
	for (int n = 1; n <= TERMINALS_MAX && !p->stopped; n++) {
		struct pty *t = &p->terminals[n];
		const bool open = t->open;
		if (t->shell <= 0 || t->gone || t->at_prompt)
			continue;
		if (!nothing_left(p))
			return false;
		pty_key(t, 'C' & 0x1f);
		t->open = open;
		for (end = now() + 2; !t->at_prompt && !t->gone && now() < end;)
			pump(p, end); /* if it ignores ^C, pty_close() ends it */
	}
	pump(p, now());
	return !p->stopped && nothing_left(p);
}

void play(const struct worksheet *w, const struct setup *setup, struct result *result)
{
	struct play *p = calloc(1, sizeof *p);
	const double begin = now();
	bool good = p != NULL;

	*result = (struct result){.outcome = FAILED};
	if (p == NULL)
		return;
	*p = (struct play){.w = w, .setup = setup, .result = result};
	p->when = calloc(
		(size_t)w->steps[w->count - 1].items[w->steps[w->count - 1].count - 1].line + 1,
		sizeof *p->when);
	if (p->when == NULL) {
		free(p);
		return;
	}
	for (size_t i = 0; i < w->count && good && !p->stopped; i++) {
		if (is_left_out(p, &w->steps[i])) {
			result->patient += w->steps[i].patient_section && !setup->patient;
			result->left_out += w->steps[i].room && !setup->has_room;
			continue;
		}
		if (setup->before != NULL && !setup->before(w, &w->steps[i])) {
			p->stopped = true;
			break;
		}
		good = play_step(p, &w->steps[i]);
		result->steps += good;
		if (setup->swift && p->amended)
			break; /* from here on it is not at the pace of a play */
	}
	good = good && !p->stopped && ((setup->swift && p->amended) || settle(p));
	if (setup->names != NULL)
		*setup->names = p->names;
	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (p->terminals[n].shell > 0)
			pty_close(&p->terminals[n]);
	result->outcome = p->stopped ? STOPPED : good ? PASSED : FAILED;
	result->seconds = now() - begin;
	free(p->when);
	free(p);
}
