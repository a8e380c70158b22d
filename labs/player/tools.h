/*
 * tools.h - what a worksheet needs of the machine that plays it.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "room.h"
#include "worksheet.h"

/* The reasons of a worksheet that cannot be played without a private room. */
extern const char TOOLS_NO_ROOM[], TOOLS_NO_CAPTURE[];

enum { TOOLS_LIST = 2048 };

/* Add the commands of the worksheet's line "- Needs:" to the list " tcpdump nc ", each once. */
void tools_add_needs(char list[TOOLS_LIST], const struct worksheet *w);

/* Which of " tcpdump nc " does a shell of the labs not find? Writes "needs nc", or "". */
void tools_ask(const char *list, const char *bin, char *text, size_t size);

/*
 * Look for the commands that the worksheet types, and those of its line "- Needs:", as its shells
 * will, with the folder `bin` first on the PATH. Returns 0 if nothing is missing; else -1 and the
 * reason in `text`: "needs tcpdump, nc", or a right or a private room that is not to be had. `room`
 * is NULL where there is none.
 */
int tools_missing(const struct worksheet *w, const char *bin, const struct room *room, char *text,
	size_t size);

#endif
