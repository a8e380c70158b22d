/*
 * projector.c - see projector.h. Keep what happened; draw the guide's page and the terminals; read
 * keys.
 *
 * The terminal in which something happens has all the width that there is, and its lines go on in
 * the next row. A wide screen has the page on the left; a narrow one has it above.
 */
#define _XOPEN_SOURCE 700 /* strdup */
#include "projector.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyboard.h"
#include "page.h"

enum { WIDE = 150, PAGE_WIDTH_MOST = 90, PAGE_ROWS_LEAST = 7, PANE_ROWS_LEAST = 5 };

struct shown {
	char *text;
	bool typed;
};

/* All that a terminal has shown and been typed. */
struct pane {
	struct shown *lines;
	size_t count;
};

/* Where the play stood before a step, so that one can read back. */
struct moment {
	const struct step *step; /* NULL: after the last one */
	size_t counts[TERMINALS_MAX + 1];
	int active;                /* the terminal in which something happened last */
	const struct step *played; /* the step that was played last; or NULL */
	bool revealed;
};

static const struct worksheet *sheet;
static struct pane panes[TERMINALS_MAX + 1];
static struct moment *moments;
static size_t moment_count;
static int active;
static int lifeline; /* hangs up when the play is broken off */
static bool full;    /* draw full screens */

void projector_begin(const struct worksheet *w, int line)
{
	sheet = w;
	lifeline = line;
	full = keyboard_begin();
}

void projector_end(void)
{
	keyboard_end();
}

/* ---- The page ----------------------------------------------------------------------------- */

/* How the lines of a step stand at that moment: kept before it, to be typed in it. */
static void add_step(struct page *page, const struct step *s, const struct moment *m)
{
	enum standing_of_line *lines = calloc(s->count + 1, sizeof *lines);
	const bool is_now = s == m->step;

	if (lines == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		const bool typed = s->items[i].kind == COMMAND || s->items[i].kind == INPUT ||
				   s->items[i].kind == KEY;
		lines[i] = !is_now       ? LINE_KEPT
			   : typed       ? LINE_NEXT
			   : m->revealed ? LINE_SHOWN
					 : LINE_HIDDEN;
	}
	if (is_now)
		page->now = page->count;
	page_step(page, sheet, s, lines, NULL);
	if (is_now)
		page->now = page->count;
	free(lines);
}

/* The section of the step, as far as that step. */
static void make_page(struct page *page, const struct moment *m)
{
	const struct step *last = m->step != NULL ? m->step : &sheet->steps[sheet->count - 1];
	const char *begin, *end;

	page_section(sheet, last->section, &begin, &end);
	for (const struct step *s = sheet->steps; s <= last; s++) {
		if (s->section != last->section)
			continue;
		page_prose(page, begin, sheet->text + s->fence, false);
		add_step(page, s, m);
		begin = sheet->text + s->end;
	}
	if (m->step == NULL) {
		page_prose(page, begin, end, false);
		page->now = page->count;
	}
}

/* ---- The terminals ------------------------------------------------------------------------ */

/* The last lines of a terminal, at least those that are new since `from`, as far as `rows` go. */
static void make_pane(struct page *page, int number, size_t shown, size_t rows)
{
	const struct pane *pane = &panes[number];

	for (size_t i = shown > rows ? shown - rows : 0; i < shown; i++)
		page_line(
			page, pane->lines[i].typed ? NEXT : SHOWN, "", "    ", pane->lines[i].text);
}

/* How many rows do the lines take that the step was about? */
static size_t rows_of_step(const struct moment *m, int width)
{
	struct page page = {.width = width};
	const struct pane *pane = &panes[m->active];
	const size_t lines = m->played != NULL ? m->played->count : 0, shown = m->counts[m->active];
	size_t rows;

	for (size_t i = shown > lines ? shown - lines : 0; i < shown; i++)
		page_line(&page, SHOWN, "", "    ", pane->lines[i].text);
	rows = page.count;
	page_free(&page);
	return rows;
}

struct box {
	int x, y, width, height;
};

static void print_at(
	const struct paper *paper, int x, int y, int width, enum look look, const char *text)
{
	struct row row = {.look = look, .text = strdup(text)};

	printf("\033[%d;%dH", y + 1, x + 1);
	if (row.text != NULL)
		page_print(paper, &row, width);
	free(row.text);
}

/* A title and below it the end of what the terminal shows. */
static void draw_pane(
	const struct paper *paper, const struct box *box, int number, const struct moment *m)
{
	struct page page = {.width = box->width};
	char role[64], title[96];
	size_t from;

	page_role(sheet, number, role, sizeof role);
	snprintf(title, sizeof title, " T%d %s", number, role);
	print_at(paper, box->x, box->y, box->width, number == m->active ? BAR : TERMINAL, title);
	make_pane(&page, number, m->counts[number], (size_t)box->height);
	from = page.count > (size_t)box->height - 1 ? page.count - (size_t)box->height + 1 : 0;
	for (int i = 0; i < box->height - 1; i++, from++) {
		printf("\033[%d;%dH", box->y + i + 2, box->x + 1);
		if (from < page.count)
			page_print(paper, &page.rows[from], box->width);
		else
			printf("%*s", box->width, "");
	}
	page_free(&page);
}

/* The active terminal first, with most of the room; the others that have shown anything share the
 * rest. */
static void draw_panes(const struct paper *paper, const struct box *box, const struct moment *m)
{
	struct box one = *box;
	int others[TERMINALS_MAX], count = 0, least;

	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (n != m->active && m->counts[n] > 0 && page_has_terminal(sheet, n))
			others[count++] = n;
	/* None, where there is not room for a few lines of each. */
	least = (int)rows_of_step(m, box->width) + 2;
	count = (box->height - least) / 4 < count ? (box->height - least) / 4 : count;
	count = count > 0 ? count : 0;
	one.height = count == 0 ? box->height : box->height / 2;
	if (count > 0 && one.height < least)
		one.height = least < box->height - 3 * count ? least : box->height - 3 * count;
	if (m->active > 0)
		draw_pane(paper, &one, m->active, m);
	one.y += m->active > 0 ? one.height : 0;
	for (int i = 0; i < count; i++) {
		one.height = (box->y + box->height - one.y) / (count - i);
		draw_pane(paper, &one, others[i], m);
		one.y += one.height;
	}
}

/* ---- One screen --------------------------------------------------------------------------- */

/* How many rows of the page are above the screen; -1: let what is to be done now be seen. */
static int scrolled;
static bool zoomed; /* the active terminal alone, all that it has shown */

static void draw_page(const struct paper *paper, const struct box *box, const struct page *page)
{
	const int last = (int)page->count - box->height > 0 ? (int)page->count - box->height : 0;
	int top = scrolled;

	if (top < 0)
		top = (int)page->now > box->height ? (int)page->now - box->height : 0;
	scrolled = top < last ? top : last;
	for (int i = 0; i < box->height; i++) {
		const size_t at = (size_t)scrolled + (size_t)i;
		printf("\033[%d;%dH", box->y + i + 1, box->x + 1);
		if (at < page->count)
			page_print(paper, &page->rows[at], box->width);
		else
			printf("%*s", box->width, "");
	}
}

static void draw(const struct moment *m, const char *footer)
{
	const struct paper paper = page_paper();
	const bool wide = paper.columns >= WIDE;
	const int rows = paper.rows - 2;
	const struct step *s = m->step != NULL ? m->step : &sheet->steps[sheet->count - 1];
	struct box text = {.x = 0, .y = 1, .width = paper.columns, .height = rows};
	struct box terminals = {.x = 0, .y = 1, .width = paper.columns, .height = 0};
	struct page page = {0};
	char head[300], role[16];
	int wanted;

	if (wide) {
		text.width = paper.columns * 2 / 5 < PAGE_WIDTH_MOST ? paper.columns * 2 / 5
								     : PAGE_WIDTH_MOST;
		terminals.x = text.width + 1;
		terminals.width = paper.columns - terminals.x;
		terminals.height = rows;
	}
	page.width = text.width;
	if (zoomed && m->active > 0) {
		page.width = text.width = paper.columns;
		terminals.height = 0;
		make_pane(&page, m->active, m->counts[m->active], m->counts[m->active]);
		page.now = page.count;
	} else {
		make_page(&page, m);
	}
	if (!zoomed && !wide && m->active > 0) {
		wanted = (int)rows_of_step(m, terminals.width) + 2;
		wanted = wanted < rows - (int)page.count ? rows - (int)page.count : wanted;
		wanted = wanted < PANE_ROWS_LEAST ? PANE_ROWS_LEAST : wanted;
		terminals.height =
			wanted > rows - PAGE_ROWS_LEAST ? rows - PAGE_ROWS_LEAST : wanted;
		text.height = rows - terminals.height;
		terminals.y = text.y + text.height;
	}
	snprintf(role, sizeof role, "T%d", m->active);
	snprintf(head, sizeof head, " %.60s  %s %d of %zu  %.150s", sheet->name,
		m->step != NULL ? "step" : "after step", s->number, sheet->count,
		zoomed && m->active > 0 ? role
		: s->section > 0        ? sheet->section[s->section - 1].title
					: sheet->title);
	fputs("\033[H\033[2J", stdout);
	print_at(&paper, 0, 0, paper.columns, BAR, head);
	draw_page(&paper, &text, &page);
	if (terminals.height > 1)
		draw_panes(&paper, &terminals, m);
	print_at(&paper, 0, paper.rows - 1, paper.columns, BAR, footer);
	fflush(stdout);
	page_free(&page);
}

/* ---- Keys --------------------------------------------------------------------------------- */

/* Show moments, from the latest one, until Enter is pressed there. Returns false to end. */
static bool browse(void)
{
	size_t at = moment_count - 1;
	char footer[120];

	scrolled = -1;
	for (;;) {
		struct moment *m = &moments[at];
		const bool latest = at == moment_count - 1;
		snprintf(footer, sizeof footer,
			" Enter %s  b back  space more  r reveal  w %s  q quit",
			!latest           ? "forward"
			: m->step != NULL ? "on: play it"
					  : "on: finish",
			zoomed ? "page" : "terminal");
		draw(m, footer);
		switch (keyboard_read(-1, lifeline)) {
		case KEY_ON:
			zoomed = false;
			if (latest)
				return true;
			at++;
			scrolled = -1;
			break;
		case KEY_BACK:
			at -= at > 0;
			scrolled = -1;
			break;
		case KEY_UP:
			scrolled -= scrolled > 0;
			break;
		case KEY_DOWN:
			scrolled++;
			break;
		case KEY_PAGE:
			scrolled += 5;
			break;
		case KEY_PAGE_UP:
			scrolled = scrolled > 5 ? scrolled - 5 : 0;
			break;
		case KEY_REVEAL:
			m->revealed = !m->revealed;
			scrolled = -1;
			break;
		case KEY_WHOLE:
			zoomed = !zoomed;
			scrolled = -1;
			break;
		case KEY_LEAVE:
			return false;
		default:
			break;
		}
	}
}

/* ---- What the play tells ------------------------------------------------------------------ */

static struct moment *new_moment(const struct step *s)
{
	struct moment *m = realloc(moments, (moment_count + 1) * sizeof *moments);

	if (m == NULL)
		return NULL;
	moments = m;
	m = &moments[moment_count++];
	*m = (struct moment){
		.step = s, .active = active, .played = moment_count > 1 ? m[-1].step : NULL};
	if (m->played != NULL) /* be it that its lines were there before it was played */
		m->active = m->played->terminal;
	for (int n = 1; n <= TERMINALS_MAX; n++)
		m->counts[n] = panes[n].count;
	return m;
}

static bool before_plain(const struct worksheet *w, const struct step *s)
{
	struct pollfd fds[] = {
		{.fd = lifeline, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char c = '\0';

	if (s != NULL) {
		printf("\n---- %s, step %d of %zu ----\n", w->name, s->number, w->count);
		printf("%.*s", (int)(s->fence - s->prose), w->text + s->prose);
	} else {
		printf("\n---- %s: the end ----\n", w->name);
	}
	printf("[Enter] ");
	fflush(stdout);
	while (c != '\n' && poll(fds, 2, -1) > 0 && fds[0].revents == 0 &&
		read(STDIN_FILENO, &c, 1) == 1)
		;
	putchar('\n');
	return fds[0].revents == 0;
}

bool projector_before(const struct worksheet *w, const struct step *s)
{
	if (!full)
		return before_plain(w, s);
	return new_moment(s) != NULL && browse();
}

static void print_line(int number, const char *text)
{
	printf("T%d: ", number);
	screen_print(stdout, text);
	putchar('\n');
	fflush(stdout);
}

void projector_line(const struct pty *t, const char *line, bool typed)
{
	struct pane *pane = &panes[t->number];
	struct shown *lines = realloc(pane->lines, (pane->count + 1) * sizeof *lines);
	char *text = malloc(strlen(line) + 8);
	struct moment now = {.active = t->number};

	if (lines == NULL || text == NULL || (pane->count == 0 && !typed)) {
		/* What a shell shows before anything is typed is no part of the play. */
		pane->lines = lines != NULL ? lines : pane->lines;
		free(text);
		return;
	}
	pane->lines = lines;
	sprintf(text, "%s%s", !typed ? "" : t->at_prompt ? "$ " : "> ", line);
	pane->lines[pane->count++] = (struct shown){.text = text, .typed = typed};
	active = t->number;
	if (!full) {
		print_line(t->number, text);
		return;
	}
	now.step = now.played = moment_count > 0 ? moments[moment_count - 1].step : NULL;
	for (int n = 1; n <= TERMINALS_MAX; n++)
		now.counts[n] = panes[n].count;
	draw(&now, " playing ...");
}
