/*
 * lab.c - the player's command line: which worksheets, and what to do with them.
 *
 * A worksheet is lesson, script and expected transcript in one file; see labs/README.md for its
 * notation. Here is the table of commands, and the map of the parts:
 *
 *     verbs       what each command does, to which     flags      a command's options, as a table
 *     shelf       where worksheets are, and which      usage      the usage text
 *   a worksheet and a machine:
 *     worksheet   read into steps                      placeholder   names and numbers in it
 *     match       promised lines against seen ones     jobs       what a shell says of its jobs
 *     cause       what must have been typed before a line came
 *     print       handouts and transcripts             screen     bytes as the lines one would see
 *     room        the private room: namespaces         furnish    what stands in it
 *     refusal     why there is none, and a remedy      ports      are they free, without a room
 *     tools       what a lab needs of a machine        doctor     is it fit for a class
 *   the machine plays:
 *     run         many worksheets, several at once     play       one worksheet, step by step
 *     pty         a shell that the machine types into  projector  a play shown to a class
 *     pace        how slow is this machine just now    lint       what proves less than it seems to
 *     rehearse    what is seen, in place of promises   accept     that, as new promises
 *     vary        what several plays have in common    blur       dates, and times that were measured
 *     new         a worksheet to begin with
 *   a person follows:
 *     open        all terminals, in tmux               record     one terminal: a shell, recorded
 *     cast        the file of a recording              state      where a person's work is kept
 *     attempts    what was recorded, listed, forgotten guide      the worksheet, following live
 *     page        a part of a worksheet as rows        keyboard   full screens and single keys
 *   what he has done (the engine; the guide asks it too):
 *     history     a recording read as what was done    wording    what was typed, word by word
 *     progress    which line keeps which promise       search     of the ways to read it, the best
 *       plan        what is promised                     path       one way, promise by promise
 *       compare     one promise, one thing typed         standing   what the best way comes to
 *     explain     why a promise is not kept            reason, remedy   what each looks like, what to do
 *     check       all that as text and as JSON         class      many such checks at a glance
 *     json        what a check has written             roll       what is known of each student
 *     plain       the same from plain terminals        scroll     what was shown, line by line
 *     text, prompts, understand, place                 such lines as what was typed, and when
 *
 * Words that come again in all of them: a *step* is a played block of the worksheet; a *promise* is a
 * part of it, one thing typed and the lines that must follow; a *line* is what was shown, an *entry*
 * what was typed; a *stamp* counts how much had been typed, in all terminals, before it. A *look* is
 * a command that changes nothing (netstat); what changes something *acts*, and is the *cause* of
 * lines. An *attempt* is all that was recorded while a lab's terminals were open; the *desk* is the
 * folder that its terminals share, the *door* the lock that lets one terminal at a time open the room.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "new.h"
#include "shelf.h"
#include "usage.h"
#include "verbs.h"
#include "version.h"
#include "wording.h"

static int begin_new(int argc, char **argv)
{
	if (argc != 2)
		return usage_wrong("new wants one NAME, for instance", "my-lab");
	return new_worksheet(argv[1]);
}

static int help(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	bool shelved; /* it asks for worksheets */
} commands[] = {{"list", verb_list, true}, {"doctor", verb_doctor, true}, {"run", verb_run, true},
	{"open", verb_open, true}, {"guide", verb_guide, true}, {"term", verb_term, true},
	{"attempts", verb_attempts, true}, {"forget", verb_forget, true},
	{"check", verb_check, true}, {"class", verb_class, true},
	{"transcript", verb_transcript, true}, {"handout", verb_handout, true},
	{"lint", verb_lint, true}, {"accept", verb_accept, true}, {"new", begin_new, false},
	{"help", help, false}};

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
		usage_wrong("no command", name);
	else
		fprintf(stderr, "lab: no command %s; did you mean lab %s? see lab --help\n", name,
			nearest);
	return NULL;
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return usage_wrong("help wants one command", NULL);
	if (argc == 1) {
		fputs(usage, stdout);
		return 0;
	}
	command = find_command(argv[1]);
	if (command != NULL)
		usage_print(command->name);
	return command != NULL ? 0 : 2;
}

int main(int argc, char **argv)
{
	const struct command *command;

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
		usage_print(command->name);
		return 0;
	}
	if (command->shelved && shelf_find(argv[0]) == -1)
		return 2;
	return command->run(argc - 1, argv + 1);
}
