/*
 * payload.h - what echo-client sends: a message, or a number of bytes that can be checked when they
 * come back.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

/* What the command line says about it. */
extern struct payload {
	const char *message;
	long bytes;            /* so many of a pattern instead; 0: the message */
	double write_deadline; /* seconds that a write may wait; 0: for ever */
	bool split;            /* the message leaves in two writes */
} payload;

/* What the log says of it: at most `room` bytes, made safe to print. Returns `text`. */
const char *payload_text(char *text, size_t room);

/* Write it once, and count in `*sent` the bytes of the pattern. Returns 0, or -1; errno is EAGAIN
 * if the deadline has passed. */
int payload_write(int fd, long *sent);

/* Are these the bytes of the pattern from number `at` on? */
bool payload_same(const char *data, size_t size, long at);

#endif
