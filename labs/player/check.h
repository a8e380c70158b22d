/*
 * check.h - compare what a person recorded with the worksheet.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "worksheet.h"

/* Tell step by step what was done as promised, what departed and what is still to do; as JSON if
 * `json`. Returns 0 if every step is done; 1 if not, or after a complaint. */
int check(const struct worksheet *w, bool json);

/* The recorded transcript of terminal `number` (0: of each) in the form of the expected one: a line
 * that kept its promise as the worksheet has it, any other as it was seen. Returns 0 or 1. */
int check_observed(const struct worksheet *w, int number);

#endif
