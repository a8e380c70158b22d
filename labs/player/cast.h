/*
 * cast.h - what happened in a terminal, as an asciicast (version 2): a line of JSON for the
 * head, then one for each event: [seconds, kind, text]. `asciinema play` shows it.
 */
#ifndef CAST_H
#define CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* The kinds: 'o' what the terminal showed, 'i' what was typed, 'r' a new size "80x24", 'm' a mark
 * of the shell: "prompt", or "command: ..." when one is started. */
struct cast {
	int fd;
	bool is_new;  /* the recording begins */
	double begin; /* seconds since the epoch, of the head */
	char rest[4]; /* of an 'o': the first bytes of a character that is not complete yet */
	size_t rest_size;
	bool cut; /* the file ends in the middle of a line */
};

/* Begin a recording, or go on with it, in the folder `folder` (a descriptor). `version` tells the
 * worksheet that it was made with. Returns 0, or -1 after a complaint. */
int cast_open(struct cast *r, int folder, const char *name, unsigned long long version, int columns,
	int rows);

/* Write an event at once, whole or not at all. Returns 0, or -1 with errno (the disk is full); then
 * the next one is tried as ever. */
int cast_write(struct cast *r, char kind, const char *bytes, size_t size);

void cast_close(struct cast *r);

/* What a reader is told of each event. */
typedef void cast_event(void *reader, double seconds, char kind, const char *bytes, size_t size);

/* What a recording's first line says. */
struct cast_head {
	unsigned long long version; /* of the worksheet it was made with */
	double begin;               /* seconds since the epoch: the events' times count from it */
};

/*
 * Read a recording from its byte `*from` on (0: from its head, which sets `head`), and set `*from`
 * behind the last whole line, so that it can be read on when it has grown. Returns 0; 1 if some of
 * it is no event, or its last line has no end yet (all else was told); -1 if there is none, with
 * errno; -2 if it is not a recording, or not ours alone to write.
 */
int cast_read(int folder, const char *name, struct cast_head *head, off_t *from, cast_event *told,
	void *reader);

/* Write bytes as the inside of a JSON string: what is not UTF-8 becomes U+FFFD. Returns how many
 * bytes at the end were left, being the beginning of a character; with `all`, none. */
size_t cast_text(FILE *file, const char *bytes, size_t size, bool all);

#endif
