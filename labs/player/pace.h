/*
 * pace.h - how slow is this machine just now?
 *
 * A shell is started a few times, and it is seen how long that takes: most of what a play does is
 * starting programs. The pace is 1 for a machine as usual, up to 6 for one that needs six times as much
 * patience because it is old, emulated or busy.
 */
#ifndef PACE_H
#define PACE_H

/* Measure for the first time. What is forked from here on knows what pace_slowest() tells. */
void pace_begin(void);

/* The pace, measured anew if that is longer ago than so many seconds. */
double pace_now(double seconds);

/* The slowest pace that was met since pace_begin(), also by the process that this one was forked
 * from, also after that. 1 if there was none. */
double pace_slowest(void);

#endif
