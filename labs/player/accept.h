/*
 * accept.h - rewrite a worksheet's promises from what plays of it show.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

#include "run.h"
#include "worksheet.h"

/*
 * Rehearse the worksheet twice. Where what is seen departs from a promise, make it the promise, but
 * keep every placeholder, `...` and `<*>` that still holds; numbers that differ from play to play
 * become the names that have their values, with `names` new ones too, and else <*>, as times do.
 * Play the new worksheet twice; show the difference; write the file if `yes`, or if the person says
 * so. Returns 0 if the file is as it should be now; 1 if not: it cannot be played, shows other
 * lines in each play, or would not pass.
 */
int accept_observed(
	const struct worksheet *w, const struct run_options *options, bool yes, bool names);

#endif
