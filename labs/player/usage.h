/*
 * usage.h - what the player is told to do with: its usage text, and what is said of wrong usage.
 */
#ifndef USAGE_H
#define USAGE_H

extern const char usage[];

/* Print the lines of it about one command, from both of its parts. */
void usage_print(const char *command);

/* Complain: "lab: WHAT WHICH; see lab --help"; which may be NULL. Returns 2, the exit status. */
int usage_wrong(const char *what, const char *which);

#endif
