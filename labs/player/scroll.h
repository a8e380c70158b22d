/*
 * scroll.h - what a terminal has shown, as the lines that a person would copy out of its window.
 *
 * Unlike screen.h, which drops escape sequences since the shell of `lab term` tells its commands
 * itself, this one obeys those by which a shell edits its line (ECMA-48), and joins again what was
 * broken at the right edge.
 */
#ifndef SCROLL_H
#define SCROLL_H

#include <stdbool.h>
#include <stddef.h>

/* Told of each line that has ended, without its newline and the blanks at its end. */
typedef void scroll_line(void *reader, const char *line);

/*
 * Tell of each line in `size` bytes that a terminal `width` columns wide was sent; 0: it is not
 * known. Text without any escape sequence is as good. Returns 0, or -1 with errno.
 */
int scroll_read(const char *bytes, size_t size, size_t width, scroll_line *told, void *reader);

#endif
