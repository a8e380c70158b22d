/*
 * lint.h - what is weaker in a worksheet than it looks: it is played and passes, and proves too
 * little.
 */
#ifndef LINT_H
#define LINT_H

#include "worksheet.h"

/*
 * Tell on stdout, a line each with file and line, and return how many there are:
 *
 *   - a block that begins with output behind a `...` which closed the terminal's block before, with
 *     nothing typed in between that could have caused it: one of the lines that `...` covers may
 *     keep it;
 *
 * and, as notes that do not count, a name that appears once: any number keeps it; and one that is
 * typed and bound nowhere: it is typed as it stands.
 */
int lint(const struct worksheet *w);

/* Only those notes. */
void lint_names(const struct worksheet *w);

#endif
