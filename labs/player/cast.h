/*
 * cast.h - what happened in a terminal, as an asciicast (version 2): a line of JSON for the
 * head, then one for each event: [seconds, kind, text]. `asciinema play` shows it.
 */
#ifndef CAST_H
#define CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The kinds: 'o' what the terminal showed, 'i' what was typed, 'r' a new size "80x24", 'm' a mark of
 * the shell: "prompt", or "command: ..." when one is started. */
struct cast {
	FILE *file;
	double begin;  /* seconds since the epoch, of the head */
	char rest[4];  /* of an 'o': the first bytes of a character that is not complete yet */
	size_t rest_size;
};

/* Begin a recording, or go on with it, in the folder `folder` (a descriptor). `version` tells the
 * worksheet that it was made with. Returns 0, or -1 after a complaint. */
int cast_open(struct cast *r, int folder, const char *name, unsigned long long version,
	int columns, int rows);

/* Write an event at once. Returns 0, or -1 with errno (the disk is full). */
int cast_write(struct cast *r, char kind, const char *bytes, size_t size);

void cast_close(struct cast *r);

/* What a reader is told of each event. */
typedef void cast_event(void *reader, double seconds, char kind, const char *bytes, size_t size);

/*
 * Read a recording. Returns 0; 1 if its end is cut off (what stands before was told); -1 if there is
 * none, with errno; -2 if it is not a recording, or not ours alone to write.
 */
int cast_read(int folder, const char *name, unsigned long long *version, cast_event *told,
	void *reader);

#endif
