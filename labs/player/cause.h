/*
 * cause.h - what a promised line must have come behind: an effect comes after its cause.
 */
#ifndef CAUSE_H
#define CAUSE_H

#include <stdbool.h>

#include "worksheet.h"

/* Something that is typed: the item, and its step. */
struct cause {
	const struct step *step;
	const struct item *item; /* NULL: nothing */
};

/*
 * What must have been typed before the lines came that step `s` promises without typing anything
 * itself (it begins with output): an effect comes after its cause. None of its lines may have come
 * before `first` was typed, and its last promised line not before `last` was typed:
 *
 *     first   the first thing typed in another terminal since this terminal's step before
 *     last    the last thing typed in another terminal; with `since T2` the last one in T2. Input and
 *             keys with no promise before them are one thing with what was typed before them
 *
 * What only looks is no cause and does not count: steps with `watch` or `unordered`, commands of
 * tools that show and change nothing (netstat, tcpdump, cat, ...; cause_looks_only()), and what is
 * typed into them. Of steps that promise twice in a row with no cause in between, the second has
 * the causes of the first. `rooms` and `patient` say which steps are played; what is not played
 * causes nothing. What a step promises behind something that it types itself needs none of this: it
 * comes after that.
 */
void cause_find(const struct worksheet *w, const struct step *s, bool rooms, bool patient,
	struct cause *first, struct cause *last);

/* Does the command look only, and change nothing? So must all of a pipe, or of several in a row;
 * what is written into a file, or goes to or comes from a descriptor that the shell holds, may change
 * something. */
bool cause_looks_only(const char *command);

/* Tell of each thing that the worksheet types whether it looks only (item.looks): a command by its
 * word, what is typed into a program by that program. Done once, by worksheet_read(). */
void cause_mark_looks(struct worksheet *w);

#endif
