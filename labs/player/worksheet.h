/*
 * worksheet.h - a worksheet read into steps.
 *
 * A worksheet is Markdown. Each fenced block whose info string starts with `console T<n>` is a
 * step: what is typed in terminal Tn and what must appear there. All other text is prose.
 */
#ifndef WORKSHEET_H
#define WORKSHEET_H

#include <stdbool.h>
#include <stddef.h>

enum { TERMINALS_MAX = 9, NAME_SIZE = 32, NAMES_MAX = 64 };

enum kind {
	COMMAND,  /* $ text   typed at the prompt */
	INPUT,    /* > text   typed into the program that runs */
	KEY,      /* ^C ^D ^Z ^\ ^] */
	OUTPUT,   /* a line that must appear */
	ANYTHING, /* ...      any lines, or none */
};

struct item {
	enum kind kind;
	int line;   /* in the file, from 1 */
	char *text; /* without its mark; of a KEY: "^C" */
	char key;   /* of a KEY: the control character */
	bool looks; /* what is typed changes nothing: it is no cause (see cause.h) */
};

struct step {
	int number;   /* from 1, in the order of the document */
	int terminal; /* n of Tn */
	int line;     /* of the opening fence */
	int section;  /* under which `## ` heading: 0 before the first one */
	bool unordered, watch, room, patient;
	int since;            /* n of `since Tn`, or 0: see cause.h */
	bool patient_section; /* a step of its section is patient: left out of a short play */
	double within;        /* seconds, or 0: the default */
	struct item *items;
	size_t count;
	size_t prose, fence,
		end; /* offsets into the text: its prose, its fence, the line after it */
};

/* From one `## ` heading to the next. */
struct section {
	char *title; /* "1. A listener" */
	int line;
	size_t at; /* offset of the heading into the text */
};

/* What the author says to whoever is stuck: `> **If not (too late):** ...` in the prose. */
struct hint {
	char *reason; /* one of the words of worksheet_hint_reasons; "" for any */
	char *text;   /* its lines joined, with its Markdown */
	int line;
	size_t first, last; /* indices of the steps that it stands for */
};

struct worksheet {
	char *path;
	char *name; /* the file's name without .md: 01-handshake-and-close */
	const char *
		call; /* what to type for LAB: its name if it is one of the course, else its path */
	char *title;  /* the first heading */
	char *shows, *time, *terminals, *needs; /* the head's "- Shows: ..." lines; "" if missing */
	char *text;
	size_t size;
	struct step *steps;
	size_t count;
	int sections;            /* how many `## ` headings */
	struct section *section; /* section[s.section - 1] is the one of step s */
	struct hint *hints;
	size_t hint_count;
	size_t patient; /* how many steps stand in patient sections */
};

/*
 * Read the worksheet at `path`. Returns 0; or -1 after one line on stderr that names the file, and
 * the line where there is one: the file cannot be read, is not text, has nothing to play, a fence
 * is never closed, an attribute is unknown, a sum stands on a name that is not bound yet, a hint
 * has an unknown reason, no text, or no played block before it in its section. Then nothing is left
 * to be freed.
 */
int worksheet_read(struct worksheet *w, const char *path);

void worksheet_free(struct worksheet *w);

/* A part of a step: what is typed (NULL in a step that begins with output), and what must
 * follow. */
struct exchange {
	const struct item *typed;
	const struct item *expected;
	size_t count;
};

/* The exchange that begins with item `at` of the step. Returns where the next one begins. */
size_t worksheet_exchange(const struct step *s, size_t at, struct exchange *e);

/* What a hint may name as the reason why a step went wrong; NULL at the end. */
extern const char *const worksheet_hint_reasons[];

/* The author's hint for a step that went wrong for this reason, else the one for any; or NULL. */
const char *worksheet_hint(const struct worksheet *w, const struct step *s, const char *reason);

/* Is the step played, where there are rooms or none, and where there is patience or none? */
bool worksheet_is_played(const struct step *s, bool rooms, bool patient);

/* Would this line of output be read as a mark, so that it needs a backslash in a worksheet? */
bool worksheet_is_mark(const char *line);

/* One `<...>` of a pattern. */
struct placeholder {
	enum { ANY_TEXT, NUMBER } kind;
	char name[NAME_SIZE];
	long long plus; /* 0 for a plain <name> */
};

/* Is there a placeholder at `text`? Returns its length, 0 if not. */
size_t placeholder_at(const char *text, struct placeholder *p);

/* The next <name>, with or without a sum, in a text from `at` on; NULL if there is none. */
const char *placeholder_next(const char *at, struct placeholder *p);

/* The first step in whose promises the name stands, which is where it is bound; NULL if in none. */
const struct step *placeholder_binder(const struct worksheet *w, const char *name);

/* Is each name bound before it is used, and none a slip for another? -1 after a complaint. */
int placeholder_check(const struct worksheet *w);

/* Complain about a line of the worksheet, or (0) about all of it: `lab: FILE:LINE: ...`. Returns
 * -1. */
__attribute__((format(printf, 3, 4))) int worksheet_wrong(
	const struct worksheet *w, int line, const char *format, ...);

#endif
