/*
 * options.h - one table a program, from which its parsing, its errors and its --help come.
 *
 * A program describes its own options, says which of the shared ones it has, and reads the command
 * line with one call. The shared ones fill `net_options` (netutil.h).
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/* One option. It is given as --name, or as --name VALUE: the one pointer that is set says where the
 * value goes, and so what it must look like. */
struct option_row {
	const char *name; /* NULL ends a table */
	const char *help; /* for --help; a newline begins another line */

	bool *flag;           /* becomes true; no value is given */
	double *seconds;      /* 0 to ten million, decimals allowed */
	long *count;          /* a whole number from `least` to `most` (if that is 0: a million) */
	long least, most;     /* bounds of a count */
	const char **text;    /* anything */
	const char **address; /* host:port */
	int *choice;          /* the index of one of `words`, whose list ends with NULL */
	const char *const *words;
	int *keepalive; /* the three numbers of --keepalive */
};

/* Which of the shared options a program has. All have -4, -6, --errno, --help and --version. */
enum { FOR_LISTENERS = 1, FOR_CLIENTS = 2, FOR_SOCKETS = 4 };

struct program {
	const char *name;             /* as it stands before every error: "echo-server" */
	const char *usage;            /* what follows the name: "[OPTION]... [ADDRESS]" */
	const char *about;            /* a line or two for --help, each with its newline */
	const struct option_row *own; /* its own options, or NULL */
	unsigned shared;              /* a sum of the above */
	int addresses;                /* how many ADDRESSes may be given */
};

/*
 * Read the command line. --help and --version are answered, and what is wrong is said in one line
 * on stderr; both end the process, with status 0 and 2. Otherwise returns the index in argv of the
 * first ADDRESS, argc if there is none; each has the form of an address (net_check_address()).
 */
int options_read(const struct program *program, int argc, char *argv[]);

/* Print what --help prints, on stdout. */
void options_help(const struct program *program);

#endif
