/*
 * screen.h - bytes from a program, turned into the lines that a person would see.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>
#include <stdio.h>

/* Of a line; of the payload of an operating system command. */
enum { LINE_SIZE = 16384, MARK_SIZE = 64 };

/* Bytes from a program, turned into the lines that a screen would show: escape sequences are
 * removed, a carriage return starts the line again, a backspace steps back. */
struct screen {
	char text[LINE_SIZE + 1]; /* the line that is not ended yet */
	size_t cursor, length;
	enum { PLAIN, ESCAPE, SEQUENCE, STRING, STRING_ESCAPE } state;
	char string[MARK_SIZE]; /* the payload of an operating system command: ESC ] ... BEL */
	size_t string_length;
};

/* Feed one byte to a screen. Returns '\n' when a line is complete (text, length; then start it anew
 * with screen_clear), BEL when `string` holds an operating system command, 0 otherwise. */
char screen_feed(struct screen *s, char byte);
void screen_clear(struct screen *s);

/* How many bytes of UTF-8 begin at `text` and show something: 0 if none do, as a control
 * character. */
size_t screen_character(const char *text);

/* The same, and how many columns it takes: none of its own if it is put on the one before, two if it
 * is wide, as those of East Asia are. */
size_t screen_width(const char *text, int *columns);

/* Print lines for a person: what would drive his terminal, or is not UTF-8, as \x9b. */
void screen_print(FILE *to, const char *text);

#endif
