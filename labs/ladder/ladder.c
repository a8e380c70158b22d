/*
 * ladder.c - draw what tcpdump prints as a sequence diagram: the ends as columns, the segments as
 * arrows between them.
 *
 * This file reads lines and hands them on: parse.c makes a segment of a line, flow.c a row of a
 * segment, text.c draws it at once, svg.c when all are there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ladder.h"
#include "version.h"

static const char usage[] =
	"usage: ladder [--no-time] [--svg] [FILE]\n"
	"Draw the text of tcpdump -nn, from FILE or standard input, as a sequence diagram.\n"
	"\n"
	"  --no-time  leave out the times\n"
	"  --svg      write an SVG picture when the input ends, instead of lines as they come\n"
	"  --help, --version\n";

/* What becomes of the lines. */
struct ladder {
	bool with_time;
	struct parser parser;
	struct flows *flows;
	struct picture *picture; /* NULL: text */
	unsigned long others, left_out;
};

static int draw_lines(struct ladder *l, int fd, const char *name);
static int finish(struct ladder *l);

int main(int argc, char *argv[])
{
	enum { HELP = 1, VERSION, NO_TIME, SVG };
	static const struct option options[] = {
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		{"no-time", no_argument, NULL, NO_TIME},
		{"svg", no_argument, NULL, SVG},
		{0},
	};
	struct ladder l = {.with_time = true};
	bool svg = false;
	int option, status, fd = STDIN_FILENO;
	const char *name = "standard input";

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case HELP:
			fputs(usage, stdout);
			return 0;
		case VERSION:
			puts("ladder (TCP Labs) " TCP_LABS_VERSION);
			return 0;
		case NO_TIME:
			l.with_time = false;
			break;
		case SVG:
			svg = true;
			break;
		default: /* getopt_long has said what is wrong */
			return 2;
		}
	}
	if (argc - optind > 1) {
		fprintf(stderr, "ladder: one FILE, not also %s\n", argv[optind + 1]);
		return 2;
	}
	if (optind < argc && strcmp(argv[optind], "-") != 0) {
		name = argv[optind];
		if ((fd = open(name, O_RDONLY)) == -1) {
			fprintf(stderr, "ladder: open %s: %s\n", name, strerror(errno));
			return 1;
		}
	} else if (!isatty(fd)) {
		/* In `tcpdump | ladder` Ctrl-C goes to both. tcpdump ends, and so does our input
		 * then: what was captured until then shall still be drawn. */
		signal(SIGINT, SIG_IGN);
	}
	l.flows = flows_new();
	l.picture = svg ? picture_new() : NULL;
	if (l.flows == NULL || (svg && l.picture == NULL)) {
		fputs("ladder: no memory left\n", stderr);
		return 1;
	}
	status = draw_lines(&l, fd, name) == -1 || finish(&l) == -1;
	free(l.flows);
	free(l.picture);
	return status;
}

/* One line without its newline. */
static void draw_line(struct ladder *l, const char *line, size_t length)
{
	struct segment segment;
	struct row row;
	const enum line kind =
		strlen(line) == length ? parse_line(&l->parser, line, &segment) : LINE_OTHER;

	if (kind != LINE_SEGMENT) {
		l->others += kind == LINE_OTHER;
		return;
	}
	flows_take(l->flows, &segment, &row);
	if (l->picture == NULL)
		text_row(stdout, &row, l->with_time);
	else if (!picture_add(l->picture, &row))
		l->left_out++;
}

static int flush_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "ladder: write standard output: %s\n", strerror(errno));
	return -1;
}

/*
 * Read and draw until the input ends. Before each wait for more input all that is drawn goes out: a
 * capture is seen while it is made, and a long file is still written in large pieces.
 */
static int draw_lines(struct ladder *l, int fd, const char *name)
{
	enum { BUFFER = 65536 };
	static char buffer[BUFFER]; /* at the end of the input never full */
	size_t used = 0;
	bool too_long = false; /* inside a line that the buffer does not hold */
	char *line, *newline;
	ssize_t n;

	while ((n = read(fd, buffer + used, BUFFER - used)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			fprintf(stderr, "ladder: read %s: %s\n", name, strerror(errno));
			return -1;
		}
		used += (size_t)n;
		line = buffer;
		while ((newline = memchr(line, '\n', used)) != NULL) {
			*newline = '\0';
			if (!too_long)
				draw_line(l, line, (size_t)(newline - line));
			too_long = false;
			used -= (size_t)(newline + 1 - line);
			line = newline + 1;
		}
		if (used == BUFFER) {
			l->others += !too_long;
			too_long = true;
			used = 0;
		}
		memmove(buffer, line, used);
		if (flush_output() == -1)
			return -1;
	}
	buffer[used] = '\0';
	if (used > 0 && !too_long)
		draw_line(l, buffer, used);
	return 0;
}

static int finish(struct ladder *l)
{
	if (l->picture != NULL)
		picture_draw(stdout, l->picture, l->with_time);
	if (flush_output() == -1)
		return -1;
	if (l->left_out > 0)
		fprintf(stderr, "ladder: the picture holds %d segments, %lu more were left out\n",
			PICTURE_ROWS, l->left_out);
	if (l->others > 0)
		fprintf(stderr, "ladder: %lu line%s\n", l->others,
			l->others == 1 ? " was not a TCP segment" : "s were not TCP segments");
	return 0;
}
