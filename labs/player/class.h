/*
 * class.h - how far a class has come with a worksheet: what `lab check --json` says of each, at a
 * glance.
 */
#ifndef CLASS_H
#define CLASS_H

#include <stdbool.h>
#include <stddef.h>

#include "worksheet.h"

struct class_options {
	const char *bin;   /* the folder of the programs */
	const char *group; /* its members as well; or NULL */
	bool csv, json;
	bool watch; /* again and again, until it is broken off */
};

/*
 * Tell of each student how far he has come, where he is stuck and why, those who need help first;
 * then where several are stuck alike. Each of `who` is a file of what `lab check --json` has
 * written (its name ends in .json, or has a slash), or an account of this machine, for which the
 * check is run: by sudo(8), unless it is the user's own. Who cannot be told of is named in one line
 * on stderr. Returns 0, 1 if there was such a line, or 2 after a complaint about the options.
 */
int class_tell(
	const struct worksheet *w, char *const *who, size_t count, const struct class_options *o);

#endif
