/*
 * rehearse.h - play a worksheet whose promises do not hold yet, and write down what it shows.
 */
#ifndef REHEARSE_H
#define REHEARSE_H

#include <stddef.h>

#include "match.h"
#include "run.h"
#include "worksheet.h"

/* A line of the worksheet as it should be. */
struct fresh_line {
	int kept;   /* the number of the old line that stays, to the byte; or 0: */
	char *text; /* a new line, escaped and indented; with placeholders that still hold */
};

struct rehearsal {
	struct fresh_line *lines;
	size_t count;
	struct names names; /* what was bound at the end */
};

/*
 * Play the worksheet in a room of its own and make what is seen the promise, where it departs from
 * what is promised: in the order of time, so that what a terminal shows because of a step stands in
 * that step, or in a new one behind it. Promises that hold stay. Returns 0; or -1 after a
 * complaint: the worksheet cannot be played to its end. To be freed with rehearsal_free() either
 * way.
 */
int rehearse(const struct worksheet *w, const struct run_options *options, struct rehearsal *r);

void rehearsal_free(struct rehearsal *r);

#endif
