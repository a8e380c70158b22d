/*
 * attempts.h - a person's attempts at a lab: list them, forget them.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <stdbool.h>

#include "worksheet.h"

/* A line for each attempt: its number, when it began and was last worked at, how many steps are done; the
 * best one is marked. Returns the exit status. */
int attempts_list(const struct worksheet *w);

/* Remove the attempt `which` (see state_choose), NULL: all of them and what else is kept of the lab. Asks
 * first, unless `yes`; refuses while a terminal of it is open. Returns the exit status. */
int attempts_forget(const struct worksheet *w, const char *which, bool yes);

#endif
