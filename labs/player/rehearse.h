/*
 * rehearse.h - play a worksheet whose promises do not hold yet, and write down what it shows.
 */
#ifndef REHEARSE_H
#define REHEARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "blur.h"
#include "match.h"
#include "run.h"
#include "worksheet.h"

/* A line of the worksheet as it should be. */
struct fresh_line {
	int kept;   /* the number of the old line that stays, to the byte; or 0: */
	char *text; /* a new line, escaped; with placeholders that still hold */
	int from;   /* new, in place of that old line; or 0 */
	bool row;   /* new, among rows that come in any order */
	bool fence; /* new, and no promise: a fence, or the empty line before one */
	int indent; /* new: the blanks before it, those of its fence */
};

/* Where a line of a worksheet comes from that earlier rehearsals have made. */
struct origin {
	bool fresh;     /* they have written it */
	char *original; /* what it promises instead of; or NULL */
};

struct rehearsal {
	struct fresh_line *lines;
	size_t count;
	struct names names;   /* what was bound at the end */
	struct span when;     /* when it was played */
	char user[64];        /* the name of who played, as programs there say it; or "" */
	char complaint[8192]; /* why it could not be played to its end; lines */
	bool skipped;         /* it was not played at all */
	/* While it is played: */
	pid_t player;
	FILE *from;
	int lifeline;
};

/*
 * Play the worksheet in a room of its own and make what is seen the promise, where it departs from
 * what is promised: in the order of time, so that what a terminal shows because of a step stands in
 * that step, or in a new one behind it. Promises that hold stay. Several may be begun, and go on at
 * once; each is to be ended before the worksheet is freed, which waits for it.
 *
 * The first rehearsal of a worksheet takes its time, to see all that comes of each step. One of what
 * rehearsals have made goes at the pace of a play, up to the first step that departs: then `origins` tells of each line (from 1 on) where
 * it comes from, and `before` what was bound in the rehearsal that it comes from. If the original holds
 * now it is taken back; and what differs from that rehearsal is any text, or the name whose value it
 * had then and has now.
 *
 * `number` tells them apart: each has other process numbers in its room. Both return 0; or -1 after
 * a complaint (rehearse_begin), or with one in `complaint`: the worksheet cannot be played to its
 * end, or run_broken_off(). To be freed with rehearsal_free() either way.
 */
int rehearse_begin(const struct worksheet *w, const struct run_options *options, int number,
	const struct origin *origins, const struct names *before, struct rehearsal *r);
int rehearse_end(struct rehearsal *r);

void rehearsal_free(struct rehearsal *r);

#endif
