/*
 * reason.h - the insides of explain.c: why a promise is not kept, what to do, and what both ask.
 */
#ifndef REASON_H
#define REASON_H

#include "explain.h"

/* ---- reason.c, remedy.c -------------------------------------------------------------------- */

/* Find why the promise that is explained is not kept, and who is to blame. */
void reason_find(const struct progress *p, struct explanation *e);

/* Find what to do about it, and the next thing to type. */
void remedy_find(const struct progress *p, struct explanation *e);

/* What comes next in the sheet, if nothing comes before: of promise `i`, or the first behind it
 * that types anything. */
void remedy_next_of_sheet(const struct progress *p, struct explanation *e, size_t i);

/* The author's hint: for this very reason at this step, or at the one that is blamed, else for
 * any. NULL if there is none. */
const char *remedy_hint(const struct progress *p, const struct explanation *e);

/* ---- explain.c ------------------------------------------------------------------------------ */

/* Add to a text that is allocated; NULL is an empty one. */
__attribute__((format(printf, 2, 3))) void explain_add(char **text, const char *format, ...);

/* The names that were bound when promise `q` had its turn. */
const struct names *explain_names(const struct progress *p, const struct promise *q);

/* What promise `q` types, with the values that are bound. The caller frees it. */
char *explain_typed(const struct progress *p, const struct promise *q);

/* Does it change anything, or does it only look? */
bool explain_acts(const struct promise *q);

/* The command that runs in the terminal as far as is known, or NULL: it is at the prompt. */
const struct entry *explain_running(const struct progress *p, int terminal);

/* Add in which words what was typed differs from what was to be typed. */
void explain_words(char **text, const char *promised, const char *typed);

#endif
