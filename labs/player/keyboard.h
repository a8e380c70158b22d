/*
 * keyboard.h - full screens and single keys, for the guide and the projector.
 */
#ifndef KEYBOARD_H
#define KEYBOARD_H

#include <stdbool.h>

enum key {
	KEY_NOTHING, /* the time is up */
	KEY_ON,      /* Enter */
	KEY_BACK,
	KEY_UP,
	KEY_DOWN,
	KEY_PAGE, /* space */
	KEY_PAGE_UP,
	KEY_REVEAL,
	KEY_HINT,
	KEY_WHOLE,
	KEY_HELP,
	KEY_LEAVE, /* q, or the terminal has gone, or a signal says so */
	KEY_RESIZED,
};

/* Take the terminal: the other screen, no cursor, keys as they are pressed. Returns false if
 * standard input and output are not one, and does nothing then. */
bool keyboard_begin(void);

/* Give it back as it was. */
void keyboard_end(void);

/* Wait for a key, `wait` ms long (-1: for ever); a `lifeline` (-1: none) that hangs up is
 * KEY_LEAVE. */
enum key keyboard_read(int wait, int lifeline);

#endif
