/*
 * pace.h - how slow is this machine just now?
 */
#ifndef PACE_H
#define PACE_H

/*
 * Start a shell a few times and see how long that takes: most of what a play does is starting
 * programs. Returns 1 for a machine as usual, up to 6 for one that needs six times as much patience
 * because it is old, emulated or busy.
 */
double pace_measure(void);

#endif
