/*
 * pty.h - a real shell on a pseudo-terminal, and the lines that it shows.
 *
 * The terminal does not echo, so that what is typed is not taken for output; and the shell's prompt
 * is a secret mark, so that no program can forge it and nothing has to be guessed from "$ ".
 */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "match.h"
#include "screen.h"

/* Of all lines that nobody has asked for yet. */
enum { BYTES_MAX = 32 << 20 };

struct pty {
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
	unsigned stamp;   /* of the lines that come now: how many things have been typed */
	bool jobs;        /* something was put in the background: the shell will remark upon it */
	bool break_due;   /* a key was typed: one empty line is its echo's end, not output */
	char *typed;      /* the last line typed, until a line is shown after it; or NULL */
	char *command;     /* the last command typed at the prompt, for messages; or NULL */
	/* Called for each line shown and each line typed, for whoever looks on. */
	void (*watcher)(const struct pty *t, const char *line, bool typed);
};

/* A new pseudo-terminal: its master does not block. Returns 0, or -1 with errno; what was opened then
 * is in `master` and `slave`, the rest -1 as before. */
int pty_pair(int *master, int *slave);

/*
 * Open the terminal: a shell in the folder `directory`, its PATH beginning with `path`. It becomes
 * at_prompt when the shell is ready. Returns 0, or -1 with errno.
 */
int pty_open(struct pty *t, int number, const char *directory, const char *path);

/* Type a line and Enter, or a control character. Returns 0, or -1 with errno (nobody reads). */
int pty_type(struct pty *t, const char *line);
int pty_key(struct pty *t, char key);

/* Does a program run there that is not the shell itself? */
bool pty_is_busy(const struct pty *t);

/* Does anything but the shell run there, be it in the background? */
bool pty_has_jobs(const struct pty *t);

/* Take in what the terminal has shown, without waiting. Returns true if there was anything. */
bool pty_read(struct pty *t);

/* Has it shown so much that it is not read any more? The program waits until lines are dropped. */
bool pty_is_full(const struct pty *t);

/* Account for the first `count` lines: drop them. */
void pty_drop(struct pty *t, size_t count);

/* End everything that runs there and close it. */
void pty_close(struct pty *t);

/* Is the line what a shell says of its jobs: "[1] 4711", "[1]+  Stopped   relay"? */
bool pty_is_job_remark(const char *line);

#endif
