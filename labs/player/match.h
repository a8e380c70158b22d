/*
 * match.h - does what was seen agree with what a worksheet promised?
 *
 * A pattern is one expected line. In it `<name>` is a run of digits, bound where it first appears
 * and equal ever after; `<name+1>` and `<name-1>` are that number plus or minus, modulo 2^32 as
 * sequence numbers are (RFC 9293 3.4); `<*>` is any text. Runs of blanks compare as one, and blanks
 * at the end of a line do not count. `\<` is a plain `<`.
 *
 * A line can often be read in several ways: `<*><a>/<*>` finds three numbers in "1/2/3". All of
 * them are tried until the whole block agrees, each name with the same number throughout; but what
 * a block has bound stays bound. The search is bounded (READINGS_MAX for a line, and so many tries
 * for a block): what is not found by then counts as different, so that a play always ends.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worksheet.h"

/* The values bound so far. Only ever appended to: to forget the latest, set `count` back. */
struct names {
	size_t count;
	struct {
		char name[NAME_SIZE];
		uint64_t value;
	} of[NAMES_MAX];
};

/* One line that a terminal showed. A soft one is the shell's own remark (a job's number, the line
 * break after ^C): it may be expected, and is passed over if it is not. */
struct line {
	char *text;
	bool soft;
	unsigned stamp; /* how many things had been typed, in all terminals, when it came */
};

/* What a terminal has shown since something was typed there. */
struct seen {
	const struct line *lines;
	size_t count;
	bool ended; /* the prompt is back: no more lines will come */
	/* Of what is promised: no line may be older than `first`, the last one not than `last`
	 * (stamps). */
	unsigned first, last;
};

enum verdict { DIFFERS, WAITING, AGREES };

/* Where the comparison got to, for the report of a difference. */
struct departure {
	size_t item; /* of the promise that was not kept; or how many there are */
	size_t line; /* index of the line seen in its place, or how many there are */
	bool rows;   /* unordered: every line whose bit in `taken` is not set is in its place */
	uint64_t taken[4];  /* a bit for each of the first 256 lines */
	struct names names; /* what was bound by then */
};

/* In how many ways one line is read at most. */
enum { READINGS_MAX = 64 };

/* Does `line` agree with `pattern`? Binds what it names; if it does not agree, binds nothing.
 * match_reading(): in its `reading`th way, from 0, each binding other numbers than those before
 * it. */
bool match_line(const char *pattern, const char *line, struct names *names);
bool match_reading(const char *pattern, const char *line, struct names *names, size_t reading);

/*
 * Compare the expected lines `items` (OUTPUT and ANYTHING only) with what was seen. With `to_end`
 * no line may be left over and the prompt must be back; without it, lines that come later are left
 * alone. AGREES sets `*used`, the number of lines accounted for (without those that a closing `...`
 * covers: a later step may ask for one of them), and binds names; WAITING: what was seen may still
 * come to agree; DIFFERS: it cannot, `where` tells the farthest that it got.
 */
enum verdict match_lines(const struct item *items, size_t count, bool unordered, bool to_end,
	const struct seen *seen, struct names *names, size_t *used, struct departure *where);

/* Copy `text` with every bound `<name>`, `<name+1>` replaced by its value (a command that is
 * typed). The caller frees it; NULL if there is no memory. */
char *match_fill(const char *text, const struct names *names);

/* The value bound to `name`, or NULL. */
const uint64_t *match_value(const struct names *names, const char *name);

#endif
