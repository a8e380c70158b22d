/*
 * prompts.h - the prompts in what a plain terminal has shown.
 *
 * The worksheet helps to find them: a line that ends with one of its commands begins with a prompt,
 * and what begins alike has a prompt as well. A prompt may have two rows, its sign any of $ # % >
 * or a character beyond ASCII, and it may stand behind something: a `^C`, output without a newline,
 * a row that a window's capture has joined with the one below.
 */
#ifndef PROMPTS_H
#define PROMPTS_H

#include <stdbool.h>
#include <stddef.h>

/* A line that was shown; `before`: so many bytes stood before it in the same row. */
struct shown {
	char *text;
	size_t before;
};

struct shown_lines {
	struct shown *of;
	size_t count;
};

/* Of a prompt. Prompts that look different. */
enum { PROMPT_MAX = 120, PROMPTS = 8 };

struct prompts {
	/* "ann@box:~/x$ " begins with "ann@box" and ends with '$'. */
	struct {
		char head[PROMPT_MAX], sign[5];
	} of[PROMPTS];
	size_t count;
};

/* Is this a command that the sheet has, more or less? */
typedef bool prompts_known(const void *reader, const char *command);

/* Add a copy of `text`. */
void shown_add(struct shown_lines *lines, const char *text, size_t size, size_t before);
void shown_free(struct shown_lines *lines);

/*
 * Find out what the prompts look like, then take the lines apart such that each prompt begins one,
 * and drop the upper rows of prompts that have some.
 */
void prompts_find(
	struct prompts *p, struct shown_lines *lines, prompts_known *known, const void *reader);

/* Where the command begins in a line that begins with a prompt; NULL if it does not. */
const char *prompts_command(const struct prompts *p, const char *line);

/* Is this the echo of a key: ^C ^D ^Z ^\ ^]? */
bool prompts_is_key(const char *text);

#endif
