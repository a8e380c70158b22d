/*
 * accept.h - rewrite a worksheet's promises from what a play observed.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

#include "run.h"
#include "worksheet.h"

/*
 * Play the worksheet; where the output departs from a promise, make what was seen the promise, but
 * keep every placeholder, `...` and `<*>` that still holds. Show the difference; write the file if
 * `yes`, or if the person says so. Returns 0 if the file is as it should be now, 1 if not.
 */
int accept_observed(const struct worksheet *w, const struct run_options *options, bool yes);

#endif
