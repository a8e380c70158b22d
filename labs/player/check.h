/*
 * check.h - what a person did against the worksheet: told as text, as JSON, as a transcript.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "worksheet.h"

/* Whose work. */
struct source {
	const char
		*attempt; /* one of this user's, as state_choose() chooses it; NULL: the latest */
	const char *files[TERMINALS_MAX + 1]; /* or what plain terminals have left: see plain.h */
};

/* Tell section by section what is done, explain the first promise that is not kept, and say what to
 * type next; as JSON if `json`. Returns 0 if every step is done, be it (of the latest attempt) in
 * an earlier one, which is named then; 1 if not, or after a complaint. */
int check(const struct worksheet *w, const struct source *from, bool json);

/* A line for each of the worksheets that has a recording. Returns 0 if all of these are done, 1 if
 * not or if there is none. */
int check_all(const struct worksheet *w, size_t count);

/* The transcript of terminal `number` (0: of each) as it was observed, in the form of the expected
 * one: a line that keeps its promise as the worksheet has it, any other as it was seen. Only of
 * section `section`, if that is not 0. A patient section that was left out is as the worksheet has
 * it. Returns 0 or 1. */
int check_observed(const struct worksheet *w, const struct source *from, int number, int section);

#endif
