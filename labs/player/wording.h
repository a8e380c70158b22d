/*
 * wording.h - what was typed or seen beside what a worksheet has, word by word.
 */
#ifndef WORDING_H
#define WORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "match.h"

struct word {
	char *text;
	enum {
		AS_PROMISED,
		MISSING,
		TOO_MUCH
	} is; /* a word put for another one is both, first MISSING */
};

struct words {
	struct word *of;
	size_t count;
	size_t missing, too_much; /* so many of each */
};

/* A command or line of input as typed beside the sheet's. `sudo`, quotes and blanks do not count,
 * `|`, `;`, `<` and `>` are words even without blanks around them. */
struct words wording_of_command(const char *promised, const char *typed);

/* A line as seen beside the promised pattern; what placeholders cover is as promised. */
struct words wording_of_line(const char *pattern, const char *seen, const struct names *names);

/* The words that are `which`, in a row, between backquotes: "`--pause-close 0.5`"; several groups
 * with "and" between them; "" if there are none. At most `size` bytes. */
void wording_list(const struct words *words, int which, char *text, size_t size);

/* Has each the same words, be it in another order? */
bool wording_is_same(const struct words *words);

/* How many letters must be changed, left out or put in to make one into the other (Levenshtein). Of
 * more than 120 letters: as many as there are. */
size_t wording_distance(const char *a, size_t a_length, const char *b, size_t b_length);

void wording_free(struct words *words);

/* The name of the program that a command runs, behind sudo, `ip netns exec HOST`, `(ulimit -n 6;
 * exec` and their like; sets its length. */
const char *wording_program(const char *command, size_t *length);

/* Do both commands run the same program? */
bool wording_same_program(const char *a, const char *b);

#endif
