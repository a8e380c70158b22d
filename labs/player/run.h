/*
 * run.h - play many worksheets, each by a process of its own, in a room of its own.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "play.h"
#include "worksheet.h"

struct run_options {
	int jobs;        /* how many at once; 0: as many as suits the machine */
	double timeout;  /* seconds to wait for a promise; 0: as many as suit the machine */
	double slowness; /* seconds before anything is typed: as a person, not as a machine */
	bool patient;    /* play the sections that wait for minutes, too */
	bool step;       /* show every terminal and wait for Enter before each step */
	const char
		*keep; /* the folder in which each play leaves its files and transcripts; or NULL */
	const char *bin; /* the folder of the programs */
};

/* Play them; print a line for each and the sum. Returns the exit status: 0 if at least one passed
 * and none failed, 1 if one failed or the run was broken off, 3 if every one was skipped. */
int run(const struct worksheet *worksheets, size_t count, const struct run_options *options);

/* From now on a signal (SIGINT, SIGTERM, SIGHUP) breaks off whatever is played: did one come? */
void run_heed_signals(void);
bool run_broken_off(void);

/* Play one worksheet in this process, in a room of its own, with a setup that mends it as `mend`
 * says (amend, amend_more, before, lifeline: play.h). */
void run_amending(const struct worksheet *w, const struct run_options *options,
	const struct setup *mend, struct result *result);

#endif
