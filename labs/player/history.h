/*
 * history.h - what a person did in one terminal, read from its recording: the commands that the shell
 * started, what was typed into programs, and the lines that came of it.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "match.h"
#include "state.h"
#include "worksheet.h"

struct entry {
	enum kind kind; /* COMMAND, INPUT or KEY */
	char *text;     /* what was typed; of a KEY: "^C" */
	size_t first;   /* index of the first line after it */
	bool ended;     /* the prompt came back: no more lines belong to it */
};

struct history {
	bool recorded; /* there is a recording of this terminal */
	bool cut;      /* ... whose end is missing */
	unsigned long long version;
	struct entry *entries;
	size_t count;
	struct line *lines; /* all that was shown while commands ran */
	size_t line_count;
};

/* Read the recording of terminal `number`. Returns 0, also if there is none; -1 after a complaint. */
int history_read(struct history *t, const struct state *s, int number);

void history_free(struct history *t);

#endif
