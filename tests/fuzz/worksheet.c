/*
 * worksheet.c - fuzz the player's reading and comparing: any bytes as a worksheet, and as what its
 * terminals show.
 *
 * The input is a worksheet; behind a line of four equal signs, what every terminal shows. With
 * libFuzzer, for five minutes, starting from the labs: FUZZ_SECONDS=300 tests/check fuzz. Without
 * it,
 *
 *   cc -g -std=c11 -D_POSIX_C_SOURCE=200809L -DSTANDALONE tests/fuzz/worksheet.c FILES
 *
 * with the files that tests/check names makes a program that runs the files it is given.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../labs/player/jobs.h"
#include "../../labs/player/lint.h"
#include "../../labs/player/match.h"
#include "../../labs/player/screen.h"
#include "../../labs/player/worksheet.h"

/* What it finds in command lines is not visible from outside. */
#include "../../labs/player/tools.c" /* NOLINT(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 50 };

static struct line lines[LINES];
static size_t count;

static void show(const uint8_t *data, size_t size)
{
	static struct screen screen;

	screen = (struct screen){0};
	for (size_t i = 0; i < size && count < LINES; i++) {
		if (screen_feed(&screen, (char)data[i]) != '\n')
			continue;
		if (strlen(screen.text) != screen.length)
			abort();
		lines[count].soft = jobs_is_remark(screen.text);
		lines[count].stamp = (unsigned)count;
		lines[count++].text = strdup(screen.text);
		screen_clear(&screen);
	}
}

/* The promises themselves, where they hold no mark, are kept by the same text. */
static void check_line(const struct item *item)
{
	struct names names = {0};

	if (item->kind == OUTPUT && strpbrk(item->text, "<\\") == NULL &&
		(!match_line(item->text, item->text, &names) || names.count != 0))
		abort();
}

static void compare(const struct step *s, const struct exchange *e, struct names *names)
{
	struct seen seen = {.lines = lines, .count = count, .last = (unsigned)count / 2};
	struct departure where;

	for (int way = 0; way < 8; way++) {
		const size_t bound = names->count;
		size_t used = 0;
		seen.ended = (way & 1) != 0;
		switch (match_lines(e->expected, e->count, s->unordered != ((way & 2) != 0),
			(way & 4) != 0, &seen, names, &used, &where)) {
		case AGREES:
			if (used > count || names->count < bound)
				abort();
			break;
		case WAITING:
		case DIFFERS:
			if (names->count != bound || where.item > e->count || where.line > count)
				abort();
		}
		if (way < 7)
			names->count = bound;
	}
}

static void play(const struct worksheet *w)
{
	char list[LIST_SIZE] = "", made[LIST_SIZE] = "";
	struct names names = {0};
	struct exchange e;

	read_needs(list, w->needs);
	for (size_t s = 0; s < w->count; s++) {
		for (size_t at = 0; at < w->steps[s].count;) {
			at = worksheet_exchange(&w->steps[s], at, &e);
			if (e.typed != NULL) {
				free(match_fill(e.typed->text, &names));
				read_commands(list, made, e.typed->text);
			}
			compare(&w->steps[s], &e, &names);
		}
		for (size_t i = 0; i < w->steps[s].count; i++)
			check_line(&w->steps[s].items[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n====\n";
	static int file = -1;
	struct worksheet w;
	size_t sheet = 0;
	char path[64] = "/tmp/fuzz-worksheet-XXXXXX";

	while (sheet < size && (size - sheet < 6 || memcmp(data + sheet, mark, 6) != 0))
		sheet++;
	if (file == -1) {
		file = mkstemp(path);
		unlink(path);
	}
	snprintf(path, sizeof path, "/dev/fd/%d", file);
	if (file == -1 || ftruncate(file, 0) == -1 ||
		pwrite(file, data, sheet, 0) != (ssize_t)sheet)
		abort();
	if (worksheet_read(&w, path) == -1)
		return 0;
	/* What is shown; else what is promised. */
	show(sheet < size ? data + sheet + 6 : data, sheet < size ? size - sheet - 6 : size);
	play(&w);
	lint(&w);
	while (count > 0)
		free(lines[--count].text);
	worksheet_free(&w);
	return 0;
}

#include "standalone.h"
