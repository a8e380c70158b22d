/*
 * guide.c - see guide.h. What is followed, then what is shown of it, then the keys.
 *
 * The recordings are looked at twice a second: some stat(2), which costs next to nothing and works
 * on every system; they are read only where they have grown.
 */
#define _XOPEN_SOURCE 700 /* fstatat, strdup */
#include "guide.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "explain.h"
#include "keyboard.h"
#include "page.h"
#include "progress.h"
#include "state.h"

enum { LOOK_EVERY = 500 /* ms */, LOOKS_AFTER_CHANGE = 20 };

struct guide {
	const struct worksheet *w;
	/* What is followed. */
	struct state state;
	bool has_state;   /* something was recorded, once */
	bool is_open;     /* a terminal of the attempt is */
	bool is_unusable; /* its recordings cannot be read: progress.complaint says why */
	struct progress *progress;
	struct stat attempts; /* of the folder of all attempts: does a new one begin? */
	int looks;            /* so many more times it is looked for */
	/* What the reader asked for. */
	int section;
	bool *over;     /* of each step: he went on without it */
	bool *revealed; /* of each step: what is promised is to be seen */
	bool *answers;  /* of each section */
	bool whole, helps, hints;
	char *read; /* the slips that he has read, and lets be */
	bool asked; /* Enter was pressed where something is still to be done */
	/* What is shown. */
	struct page page, notes;
	char *slip;
	const struct step *slipped; /* the step that it keeps from being done; or NULL */
	size_t top;
	int height;
};

/* ---- What is followed --------------------------------------------------------------------- */

static void follow_attempt(struct guide *g)
{
	char before[ATTEMPT_SIZE];
	struct attempt *list;
	struct state now;
	size_t count;

	snprintf(before, sizeof before, "%s", g->state.attempt);
	if (state_look(&now, g->w) != 0) {
		state_close(&now);
		return;
	}
	count = state_attempts(&now, &list);
	g->is_open = count > 0 && list[count - 1].is_open;
	free(list);
	state_close(&g->state);
	g->state = now;
	g->has_state = true;
	if (strcmp(before, now.attempt) == 0)
		return;
	progress_close(g->progress);
	g->progress = progress_open(g->w);
	if (before[0] == '\0')
		return; /* the first one: the reader may have read on already */
	memset(g->over, 0, g->w->count);
	free(g->read);
	g->read = NULL;
	g->section = 0;
}

/* Has a new attempt begun? Its folder is there before its first recording: look some times. */
static bool look_for_attempt(struct guide *g)
{
	struct stat st = {0};
	char before[ATTEMPT_SIZE];
	const bool was_open = g->is_open;

	if (g->has_state && fstatat(g->state.folder, "attempts", &st, 0) == 0 &&
		(st.st_mtime != g->attempts.st_mtime || st.st_ino != g->attempts.st_ino)) {
		g->attempts = st;
		g->looks = LOOKS_AFTER_CHANGE;
	}
	if (g->has_state && g->looks == 0 && g->is_open)
		return false;
	g->looks -= g->looks > 0;
	snprintf(before, sizeof before, "%s", g->state.attempt);
	follow_attempt(g);
	return strcmp(before, g->state.attempt) != 0 || was_open != g->is_open;
}

/* Index of the first promise of step `s`. */
static size_t first_promise(const struct guide *g, const struct step *s)
{
	size_t i = 0;

	while (i < g->progress->count && g->progress->promises[i].step != s)
		i++;
	return i;
}

static bool is_passed(const struct guide *g, const struct step *s)
{
	const enum standing standing = progress_step(g->progress, s);

	return standing == DONE || standing == LEFT_OUT || g->over[s->number - 1];
}

/* Index of the promise that is to be kept next, among what the reader did not go over; or the
 * count. */
static size_t next_promise(const struct guide *g)
{
	const struct progress *p = g->progress;
	size_t i = p->next;

	while (i < p->count &&
		(p->promises[i].standing == DONE || p->promises[i].standing == LEFT_OUT ||
			g->over[p->promises[i].step->number - 1]))
		i++;
	return i;
}

/* The section in which the person is. */
static int section_now(const struct guide *g)
{
	const struct progress *p = g->progress;
	const size_t next = next_promise(g);

	if (p->here == 0)
		return p->count > 0 && p->promises[0].standing != NOT_BEGUN
			       ? p->promises[0].step->section
			       : 0;
	/* All of a section done: stay there, its last words are still to be read. */
	if (next >= p->here)
		return p->promises[p->here - 1].step->section;
	return p->promises[next].step->section;
}

/* ---- What is shown: a section ------------------------------------------------------------- */

/* How each line of a step stands. */
static void standing_of_lines(const struct guide *g, const struct step *s,
	enum standing_of_line *lines, const struct names **names)
{
	const struct progress *p = g->progress;
	const bool shown = g->revealed[s->number - 1] || g->over[s->number - 1] || g->whole;
	const size_t next = next_promise(g);
	size_t at = 0;

	*names = NULL;
	for (size_t i = first_promise(g, s); i < p->count && p->promises[i].step == s; i++) {
		const struct promise *q = &p->promises[i];
		const bool done = q->standing == DONE;
		if (q->exchange.typed != NULL) {
			lines[at] = done || q->standing == SO_FAR ? LINE_KEPT
				    : i == next                   ? LINE_NEXT
								  : LINE_HIDDEN;
			at++;
		}
		for (size_t k = 0; k < q->exchange.count; k++)
			lines[at++] = done || (k < q->agreed && !s->unordered) ? LINE_KEPT
				      : shown                                  ? LINE_SHOWN
									       : LINE_HIDDEN;
		if (q->standing != NOT_BEGUN)
			*names = &q->names;
		else if (*names == NULL && i == next)
			*names = &p->names;
	}
}

static void add_step(struct guide *g, const struct step *s)
{
	enum standing_of_line *lines = calloc(s->count + 1, sizeof *lines);
	const struct names *names;
	char where[200], text[200];

	if (lines == NULL)
		return;
	standing_of_lines(g, s, lines, &names);
	page_step(&g->page, g->w, s, lines, names);
	free(lines);
	if (!is_passed(g, s) && g->is_open &&
		!state_is_open(&g->state, s->terminal, where, sizeof where)) {
		snprintf(text, sizeof text,
			"(T%d is not open: type `lab term %s T%d` in a window of its own)",
			s->terminal, g->w->call, s->terminal);
		page_text(&g->page, ASIDE, "  ", "  ", text);
	}
}

/* Was any step of the section behind `s` begun? Then `s` was left out, and what follows is shown.
 */
static bool later_begun(const struct guide *g, const struct step *s)
{
	for (const struct step *t = s + 1;
		t < g->w->steps + g->w->count && t->section == s->section; t++)
		if (progress_step(g->progress, t) != NOT_BEGUN)
			return true;
	return false;
}

/* A section, as far as its steps have come. Returns true if it is to be seen to its end. */
static bool add_section(struct guide *g, int section)
{
	const struct worksheet *w = g->w;
	const char *begin, *end;

	page_section(w, section, &begin, &end);
	if (section > 0 && g->whole) /* else it stands in the first row of the screen */
		page_text(&g->page, HEADING, "", "", w->section[section - 1].title);
	for (size_t i = 0; i < w->count; i++) {
		const struct step *s = &w->steps[i];
		if (s->section != section)
			continue;
		page_prose(&g->page, begin, w->text + s->fence, g->answers[section]);
		add_step(g, s);
		begin = w->text + s->end;
		if (g->whole || is_passed(g, s) || later_begun(g, s))
			continue;
		if (g->revealed[i])
			page_prose(&g->page, begin,
				i + 1 < w->count && s[1].section == section ? w->text + s[1].fence
									    : end,
				g->answers[section]);
		return false;
	}
	page_prose(&g->page, begin, end, g->whole || g->answers[section]);
	return true;
}

/* ---- What is shown: notes ----------------------------------------------------------------- */

/* Markdown's marks have no place in a note. */
static void note(struct guide *g, enum look look, const char *first, const char *text)
{
	page_text(&g->notes, look, first, "   ", text);
}

static void note_slip(struct guide *g, const struct explanation *e, bool as_hint)
{
	char text[4200];

	if (e->why != NULL && e->why[0] != '\0')
		note(g, as_hint ? PROSE : SLIP, as_hint ? " " : " ! ", e->why);
	if (!as_hint && e->reason == OUTPUT_DIFFERS && e->promised != NULL) {
		page_line(&g->notes, PROSE, "   promised: ", "     ", e->promised);
		page_line(&g->notes, PROSE, "   seen:     ", "     ",
			e->seen != NULL ? e->seen : "(nothing)");
	}
	if (e->remedy != NULL && e->remedy[0] != '\0')
		note(g, PROSE, "   ", e->remedy);
	if (e->next != NULL && (e->remedy == NULL || strstr(e->remedy, e->next) == NULL)) {
		snprintf(text, sizeof text, "%s in T%d: %.4000s", e->next_is_key ? "press" : "type",
			e->next_terminal, e->next);
		page_line(&g->notes, NEXT, " > ", "     ", text);
	}
	if (e->hint != NULL)
		page_paragraph(&g->notes, PROSE, "   ", "   ", e->hint);
}

/* Is it worth a word when it happens, without being asked? */
static bool is_slip(const struct guide *g, const struct explanation *e)
{
	if (e->reason == NOT_TYPED)
		return g->progress->here > e->promise; /* what comes later was done already */
	return e->reason != NO_REASON && e->reason != NOT_SHOWN_YET;
}

/* What was typed last in other words than the sheet's, be it that it does no harm yet; the caller
 * frees it. */
static char *latest_wording(const struct guide *g)
{
	const struct progress *p = g->progress;
	size_t latest = p->count;

	for (size_t i = 0; i < p->here; i++)
		if (p->promises[i].worded && p->promises[i].standing == DONE &&
			(latest == p->count || p->promises[i].at >= p->promises[latest].at))
			latest = i;
	return latest < p->count ? explain_wording(p, latest) : NULL;
}

static void add_slip(struct guide *g)
{
	struct explanation e;
	const size_t next = next_promise(g);
	bool as_hint = g->hints;

	explain(g->progress, next, &e);
	free(g->slip);
	g->slip = NULL;
	g->slipped = NULL;
	if (is_slip(g, &e) && e.why != NULL) {
		g->slipped = next < g->progress->count ? g->progress->promises[next].step : NULL;
		g->slip = strdup(e.why);
	} else {
		g->slip = latest_wording(g);
	}
	if (g->slip != NULL && g->read != NULL && strstr(g->read, g->slip) != NULL) {
		free(g->slip);
		g->slip = NULL;
	}
	if (g->slip != NULL && !is_slip(g, &e)) {
		note(g, SLIP, " ! ", g->slip);
		note(g, PROSE, "   ",
			"Mend it: end what runs there (^C), and type it again. Or Enter: go on, "
			"and see what it does.");
	} else if (g->slip != NULL) {
		note_slip(g, &e, false);
		note(g, ASIDE, "   ", "Mend it, or press Enter: go on, and see what it does.");
		as_hint = false;
	}
	if (as_hint)
		note_slip(g, &e, true);
	explanation_free(&e);
}

static void add_notes(struct guide *g)
{
	char text[400];

	if (g->helps)
		page_text(&g->notes, PROSE, " ", " ",
			"Read, \1predict\2, type in the terminal that is named, and look: each "
			"line is ticked (+) when it "
			"has come. Enter goes on, b goes back, space and the arrow keys move the "
			"page. r shows what is "
			"promised before you have seen it, and in the questions the answers; h "
			"says what is missing and "
			"what to do; w shows the whole sheet; q leaves, and nothing is lost.");
	if (g->asked)
		page_text(&g->notes, PROSE, " ", " ",
			"This is not done yet. Enter once more goes on without it.");
	if (!g->has_state)
		snprintf(text, sizeof text,
			"Nothing is recorded yet. `lab open %s` opens all terminals of this lab; "
			"or type `lab term %s T1`, "
			"`lab term %s T2` and so on, each in a window of its own. This page "
			"follows them.",
			g->w->call, g->w->call, g->w->call);
	else if (!g->is_open)
		snprintf(text, sizeof text,
			"No terminal is open; this is the attempt of %s as it was left. `lab open "
			"%s` begins a new one.",
			g->state.attempt, g->w->call);
	else
		text[0] = '\0';
	if (text[0] != '\0' && (!g->asked || !g->has_state))
		page_text(&g->notes, PROSE, " ", " ", text);
	if (g->progress->complaint[0] != '\0')
		note(g, SLIP, " ! ", g->progress->complaint);
	if (!g->helps && g->has_state && !g->is_unusable)
		add_slip(g);
}

/* ---- Drawing ------------------------------------------------------------------------------ */

static void make_pages(struct guide *g, const struct paper *paper)
{
	page_free(&g->page);
	page_free(&g->notes);
	g->page.width = g->notes.width = paper->columns;
	if (g->whole)
		for (int section = 0; section <= g->w->sections; section++)
			add_section(g, section);
	else
		add_section(g, g->section);
	add_notes(g);
}

/* The first row in which two pages differ. */
static size_t first_difference(const struct page *a, const struct page *b)
{
	size_t i = 0;

	while (i < a->count && i < b->count && a->rows[i].look == b->rows[i].look &&
		strcmp(a->rows[i].text, b->rows[i].text) == 0)
		i++;
	return i;
}

static size_t last_top(const struct guide *g)
{
	return g->page.count > (size_t)g->height ? g->page.count - (size_t)g->height : 0;
}

static void print_bar(const struct paper *paper, const char *text)
{
	const struct row row = {.look = BAR, .text = (char *)(uintptr_t)text};

	page_print(paper, &row, paper->columns);
}

static void print_head(const struct guide *g, const struct paper *paper)
{
	char text[400];
	size_t of;
	const size_t done = progress_done(g->progress, &of);

	snprintf(text, sizeof text, " %.60s  %zu of %zu steps%s  %.200s", g->w->name, done, of,
		done == of ? ", all done" : "",
		g->whole         ? "the whole sheet"
		: g->section > 0 ? g->w->section[g->section - 1].title
				 : g->w->title);
	print_bar(paper, text);
}

static void draw(struct guide *g, const struct paper *paper)
{
	const size_t most = (size_t)(paper->rows - 2) * 2 / 3;
	const size_t notes = g->notes.count < most ? g->notes.count : most;

	g->height = paper->rows - 2 - (int)notes - (notes > 0);
	if (g->top > last_top(g))
		g->top = last_top(g);
	fputs("\033[H", stdout);
	print_head(g, paper);
	for (int i = 0; i < g->height; i++) {
		const size_t at = g->top + (size_t)i;
		printf("\033[%d;1H\033[K", i + 2);
		if (at < g->page.count)
			page_print(paper, &g->page.rows[at], 0);
	}
	if (notes > 0) {
		printf("\033[%d;1H\033[K", g->height + 2);
		for (int i = 0; i < paper->columns; i++)
			putchar('-');
	}
	for (size_t i = 0; i < notes; i++) {
		printf("\033[%d;1H\033[K", g->height + 3 + (int)i);
		page_print(paper, &g->notes.rows[i], 0);
	}
	printf("\033[%d;1H", paper->rows);
	print_bar(paper, g->top < last_top(g)
				 ? " space more  Enter on  b back  r reveal  h hint  w sheet  ? "
				   "help  q leave"
				 : " Enter on  b back  r reveal  h hint  w sheet  ? help  q leave");
	fflush(stdout);
}

/* Make the page anew, and see to it that what is new in it is on the screen. */
static void redraw(struct guide *g, bool from_top)
{
	const struct paper paper = page_paper();
	struct page before = g->page;
	size_t differs;

	g->page = (struct page){0};
	make_pages(g, &paper);
	differs = first_difference(&before, &g->page);
	page_free(&before);
	draw(g, &paper);
	if (from_top)
		g->top = g->page.now > (size_t)g->height / 2 ? g->page.now - (size_t)g->height / 2
							     : 0;
	else if (differs > g->top)
		g->top = differs < last_top(g) ? differs : last_top(g);
	draw(g, &paper);
}

static int print_once(struct guide *g)
{
	const struct paper paper = page_paper();
	size_t of;
	const size_t done = progress_done(g->progress, &of);

	make_pages(g, &paper);
	printf("%s: %zu of %zu steps\n\n", g->w->name, done, of);
	for (size_t i = 0; i < g->page.count; i++) {
		page_print(&paper, &g->page.rows[i], 0);
		putchar('\n');
	}
	for (size_t i = 0; i < g->notes.count; i++) {
		page_print(&paper, &g->notes.rows[i], 0);
		putchar('\n');
	}
	return ferror(stdout) || fflush(stdout) == EOF ? 1 : 0;
}

/* ---- Keys --------------------------------------------------------------------------------- */

static bool is_complete(const struct guide *g, int section)
{
	for (size_t i = 0; i < g->w->count; i++)
		if (g->w->steps[i].section == section && !is_passed(g, &g->w->steps[i]))
			return false;
	return true;
}

/* The reader has been told of it, and does not want to hear it again. */
static void let_be(struct guide *g, const char *slip)
{
	const size_t size =
		(g->read != NULL ? strlen(g->read) : 0) + (slip != NULL ? strlen(slip) : 0) + 2;
	char *all = slip != NULL ? malloc(size) : NULL;

	if (all == NULL)
		return;
	snprintf(all, size, "%s%s\n", g->read != NULL ? g->read : "", slip);
	free(g->read);
	g->read = all;
}

/* Enter: a slip is read, and let be; read on; the next section; or go on without what is not done.
 */
static void go_on(struct guide *g)
{
	char *wording = g->slip != NULL ? latest_wording(g) : NULL;

	if (g->slip != NULL) {
		let_be(g, g->slip);
		let_be(g, wording);
		if (g->slipped != NULL)
			g->over[g->slipped->number - 1] = true;
		free(wording);
	} else if (g->top < last_top(g)) {
		g->top += (size_t)g->height - 2 < last_top(g) - g->top ? (size_t)g->height - 2
								       : last_top(g) - g->top;
	} else if (g->whole || is_complete(g, g->section)) {
		if (!g->whole && g->section < g->w->sections) {
			g->section++;
			g->top = 0;
		}
	} else if (!g->asked) {
		g->asked = true;
		return;
	} else {
		for (size_t i = 0; i < g->w->count; i++)
			if (g->w->steps[i].section == g->section &&
				!is_passed(g, &g->w->steps[i])) {
				g->over[i] = true;
				break;
			}
	}
	g->asked = false;
}

static void reveal(struct guide *g)
{
	bool any = false;

	for (size_t i = 0; i < g->w->count && !any; i++)
		if (g->w->steps[i].section == g->section && !is_passed(g, &g->w->steps[i]))
			any = g->revealed[i] = true;
	if (!any)
		g->answers[g->section] = !g->answers[g->section];
}

/* What a key does. Returns false to leave; sets `anew` if another page is to be shown from its top.
 */
static bool press(struct guide *g, enum key key, bool *anew)
{
	const size_t leap = g->height > 4 ? (size_t)g->height - 2 : 2;
	const int section = g->section;

	if (key != KEY_ON && key != KEY_RESIZED && key != KEY_NOTHING)
		g->asked = false;
	switch (key) {
	case KEY_LEAVE:
		if (!g->whole && !g->helps)
			return false;
		g->whole = g->helps = false;
		*anew = true;
		return true;
	case KEY_ON:
		go_on(g);
		break;
	case KEY_BACK:
		g->section -= g->section > 0;
		g->top = 0;
		break;
	case KEY_UP:
		g->top -= g->top > 0;
		break;
	case KEY_DOWN:
		g->top += g->top < last_top(g);
		break;
	case KEY_PAGE:
		g->top = g->top + leap < last_top(g) ? g->top + leap : last_top(g);
		break;
	case KEY_PAGE_UP:
		g->top -= g->top < leap ? g->top : leap;
		break;
	case KEY_REVEAL:
		reveal(g);
		break;
	case KEY_HINT:
		g->hints = !g->hints;
		break;
	case KEY_WHOLE:
		g->whole = !g->whole;
		*anew = true;
		break;
	case KEY_HELP:
		g->helps = !g->helps;
		break;
	case KEY_NOTHING:
	case KEY_RESIZED:
		break;
	}
	*anew = *anew || section != g->section;
	return true;
}

/* ---- The whole ---------------------------------------------------------------------------- */

static size_t passed(const struct guide *g)
{
	size_t count = 0;

	for (size_t i = 0; i < g->w->count; i++)
		count += is_passed(g, &g->w->steps[i]);
	return count;
}

/* Look at the recordings. Returns true if the page is to be drawn anew; `anew`: another section. */
static bool look(struct guide *g, bool *anew)
{
	const int before = section_now(g);
	const size_t passed_before = passed(g);
	bool changed = look_for_attempt(g);

	if (g->has_state) {
		const int result = progress_update(g->progress, g->state.recordings);
		changed = changed || result == 1 || g->is_unusable != (result == -1);
		g->is_unusable = result == -1;
	}
	/* A line more in some terminal is no answer to what was asked; a step that is done is one. */
	if (passed(g) != passed_before)
		g->hints = g->asked = false;
	if (changed && section_now(g) != before && !g->whole) {
		*anew = g->section != section_now(g);
		g->section = section_now(g);
	}
	return changed;
}

static void follow(struct guide *g)
{
	bool anew = true, changed = true;
	enum key key = KEY_NOTHING;

	do {
		if (key != KEY_NOTHING || changed) {
			/* A key that moves the page has moved it already. */
			const size_t top = g->top;
			redraw(g, anew);
			if (key != KEY_NOTHING && !anew && !changed && top <= last_top(g) &&
				g->top != top) {
				const struct paper paper = page_paper();
				g->top = top;
				draw(g, &paper);
			}
		}
		anew = false;
		key = keyboard_read(LOOK_EVERY, -1);
		changed = look(g, &anew);
	} while (press(g, key, &anew));
}

int guide(const struct worksheet *w)
{
	struct guide *g = calloc(1, sizeof *g);
	bool anew = false;
	int status = 0;

	if (g == NULL)
		return 1;
	*g = (struct guide){.w = w,
		.progress = progress_open(w),
		.over = calloc(w->count, 1),
		.revealed = calloc(w->count, 1),
		.answers = calloc((size_t)w->sections + 1, 1),
		.height = 20};
	g->state = (struct state){.folder = -1, .recordings = -1, .lock = -1, .claim = -1};
	if (g->progress == NULL || g->over == NULL || g->revealed == NULL || g->answers == NULL) {
		free(g); /* and the process ends */
		return 1;
	}
	look(g, &anew);
	g->section = section_now(g);
	if (keyboard_begin()) {
		follow(g);
		keyboard_end();
	} else {
		status = print_once(g);
	}
	page_free(&g->page);
	page_free(&g->notes);
	progress_close(g->progress);
	state_close(&g->state);
	free(g->over);
	free(g->revealed);
	free(g->answers);
	free(g->slip);
	free(g->read);
	free(g);
	return status;
}
