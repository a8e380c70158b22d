/*
 * check.h - what a person did against the worksheet: told as text, as JSON, as a transcript.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "worksheet.h"

/* Tell section by section what is done, explain the first promise that is not kept, and say what to type
 * next; as JSON if `json`. `attempt` chooses one as state_choose() does; NULL: the latest. Returns 0 if
 * every step is done, be it (NULL) in an earlier attempt, which is named then; 1 if not, or after a
 * complaint. */
int check(const struct worksheet *w, const char *attempt, bool json);

/* A line for each of the worksheets that has a recording. Returns 0 if all of these are done, 1 if not or
 * if there is none. */
int check_all(const struct worksheet *w, size_t count);

/* The recorded transcript of terminal `number` (0: of each) in the form of the expected one: a line
 * that kept its promise as the worksheet has it, any other as it was seen. Returns 0 or 1. */
int check_observed(const struct worksheet *w, int number);

#endif
