/* page.c - see page.h. Rows, then Markdown, then a step's block, then paper. */
#define _XOPEN_SOURCE   700 /* strdup */
#define _DEFAULT_SOURCE     /* beyond POSIX: the window's size */
#include "page.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"

enum { PARAGRAPH_SIZE = 1 << 14, CELLS_MAX = 12 };

static const char stress_on = '\1', stress_off = '\2';

/* ---- Characters --------------------------------------------------------------------------- */

/* The next thing to print at `c`: a character, a mark of stress, or a byte told as \x9b. */
static size_t piece(const char *c, int *columns, bool *is_byte)
{
	size_t length;

	*is_byte = false;
	*columns = 0;
	if (*c == stress_on || *c == stress_off)
		return 1;
	length = *c == '\t' ? 0 : screen_width(c, columns);
	if (*c == '\t') {
		*columns = 1;
		return 1;
	}
	*is_byte = length == 0;
	if (length == 0)
		*columns = 4;
	return length == 0 ? 1 : length;
}

/* How many columns the first `size` bytes take. */
static int columns_of(const char *text, size_t size)
{
	int all = 0, columns;
	bool is_byte;

	for (size_t i = 0; i < size;) {
		i += piece(text + i, &columns, &is_byte);
		all += columns;
	}
	return all;
}

/* ---- Rows --------------------------------------------------------------------------------- */

static void add(struct page *p, enum look look, const char *text, size_t size)
{
	/* The room for rows is doubled whenever their number is a power of two. */
	struct row *rows = (p->count & (p->count - 1)) == 0
				   ? realloc(p->rows, (2 * p->count + 1) * sizeof *rows)
				   : p->rows;
	char *copy = strndup(text, size);

	if (rows == NULL || copy == NULL) {
		fputs("lab: no memory left\n", stderr);
		exit(1);
	}
	p->rows = rows;
	p->rows[p->count++] = (struct row){.look = look, .text = copy};
}

/* An empty row, but never two, nor one at the top. */
static void add_gap(struct page *p)
{
	if (p->count > 0 && p->rows[p->count - 1].text[0] != '\0')
		add(p, PROSE, "", 0);
}

void page_free(struct page *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->rows[i].text);
	free(p->rows);
	*p = (struct page){.width = p->width};
}

/* A row being filled. */
struct filling {
	struct page *page;
	enum look look;
	const char *rest;
	char text[2048];
	size_t size, begins; /* `begins`: behind the prefix */
	bool stressed;
};

static void begin_row(struct filling *f, const char *prefix)
{
	f->size = f->begins = (size_t)snprintf(f->text, 200, "%s", prefix);
	if (f->stressed)
		f->text[f->size++] = stress_on;
}

static void end_row(struct filling *f)
{
	if (f->stressed)
		f->text[f->size++] = stress_off;
	add(f->page, f->look, f->text, f->size);
	begin_row(f, f->rest);
}

static void put(struct filling *f, const char *bytes, size_t size)
{
	if (f->size + size + 8 > sizeof f->text)
		end_row(f);
	memcpy(f->text + f->size, bytes, size < 1000 ? size : 1000);
	f->size += size < 1000 ? size : 1000;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == stress_on || bytes[i] == stress_off)
			f->stressed = bytes[i] == stress_on;
}

/* A piece of a word that is longer than a row is put in as many as it takes. */
static void put_broken(struct filling *f, const char *word, size_t size)
{
	for (size_t i = 0; i < size;) {
		int columns;
		bool is_byte;
		const size_t length = piece(word + i, &columns, &is_byte);
		if (columns_of(f->text, f->size) + columns > f->page->width && f->size > f->begins)
			end_row(f);
		put(f, word + i, length);
		i += length;
	}
}

void page_text(
	struct page *p, enum look look, const char *first, const char *rest, const char *text)
{
	struct filling f = {.page = p, .look = look, .rest = rest};

	begin_row(&f, first);
	while (*text != '\0') {
		const size_t size = strcspn(text, " \n");
		const bool at_begin = f.size == f.begins;
		if (size > 0 && !at_begin &&
			columns_of(f.text, f.size) + 1 + columns_of(text, size) > p->width)
			end_row(&f);
		else if (size > 0 && !at_begin)
			put(&f, " ", 1);
		put_broken(&f, text, size);
		text += size + strspn(text + size, " \n");
	}
	if (f.size > f.begins)
		end_row(&f);
}

void page_line(
	struct page *p, enum look look, const char *first, const char *rest, const char *line)
{
	struct filling f = {.page = p, .look = look, .rest = rest};

	begin_row(&f, first);
	while (*line != '\0') {
		const size_t blanks = strspn(line, " "),
			     size = blanks + strcspn(line + blanks, " ");
		if (f.size > f.begins &&
			columns_of(f.text, f.size) + columns_of(line, size) > p->width &&
			columns_of(line + blanks, size - blanks) + columns_of(rest, strlen(rest)) <=
				p->width) {
			end_row(&f);
			put_broken(&f, line + blanks, size - blanks);
		} else {
			put_broken(&f, line, size);
		}
		line += size;
	}
	end_row(&f);
}

/* ---- Markdown ----------------------------------------------------------------------------- */

/* Copy a paragraph's text: emphasis becomes stress, links their text, `\<` a plain one. */
static void plain(char *to, size_t room, const char *from, size_t size)
{
	bool strong = false, slanted = false, code = false;
	size_t at = 0;

	for (size_t i = 0; i < size && at + 2 < room; i++) {
		const char *end;
		if (from[i] == '`')
			code = !code;
		if (!code && i + 1 < size && from[i] == '*' && from[i + 1] == '*') {
			strong = !strong;
			to[at++] = strong ? stress_on : stress_off;
			i++;
		} else if (!code && from[i] == '*' &&
			   (slanted || (i + 1 < size && from[i + 1] != ' '))) {
			slanted = !slanted;
		} else if (!code && from[i] == '[' &&
			   (end = memchr(from + i, ']', size - i)) != NULL &&
			   (size_t)(end + 1 - from) < size && end[1] == '(' &&
			   memchr(end, ')', size - (size_t)(end - from)) != NULL) {
			const size_t length = (size_t)(end - (from + i + 1));
			if (at + length + 2 < room) {
				memcpy(to + at, from + i + 1, length);
				at += length;
			}
			i = (size_t)((const char *)memchr(end, ')', size - (size_t)(end - from)) -
				     from);
		} else if (!code && from[i] == '\\' && i + 1 < size &&
			   strchr("<>*_`[", from[i + 1]) != NULL) {
			to[at++] = from[++i];
		} else {
			to[at++] = from[i] == '\n' ? ' ' : from[i];
		}
	}
	if (strong)
		to[at++] = stress_off;
	to[at] = '\0';
}

void page_paragraph(
	struct page *p, enum look look, const char *first, const char *rest, const char *text)
{
	char *copy = malloc(strlen(text) + 3);

	if (copy == NULL)
		return;
	plain(copy, strlen(text) + 3, text, strlen(text));
	page_text(p, look, first, rest, copy);
	free(copy);
}

/* Is the row of a table nothing but rules: |---|---|? */
static bool is_rule(const char *line, size_t size)
{
	size_t i = 0;

	while (i < size && strchr("|-: ", line[i]) != NULL)
		i++;
	return i == size;
}

/* One row of a table: its cells, one behind the other; the first one stressed. */
static void add_table_row(struct page *p, const char *line, size_t size)
{
	char text[PARAGRAPH_SIZE], cells[PARAGRAPH_SIZE] = "";
	size_t begin = 1, at = 0;
	int count = 0;

	if (is_rule(line, size))
		return;
	for (size_t i = 1; i < size; i++) {
		if (line[i] != '|' || line[i - 1] == '\\')
			continue;
		while (begin < i && line[begin] == ' ')
			begin++;
		size_t end = i;
		while (end > begin && line[end - 1] == ' ')
			end--;
		plain(text, sizeof text, line + begin, end - begin);
		at += (size_t)snprintf(cells + at, sizeof cells - at,
			count == 0 ? "\1%s\2" : "%s%s",
			count == 0   ? text
			: count == 1 ? ": "
				     : "; ",
			count == 0 ? "" : text);
		if (at >= sizeof cells)
			break;
		begin = i + 1;
		count++;
	}
	page_text(p, PROSE, "  ", "      ", cells);
}

/* What begins a paragraph of its own: how far it is set in, 0 if it is none. */
static size_t list_mark(const char *line, size_t size)
{
	size_t blanks = 0, digits = 0;

	while (blanks < size && line[blanks] == ' ')
		blanks++;
	if (blanks + 1 < size && (line[blanks] == '-' || line[blanks] == '*') &&
		line[blanks + 1] == ' ')
		return blanks + 2;
	while (blanks + digits < size && line[blanks + digits] >= '0' &&
		line[blanks + digits] <= '9')
		digits++;
	if (digits > 0 && blanks + digits + 1 < size && line[blanks + digits] == '.' &&
		line[blanks + digits + 1] == ' ')
		return blanks + digits + 2;
	return 0;
}

static bool begins_with(const char *line, size_t size, const char *with)
{
	return size >= strlen(with) && strncmp(line, with, strlen(with)) == 0;
}

/* Lines that belong together, as one paragraph. */
struct paragraph {
	char text[PARAGRAPH_SIZE];
	size_t size, set_in;
	bool is_hint;
};

static void end_paragraph(struct page *p, struct paragraph *g)
{
	char text[PARAGRAPH_SIZE], first[16] = "", rest[16] = "";

	if (g->size > 0 && !g->is_hint) {
		const size_t set_in = g->set_in < 10 ? g->set_in : 10;
		snprintf(first, sizeof first, "%.*s", (int)set_in, g->text);
		snprintf(rest, sizeof rest, "%*s", (int)set_in, "");
		plain(text, sizeof text, g->text + g->set_in, g->size - g->set_in);
		page_text(p, PROSE, first, rest, text);
	}
	g->size = g->set_in = 0;
	g->is_hint = false;
}

static void add_to_paragraph(struct paragraph *g, const char *line, size_t size)
{
	if (g->size + size + 2 > sizeof g->text)
		return;
	if (g->size > 0)
		g->text[g->size++] = ' ';
	memcpy(g->text + g->size, line, size);
	g->size += size;
}

/* A line that is no part of a paragraph. Returns false if it is one. */
static bool add_single(struct page *p, struct paragraph *g, const char *line, size_t size)
{
	char text[PARAGRAPH_SIZE];
	size_t marks = 0;

	while (marks < size && line[marks] == '#')
		marks++;
	if (size == 0) {
		end_paragraph(p, g);
		add_gap(p);
	} else if (marks > 0 && marks < size && line[marks] == ' ') {
		end_paragraph(p, g);
		add_gap(p);
		plain(text, sizeof text, line + marks + 1, size - marks - 1);
		page_text(p, HEADING, "", "", text);
		add_gap(p);
	} else if (line[0] == '|') {
		end_paragraph(p, g);
		add_table_row(p, line, size);
	} else if (begins_with(line, size, "![") || begins_with(line, size, "<!--")) {
		end_paragraph(p, g);
	} else {
		return false;
	}
	return true;
}

void page_prose(struct page *p, const char *begin, const char *end, bool answers)
{
	struct paragraph *g = calloc(1, sizeof *g);
	bool fenced = false, folded = false;

	while (g != NULL && begin < end) {
		const char *stop = memchr(begin, '\n', (size_t)(end - begin));
		const size_t size = (size_t)((stop == NULL ? end : stop) - begin);
		const char *line = begin;
		begin += size + 1;
		if (begins_with(line, size, "```")) {
			end_paragraph(p, g);
			fenced = !fenced;
		} else if (fenced) {
			char text[PARAGRAPH_SIZE];
			snprintf(text, sizeof text, "%.*s", (int)size, line);
			page_line(p, SHOWN, "    ", "      ", text);
		} else if (begins_with(line, size, "<details")) {
			end_paragraph(p, g);
			folded = !answers;
			page_text(p, ASIDE, "   ", "   ",
				answers ? "Answer:" : "(answer: r shows it)");
		} else if (begins_with(line, size, "</details")) {
			end_paragraph(p, g);
			folded = false;
		} else if (!folded && !add_single(p, g, line, size)) {
			if (list_mark(line, size) > 0) {
				end_paragraph(p, g);
				g->set_in = list_mark(line, size);
			}
			if (g->size == 0 && begins_with(line, size, "> **If not"))
				g->is_hint = true;
			add_to_paragraph(g, line, size);
		}
	}
	if (g != NULL)
		end_paragraph(p, g);
	free(g);
}

/* ---- A step ------------------------------------------------------------------------------- */

const char *page_role(const struct worksheet *w, int number, char *role, size_t size)
{
	char name[8];
	const char *at;

	snprintf(name, sizeof name, "T%d ", number);
	at = strstr(w->terminals, name);
	at = at == NULL ? "" : at + strlen(name);
	snprintf(role, size, "%.*s", (int)strcspn(at, ",."), at);
	return role;
}

bool page_has_terminal(const struct worksheet *w, int number)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->steps[i].terminal == number)
			return true;
	return false;
}

void page_section(const struct worksheet *w, int section, const char **begin, const char **end)
{
	*begin = w->text + (section > 0 ? w->section[section - 1].at : 0);
	*end = w->text + (section < w->sections ? w->section[section].at : w->size);
	if (section > 0) {
		const char *heading_end = memchr(*begin, '\n', (size_t)(*end - *begin));
		*begin = heading_end == NULL ? *end : heading_end;
	}
}

static const char *mark_of(const struct item *item)
{
	return item->kind == COMMAND ? "$ " : item->kind == INPUT ? "> " : "";
}

/* So many lines are still to come: what they are is for the reader to predict. */
static void add_hidden(struct page *p, size_t hidden)
{
	char text[80];

	if (hidden == 0)
		return;
	snprintf(text, sizeof text, "%zu line%s to come: predict %s", hidden, hidden > 1 ? "s" : "",
		hidden > 1 ? "them" : "it");
	page_text(p, ASIDE, "  ? ", "    ", text);
}

void page_step(struct page *p, const struct worksheet *w, const struct step *s,
	const enum standing_of_line *lines, const struct names *names)
{
	static const char *const first[] = {"  ? ", "  > ", "\1  + \2", "    "};
	char role[64], text[100];
	size_t hidden = 0;

	page_role(w, s->terminal, role, sizeof role);
	snprintf(text, sizeof text, "T%d%s%s", s->terminal, role[0] != '\0' ? ", the " : "", role);
	add_gap(p);
	page_text(p, TERMINAL, " ", " ", text);
	for (size_t i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];
		const bool typed =
			item->kind == COMMAND || item->kind == INPUT || item->kind == KEY;
		char *filled = names != NULL ? match_fill(item->text, names) : strdup(item->text),
		     *line = NULL;
		if (!typed && lines[i] == LINE_HIDDEN) {
			hidden += item->kind == OUTPUT;
		} else if (filled != NULL && (line = malloc(strlen(filled) + 8)) != NULL) {
			add_hidden(p, hidden);
			hidden = 0;
			sprintf(line, "%s%s", mark_of(item),
				item->kind == ANYTHING ? "..." : filled);
			if (lines[i] == LINE_NEXT)
				p->now = p->count;
			page_line(p,
				lines[i] == LINE_NEXT   ? NEXT
				: lines[i] == LINE_KEPT ? KEPT
				: typed                 ? TYPED
							: SHOWN,
				item->kind == ANYTHING             ? "    "
				: typed && lines[i] == LINE_HIDDEN ? "    "
								   : first[lines[i]],
				"      ", line);
		}
		free(line);
		free(filled);
	}
	add_hidden(p, hidden);
	add_gap(p);
}

/* ---- Paper -------------------------------------------------------------------------------- */

static bool names_utf8(const char *locale)
{
	for (; locale != NULL && *locale != '\0'; locale++)
		if (strncasecmp(locale, "utf-8", 5) == 0 || strncasecmp(locale, "utf8", 4) == 0)
			return true;
	return false;
}

struct paper page_paper(void)
{
	static const char *const categories[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
	struct paper paper = {.columns = 80, .rows = 24, .stress = isatty(STDOUT_FILENO) == 1};
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		paper.columns = size.ws_col < 20 ? 20 : size.ws_col;
		paper.rows = size.ws_row < 6 ? 6 : size.ws_row;
	}
	paper.stress = paper.stress && term != NULL && strcmp(term, "dumb") != 0;
	paper.colour = paper.stress && (no_colour == NULL || no_colour[0] == '\0');
	for (size_t i = 0; i < 3; i++) {
		const char *locale = getenv(categories[i]);
		if (locale == NULL || locale[0] == '\0')
			continue;
		paper.utf8 = names_utf8(locale);
		break;
	}
	return paper;
}

/* How each look begins, with colours and without. */
static void begin_look(const struct paper *paper, enum look look)
{
	static const struct {
		const char *colour, *plain;
	} looks[] = {[PROSE] = {"", ""},
		[HEADING] = {"\033[1m", "\033[1m"},
		[TERMINAL] = {"\033[1;36m", "\033[1m"},
		[TYPED] = {"", ""},
		[NEXT] = {"\033[1;33m", "\033[1m"},
		[KEPT] = {"\033[32m", ""},
		[SHOWN] = {"", ""},
		[ASIDE] = {"\033[2m", "\033[2m"},
		[SLIP] = {"\033[1;31m", "\033[1m"},
		[BAR] = {"\033[7m", "\033[7m"}};

	if (paper->stress)
		fputs(paper->colour ? looks[look].colour : looks[look].plain, stdout);
}

void page_print(const struct paper *paper, const struct row *row, int width)
{
	const char *c = row->text;
	int done = 0, columns;
	bool is_byte;

	begin_look(paper, row->look);
	while (*c != '\0') {
		const size_t length = piece(c, &columns, &is_byte);
		if (width > 0 && done + columns > width)
			break;
		if (*c == stress_on || *c == stress_off) {
			if (paper->stress && *c == stress_off)
				fputs("\033[0m", stdout);
			if (paper->stress && *c == stress_on)
				fputs("\033[1m", stdout);
			if (*c == stress_off)
				begin_look(paper, row->look);
		} else if (is_byte) {
			printf("\\x%02x", (unsigned char)*c);
		} else if (*c == '\t' || (!paper->utf8 && length > 1)) {
			fputs(*c == '\t' ? " " : "?", stdout);
		} else {
			fwrite(c, 1, length, stdout);
		}
		done += columns;
		c += length;
	}
	if (width > done)
		printf("%*s", width - done, "");
	if (paper->stress)
		fputs("\033[0m", stdout);
}
