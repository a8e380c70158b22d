/*
 * shelf.h - where the programs and the worksheets are, and which of the worksheets are meant.
 */
#ifndef SHELF_H
#define SHELF_H

#include <stddef.h>

#include "worksheet.h"

/* Find both folders, for a player that was started as `name`. -1 after a complaint. */
int shelf_find(const char *name);

/* The folder of the programs. */
const char *shelf_bin(void);

/* Read the worksheets that are named: by number, name or path; all of the course if *count is 0,
 * which is set. Every mistake in any of them is told. NULL after a complaint. */
struct worksheet *shelf_read(char *const *named, size_t *count);

/* Put them back. Returns `status`, for whoever has nothing else to do. */
int shelf_return(struct worksheet *w, size_t count, int status);

#endif
