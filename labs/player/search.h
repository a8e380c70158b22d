/*
 * search.h - the insides of progress.c: which entry and which lines keep which promise.
 *
 * A worksheet is a list of promises. A reading of the recordings says which entry and which lines
 * keep each of them. A person types other things in between, things twice, forgets one and goes on,
 * and goes back to an earlier part to do it again. So a reading is a path that the search lengthens
 * promise by promise: the next one is kept by one of the entries that were typed later in its
 * terminal, or passed over; and where it cannot be kept, an earlier command that was typed again is
 * taken up again, and what follows from it. Each kept promise counts for a path, each passed over
 * counts against it. Of all paths to one place the best few are lengthened; the best of all is the
 * reading.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdint.h>

#include "progress.h"

/* How many paths to one place are lengthened: all that a person's slips make. */
enum { PATHS = 200 };

/* What a path gains and loses. */
enum {
	KEPT = 100,
	PASSED = -80,      /* a promise that is not kept, and the path goes on behind it */
	TAKEN_UP = -40,    /* an earlier command taken up again */
	WORDED = -40,      /* something typed with other words than the sheet's, ... */
	WORD_DIFFERS = -4, /* ... and for each of these, but no more than so many */
	WORDS_MAX = 8,
	ANOTHERS =
		-60, /* ... and if they are the very words of what stands before it in the sheet */
	OUT_OF_ORDER = -10, /* typed before what stands before it in the sheet, ... */
	ACTS_EARLY = -30,   /* ... and it is not only a look, ... */
	KEY_EARLY =
		-70, /* ... and a key: one ends whatever runs, and what was mended was ended too */
	ENDED_OTHERWISE = -20,
};

enum { NOT_BOUND = -1 };

/* What can be known of a promise before anything is read. */
struct plan {
	size_t names[NAMES_MAX]; /* the names in its lines, as indices into search.names */
	size_t name_count;
	bool possible;                /* something was typed that could be it */
	int hope;                     /* what can be gained at best from here on */
	bool fixed;                   /* no name stands in what is typed */
	bool snapshot;                /* a look: it shows what is at this moment, and ends */
	bool acts;                    /* what is typed there changes something */
	bool binds;                   /* it may bind a name */
	long first_cause, last_cause; /* promises whose typing its lines must follow; or -1 */
};

/* A path, as its latest part: what was done with one promise. */
struct node {
	struct node *before;
	struct node *next_made; /* of all that were made */
	size_t promise;
	bool kept;
	int score;
	unsigned broken; /* a bit for each terminal in which something was passed over */
	double typed_at; /* when the entry that was kept last was typed */
	double acted_at; /* the same of the last one that changes something */
	struct {
		unsigned entry; /* one more than the index of the entry that was kept last */
		unsigned line;  /* the next line to account for */
	} at[TERMINALS_MAX + 1];
	long entry; /* kept: index of the entry, or -1 */
	size_t first, used, extra;
	bool worded;
	struct binding {
		uint64_t value;
		long by; /* the promise that bound it, or NOT_BOUND */
	} * bound;
	uint64_t *done; /* a bit for each promise that is kept on this path */
};

/* What came of comparing a promise with an entry's lines; kept, for many paths ask the same. */
struct outcome {
	struct outcome *next;
	size_t promise, line;
	unsigned entry, first, last;
	enum verdict verdict;
	size_t used, extra;
	struct binding names[]; /* before, then after; of the plan's names */
};

enum { BUCKETS = 4096, UNKNOWN = -1, UNLIKE_IT = 30000 };

struct search {
	struct progress *p;
	struct plan *plans;
	char (*names)[NAME_SIZE];
	size_t name_count;
	size_t done_size; /* of node.done, in words */
	struct node *made, *best;
	size_t made_count;
	struct node *now; /* the best path, and what was taken up again and gained nothing yet */
	double since;     /* when that was typed; or 0 */
	size_t again;     /* the first promise of what was taken up again so */
	int dropped;      /* the best that a path could have become which was not followed */
	struct {
		struct node *of[PATHS];
		size_t count;
	} * paths; /* to each promise */
	struct outcome *outcomes[BUCKETS];
	short *likeness; /* of each promise and entry, where no name matters */
	size_t offset[TERMINALS_MAX + 1], entries;
	bool failed; /* there was no memory */
};

/* ---- plan.c: what a worksheet promises ---------------------------------------------------- */

/* List the promises of the worksheet. False if there is no memory. */
bool plan_promises(struct progress *p);

/* Make the plan of each promise, by the sheet and by what was typed. */
void plan_make(struct search *s);

/* ---- compare.c: one promise beside what was typed and shown ------------------------------- */

/* Where the lines of the command that entry `d` belongs to end. */
size_t compare_end(const struct history *t, size_t d);

/* Is the promise kept by the lines of entry `d` from `line` on? `first` and `last` are the stamps
 * of its causes. With *agreed, how far at best. */
enum verdict compare_lines(const struct promise *p, const struct history *t, size_t d, size_t line,
	unsigned first, unsigned last, struct names *names, size_t *used, size_t *extra,
	size_t *agreed);

/* The same for a path, by the promise, entry, line and stamps in `key`: what was compared once is
 * known. NULL if there is no memory. */
const struct outcome *compare_known(
	struct search *s, const struct node *n, const struct outcome *key);

/* How like is what was typed as entry `d` to what promise `i` types: 0 are the very words, 1 the
 * same in another order, more with each word that differs. UNLIKE_IT: it cannot stand for it. */
int compare_words(struct search *s, const struct node *n, size_t i, size_t d);

/* ---- path.c: one path, and what it becomes by a promise ------------------------------------ */

/* A path that goes on from `before`, or begins (NULL), with nothing done with `promise` yet. NULL
 * if there is no memory. */
struct node *path_new(struct search *s, struct node *before, size_t promise);

/* Is promise `i` kept on it? */
bool path_has(const struct node *n, size_t i);

/* The names that are bound when promise `i` has its turn: not those that it binds itself, or a
 * later one: they are of an earlier attempt. SIZE_MAX: all. */
void path_names(const struct search *s, const struct node *n, size_t i, struct names *names);

/* When the entry that keeps promise `i` on this path was typed: as a stamp, for the lines after
 * it. */
unsigned path_stamp(const struct search *s, const struct node *n, long i);

/* The path on which promise `i` is kept by entry `d`, so many words of which differ; NULL if it is
 * not kept by it. */
struct node *path_keep(struct search *s, struct node *n, size_t i, size_t d, int differences);

/* ... by a program that was to be ended by a key, and has ended in another way; or NULL. */
struct node *path_ended_otherwise(struct search *s, struct node *n, size_t i);

/* ... on which it is not kept. */
struct node *path_pass_over(struct search *s, struct node *n, size_t i);

/* ---- search.c: which paths are followed ---------------------------------------------------- */

/* False if there is no memory. Ends with search_end(), in any case. */
bool search_begin(struct search *s, struct progress *p);

/* Find the best path, and where one stands `now`. */
void search_best(struct search *s);

void search_end(struct search *s);

/* ---- standing.c: what the best path says of each promise ----------------------------------- */

/* Note it down in the progress. */
void standing_note(struct search *s);

#endif
