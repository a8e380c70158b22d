/*
 * explain.h - why a promise is not kept, and what to do about it.
 *
 * The reason, not the symptom: what was typed is compared with the sheet word by word, here and in
 * the other terminals that led to it; then where and when it was typed; then what the system said.
 * Only if nothing of that explains it is the line told that differs.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "progress.h"
#include "wording.h"

/* With the word of each, which reason_word() tells, hints name and --json has. */
enum reason {
	NO_REASON,       /* "none": it is done, or left out */
	COMMAND_DIFFERS, /* "command differs": what was typed in `blamed_terminal` */
	OTHER_TERMINAL,  /* "other terminal": it was typed in `blamed_terminal` */
	NOT_TYPED,       /* "not typed" */
	TOO_EARLY,       /* "too early": `blamed` was typed before what it needs was there */
	TOO_LATE,        /* "too late": what was to be seen has run out (TIME_WAIT, FIN_WAIT2) */
	PORT_BUSY,       /* "port busy": with a connection that is not forgotten yet */
	SECOND_ONE,      /* "second one": the same program runs already, in `blamed_terminal` */
	TOOL_MISSING,    /* "tool missing": or the right to use it: the room */
	PROGRAM_ENDED,   /* "ended": the program that should show or read it */
	OUTPUT_DIFFERS, /* "output differs": none of these; promised and seen tell the difference */
	NOT_SHOWN_YET,  /* "not shown yet": nothing is wrong, it may still come */
};

const char *reason_word(enum reason reason);

/* Why a promise is not kept. Its text may hold any byte that was recorded: print it with
 * screen_print(). */
struct explanation {
	enum reason reason;
	size_t promise; /* index into progress.promises */
	int terminal;
	int line;       /* of the worksheet */
	char *promised; /* the promised line, or what is to be typed; bound names are filled in */
	char *seen;     /* the line seen in its place, or what was typed; or NULL */
	struct words differ;            /* the two, word by word; may be empty */
	int blamed_terminal;            /* 0: none */
	const struct entry *blamed;     /* what was typed there; or NULL */
	const struct step *blamed_step; /* the step that it should have been; or NULL */
	char *why;                      /* a sentence */
	char *remedy;                   /* one or two sentences */
	char *next;                     /* exactly what to type next; NULL: nothing, wait */
	int next_terminal;
	bool next_is_key; /* next is "^C" or its like: a key, not a line */
	const char *hint; /* the author's own words, with Markdown; or NULL */
};

/* Explain promise `i`, or with i == p->count the end. Free it with explanation_free(). */
void explain(const struct progress *p, size_t i, struct explanation *e);

void explanation_free(struct explanation *e);

/* A slip that may not matter yet: promise `i` was typed otherwise than the sheet has it. A
 * sentence, which the caller frees: "T1: you typed `echo-server`; the sheet has `--pause-close 0.5`
 * as well". NULL if it is none. */
char *explain_wording(const struct progress *p, size_t i);

#endif
