/*
 * understand.c - lines into what was typed and shown; see text.h.
 *
 * A prompt ends what ran. Behind it stands a command; what follows is what it shows, but for the echo of
 * what the sheet types into it, and of keys.
 */
#define _XOPEN_SOURCE 700 /* strdup, strndup */
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "match.h"
#include "text.h"

static const char session[] = "\1"; /* in place of what script says: what ran there runs no more */

static bool is_command_of_sheet(const void *reader, const char *typed)
{
	return text_best_fitness(reader, COMMAND, typed) > 0;
}

/* What script(1) says; and what is empty below the last prompt of a window. */
static void tidy_lines(struct text *t)
{
	struct shown_lines *lines = &t->lines;

	for (size_t i = 0; i < lines->count; i++)
		if (strncmp(lines->of[i].text, TEXT_BEGUN, strlen(TEXT_BEGUN)) == 0 ||
			strncmp(lines->of[i].text, TEXT_DONE, strlen(TEXT_DONE)) == 0)
			strcpy(lines->of[i].text, session);
	while (lines->count > 0 && lines->of[lines->count - 1].text[0] == '\0')
		free(lines->of[--lines->count].text);
}

/* ---- What was typed and shown ---------------------------------------------------------- */

/* What a shell's right prompt, or a clock, has put behind the command is no part of it. */
static void cut_right_prompt(const struct text *t, char *command)
{
	char *blanks = NULL;

	for (char *c = command; (c = strstr(c, "  ")) != NULL; c += strspn(c, " "))
		blanks = c;
	if (blanks == NULL || text_best_fitness(t, COMMAND, command) == EXACT)
		return;
	*blanks = '\0';
	if (text_best_fitness(t, COMMAND, command) < EXACT)
		*blanks = ' ';
}

/* A shell takes its prompt for the beginning of the row. Behind a `^C` it is not: where the command
 * goes on in the next row so much of it is painted over. */
static bool is_painted_over(const char *whole, const char *seen, size_t lost)
{
	const size_t length = strlen(whole);
	size_t same = 0;

	if (lost == 0 || length != strlen(seen) + lost)
		return false;
	while (seen[same] != '\0' && seen[same] == whole[same])
		same++;
	for (;; same--) {
		if (strcmp(seen + same, whole + same + lost) == 0)
			return true;
		if (same == 0)
			return false;
	}
}

/* A command as wide as the window is joined with the row below it, its first line of output or the shell's word on a job. Returns
 * that line, cut off; NULL if there is none. */
static char *cut_output(const struct text *t, char *command)
{
	struct names names;

	for (size_t i = 0; i < t->item_count; i++) {
		const struct known *k = &t->known[i];
		if (k->item->kind != COMMAND)
			continue;
		for (size_t size = strlen(command); size-- > 1;) {
			const char next = command[size];
			bool fits;
			command[size] = '\0';
			names.count = 0;
			fits = next != ' ' && match_line(k->item->text, command, &names);
			command[size] = next;
			if (!fits ||
				!(jobs_is_remark(command + size) ||
					(k->answer != NULL &&
						match_line(k->answer, command + size, &names))))
				continue;
			char *output = strdup(command + size);
			command[size] = '\0';
			return output;
		}
	}
	return NULL;
}

/* Add a command as it was typed. `before`: what stands before its prompt in the row. */
static void add_command(struct text *t, const char *shown, size_t before)
{
	char *command = strdup(shown), *output = NULL;

	if (command == NULL)
		return;
	cut_right_prompt(t, command);
	if (text_best_fitness(t, COMMAND, command) < EXACT) {
		for (size_t i = 0; i < t->item_count; i++) {
			const struct item *item = t->known[i].item;
			if (item->kind != COMMAND || !is_painted_over(item->text, command, before))
				continue;
			free(command);
			command = strdup(item->text);
			break;
		}
		output = command == NULL ? NULL : cut_output(t, command);
	}
	if (command != NULL)
		text_event(t, TYPED, COMMAND, command);
	if (output != NULL)
		text_event(t, SHOWN, OUTPUT, output);
	free(command);
	free(output);
}

/* Look for the item from which the lines that follow are to be understood. */
static void command_typed(struct text *t, const char *command, size_t before)
{
	size_t best = t->item_count, typed = t->count;
	int most = 0;

	add_command(t, command, before);
	if (typed == t->count)
		return;
	for (size_t k = 0; k < t->item_count; k++) {
		/* One that was typed again may stand before. */
		const size_t i = (t->at + k) % t->item_count;
		const int fits = text_fitness(t->known[i].item, COMMAND, t->events[typed].text);
		if (fits > most) {
			most = fits;
			best = i;
		}
	}
	t->at = best < t->item_count ? best + 1 : t->at;
	t->running = true;
}

/* Move the latest event up, before the first line behind everything typed that looks like `answer`.
 */
static void move_before(struct text *t, const char *answer)
{
	const struct event latest = t->events[t->count - 1];
	size_t e = t->count - 1;
	struct names names;

	while (e > 0 && t->events[e - 1].is == SHOWN)
		e--;
	for (names.count = 0; e < t->count - 1 && !match_line(answer, t->events[e].text, &names);
		e++)
		names.count = 0;
	memmove(&t->events[e + 1], &t->events[e], (t->count - 1 - e) * sizeof latest);
	t->events[e] = latest;
}

/* ^D shows nothing: where the sheet has it next, and the program ended, it was typed. */
static void prompt_shown(struct text *t)
{
	while (t->running && t->at < t->item_count &&
		strcmp(t->known[t->at].item->text, "^D") == 0 &&
		t->known[t->at].item->kind == KEY) {
		text_event(t, TYPED, KEY, "^D");
		if (t->known[t->at].answer != NULL)
			move_before(t, t->known[t->at].answer);
		t->at++;
	}
	text_event(t, PROMPT, COMMAND, "");
	t->running = false;
}

static void key_typed(struct text *t, const char *key)
{
	const char name[] = {'^', key[1], '\0'};

	text_event(t, TYPED, KEY, name);
	for (size_t i = t->at; i < t->item_count && t->known[i].item->kind != COMMAND; i++)
		if (text_fitness(t->known[i].item, KEY, name) > 0) {
			t->at = i + 1;
			return;
		}
}

/* Is this line the echo of something that the sheet types into the program that runs now? */
static bool input_typed(struct text *t, const char *line)
{
	const size_t length = strlen(line);

	for (size_t i = t->at; i < t->item_count && t->known[i].item->kind != COMMAND; i++) {
		const size_t size = strlen(t->known[i].item->text);
		if (t->known[i].item->kind != INPUT || size > length ||
			strcmp(line + length - size, t->known[i].item->text) != 0)
			continue;
		if (size < length && (size == 0 || length - size < 2 ||
					     strncmp(line + length - size - 2, "> ", 2) != 0))
			continue;
		text_event(t, TYPED, INPUT, t->known[i].item->text);
		t->at = i + 1;
		return true;
	}
	return false;
}

static bool is_break(const char *typed)
{
	const size_t length = strlen(typed);

	return length == 0 || (length >= 2 && strcmp(typed + length - 2, "^C") == 0);
}

/* What a program has shown; a key may have been pressed behind it. */
static void output_shown(struct text *t, const char *line)
{
	const size_t length = strlen(line);
	char *before;

	if (length <= 2 || !prompts_is_key(line + length - 2)) {
		text_event(t, SHOWN, OUTPUT, line);
		return;
	}
	before = strndup(line, length - 2);
	if (before != NULL)
		text_event(t, SHOWN, OUTPUT, before);
	free(before);
	key_typed(t, line + length - 2);
}

static void understand_line(struct text *t, const struct shown *shown)
{
	const char *line = shown->text, *command;

	if (strcmp(line, session) == 0) {
		if (t->running)
			prompt_shown(t);
		return;
	}
	while (t->running && prompts_is_key(line)) {
		key_typed(t, line);
		line += 2;
		if (line[0] == '\0')
			return;
	}
	command = prompts_command(&t->prompts, line);
	if (command != NULL) {
		prompt_shown(t);
		if (!is_break(command))
			command_typed(t, command, shown->before);
	} else if (t->running && !input_typed(t, line)) {
		output_shown(t, line);
	}
}

/* ---- Rows of a window --------------------------------------------------------------------- */

/* In a text that was copied out of a window, or captured without joining, a long line is broken at
 * the edge, and a blank that stood there is lost. */

static size_t columns_of(const struct shown *row)
{
	size_t columns = row->before;

	for (const char *text = row->text; *text != '\0'; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* Does the sheet have this line: as a command behind a prompt, or as output? */
static bool is_promised(const struct text *t, const char *line)
{
	const char *command = prompts_command(&t->prompts, line);
	struct names names;

	if (command != NULL)
		return text_best_fitness(t, COMMAND, command) == EXACT;
	for (size_t s = 0; s < t->w->count; s++) {
		const struct step *step = &t->w->steps[s];
		for (size_t i = 0; step->terminal == t->number && i < step->count; i++) {
			names.count = 0;
			if (step->items[i].kind == OUTPUT &&
				match_line(step->items[i].text, line, &names))
				return true;
		}
	}
	return false;
}

/* May this row belong to the line above it? */
static bool may_go_on(const struct text *t, const char *row)
{
	return prompts_command(&t->prompts, row) == NULL && !prompts_is_key(row) &&
	       !is_promised(t, row);
}

/* The line that begins in row `i` of a window so wide, and may go on in the rows below: the longest
 * that the sheet has, or a command as far as it goes. Sets *end behind its last row. NULL: it is no
 * longer than the row. */
static char *whole_line(const struct text *t, size_t i, size_t width, size_t *end)
{
	const struct shown *rows = t->lines.of;
	const bool is_command =
		prompts_command(&t->prompts, rows[i].text) != NULL && !is_promised(t, rows[i].text);
	char *line = strdup(rows[i].text), *longest = NULL, *longer;

	for (size_t k = i; line != NULL && k + 1 < t->lines.count; k++) {
		const size_t columns = columns_of(&rows[k]);
		if (columns + 1 < width || columns > width || !may_go_on(t, rows[k + 1].text))
			break;
		longer = realloc(line, strlen(line) + strlen(rows[k + 1].text) + 2);
		if (longer == NULL)
			break;
		line = longer;
		strcat(line, columns < width ? " " : "");
		strcat(line, rows[k + 1].text);
		if (!is_promised(t, line) && (!is_command || columns < width))
			continue;
		free(longest);
		longest = strdup(line);
		*end = k + 2;
	}
	free(line);
	return longest;
}

static void join_rows(struct text *t)
{
	struct shown_lines joined = {0};
	size_t width = 0, end;

	for (size_t i = 0; i < t->lines.count; i++) {
		const size_t columns = columns_of(&t->lines.of[i]);
		width = columns > width ? columns : width;
	}
	for (size_t i = 0; i < t->lines.count; i = end) {
		const struct shown *row = &t->lines.of[i];
		char *whole = NULL;
		end = i + 1;
		if (columns_of(row) + 1 >= width)
			whole = whole_line(t, i, width, &end);
		shown_add(&joined, whole == NULL ? row->text : whole,
			strlen(whole == NULL ? row->text : whole), row->before);
		free(whole);
	}
	shown_free(&t->lines);
	t->lines = joined;
}

void text_understand(struct text *t)
{
	tidy_lines(t);
	prompts_find(&t->prompts, &t->lines, is_command_of_sheet, t);
	if (t->is_window)
		join_rows(t);
	for (size_t i = 0; i < t->lines.count; i++)
		understand_line(t, &t->lines.of[i]);
}

/* A recording of `lab term` tells what was typed itself. */
void text_understand_history(struct text *t, const struct history *h)
{
	size_t line = 0;

	for (size_t d = 0; d <= h->count; d++) {
		const size_t end = d < h->count ? h->entries[d].first : h->line_count;
		for (; line < end; line++)
			text_event(t, SHOWN, OUTPUT, h->lines[line].text);
		if (d == h->count || h->entries[d].kind == COMMAND)
			text_event(t, PROMPT, COMMAND, "");
		if (d < h->count)
			text_event(t, TYPED, h->entries[d].kind, h->entries[d].text);
	}
}
