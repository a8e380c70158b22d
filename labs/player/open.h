/*
 * open.h - all terminals of a lab in one window.
 */
#ifndef OPEN_H
#define OPEN_H

#include "worksheet.h"

/* With tmux: a window with the worksheet in a pager and each terminal of the lab (`bin`/lab term)
 * as a titled pane. Without: say what to type in which window. Returns the exit status. */
int open_lab(const struct worksheet *w, const char *bin);

#endif
