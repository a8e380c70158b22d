/*
 * progress.h - how far a person has come with a worksheet: which recorded line keeps which promise.
 *
 * A promise is a part of a step: something typed (or nothing) and the lines that must follow. The
 * recordings of an attempt are read, and each promise is done, done so far, differs or is not
 * begun.
 *
 *   - The reading is the best consistent one: most promises kept, in the sheet's order, each by
 *     what came after its cause, numbers equal where a name says so.
 *   - What was done stays done: a later line never keeps an earlier step's promise as well, and a
 *     client that is started again binds its numbers anew without undoing what the first one
 *     showed.
 *   - What was typed may differ from the sheet as long as the same program shows the promised
 *     lines; in which words is kept in mind, for it is the likely cause if a later promise is not
 *     kept.
 *   - Lines that nobody promised are forgiven, and so are commands in between and commands
 *     repeated; what repeats a step and is not counted is listed as set aside.
 *
 * May be asked again and again while the recordings grow: only what is new is read. See explain.h
 * for why a promise is not kept and what to do.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "history.h"
#include "match.h"
#include "worksheet.h"

enum standing {
	NOT_BEGUN,
	SO_FAR,       /* typed; some of its lines are there, the others may still come */
	DIFFERS_FROM, /* typed; what is there cannot become what was promised */
	DONE,
	LEFT_OUT, /* of a patient section that was not played: counts as if it were done */
};

struct promise {
	const struct step *step;
	struct exchange exchange;
	bool to_end; /* the command must have ended: another one follows in this terminal */
	enum standing standing;
	/* The evidence: NOT_BEGUN has none. */
	const struct entry *entry; /* what was typed, in the step's terminal; or NULL */
	size_t first, used; /* the lines first .. used - 1 of that terminal keep it, so far */
	size_t agreed;      /* so many of exchange.expected are there */
	size_t extra;       /* lines among them that nobody promised */
	long in_place;      /* DIFFERS_FROM: the line seen in place of the next one; or -1 */
	const struct entry *latest; /* what kept it last, if it was done more than once */
	bool worded;                /* that has other words than the sheet */
	size_t turn; /* not DONE: the entries of its terminal before this one are accounted for */
	struct names names; /* what was bound when it was compared, and by it */
	double at;          /* DONE: when the last line of it was there */
};

/* What repeats a step and is not counted: "one more connection was made". */
struct aside {
	int terminal;
	const struct entry *entry;
	size_t promise; /* index of the promise that it repeats */
};

struct progress {
	const struct worksheet *w;
	struct history histories[TERMINALS_MAX + 1]; /* by number; 0 is not used */
	struct promise *promises;                    /* in the sheet's order */
	size_t count;
	struct names names; /* the latest values */
	size_t next; /* index of the first promise that is neither done nor left out; or count */
	size_t here; /* index of the promise behind the last one that counts, gaps or not */
	struct aside *asides; /* in the order of time */
	size_t aside_count;
	bool timeless;       /* when it was done is not known: see plain.h */
	bool cut;            /* the search was cut short: a better reading may exist */
	char complaint[300]; /* what is wrong with the recordings; or "" */
	double begun, last;  /* seconds since the epoch: the first and latest event; or 0 */
};

/* Nothing is read yet; all is NOT_BEGUN. NULL if there is no memory. */
struct progress *progress_open(const struct worksheet *w);

/*
 * Read what the recordings in the folder `recordings` (a descriptor: state.h) have that is new, and
 * judge anew if there is anything. Returns 1 if there was, 0 if not (it costs some stat(2) then),
 * -1 if a recording cannot be used: then `complaint` is one line for stderr, without a newline. A
 * recording cut in mid-line is used as far as it goes: 0 or 1, and a complaint. Pointers into
 * `histories` and `promises` hold until the next call.
 */
int progress_update(struct progress *p, int recordings);

void progress_close(struct progress *p);

/* The standing of a step: the least of its promises', as far as they go. */
enum standing progress_step(const struct progress *p, const struct step *s);

/* How many of the step's promises are kept, from its first one on without a gap; `*of`: how many it
 * has. */
size_t progress_kept(const struct progress *p, const struct step *s, size_t *of);

/* How many steps are done; `*of`: how many are wanted, that is all but those left out. */
size_t progress_done(const struct progress *p, size_t *of);

#endif
