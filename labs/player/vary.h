/*
 * vary.h - what several plays show of the same line, made into one promise.
 *
 * What is the same in all of them stays; but a number that a name had in each of them becomes that
 * name, or a sum on it, if it differs. What differs otherwise becomes <*>: a number, a word. Dates
 * and measured times do in any case (blur.h).
 */
#ifndef VARY_H
#define VARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blur.h"
#include "match.h"
#include "worksheet.h"

enum { SAMPLES_MAX = 2, VARY_NUMBERS_MAX = 4096 };

/* A number that differs from play to play, in the order of the text. */
struct number {
	uint64_t value[SAMPLES_MAX];
	char kind[NAME_SIZE]; /* the word before it: seq, ack, port */
	int section;          /* patient, where it stands; or 0 */
	size_t stands_on;     /* an earlier number that it is, or is near to; or its own index */
	bool gone;            /* the whole word became <*> */
	char name[NAME_SIZE]; /* its new name; "" if it gets none */
};

/* A text is gone through twice: first the numbers are noted, then they get names and the lines are
 * written. To be zeroed at first. */
struct variation {
	const struct worksheet *w;
	size_t samples;                         /* how many plays */
	const struct names *names[SAMPLES_MAX]; /* what was bound in each */
	struct span when[SAMPLES_MAX];          /* when each was played */
	const char *user;                       /* the name of who played */
	bool write;                             /* the second time */
	int section;                            /* patient, of the line at hand; or 0 */
	struct number *numbers;                 /* the caller's, room for VARY_NUMBERS_MAX */
	size_t number_count, next;
	struct {
		char name[NAME_SIZE];
		int section; /* patient, where it is bound; or 0 */
	} known[NAMES_MAX];  /* names that a line above binds */
	size_t known_count;
};

/* From the top of the text: to note, or to write. */
void vary_begin(struct variation *v, bool write);

/* Which line of the worksheet is at hand. */
void vary_at(struct variation *v, int line);

/* The promise that these versions of a line, one for each play, have in common. */
void vary_line(struct variation *v, const char *const versions[], char *line, size_t size);

/* Remember what the line binds, for the sums of the lines below it. */
void vary_learn(struct variation *v, const char *line);

/* Between the two: name the numbers that occur again. */
void vary_give_names(struct variation *v);

#endif
