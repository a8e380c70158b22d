/*
 * jobs.h - what an interactive shell says of its jobs, told from what programs say.
 *
 * "[1] 4711" when a command is put in the background, "[1]+  Done   sleep 1" before a prompt: nobody
 * has asked for it, and a worksheet need not promise it. But only of a job that there can be, and that
 * has really ended or stopped, and once: what a program prints and only looks like a remark is output
 * like any other. As many jobs begin as the command has `&` of its own; one that begins jobs otherwise
 * (`eval`, a function) has its remarks promised, or covered by `...`.
 */
#ifndef JOBS_H
#define JOBS_H

#include <stdbool.h>
#include <stdint.h>

enum { JOBS_MAX = 64 };

/* The jobs of one shell, as far as they can be known from what was typed and remarked. All zero:
 * none. */
struct jobs {
	/* Tells of a process 'T' if it is stopped, 'Z' or NUL if it has ended, else another letter.
	 * NULL: it cannot be known. */
	char (*state)(long process);
	uint64_t exist;         /* a bit for each of the first 64 */
	uint64_t listed;        /* those that `jobs` has told of, since it was typed */
	uint64_t running;       /* those that it has called running */
	uint64_t stopped;       /* those that were stopped when `jobs` was typed */
	long process[JOBS_MAX]; /* of a job that began with "[1] 4711"; 0: not known */
	unsigned starting;      /* so many more the command that runs may put in the background */
	bool listing;           /* the command that runs is `jobs` */
	bool stopping;          /* ^Z was typed */
	bool set_off;           /* the last remark was told unasked, after an empty line */
};

/* A command was typed at the shell's prompt; ^Z was typed. */
void jobs_command(struct jobs *jobs, const char *command);
void jobs_stop(struct jobs *jobs);

/* The shell's terminal has shown this line: is it a remark upon a job that exists, begins or ends,
 * and does what it says hold? */
bool jobs_remark(struct jobs *jobs, const char *line);

/* Has the line the form of such a remark? Of one that a job has stopped? Before that, unasked, the shell
 * leaves a line empty. */
bool jobs_is_remark(const char *line);
bool jobs_is_stop(const char *line);

#endif
