/*
 * jobs.h - what an interactive shell says of its jobs, told from what programs say.
 *
 * "[1] 4711" when a command is put in the background, "[1]+  Done   sleep 1" before a prompt: nobody
 * has asked for it, and a worksheet need not promise it. But only of a job that there can be: what
 * a program prints and only looks like a remark is output like any other.
 */
#ifndef JOBS_H
#define JOBS_H

#include <stdbool.h>
#include <stdint.h>

/* The jobs of one shell, as far as they can be known from what was typed and remarked. All zero:
 * none. */
struct jobs {
	uint64_t exist; /* a bit for each of the first 64 */
	bool starting;  /* the command that runs puts something in the background */
	bool stopping;  /* ^Z was typed */
};

/* A command was typed at the shell's prompt; ^Z was typed. */
void jobs_command(struct jobs *jobs, const char *command);
void jobs_stop(struct jobs *jobs);

/* The shell's terminal has shown this line: is it a remark upon a job that exists, begins or
 * ends? */
bool jobs_remark(struct jobs *jobs, const char *line);

/* Has the line the form of such a remark? */
bool jobs_is_remark(const char *line);

#endif
