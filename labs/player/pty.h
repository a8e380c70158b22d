/*
 * pty.h - a real shell on a pseudo-terminal, and the lines that it shows.
 *
 * What is typed is not output. The terminal does not echo; a program that switches its echo on
 * finds it off again before anything is typed, and that happens only while the program waits;
 * should it have been quicker nevertheless, the echo is known for what it is and dropped: only where
 * the echo was on by the time that the terminal had taken the line in. But a
 * program that edits its line itself (readline: a nested interactive shell, python) shows what it
 * likes: that is its output.
 *
 * The shell's prompt is a mark with a random number, so that nothing has to be guessed from "$ ".
 * The shell is told the mark through its terminal: it is in no program's environment, the shell
 * fills in a part of it, and it counts only while the shell itself is in the foreground.
 */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "jobs.h"
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
	bool plain_mark; /* a shell that does not fill in the number: not bash */
	struct screen screen;
	struct line *lines; /* shown and not accounted for yet */
	size_t count, bytes;
	unsigned stamp;   /* of the lines that come now: how many things have been typed */
	struct jobs jobs; /* those that the shell may remark upon */
	bool break_due;   /* a key was typed: one empty line is its echo's end, not output */
	char **typed;     /* lines typed that may still be echoed, the oldest first */
	size_t typed_count;
	unsigned modes[2]; /* the terminal's, when last looked at: see pty_foreground() */
	char *command;     /* the last command typed at the prompt, for messages; or NULL */
	/* Called for each line shown and each line typed, for whoever looks on. */
	void (*watcher)(const struct pty *t, const char *line, bool typed);
};

/* A new pseudo-terminal: its master does not block. Returns 0, or -1 with errno; what was opened
 * then is in `master` and `slave`, the rest -1 as before. */
int pty_pair(int *master, int *slave);

/* In a child: a session of its own, with `slave` as its terminal and as 0, 1 and 2, and every
 * signal as at first. Returns 0, or -1 with errno. */
int pty_take(int slave);

/* 64 random bits, so that no program can print a mark of ours by chance or on purpose. */
unsigned long long pty_nonce(void);

/*
 * Open the terminal: a shell in the folder `directory`, its PATH beginning with `path`. It becomes
 * at_prompt when the shell is ready. Returns 0, or -1 with errno.
 */
int pty_open(struct pty *t, int number, const char *directory, const char *path);

/* Type a line and Enter, in one write, or a control character. `in_one_go`: what was typed before
 * may still be on its way. Returns 0, or -1 with errno (nobody reads). */
int pty_type(struct pty *t, const char *line, bool in_one_go);
int pty_key(struct pty *t, char key);

/*
 * What is in the foreground? SHELL: the shell, or a child of it that has not become its program
 * yet. WAITS: a program, all its processes asleep, and the terminal's modes the same as at the call
 * before: it has done what it does before it reads. RUNS: a program that still does something.
 */
enum foreground { SHELL, RUNS, WAITS };
enum foreground pty_foreground(struct pty *t);

/* Does anything but the shell run there, be it in the background? */
bool pty_has_jobs(const struct pty *t);

/* Take in what the terminal has shown, without waiting. Returns true if there was anything. */
bool pty_read(struct pty *t);

/* Has it shown so much that it is not read any more? The program waits until lines are dropped. */
bool pty_is_full(const struct pty *t);

/* Is there an empty line last that may be the beginning of a remark upon a job that has stopped? The shell
 * writes the rest by a call of its own, before its prompt. */
bool pty_is_speaking(const struct pty *t);

/* Account for the first `count` lines: drop them. */
void pty_drop(struct pty *t, size_t count);

/* End everything that runs there and close it. */
void pty_close(struct pty *t);

#endif
