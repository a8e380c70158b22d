/*
 * terminal.h - a real shell on a pseudo-terminal, and the lines that it shows.
 *
 * The terminal does not echo, so that what is typed is not taken for output; and the shell's prompt
 * is a secret mark, so that no program can forge it and nothing has to be guessed from "$ ".
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "match.h"

/* Of a line; of a mark; of all lines that nobody has asked for yet. */
enum { LINE_SIZE = 16384, MARK_SIZE = 64, BYTES_MAX = 32 << 20 };

/* Bytes from a program, turned into the lines that a screen would show: escape sequences are
 * removed, a carriage return starts the line again, a backspace steps back. */
struct screen {
	char text[LINE_SIZE + 1]; /* the line that is not ended yet */
	size_t cursor, length;
	enum { PLAIN, ESCAPE, SEQUENCE, STRING, STRING_ESCAPE } state;
	char string[MARK_SIZE]; /* the payload of an operating system command: ESC ] ... BEL */
	size_t string_length;
};

struct terminal {
	int number; /* n of Tn */
	int master; /* -1: not opened yet */
	int slave;  /* held open, so that the last bytes are not lost when the shell ends */
	pid_t shell;
	bool gone;      /* the shell has ended */
	bool at_prompt; /* the shell waits for a command */
	bool open;      /* a closing `...` covers whatever still comes */
	char mark[MARK_SIZE];
	struct screen screen;
	struct line *lines; /* shown and not accounted for yet */
	size_t count, bytes;
	bool jobs;        /* something was put in the background: the shell will remark upon it */
	bool break_due;   /* a key was typed: one empty line is its echo's end, not output */
	char *typed;      /* the last line typed, until a line is shown after it; or NULL */
	char *command;     /* the last command typed at the prompt, for messages; or NULL */
	/* Called for each line shown and each line typed, for whoever looks on. */
	void (*watcher)(const struct terminal *t, const char *line, bool typed);
};

/* A new pseudo-terminal: its master does not block. Returns 0, or -1 with errno; what was opened then
 * is in `master` and `slave`, the rest -1 as before. */
int terminal_pair(int *master, int *slave);

/*
 * Open the terminal: a shell in the folder `directory`, its PATH beginning with `path`. It becomes
 * at_prompt when the shell is ready. Returns 0, or -1 with errno.
 */
int terminal_open(struct terminal *t, int number, const char *directory, const char *path);

/* Type a line and Enter, or a control character. Returns 0, or -1 with errno (nobody reads). */
int terminal_type(struct terminal *t, const char *line);
int terminal_key(struct terminal *t, char key);

/* Does a program run there that is not the shell itself? */
bool terminal_is_busy(const struct terminal *t);

/* Does anything but the shell run there, be it in the background? */
bool terminal_has_jobs(const struct terminal *t);

/* Take in what the terminal has shown, without waiting. Returns true if there was anything. */
bool terminal_read(struct terminal *t);

/* Has it shown so much that it is not read any more? The program waits until lines are dropped. */
bool terminal_is_full(const struct terminal *t);

/* Account for the first `count` lines: drop them. */
void terminal_drop(struct terminal *t, size_t count);

/* End everything that runs there and close it. */
void terminal_close(struct terminal *t);

/* Is the line what a shell says of its jobs: "[1] 4711", "[1]+  Stopped   relay"? */
bool terminal_is_job_remark(const char *line);

/* Feed one byte to a screen. Returns '\n' when a line is complete (text, length; then start it anew
 * with screen_clear), BEL when `string` holds an operating system command, 0 otherwise. */
char screen_feed(struct screen *s, char byte);
void screen_clear(struct screen *s);

/* Print lines for a person: what would drive his terminal, or is not UTF-8, as \x9b. */
void screen_print(FILE *to, const char *text);

#endif
