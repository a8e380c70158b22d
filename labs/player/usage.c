/* usage.c - see usage.h. */
#include "usage.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char usage[] =
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

/* The lines that name it, and those behind each that are indented deeper. */
void usage_print(const char *name)
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

int usage_wrong(const char *what, const char *which)
{
	fprintf(stderr, "lab: %s%s%s; see lab --help\n", what, which != NULL ? " " : "",
		which != NULL ? which : "");
	return 2;
}
