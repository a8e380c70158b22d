/*
 * play.h - play one worksheet: type what it types, wait for what it promises.
 */
#ifndef PLAY_H
#define PLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "match.h"
#include "pty.h"
#include "worksheet.h"

enum { USUAL_TIMEOUT = 10 }; /* seconds to wait for a promise */

/* How a worksheet is to be played. */
struct setup {
	const char *directory; /* the fresh folder that its terminals share */
	const char *path;      /* the folder of the programs, first on the PATH */
	double timeout;  /* seconds to wait for a promise; more than usual: `within` grows too */
	bool adapts;     /* wait the longer the slower the machine turns out to be (pace.h) */
	double slowness; /* seconds of thought before anything is typed, as a person has them */
	bool has_room;   /* false: steps marked `room` are left out */
	bool patient;    /* false: sections with a step marked `patient` are left out */
	int lifeline;    /* a descriptor that hangs up when the play shall be given up; or -1 */
	/* Where a play shall mend the worksheet rather than fail: called with an exchange that
	 * departs and all that was seen of it. Binds the names that the new lines bind. Else
	 * NULL. */
	void (*amend)(const struct step *s, const struct exchange *e, const struct seen *seen,
		struct names *names);
	/* The same for lines of terminal `number` that no step waits for: they came before anything
	 * behind step `s` was typed. */
	void (*amend_more)(const struct step *s, int number, const struct seen *more);
	/* Mend at the pace of a play: do not wait for what nobody expects; and end with the first
	 * step that departs, as mending takes time. */
	bool swift;
	struct names *names; /* gets what was bound at the end; or NULL */
	/* Called before each step; false ends the play. May be NULL. */
	bool (*before)(const struct worksheet *w, const struct step *s);
	/* Called whenever a terminal shows or is typed a line; may be NULL. */
	void (*watcher)(const struct pty *t, const char *line, bool typed);
};

enum outcome { PASSED, FAILED, SKIPPED, STOPPED };

struct result {
	enum outcome outcome;
	int steps;    /* played */
	int left_out; /* not played, for want of a room */
	int patient;  /* not played, because they wait for minutes */
	double seconds;
	char text[6144]; /* of a failure: the difference; of a skip: the reason; lines */
};

void play(const struct worksheet *w, const struct setup *setup, struct result *result);

#endif
