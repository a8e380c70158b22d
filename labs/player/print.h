/*
 * print.h - a worksheet on paper: for the students, for the teacher, for diff.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>

#include "worksheet.h"

/* Print the worksheet as Markdown with a rule in place of each promised line, and without the
 * folded answers; or, with `answers`, the whole of it with the answers unfolded. */
void print_handout(const struct worksheet *w, bool answers);

/* Print the expected transcript of terminal `number`, or of each under a heading if it is 0; only
 * of section `section`, if that is not 0. */
void print_transcript(const struct worksheet *w, int number, int section);

/* One item as it stands in a transcript: its mark and its text. */
void print_item(const struct item *item);

#endif
