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
 * become the names that have their values, with `names` new ones too, and else <*>, as times do (see
 * vary.h). Play the new worksheet twice; where that fails, rehearse again for what else varies, a few
 * times. Then show the difference, and names that are used once; write the file if `yes`, or if the
 * person says so, and if nobody has changed it meanwhile.
 *
 * Returns 0 if the file is as it should be now; 1 if not, after one line that says why: it may not be
 * written, cannot be played, shows other lines in each play or the same in another order, would not
 * pass, or a signal has broken it off. The file is replaced as a whole or not at all.
 */
int accept_observed(
	const struct worksheet *w, const struct run_options *options, bool yes, bool names);

#endif
