/*
 * lab.c - the player's command line: which worksheets, and what to do with them.
 *
 * A worksheet is lesson, script and expected transcript in one file; see labs/README.md for its
 * notation. This file finds worksheets and hands them to the part that does the work. The parts:
 *
 *     worksheet   a worksheet read into steps          match      promised lines against seen ones
 *     print       handouts and transcripts             tools      what a lab needs of a machine
 *     room        the private room: namespaces         screen     bytes as the lines one would see
 *     cause       what must have been typed before a line came
 *   the machine plays:
 *     run         many worksheets, several at once     play       one worksheet, step by step
 *     pty         a shell that the machine types into  projector  a play shown to a class
 *     lint        what proves less than it seems to    new        a worksheet to begin with
 *     rehearse    what is seen, in place of promises   accept     that, as new promises
 *     vary        what several plays have in common    blur       dates, and times that were measured
 *   a person follows:
 *     open        all terminals, in tmux               record     one terminal: a shell, recorded
 *     cast        the file of a recording              state      where a person's work is kept
 *     attempts    what was recorded, listed, forgotten guide      the worksheet, following live
 *     page        a part of a worksheet as rows        keyboard   full screens and single keys
 *     history     a recording read as what was done    progress   which line keeps which promise
 *     explain     why one is not kept, and a remedy    wording    what was typed, word by word
 *     search      of the ways to read a recording, the best; what it asks:
 *       plan        what is promised                     path       one way, promise by promise
 *       compare     one promise, one thing typed         standing   what the best way comes to
 *     check       all that as text and as JSON
 *     plain       the same from plain terminals        scroll     what was shown, line by line
 *     class       many such checks at a glance         json       what a check has written
 */
#define _XOPEN_SOURCE 700 /* realpath(3) is POSIX's XSI option */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accept.h"
#include "attempts.h"
#include "check.h"
#include "class.h"
#include "doctor.h"
#include "guide.h"
#include "lint.h"
#include "new.h"
#include "open.h"
#include "print.h"
#include "record.h"
#include "room.h"
#include "run.h"
#include "tools.h"
#include "version.h"
#include "wording.h"
#include "worksheet.h"

static const char usage[] =
	"usage: lab list\n"
	"       lab doctor\n"
	"       lab run [-j N] [--keep DIR] [--patient] [--slowness SEC] [--step] [--timeout SEC]\n"
	"               [LAB ...]\n"
	"       lab open LAB\n"
	"       lab guide LAB\n"
	"       lab term LAB TERMINAL\n"
	"       lab attempts LAB\n"
	"       lab forget [--attempt WHICH] [--yes] LAB\n"
	"       lab check [--json] [--attempt WHICH] [LAB [T1=FILE ...]]\n"
	"       lab transcript [--observed [--attempt WHICH] [--from FILE]] [--section N]\n"
	"               LAB [TERMINAL]\n"
	"       lab class [--group GROUP] [--watch] [--csv | --json] LAB [FILE.json | USER ...]\n"
	"       lab handout [--answers] LAB\n"
	"       lab accept [--names] [--yes] LAB\n"
	"       lab lint [LAB ...]\n"
	"       lab new NAME\n"
	"       lab help [COMMAND]\n"
	"\n"
	"  list           the worksheets, what each shows and what it needs\n"
	"  doctor         is this machine fit for a class, and if not, what is to be done\n"
	"  run            play them (all, unless LABs are named) and check every line\n"
	"    -j N         so many at once (default: 24, on a slow machine fewer)\n"
	"    --keep DIR   leave each play's files and transcripts in DIR/LAB\n"
	"    --patient    play also the sections that wait for a minute or more\n"
	"    --slowness SEC\n"
	"                 think so long before anything is typed, as a person does\n"
	"    --step       for a projector: the guide's page and the terminals, Enter plays a step\n"
	"    --timeout SEC\n"
	"                 wait so long for a promised line (default: 10, on a slow machine more)\n"
	"\n"
	"  open           open the guide and all terminals of a lab, or those missing (tmux)\n"
	"  guide          the worksheet that follows you: what to type next, where, what is done,\n"
	"                 and a slip when it happens; what is to be predicted stays hidden\n"
	"  term           open your own terminal T1, T2, ... of a lab, in its room, and record it\n"
	"  attempts       your attempts at a lab: each opening begins one, none is written over\n"
	"  forget         remove them, or one\n"
	"\n"
	"  check          what you have done, the first thing that is not, why, what to type next;\n"
	"                 without LAB, a line for each lab that you have begun\n"
	"    T1=FILE      from what a plain terminal has left: a typescript, an asciicast, a\n"
	"                 capture of tmux, text copied out of its window\n"
	"  transcript     the promised text of a terminal, or (--observed) yours, for diff\n"
	"    --from FILE  yours is in FILE, as above\n"
	"    --section N  only of the section under the Nth heading\n"
	"  class          what `lab check --json` says of each student: who is stuck and why\n"
	"    --group GROUP, USER\n"
	"                 accounts of this machine, asked through sudo\n"
	"    --watch      again and again\n"
	"  handout        the worksheet with its outputs blanked; --answers: the teacher's copy\n"
	"  lint           tell what proves less in a worksheet than it seems to\n"
	"  accept         play it, make what was seen the promise, show the difference, write it\n"
	"    --names      give names to new numbers that occur again (ports, sequence numbers)\n"
	"  new            write NAME.md, a worksheet of your own to begin with\n"
	"  help           this, or the part of it about one command\n"
	"\n"
	"  LAB is a number (1), a name (handshake-and-close) or the path of any worksheet.\n"
	"  lab --help, lab --version\n";

/* Where things are: the programs beside this one, and the worksheets. */
static char *bin;
static char *shelf;

static int wrong_usage(const char *what, const char *which)
{
	fprintf(stderr, "lab: %s%s%s; see lab --help\n", what, which != NULL ? " " : "",
		which != NULL ? which : "");
	return 2;
}

/* What getopt_long() has just refused: it keeps silent itself (opterr, and ':' first). */
static int wrong_option(char *const *argv, int option)
{
	char what[64];

	snprintf(what, sizeof what,
		option == ':' ? "%s: a value is missing after" : "%s has no option", argv[0]);
	return wrong_usage(what, argv[optind - 1]);
}

/* ---- Where things are --------------------------------------------------------------------- */

static char *join(const char *folder, const char *name)
{
	const size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	if (path == NULL) {
		fputs("lab: no memory left\n", stderr);
		exit(1);
	}
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

/* The file that `name` was started from: itself if it has a slash, else found on the PATH. */
static char *find_on_path(const char *name)
{
	const char *path = getenv("PATH");
	char *list, *folder, *next = NULL, *file, *found = NULL;

	if (strchr(name, '/') != NULL || path == NULL || (list = strdup(path)) == NULL)
		return realpath(name, NULL);
	for (folder = strtok_r(list, ":", &next); folder != NULL && found == NULL;
		folder = strtok_r(NULL, ":", &next)) {
		file = join(folder, name);
		if (access(file, X_OK) == 0)
			found = realpath(file, NULL);
		free(file);
	}
	free(list);
	return found;
}

static char *find_labs(void)
{
	static const char *const places[] = {
		"../labs", "../../../labs", "../../labs", "../share/tcp-labs/labs"};
	const char *given = getenv("TCP_LABS");
	char *path, *found = NULL;

	if (given != NULL && given[0] != '\0')
		return strdup(given);
	for (size_t i = 0; i < sizeof places / sizeof places[0] && found == NULL; i++) {
		path = join(bin, places[i]);
		/* Beside another build there is a folder labs/, of objects. */
		char *readme = join(path, "README.md");
		if (access(readme, R_OK) == 0)
			found = realpath(path, NULL);
		free(readme);
		free(path);
	}
	return found;
}

static int find_places(const char *name)
{
	char *program = room_program();

	if (program == NULL)
		program = find_on_path(name);
	if (program == NULL)
		return wrong_usage("cannot find the folder of the programs", NULL);
	*strrchr(program, '/') = '\0';
	bin = program;
	shelf = find_labs();
	if (shelf == NULL) {
		fprintf(stderr,
			"lab: no worksheets found beside %s; set TCP_LABS to their folder\n", bin);
		return 2;
	}
	return 0;
}

/* ---- Which worksheets --------------------------------------------------------------------- */

/* A worksheet of the course begins with its two-digit number: 01-handshake-and-close.md. */
static int is_worksheet(const struct dirent *entry)
{
	const char *name = entry->d_name;
	const size_t length = strlen(name);

	return length > 6 && strspn(name, "0123456789") == 2 && name[2] == '-' &&
	       strcmp(name + length - 3, ".md") == 0;
}

static int find_all(char ***paths, size_t *count)
{
	struct dirent **entries;
	const int n = scandir(shelf, &entries, is_worksheet, alphasort);

	if (n <= 0) {
		fprintf(stderr, "lab: %s: %s\n", shelf,
			n == -1 ? strerror(errno) : "no worksheets there");
		return -1;
	}
	*paths = calloc((size_t)n, sizeof **paths);
	for (int i = 0; i < n; i++) {
		if (*paths != NULL)
			(*paths)[i] = join(shelf, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	*count = *paths == NULL ? 0 : (size_t)n;
	return *paths == NULL ? -1 : 0;
}

/* Does `lab` name the worksheet of this file: 1, 01, handshake-and-close,
 * 01-handshake-and-close? */
static bool names_file(const char *lab, const char *path)
{
	const char *file = strrchr(path, '/') + 1;
	const size_t length = strlen(file) - 3;
	char *end;

	if (lab[0] != '\0' && strtol(lab, &end, 10) == strtol(file, NULL, 10) && *end == '\0')
		return true;
	if (strlen(lab) == length && strncmp(lab, file, length) == 0)
		return true;
	return strlen(lab) == length - 3 && strncmp(lab, file + 3, length - 3) == 0;
}

/* How far `lab` is from the name of a worksheet's file, from its name without the number, from any
 * word in it: of `sockets`, `handshake`, `3a` one can tell what is meant. */
static size_t away_from(const char *lab, const char *file)
{
	const size_t length = strlen(lab), size = strlen(file) - strlen(".md");
	size_t least = wording_distance(lab, length, file, size), away;
	char *rest;

	if (size < 4)
		return least;
	away = wording_distance(lab, length, file + 3, size - 3);
	least = away < least ? away : least;
	for (size_t at = 3, word; at < size; at += word + 1) {
		word = strcspn(file + at, "-.");
		away = word > 3 ? 1 + wording_distance(lab, length, file + at, word) : least;
		least = away < least ? away : least;
	}
	return strtol(lab, &rest, 10) == strtol(file, NULL, 10) && rest > lab && least > 1 ? 1
											   : least;
}

/* The path of the worksheet that `lab` names; NULL after a complaint. The caller frees it. */
static char *find_one(const char *lab)
{
	char **paths = NULL, *found = NULL, nearest[128] = "";
	size_t count = 0, length = strlen(lab), least = length / 2 + 1;

	if (strchr(lab, '/') != NULL || (length > 3 && strcmp(lab + length - 3, ".md") == 0))
		return strdup(lab);
	if (find_all(&paths, &count) == -1)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *file = strrchr(paths[i], '/') + 1;
		const size_t away = away_from(lab, file);
		if (found == NULL && names_file(lab, paths[i]))
			found = strdup(paths[i]);
		if (away < least) {
			least = away;
			snprintf(nearest, sizeof nearest, "%.*s", (int)strlen(file) - 3, file);
		}
		free(paths[i]);
	}
	free(paths);
	if (found == NULL)
		fprintf(stderr, "lab: no lab %s%s%s; `lab list` shows them\n", lab,
			nearest[0] != '\0' ? "; did you mean " : "", nearest);
	return found;
}

static void free_worksheets(struct worksheet *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		worksheet_free(&w[i]);
	free(w);
}

static bool is_of_course(const char *path)
{
	const size_t length = strlen(shelf);

	return strncmp(path, shelf, length) == 0 && path[length] == '/';
}

/* Read the worksheets that are named, or all. Every mistake in any of them is told. */
static struct worksheet *read_worksheets(char *const *named, size_t *count)
{
	struct worksheet *w;
	char **paths = NULL;
	bool good = true;

	if (*count == 0 && find_all(&paths, count) == -1)
		return NULL;
	w = calloc(*count, sizeof *w);
	for (size_t i = 0; w != NULL && i < *count; i++) {
		char *path = paths != NULL ? paths[i] : find_one(named[i]);
		good = path != NULL && worksheet_read(&w[i], path) == 0 && good;
		if (good && is_of_course(path))
			w[i].call = w[i].name;
		free(path);
	}
	free(paths);
	if (good)
		return w;
	free_worksheets(w, w == NULL ? 0 : *count);
	return NULL;
}

/* ---- The commands ------------------------------------------------------------------------- */

static int command_list(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 0;
	char missing[1024];
	struct room room;
	struct refusal refusal;
	bool has_room;

	if (argc > 1)
		return wrong_usage("list takes no argument, but here is", argv[1]);
	w = read_worksheets(NULL, &count);
	if (w == NULL)
		return 2;
	has_room = room_open(&room, -1, &refusal) == 0;
	for (size_t i = 0; i < count; i++) {
		tools_missing(&w[i], bin, has_room ? &room : NULL, missing, sizeof missing);
		printf("%-28s %-11s %s\n", w[i].name, w[i].time, w[i].terminals);
		printf("    %s\n", w[i].shows[0] != '\0' ? w[i].shows : w[i].title);
		if (missing[0] != '\0')
			printf("    missing here: %s\n", missing + strlen("needs "));
	}
	room_close(&room);
	if (!has_room)
		printf("\nNo private room: %s. `lab doctor` says what to do.\n", refusal.why);
	free_worksheets(w, count);
	return 0;
}

static int command_doctor(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 0;
	int status;

	if (argc > 1)
		return wrong_usage("doctor takes no argument, but here is", argv[1]);
	w = read_worksheets(NULL, &count);
	if (w == NULL)
		return 2;
	status = doctor(w, count, bin);
	free_worksheets(w, count);
	return status;
}

static int command_lint(int argc, char **argv)
{
	size_t count = argc > 1 ? (size_t)argc - 1 : 0;
	struct worksheet *w = read_worksheets(argv + 1, &count);
	int found = 0;

	if (w == NULL)
		return 2;
	for (size_t i = 0; i < count; i++)
		found += lint(&w[i]);
	free_worksheets(w, count);
	return found > 0;
}

static int command_run(int argc, char **argv)
{
	static const struct option options[] = {{"patient", no_argument, NULL, 'p'},
		{"slowness", required_argument, NULL, 'w'}, {"keep", required_argument, NULL, 'k'},
		{"step", no_argument, NULL, 's'}, {"timeout", required_argument, NULL, 't'},
		{"jobs", required_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct run_options o = {.bin = bin};
	struct worksheet *w;
	size_t count;
	char *end = NULL;
	int option, status;

	while ((option = getopt_long(argc, argv, ":j:", options, NULL)) != -1) {
		switch (option) {
		case 'w':
			o.slowness = strtod(optarg, &end);
			if (end == optarg || *end != '\0' ||
				!(o.slowness >= 0 && o.slowness <= 3600))
				return wrong_usage(
					"--slowness wants seconds from 0 to 3600, not", optarg);
			break;
		case 'p':
			o.patient = true;
			break;
		case 'k':
			o.keep = optarg;
			break;
		case 's':
			o.step = true;
			break;
		case 't':
			o.timeout = strtod(optarg, &end);
			if (end == optarg || *end != '\0' || !(o.timeout > 0 && o.timeout <= 3600))
				return wrong_usage(
					"--timeout wants seconds from above 0 to 3600, not",
					optarg);
			break;
		case 'j':
			o.jobs = (int)strtol(optarg, &end, 10);
			if (end == optarg || *end != '\0' || o.jobs < 1 || o.jobs > 64)
				return wrong_usage("-j wants a number from 1 to 64, not", optarg);
			break;
		default:
			return wrong_option(argv, option);
		}
	}
	count = (size_t)(argc - optind);
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	status = run(w, count, &o);
	free_worksheets(w, count);
	return status;
}

/* "T2" to 2, if the worksheet has that terminal; 0 after a complaint. */
static int terminal_number(const struct worksheet *w, const char *name)
{
	char list[TERMINALS_MAX * 4 + 1] = "";
	char *end = NULL;
	const long number = name[0] == 'T' || name[0] == 't' ? strtol(name + 1, &end, 10) : 0;

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		bool used = false;
		for (size_t i = 0; i < w->count; i++)
			used = used || w->steps[i].terminal == n;
		if (used && n == number && *end == '\0')
			return n;
		if (used)
			sprintf(list + strlen(list), " T%d", n);
	}
	fprintf(stderr, "lab: %s has no terminal %s; it has%s\n", w->name, name, list);
	return 0;
}

static int command_term(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 1;
	int number, status = 2;

	if (argc != 3)
		return wrong_usage("term wants a LAB and a terminal, for instance", "1 T1");
	w = read_worksheets(argv + 1, &count);
	if (w == NULL)
		return 2;
	number = terminal_number(w, argv[2]);
	if (number > 0)
		status = record_terminal(w, number, bin);
	free_worksheets(w, count);
	return status;
}

/* The one LAB behind a command's only flag. NULL after a complaint. */
static struct worksheet *read_one(int argc, char **argv, const char *flag, bool *flagged)
{
	const struct option options[] = {{flag, no_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	size_t count = 1;
	int option;

	*flagged = false;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != 'f') {
			wrong_option(argv, option);
			return NULL;
		}
		*flagged = true;
	}
	if (argc - optind != 1) {
		wrong_usage(argv[0], "wants one LAB");
		return NULL;
	}
	return read_worksheets(argv + optind, &count);
}

static int command_open(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 1;
	int status;

	if (argc != 2)
		return wrong_usage("open wants one LAB", NULL);
	w = read_worksheets(argv + 1, &count);
	if (w == NULL)
		return 2;
	status = open_lab(w, bin);
	free_worksheets(w, 1);
	return status;
}

static int command_attempts(int argc, char **argv)
{
	bool flagged;
	struct worksheet *w = read_one(argc, argv, NULL, &flagged);
	int status;

	if (w == NULL)
		return 2;
	status = attempts_list(w);
	free_worksheets(w, 1);
	return status;
}

static int command_forget(int argc, char **argv)
{
	static const struct option options[] = {{"yes", no_argument, NULL, 'y'},
		{"attempt", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	const char *which = NULL;
	struct worksheet *w;
	size_t count = 1;
	bool yes = false;
	int option, status;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != 'y' && option != 'a')
			return wrong_option(argv, option);
		yes = yes || option == 'y';
		which = option == 'a' ? optarg : which;
	}
	if (argc - optind != 1)
		return wrong_usage("forget wants one LAB", NULL);
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	status = attempts_forget(w, which, yes);
	free_worksheets(w, 1);
	return status;
}

static int command_guide(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 1;
	int status;

	if (argc != 2)
		return wrong_usage("guide wants one LAB", NULL);
	w = read_worksheets(argv + 1, &count);
	if (w == NULL)
		return 2;
	status = guide(w);
	free_worksheets(w, 1);
	return status;
}

/* Take the operands T1=FILE, T2=FILE ... out of argv, up to argc. Returns how many operands are
 * left, or -1 after a complaint. */
static int take_files(int argc, char **argv, struct source *from)
{
	int left = 0;

	for (int i = 0; i < argc; i++) {
		char *operand = argv[i];
		if ((operand[0] != 'T' && operand[0] != 't') || operand[1] < '1' ||
			operand[1] > '9' || operand[2] != '=') {
			argv[left++] = operand;
		} else if (operand[3] == '\0') {
			wrong_usage("a file's name is missing behind", operand);
			return -1;
		} else {
			from->files[operand[1] - '0'] = operand + 3;
		}
	}
	return left;
}

/* Has the worksheet each terminal that a file is named for? */
static bool has_terminals(const struct worksheet *w, const struct source *from)
{
	char name[] = "T0";

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		name[1] = (char)('0' + n);
		if (from->files[n] != NULL && terminal_number(w, name) == 0)
			return false;
	}
	return true;
}

static int command_check(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
		{"attempt", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	struct source from = {NULL, {NULL}};
	struct worksheet *w;
	size_t count;
	bool json = false;
	int option, left, status = 2;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 'a')
			from.attempt = optarg;
		else
			return wrong_option(argv, option);
	}
	left = take_files(argc - optind, argv + optind, &from);
	if (left == -1)
		return 2;
	count = (size_t)left;
	if (count > 1)
		return wrong_usage("check wants one LAB, or none for all", NULL);
	if (count == 0 && (json || from.attempt != NULL || argc > optind))
		return wrong_usage("check wants a LAB with", json                   ? "--json"
							     : from.attempt != NULL ? "--attempt"
										    : "files");
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	if (left == 0)
		status = check_all(w, count);
	else if (has_terminals(w, &from))
		status = check(w, &from, json);
	free_worksheets(w, count);
	return status;
}

/* "4" to 4, if the worksheet has that section; 0 after a complaint. */
static int section_number(const struct worksheet *w, const char *text)
{
	char *end;
	const long number = strtol(text, &end, 10);

	if (end != text && *end == '\0' && number >= 1 && number <= w->sections)
		return (int)number;
	fprintf(stderr, "lab: %s has no section %s; it has 1 to %d\n", w->name, text, w->sections);
	return 0;
}

static int command_transcript(int argc, char **argv)
{
	static const struct option options[] = {{"observed", no_argument, NULL, 'o'},
		{"attempt", required_argument, NULL, 'a'}, {"from", required_argument, NULL, 'f'},
		{"section", required_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
	struct source from = {NULL, {NULL}};
	const char *file = NULL, *section = NULL;
	bool observed = false;
	struct worksheet *w;
	size_t count = 1;
	int option, left, number = 0, cut = 0, status = 2;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			observed = true;
			break;
		case 'a':
			from.attempt = optarg;
			break;
		case 'f':
			file = optarg;
			break;
		case 's':
			section = optarg;
			break;
		default:
			return wrong_option(argv, option);
		}
	}
	left = take_files(argc - optind, argv + optind, &from);
	if (left == -1)
		return 2;
	if (left < 1 || left > 2)
		return wrong_usage("transcript wants one LAB, and perhaps a terminal", NULL);
	if (file != NULL && left != 2)
		return wrong_usage("--from wants a terminal beside the LAB", NULL);
	if (!observed && (file != NULL || from.attempt != NULL || argc - optind > left))
		return wrong_usage("what was seen is shown by --observed", NULL);
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	if (left == 2)
		number = terminal_number(w, argv[optind + 1]);
	if (section != NULL)
		cut = section_number(w, section);
	if (file != NULL)
		from.files[number] = file;
	if ((left == 2 && number == 0) || (section != NULL && cut == 0) ||
		!has_terminals(w, &from)) {
		free_worksheets(w, 1);
		return 2;
	}
	status = 0;
	if (observed)
		status = check_observed(w, &from, number, cut);
	else
		print_transcript(w, number, cut);
	free_worksheets(w, 1);
	return status;
}

static int command_class(int argc, char **argv)
{
	static const struct option options[] = {{"group", required_argument, NULL, 'g'},
		{"watch", no_argument, NULL, 'w'}, {"csv", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct class_options o = {.bin = bin};
	struct worksheet *w;
	size_t count = 1;
	int option, status;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 'g':
			o.group = optarg;
			break;
		case 'w':
			o.watch = true;
			break;
		case 'c':
			o.csv = true;
			break;
		case 'j':
			o.json = true;
			break;
		default:
			return wrong_option(argv, option);
		}
	}
	if (optind == argc || (argc - optind == 1 && o.group == NULL))
		return wrong_usage("class wants a LAB, and FILE.json, a USER or --group", NULL);
	if (o.csv + o.json + o.watch > 1)
		return wrong_usage("only one of --csv, --json and --watch", NULL);
	if (o.watch && !isatty(STDOUT_FILENO))
		return wrong_usage("--watch wants a terminal", NULL);
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	status = class_tell(w, argv + optind + 1, (size_t)(argc - optind - 1), &o);
	free_worksheets(w, 1);
	return status;
}

static int command_handout(int argc, char **argv)
{
	bool answers;
	struct worksheet *w = read_one(argc, argv, "answers", &answers);

	if (w == NULL)
		return 2;
	print_handout(w, answers);
	free_worksheets(w, 1);
	return 0;
}

static int command_accept(int argc, char **argv)
{
	static const struct option options[] = {{"yes", no_argument, NULL, 'y'},
		{"names", no_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	const struct run_options o = {.jobs = 2, .patient = true, .bin = bin};
	bool yes = false, names = false;
	struct worksheet *w;
	size_t count = 1;
	int option, status;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != 'y' && option != 'n')
			return wrong_option(argv, option);
		yes = yes || option == 'y';
		names = names || option == 'n';
	}
	if (argc - optind != 1)
		return wrong_usage("accept wants one LAB", NULL);
	w = read_worksheets(argv + optind, &count);
	if (w == NULL)
		return 2;
	status = accept_observed(w, &o, yes, names);
	free_worksheets(w, 1);
	return status;
}

static int command_new(int argc, char **argv)
{
	if (argc != 2)
		return wrong_usage("new wants one NAME, for instance", "my-lab");
	return new_worksheet(argv[1]);
}

static int command_help(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {{"list", command_list}, {"doctor", command_doctor}, {"run", command_run},
	{"open", command_open}, {"guide", command_guide}, {"term", command_term},
	{"attempts", command_attempts}, {"forget", command_forget}, {"check", command_check},
	{"class", command_class}, {"transcript", command_transcript}, {"handout", command_handout},
	{"lint", command_lint}, {"accept", command_accept}, {"new", command_new},
	{"help", command_help}};

/* The command of this name; NULL after a complaint that has the nearest one. */
static const struct command *find_command(const char *name)
{
	const char *nearest = NULL;

	for (size_t i = 0, least = 3; i < sizeof commands / sizeof commands[0]; i++) {
		const char *here = commands[i].name;
		const size_t far = wording_distance(name, strlen(name), here, strlen(here));
		if (far == 0)
			return &commands[i];
		if (far < least && far < strlen(here) - 1) {
			least = far;
			nearest = here;
		}
	}
	if (nearest == NULL)
		wrong_usage("no command", name);
	else
		fprintf(stderr, "lab: no command %s; did you mean lab %s? see lab --help\n", name,
			nearest);
	return NULL;
}

/* The lines of the usage about one command, in both of its parts: a line that names it, and those
 * behind it that are indented deeper. */
static void print_help(const char *name)
{
	const size_t length = strlen(name);
	size_t deep = 0;
	bool shown = false, first = true;

	for (const char *line = usage, *next; *line != '\0'; line = next) {
		const char *word;
		next = strchr(line, '\n') + 1;
		word = strncmp(line, "usage: lab ", 11) == 0   ? line + 11
		       : strncmp(line, "       lab ", 11) == 0 ? line + 11
							       : line + strspn(line, " ");
		const size_t indent = (size_t)(word - line);
		if (indent == 0 || !shown || indent <= deep || word == line + 11) {
			shown = (indent == 11 || indent == 2) && strncmp(word, name, length) == 0 &&
				strchr(" \n", word[length]) != NULL;
			deep = indent;
			if (shown && !first && indent == 2)
				putchar('\n');
		}
		if (!shown)
			continue;
		if (first)
			printf("usage: lab %.*s", (int)(next - word), word);
		else
			printf("%.*s", (int)(next - line), line);
		first = false;
	}
}

static int command_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return wrong_usage("help wants one command", NULL);
	if (argc == 1) {
		fputs(usage, stdout);
		return 0;
	}
	command = find_command(argv[1]);
	if (command != NULL)
		print_help(command->name);
	return command != NULL ? 0 : 2;
}

int main(int argc, char **argv)
{
	const struct command *command;

	opterr = 0;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("lab (TCP Labs) " TCP_LABS_VERSION);
		return 0;
	}
	if (argc < 2) {
		fputs(usage, stderr);
		return 2;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return 2;
	if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		print_help(command->name);
		return 0;
	}
	if (command->run != command_help && command->run != command_new &&
		find_places(argv[0]) != 0)
		return 2;
	return command->run(argc - 1, argv + 1);
}
