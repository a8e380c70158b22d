/*
 * attempts.h - a person's attempts at a lab: list them, forget them.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <stdbool.h>

#include "state.h"
#include "worksheet.h"

/* Which attempt has the most steps done; of several, the latest. */
struct best {
	size_t number, count; /* "the second of three"; 0 of 0: there is none */
	char name[ATTEMPT_SIZE];
	size_t done, of; /* steps */
};

/* Find it among those in the lab's folder `s`, and choose it there (state_choose). */
struct best attempts_best(const struct worksheet *w, struct state *s);

/* A line for each attempt: its number, when it began and was last worked at, how many steps are
 * done; the best one is marked. Returns the exit status. */
int attempts_list(const struct worksheet *w);

/* Remove the attempt `which` (see state_choose), NULL: all of them and what else is kept of the
 * lab. Asks first, unless `yes`; refuses while a terminal of it is open. Returns the exit status.
 */
int attempts_forget(const struct worksheet *w, const char *which, bool yes);

#endif
