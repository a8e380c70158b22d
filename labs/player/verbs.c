/* verbs.c - see verbs.h. */
#include "verbs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accept.h"
#include "attempts.h"
#include "check.h"
#include "class.h"
#include "doctor.h"
#include "flags.h"
#include "guide.h"
#include "lint.h"
#include "open.h"
#include "print.h"
#include "record.h"
#include "room.h"
#include "run.h"
#include "shelf.h"
#include "tools.h"
#include "usage.h"
#include "worksheet.h"

static const struct flag none[] = {{.name = NULL}};

/* Read the command's options, and the one LAB that must stand behind them. NULL after a
 * complaint. */
static struct worksheet *one_lab(int argc, char **argv, const struct flag *flags)
{
	const int first = flags_take(argc, argv, flags);
	size_t count = 1;
	char wants[64];

	if (first == -1)
		return NULL;
	if (argc - first != 1) {
		snprintf(wants, sizeof wants, "%s wants one LAB", argv[0]);
		usage_wrong(wants, NULL);
		return NULL;
	}
	return shelf_read(argv + first, &count);
}

/* All worksheets, for a command that has nothing behind it. NULL after a complaint. */
static struct worksheet *all_labs(int argc, char **argv, size_t *count)
{
	char takes[64];

	*count = 0;
	if (argc == 1)
		return shelf_read(NULL, count);
	snprintf(takes, sizeof takes, "%s takes no argument, but here is", argv[0]);
	usage_wrong(takes, argv[1]);
	return NULL;
}

/* ---- For the machine ---------------------------------------------------------------------- */

int verb_list(int argc, char **argv)
{
	size_t count;
	struct worksheet *w = all_labs(argc, argv, &count);
	char missing[1024];
	struct room room;
	struct refusal refusal;
	bool has_room;

	if (w == NULL)
		return 2;
	has_room = room_open(&room, -1, &refusal) == 0;
	for (size_t i = 0; i < count; i++) {
		tools_missing(&w[i], shelf_bin(), has_room ? &room : NULL, missing, sizeof missing);
		printf("%-28s %-11s %s\n", w[i].name, w[i].time, w[i].terminals);
		printf("    %s\n", w[i].shows[0] != '\0' ? w[i].shows : w[i].title);
		if (missing[0] != '\0')
			printf("    missing here: %s\n", missing + strlen("needs "));
	}
	room_close(&room);
	if (!has_room)
		printf("\nNo private room: %s. `lab doctor` says what to do.\n", refusal.why);
	return shelf_return(w, count, 0);
}

int verb_doctor(int argc, char **argv)
{
	size_t count;
	struct worksheet *w = all_labs(argc, argv, &count);

	return w == NULL ? 2 : shelf_return(w, count, doctor(w, count, shelf_bin()));
}

int verb_lint(int argc, char **argv)
{
	size_t count = argc > 1 ? (size_t)argc - 1 : 0;
	struct worksheet *w = shelf_read(argv + 1, &count);
	int found = 0;

	if (w == NULL)
		return 2;
	for (size_t i = 0; i < count; i++)
		found += lint(&w[i]);
	return shelf_return(w, count, found > 0);
}

int verb_run(int argc, char **argv)
{
	struct run_options o = {.bin = shelf_bin()};
	const struct flag flags[] = {{.name = "patient", .is = &o.patient},
		{.name = "slowness", .seconds = &o.slowness, .most = 3600},
		{.name = "keep", .text = &o.keep}, {.name = "step", .is = &o.step},
		{.name = "timeout", .seconds = &o.timeout, .most = 3600, .above_0 = true},
		{.name = "jobs", .letter = 'j', .number = &o.jobs, .most = 64}, {.name = NULL}};
	const int first = flags_take(argc, argv, flags);
	struct worksheet *w;
	size_t count;

	if (first == -1)
		return 2;
	count = (size_t)(argc - first);
	w = shelf_read(argv + first, &count);
	return w == NULL ? 2 : shelf_return(w, count, run(w, count, &o));
}

int verb_accept(int argc, char **argv)
{
	const struct run_options o = {.jobs = 4, .patient = true, .bin = shelf_bin()};
	bool yes = false, names = false;
	const struct flag flags[] = {
		{.name = "yes", .is = &yes}, {.name = "names", .is = &names}, {.name = NULL}};
	struct worksheet *w = one_lab(argc, argv, flags);

	return w == NULL ? 2 : shelf_return(w, 1, accept_observed(w, &o, yes, names));
}

/* ---- For a person ------------------------------------------------------------------------- */

int verb_open(int argc, char **argv)
{
	struct worksheet *w = one_lab(argc, argv, none);

	return w == NULL ? 2 : shelf_return(w, 1, open_lab(w, shelf_bin()));
}

int verb_guide(int argc, char **argv)
{
	struct worksheet *w = one_lab(argc, argv, none);

	return w == NULL ? 2 : shelf_return(w, 1, guide(w));
}

int verb_attempts(int argc, char **argv)
{
	struct worksheet *w = one_lab(argc, argv, none);

	return w == NULL ? 2 : shelf_return(w, 1, attempts_list(w));
}

int verb_forget(int argc, char **argv)
{
	const char *which = NULL;
	bool yes = false;
	const struct flag flags[] = {
		{.name = "yes", .is = &yes}, {.name = "attempt", .text = &which}, {.name = NULL}};
	struct worksheet *w = one_lab(argc, argv, flags);

	return w == NULL ? 2 : shelf_return(w, 1, attempts_forget(w, which, yes));
}

int verb_handout(int argc, char **argv)
{
	bool answers = false;
	const struct flag flags[] = {{.name = "answers", .is = &answers}, {.name = NULL}};
	struct worksheet *w = one_lab(argc, argv, flags);

	if (w == NULL)
		return 2;
	print_handout(w, answers);
	return shelf_return(w, 1, 0);
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

int verb_term(int argc, char **argv)
{
	struct worksheet *w;
	size_t count = 1;
	int number;

	if (argc != 3)
		return usage_wrong("term wants a LAB and a terminal, for instance", "1 T1");
	w = shelf_read(argv + 1, &count);
	if (w == NULL)
		return 2;
	number = terminal_number(w, argv[2]);
	return shelf_return(w, 1, number > 0 ? record_terminal(w, number, shelf_bin()) : 2);
}

/* ---- Of what was done --------------------------------------------------------------------- */

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
			usage_wrong("a file's name is missing behind", operand);
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

int verb_check(int argc, char **argv)
{
	struct source from = {NULL, {NULL}};
	bool json = false;
	const struct flag flags[] = {{.name = "json", .is = &json},
		{.name = "attempt", .text = &from.attempt}, {.name = NULL}};
	const int first = flags_take(argc, argv, flags);
	const int left = first == -1 ? -1 : take_files(argc - first, argv + first, &from);
	struct worksheet *w;
	size_t count = (size_t)left;

	if (left == -1)
		return 2;
	if (left > 1)
		return usage_wrong("check wants one LAB, or none for all", NULL);
	if (left == 0 && (json || from.attempt != NULL || argc > first))
		return usage_wrong("check wants a LAB with", json                   ? "--json"
							     : from.attempt != NULL ? "--attempt"
										    : "files");
	w = shelf_read(argv + first, &count);
	if (w == NULL)
		return 2;
	if (left == 0)
		return shelf_return(w, count, check_all(w, count));
	return shelf_return(w, 1, has_terminals(w, &from) ? check(w, &from, json) : 2);
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

/* What is wrong with the options and operands of `transcript`, of which so many are no files; or
 * NULL. */
static const char *wrong_transcript(int left, bool observed, const char *file, bool wants_observed)
{
	if (left < 1 || left > 2)
		return "transcript wants one LAB, and perhaps a terminal";
	if (file != NULL && left != 2)
		return "--from wants a terminal beside the LAB";
	if (!observed && wants_observed)
		return "what was seen is shown by --observed";
	return NULL;
}

int verb_transcript(int argc, char **argv)
{
	struct source from = {NULL, {NULL}};
	const char *file = NULL, *section = NULL, *wrong;
	bool observed = false;
	const struct flag flags[] = {{.name = "observed", .is = &observed},
		{.name = "attempt", .text = &from.attempt}, {.name = "from", .text = &file},
		{.name = "section", .text = &section}, {.name = NULL}};
	const int first = flags_take(argc, argv, flags);
	const int left = first == -1 ? -1 : take_files(argc - first, argv + first, &from);
	struct worksheet *w;
	size_t count = 1;
	int number, cut;

	if (left == -1)
		return 2;
	wrong = wrong_transcript(
		left, observed, file, file != NULL || from.attempt != NULL || argc - first > left);
	if (wrong != NULL)
		return usage_wrong(wrong, NULL);
	w = shelf_read(argv + first, &count);
	if (w == NULL)
		return 2;
	number = left == 2 ? terminal_number(w, argv[first + 1]) : 0;
	cut = section != NULL ? section_number(w, section) : 0;
	if (file != NULL)
		from.files[number] = file;
	if ((left == 2 && number == 0) || (section != NULL && cut == 0) || !has_terminals(w, &from))
		return shelf_return(w, 1, 2);
	if (observed)
		return shelf_return(w, 1, check_observed(w, &from, number, cut));
	print_transcript(w, number, cut);
	return shelf_return(w, 1, 0);
}

int verb_class(int argc, char **argv)
{
	struct class_options o = {.bin = shelf_bin()};
	const struct flag flags[] = {{.name = "group", .text = &o.group},
		{.name = "watch", .is = &o.watch}, {.name = "csv", .is = &o.csv},
		{.name = "json", .is = &o.json}, {.name = NULL}};
	const int first = flags_take(argc, argv, flags);
	struct worksheet *w;
	size_t count = 1;

	if (first == -1)
		return 2;
	if (first == argc || (argc - first == 1 && o.group == NULL))
		return usage_wrong("class wants a LAB, and FILE.json, a USER or --group", NULL);
	if (o.csv + o.json + o.watch > 1)
		return usage_wrong("only one of --csv, --json and --watch", NULL);
	if (o.watch && !isatty(STDOUT_FILENO))
		return usage_wrong("--watch wants a terminal", NULL);
	w = shelf_read(argv + first, &count);
	return w == NULL ? 2
			 : shelf_return(w, 1,
				   class_tell(w, argv + first + 1, (size_t)(argc - first - 1), &o));
}
