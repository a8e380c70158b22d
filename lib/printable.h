/*
 * printable.h - bytes from the network made safe to print, and the one decoder of UTF-8.
 *
 * A peer must not be able to drive the terminal of who reads a log: an escape sequence can move the
 * cursor, change the title, or make a terminal answer as if somebody had typed.
 */
#ifndef PRINTABLE_H
#define PRINTABLE_H

#include <stddef.h>

/*
 * Decode the UTF-8 character at the beginning of `size` bytes (RFC 3629): no more bytes than
 * needed, no surrogate, nothing above U+10FFFF. Returns how many bytes it has, 1 to 4, and sets
 * `*code`; 0 if there is none; -1 if the bytes end inside of what may become one.
 */
int utf8_decode(const void *bytes, size_t size, unsigned long *code);

/* The length of the character at the beginning of `size` bytes if it is UTF-8 and can be printed; 0
 * if it is not UTF-8, is cut short, or is a control character (C0, DEL or C1). */
size_t utf8_printable(const void *bytes, size_t size);

/* How many bytes at the end begin a character whose rest has not come yet: a segment may end
 * anywhere. 0 to 3. */
size_t utf8_unfinished(const void *bytes, size_t size);

/*
 * Bytes as text: control characters, and what is not UTF-8, as \n, \r, \t or \xNN; four or more
 * equal ones as \xNN{count}. What does not fit into `room` bytes (the final NUL is one of them; at
 * least 1) is told by a last " ... (N bytes)", if that fits itself. Returns `text`.
 */
const char *printable(char *text, size_t room, const void *bytes, size_t size);

#endif
