/*
 * roll.h - a class as it is told: who is where, since when and why, and where several are stuck alike.
 */
#ifndef ROLL_H
#define ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "json.h"
#include "worksheet.h"

enum need { STUCK, UNDER_WAY, NOT_BEGUN_YET, FINISHED };

struct student {
	const char *who; /* a file, or an account */
	bool is_account;
	pid_t pid;          /* its check runs; or 0 */
	int from;           /* what that says */
	char *text;         /* all it has said, or the file's */
	struct json *check; /* the same, read; NULL if there is none */
	enum need need;
	const struct json *step; /* the first that is not done; or NULL */
};

/* Those who can be told of come first: text is not NULL. */
struct roll {
	const struct worksheet *w;
	struct student *of;
	size_t count;
};

/* In the order in which they need help: who is stuck, the longest first; who is under way, the slowest
 * first. */
void roll_sort(struct roll *r);

/* Print a text that others have chosen, in one line: what would drive a terminal, or break the line,
 * as \\x0a. */
void roll_text(FILE *to, const char *text);

/* A row for each, then one for each place where several are stuck alike. */
void roll_table(FILE *to, const struct roll *r);

/* For scripts. */
void roll_csv(FILE *to, const struct roll *r);
void roll_json(FILE *to, const struct roll *r);

#endif
