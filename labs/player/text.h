/*
 * text.h - what a plain terminal has left, on its way from lines to what was typed and shown, and when.
 * A part of plain.c, which reads the files and makes recordings of it.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "history.h"
#include "prompts.h"
#include "worksheet.h"

/* How well something typed fits the sheet: to the word, as the same program, as a key. What it is
 * worth to leave out something that the sheet has: more than to take it for another command of the
 * program; and if it was typed more than once, nearly as much as to find a place for each. What a thing
 * costs that is passed over in the sheet. */
enum { EXACT = 800, SIMILAR = 200, LIKE_KEY = 100, LEFT_OUT_ONCE = 300, REPEATED = 799, GAP = 2 };

enum happening { PROMPT, TYPED, SHOWN };

struct event {
	enum happening is;
	enum kind kind; /* of what was TYPED */
	char *text;
	double at; /* of what was TYPED */
};

/* A thing that the sheet types in this terminal. */
struct known {
	const struct item *item;
	const char *answer; /* the first line promised behind it, before the next; or NULL */
	int ordinal;        /* the how manieth it is of all terminals' */
	bool patient;       /* of a section that may be left out */
};

struct text {
	const struct worksheet *w;
	const char *file; /* for messages */
	struct shown_lines lines;
	struct prompts prompts;
	struct event *events;
	size_t count;
	struct known *known; /* all that the sheet types in this terminal, in its order */
	size_t item_count;
	size_t at;      /* the item behind the last one that was found */
	time_t changed; /* the file, last */
	int number;     /* n of Tn */
	bool running;   /* a command runs */
	bool is_cast;   /* a recording of `lab term` */
	bool is_window; /* what a window showed: no bytes for a terminal, nothing but text */
};

/* script(1) says when it began and ended: lines that begin so. */
#define TEXT_BEGUN "Script started on "
#define TEXT_DONE  "Script done on "

/* List what the sheet types in terminal t->number. Returns 0, or -1: there is no memory. */
int text_list(struct text *t);

/* How well does what was typed fit the sheet's item; whatever the sheet types in this terminal? 0: not at
 * all. */
int text_fitness(const struct item *item, enum kind kind, const char *text);
int text_best_fitness(const struct text *t, enum kind kind, const char *typed);

/* Add an event with a copy of `text`. */
void text_event(struct text *t, enum happening is, enum kind kind, const char *text);

/* The lines (understand.c), or a recording of `lab term`, as what was typed and shown. */
void text_understand(struct text *t);
void text_understand_history(struct text *t, const struct history *h);

/*
 * Date what was typed (place.c): by the place in the worksheet that it fits, such that the whole fits
 * best and the order stays. What was typed several times in place of once comes right before the last
 * of these; what fits nowhere comes right after what was typed before it. Returns 0, or -1: there is no
 * memory.
 */
int text_date(struct text *t);

void text_free(struct text *t);

#endif
