/*
 * history.h - what a person did in one terminal, read from its recording: the commands that the
 * shell started, what was typed into programs, and the lines that came of it, each with its time.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "match.h"
#include "screen.h"
#include "worksheet.h"

struct entry {
	enum kind kind; /* COMMAND, INPUT or KEY */
	char *text;     /* what was typed; of a KEY: "^C" */
	size_t first;   /* index of the first line after it */
	double at;      /* when it was entered: seconds since the epoch */
	bool ended;     /* the prompt came back: no more lines belong to it */
	double ended_at;
	unsigned stamp; /* how many things were typed up to it, in all terminals (progress.c) */
	bool forgotten; /* the lines after its first megabytes are not kept */
};

struct history {
	int number;    /* n of Tn */
	bool recorded; /* there is a recording of this terminal */
	bool cut;      /* ... some of which, or the end, is no event */
	unsigned long long version;
	struct entry *entries;
	size_t count;
	struct line *lines; /* all that was shown while commands ran */
	double *times;      /* of each line: when it was complete */
	size_t line_count;
	double begun, last;    /* of the first and the latest event; or 0 */
	struct reader *reader; /* where the reading stands */
};

/*
 * Read what the recording of terminal `number` in the folder `recordings` has that was not read
 * yet; `t` is all zero at first. A recording that is not the one read before is read from its
 * beginning. Returns 1 if there was something new, 0 if not or if there is no recording, -1 with
 * errno if it cannot be read, -2 if it is not a recording, or not ours alone.
 */
int history_update(struct history *t, int recordings, int number);

void history_free(struct history *t);

#endif
