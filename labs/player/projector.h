/*
 * projector.h - show a play to a class: the step, then what happens, and Enter to go on.
 */
#ifndef PROJECTOR_H
#define PROJECTOR_H

#include <stdbool.h>

#include "terminal.h"
#include "worksheet.h"

/* Before all: nobody waits for Enter once `lifeline` has hung up. */
void projector_begin(int lifeline);

/* Before a step: show its prose and what will be typed; wait for Enter. */
void projector_before(const struct worksheet *w, const struct step *s);

/* A terminal was typed a line, or showed one. */
void projector_line(const struct terminal *t, const char *line, bool typed);

/* After the last step: wait for Enter once more. */
void projector_end(const struct worksheet *w);

#endif
