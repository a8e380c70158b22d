/*
 * projector.h - show a play to a class: a step's prose above, the terminals below, Enter to go on.
 *
 * On a terminal it draws full screens: Enter plays the step, b reads back, space and the arrows
 * move the prose, r reveals what is promised, w shows the active terminal alone, q ends. Elsewhere
 * it prints the same as plain lines and reads lines.
 */
#ifndef PROJECTOR_H
#define PROJECTOR_H

#include <stdbool.h>

#include "pty.h"
#include "worksheet.h"

/* Begin and end; `lifeline` hangs up when the play is broken off. */
void projector_begin(const struct worksheet *w, int lifeline);
void projector_end(void);

/* Before a step (NULL: after the last one): show it, and wait for Enter. Returns false to end. */
bool projector_before(const struct worksheet *w, const struct step *s);

/* A terminal was typed a line, or showed one. */
void projector_line(const struct pty *t, const char *line, bool typed);

#endif
