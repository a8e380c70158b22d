/* options.c - see options.h. First the shared options, then what is done with any of them. */
#include "options.h"
#include "netutil.h"
#include "version.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stop_words[] = {"shutdown", "close", NULL};

static const struct option_row for_listeners[] = {
	{"no-reuse-addr", "refuse a port that still has connections in TIME_WAIT",
		.flag = &net_options.no_reuse_addr},
	{"backlog", "connections that may wait to be accepted", .count = &net_options.backlog,
		.most = INT_MAX},
	{"pause-accept", "wait between listen and the first accept",
		.seconds = &net_options.pause_accept},
	{"stop-after", "end accept after SEC; the sessions go on",
		.seconds = &net_options.stop_after},
	{"stop-with", "end it by shutdown (the default) or by close of the listener",
		.choice = &net_options.stop_with, .words = stop_words},
	{0},
};

static const struct option_row for_clients[] = {
	{"timeout", "give up connecting after SEC", .seconds = &net_options.timeout},
	{"source", "the address and port to connect from", .address = &net_options.source},
	{0},
};

static const struct option_row for_sockets[] = {
	{"reuse-port", "share the port with other sockets that ask for it too",
		.flag = &net_options.reuse_port},
	{"rcvbuf", "size of the receive buffer in bytes", .count = &net_options.rcvbuf, .least = 1,
		.most = INT_MAX},
	{"sndbuf", "size of the send buffer in bytes", .count = &net_options.sndbuf, .least = 1,
		.most = INT_MAX},
	{"nodelay", "send small segments at once, without Nagle's algorithm",
		.flag = &net_options.nodelay},
	{"linger", "let close wait for unsent data; 0: close with a reset",
		.seconds = &net_options.linger},
	{"keepalive", "probe an idle connection, give it up after COUNT lost probes",
		.keepalive = net_options.keepalive},
	{"deadline", "give up a read that waits longer", .seconds = &net_options.deadline},
	{0},
};

static const struct option_row for_all[] = {
	{"errno", "name the errno of a failure, and whether it is a timeout",
		.flag = &net_options.name_errors},
	{0},
};

enum { TABLES = 5, MOST_OPTIONS = 48, HELP = 256, VERSION, FIRST };

/* All tables of a program; where it has none, an empty one. */
static void tables_of(const struct program *p, const struct option_row *tables[TABLES])
{
	static const struct option_row none[] = {{0}};

	tables[0] = p->own != NULL ? p->own : none;
	tables[1] = p->shared & FOR_LISTENERS ? for_listeners : none;
	tables[2] = p->shared & FOR_CLIENTS ? for_clients : none;
	tables[3] = p->shared & FOR_SOCKETS ? for_sockets : none;
	tables[4] = for_all;
}

/* ---- Help ----------------------------------------------------------------------------------- */

/* What --help calls the value of an option. */
static const char *value_name(const struct option_row *row)
{
	if (row->flag != NULL)
		return "";
	if (row->seconds != NULL)
		return " SEC";
	if (row->count != NULL)
		return " N";
	if (row->address != NULL)
		return " ADDRESS";
	return row->choice != NULL ? " WORD" : row->text != NULL ? " TEXT" : " IDLE,INTERVAL,COUNT";
}

static void print_row(const struct option_row *row)
{
	const int width = printf("  --%s%s", row->name, value_name(row));

	printf("%*s", width < 25 ? 25 - width : 1, "");
	if (width >= 25)
		printf("\n%25s", "");
	for (const char *c = row->help; *c != '\0'; c++) {
		putchar(*c);
		if (*c == '\n')
			printf("%25s", "");
	}
	putchar('\n');
}

void options_help(const struct program *p)
{
	const struct option_row *tables[TABLES];

	tables_of(p, tables);
	printf("usage: %s %s\n%s\n", p->name, p->usage, p->about);
	for (size_t i = 0; i < TABLES; i++)
		for (const struct option_row *row = tables[i]; row->name != NULL; row++)
			print_row(row);
	puts("  -4, -6                 use IPv4 only, or IPv6 only\n  --help, --version");
}

/* ---- Values --------------------------------------------------------------------------------- */

static bool take_count(const struct option_row *row, const char *value, char reason[160])
{
	const long most = row->most > 0 ? row->most : 1000000;
	char *end;

	errno = 0;
	*row->count = strtol(value, &end, 10);
	snprintf(reason, 160, "not a whole number from %ld to %ld", row->least, most);
	return errno == 0 && end != value && *end == '\0' && *row->count >= row->least &&
	       *row->count <= most;
}

static bool take_seconds(const struct option_row *row, const char *value, char reason[160])
{
	char *end;

	*row->seconds = strtod(value, &end);
	snprintf(reason, 160, "not a number of seconds");
	return end != value && *end == '\0' && *row->seconds >= 0 && *row->seconds <= 1e7;
}

static bool take_choice(const struct option_row *row, const char *value, char reason[160])
{
	size_t used = (size_t)snprintf(reason, 160, "not");
	const char *before = " ";

	for (int i = 0; row->words[i] != NULL; i++) {
		if (strcmp(value, row->words[i]) == 0) {
			*row->choice = i;
			return true;
		}
		used += (size_t)snprintf(reason + used, 160 - used, "%s%s", before, row->words[i]);
		before = row->words[i + 1] == NULL || row->words[i + 2] != NULL ? ", " : " or ";
	}
	return false;
}

/* The bounds are Linux's: tcp(7). */
static bool take_keepalive(const struct option_row *row, const char *value, char reason[160])
{
	int *k = row->keepalive;
	char rest;

	snprintf(reason, 160, "not IDLE,INTERVAL,COUNT (seconds, seconds, probes)");
	return sscanf(value, "%6d,%6d,%6d%c", &k[0], &k[1], &k[2], &rest) == 3 && k[0] > 0 &&
	       k[0] <= 32767 && k[1] > 0 && k[1] <= 32767 && k[2] > 0 && k[2] <= 127;
}

/* Take a value, or end the process, having said what is wrong with it. */
static void take(const struct option_row *row, const char *value)
{
	char reason[160] = "";
	bool good = true;

	if (row->flag != NULL)
		*row->flag = true;
	else if (row->seconds != NULL)
		good = take_seconds(row, value, reason);
	else if (row->count != NULL)
		good = take_count(row, value, reason);
	else if (row->text != NULL)
		*row->text = value;
	else if (row->choice != NULL)
		good = take_choice(row, value, reason);
	else if (row->keepalive != NULL)
		good = take_keepalive(row, value, reason);
	else if (net_check_address(*row->address = value) == -1)
		exit(2);
	if (good)
		return;
	fprintf(stderr, "%s: --%s %s: %s\n", net_program, row->name, value, reason);
	exit(2);
}

/* ---- The command line ----------------------------------------------------------------------- */

/* The addresses that were given: not too many, and each of the right form. */
static void check_addresses(const struct program *p, int argc, char *argv[])
{
	if (argc - optind > p->addresses) {
		fprintf(stderr, "%s: %s, not also %s\n", p->name,
			p->addresses == 1 ? "one address" : "two addresses",
			argv[optind + p->addresses]);
		exit(2);
	}
	for (int i = optind; i < argc; i++)
		if (net_check_address(argv[i]) == -1)
			exit(2);
}

int options_read(const struct program *p, int argc, char *argv[])
{
	const struct option_row *tables[TABLES], *rows[MOST_OPTIONS];
	struct option names[MOST_OPTIONS + 3] = {
		{"help", no_argument, NULL, HELP}, {"version", no_argument, NULL, VERSION}};
	int option, count = 0;

	tables_of(p, tables);
	for (size_t i = 0; i < TABLES; i++)
		for (const struct option_row *row = tables[i]; row->name != NULL; row++) {
			names[2 + count] = (struct option){row->name,
				row->flag != NULL ? no_argument : required_argument, NULL,
				FIRST + count};
			rows[count++] = row;
		}
	argv[0] = (char *)p->name; /* for getopt's own messages */
	while ((option = getopt_long(argc, argv, "46", names, NULL)) != -1) {
		switch (option) {
		case HELP:
			options_help(p);
			exit(0);
		case VERSION:
			printf("%s (TCP Labs) %s\n", p->name, TCP_LABS_VERSION);
			exit(0);
		case '4':
			net_options.family = AF_INET;
			break;
		case '6':
			net_options.family = AF_INET6;
			break;
		case '?': /* getopt_long has said what is wrong */
			exit(2);
		default:
			take(rows[option - FIRST], optarg);
		}
	}
	check_addresses(p, argc, argv);
	return optind;
}
