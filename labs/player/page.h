/*
 * page.h - a part of a worksheet as rows for a terminal: what the guide and the projector show.
 *
 * Prose is filled to the width, a row never cut: a promised line that is longer than the terminal
 * goes on in the next row. What is typed and promised stands as it is, each line with how it
 * stands.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "match.h"
#include "worksheet.h"

enum look { PROSE, HEADING, TERMINAL, TYPED, NEXT, KEPT, SHOWN, ASIDE, SLIP, BAR };

struct row {
	enum look look;
	char *text; /* UTF-8; \1 and \2 begin and end what is stressed */
};

struct page {
	struct row *rows;
	size_t count;
	int width;  /* in columns, to which rows are filled; at least 20 */
	size_t now; /* the row of what is to be done next; or 0 */
};

/* How a line of a block stands: yet to come, to be typed next, kept, shown though it is not. */
enum standing_of_line { LINE_HIDDEN, LINE_NEXT, LINE_KEPT, LINE_SHOWN };

/* Add prose, Markdown from `begin` to `end`: without the author's hints; answers only if `answers`.
 */
void page_prose(struct page *p, const char *begin, const char *end, bool answers);

/* Add a step: its terminal, and each of its lines by how it stands (s->count of them). Values that
 * `names` binds (NULL: none) stand in place of their names. */
void page_step(struct page *p, const struct worksheet *w, const struct step *s,
	const enum standing_of_line *lines, const struct names *names);

/* Add text, filled to the width: the first row begins with `first`, the others with `rest`. */
void page_text(
	struct page *p, enum look look, const char *first, const char *rest, const char *text);

/* The same of Markdown: one paragraph. */
void page_paragraph(
	struct page *p, enum look look, const char *first, const char *rest, const char *text);

/* Add a line that a terminal showed: as it is, in as many rows as it takes, blanks kept. */
void page_line(
	struct page *p, enum look look, const char *first, const char *rest, const char *line);

void page_free(struct page *p);

/* How a terminal wants to be written to. */
struct paper {
	int columns, rows;
	bool stress; /* it knows bold and reverse: it is a terminal */
	bool colour; /* and colours are wanted: NO_COLOR is not set */
	bool utf8;
};

struct paper page_paper(void);

/* Print a row; with `width` > 0 filled up with blanks, and cut, to that many columns. */
void page_print(const struct paper *paper, const struct row *row, int width);

/* Where a section begins, behind its heading, and ends in the text. 0 is what stands before the
 * first one. */
void page_section(const struct worksheet *w, int section, const char **begin, const char **end);

/* What the worksheet's head calls terminal `number`: "server"; "" if it does not say. */
const char *page_role(const struct worksheet *w, int number, char *role, size_t size);

/* Has the worksheet that terminal? */
bool page_has_terminal(const struct worksheet *w, int number);

#endif
