/*
 * flags.h - the options of one command, as a table.
 */
#ifndef FLAGS_H
#define FLAGS_H

#include <stdbool.h>

/* `--name`, or `-letter`: it sets what one of the pointers points to. A table ends with a name of
 * NULL. */
struct flag {
	const char *name;
	bool *is;          /* that it is there; it takes no value */
	const char **text; /* its value as it stands there, */
	double *seconds;   /* a number from 0, or above it, to `most`, */
	int *number;       /* a number from 1 to `most` */
	int most;
	char letter;
	bool above_0;
};

/* Take the options out of what was typed: argv[0] is the command. Returns the index of the first
 * operand, or -1 after a complaint. */
int flags_take(int argc, char **argv, const struct flag *flags);

#endif
