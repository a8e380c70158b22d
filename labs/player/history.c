/*
 * history.c - see history.h.
 *
 * Between a prompt and the start of a command the screen shows line editing: that is passed over, for
 * the shell has told the command itself. While a program runs the terminal echoes what is typed into
 * it; the echo is told from output by knowing what was typed.
 */
#define _XOPEN_SOURCE 700 /* strdup, strndup */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "pty.h"

enum { TYPED_SIZE = 1024 };

struct reader {
	struct history *history;
	struct screen screen;
	bool running;           /* a command runs, as against: a line is edited at the prompt */
	char typed[TYPED_SIZE]; /* the line that is being typed into a program */
	size_t typed_size;
	bool in_escape; /* an arrow key and its like */
	char *echo;     /* the line that was typed last; its echo is not output */
};

/* ---- Collecting --------------------------------------------------------------------------- */

static void add_entry(struct reader *r, enum kind kind, const char *text, size_t size)
{
	struct history *t = r->history;
	struct entry *entries = realloc(t->entries, (t->count + 1) * sizeof *entries);

	if (entries == NULL)
		return;
	t->entries = entries;
	t->entries[t->count++] =
		(struct entry){.kind = kind, .text = strndup(text, size), .first = t->line_count};
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void add_line(struct reader *r)
{
	struct history *t = r->history;
	char *text = r->screen.text;
	struct line *lines;

	text[r->screen.length] = '\0';
	/* Typed but not entered yet, and already echoed at the beginning of this line. */
	if (r->typed_size > 0 && strncmp(text, r->typed, r->typed_size) == 0)
		text += r->typed_size;
	if (strncmp(text, "^C", 2) == 0 || strncmp(text, "^Z", 2) == 0 || strncmp(text, "^\\", 2) == 0 ||
		strncmp(text, "^]", 2) == 0)
		text += 2; /* the echo of a key */
	const bool echo = r->echo != NULL && (ends_with(r->echo, text) || ends_with(text, r->echo));
	const bool key = text != r->screen.text && text[0] == '\0';
	free(r->echo);
	r->echo = NULL;
	lines = echo || key ? NULL : realloc(t->lines, (t->line_count + 1) * sizeof *lines);
	if (lines != NULL) {
		t->lines = lines;
		t->lines[t->line_count++] =
			(struct line){.text = strdup(text), .soft = pty_is_job_remark(text)};
	}
	screen_clear(&r->screen);
}

/* ---- What was typed into a program -------------------------------------------------------- */

static void rub_out(struct reader *r)
{
	while (r->typed_size > 0 && ((unsigned char)r->typed[--r->typed_size] & 0xc0) == 0x80)
		; /* the later bytes of one UTF-8 character */
}

static void enter(struct reader *r)
{
	add_entry(r, INPUT, r->typed, r->typed_size);
	free(r->echo);
	r->echo = r->typed_size > 0 ? strndup(r->typed, r->typed_size) : NULL;
	r->typed_size = 0;
}

static void typed_key(struct reader *r, char key)
{
	const char name[] = {'^', (char)(key | 0x40), '\0'};

	add_entry(r, KEY, name, 2);
	r->typed_size = 0;
}

static void typed(struct reader *r, char byte)
{
	if (r->in_escape) {
		r->in_escape = !((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '~');
		return;
	}
	switch (byte) {
	case '\r':
	case '\n':
		enter(r);
		break;
	case 0x7f:
	case '\b':
		rub_out(r);
		break;
	case 'U' & 0x1f: /* the line is thrown away */
		r->typed_size = 0;
		break;
	case '\033':
		r->in_escape = true;
		break;
	case 'C' & 0x1f:
	case 'D' & 0x1f:
	case 'Z' & 0x1f:
	case '\\' & 0x1f:
	case ']' & 0x1f:
		typed_key(r, byte);
		break;
	default:
		if (r->typed_size < TYPED_SIZE - 1)
			r->typed[r->typed_size++] = byte;
	}
}

/* ---- Events ------------------------------------------------------------------------------- */

static void shown(struct reader *r, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (screen_feed(&r->screen, bytes[i]) == '\n')
			add_line(r);
}

static void prompted(struct reader *r)
{
	struct history *t = r->history;

	if (r->running && r->screen.length > 0)
		add_line(r);
	for (size_t i = t->count; i > 0 && !t->entries[i - 1].ended; i--)
		t->entries[i - 1].ended = true;
	screen_clear(&r->screen);
	free(r->echo);
	r->echo = NULL;
	r->running = false;
	r->typed_size = 0;
}

static void told(void *reader, double seconds, char kind, const char *bytes, size_t size)
{
	static const char command[] = "command: ";
	struct reader *r = reader;

	(void)seconds;
	if (kind == 'm' && size == 6 && memcmp(bytes, "prompt", 6) == 0) {
		prompted(r);
	} else if (kind == 'm' && size >= sizeof command - 1 && memcmp(bytes, command, sizeof command - 1) == 0) {
		prompted(r);
		add_entry(r, COMMAND, bytes + sizeof command - 1, size - (sizeof command - 1));
		r->running = true;
	} else if (kind == 'o' && r->running) {
		shown(r, bytes, size);
	} else if (kind == 'i' && r->running) {
		for (size_t i = 0; i < size; i++)
			typed(r, bytes[i]);
	}
}

int history_read(struct history *t, const struct state *s, int number)
{
	struct reader *r = calloc(1, sizeof *r);
	char name[16];
	int result;

	*t = (struct history){0};
	if (r == NULL)
		return -1;
	r->history = t;
	snprintf(name, sizeof name, "T%d.cast", number);
	result = cast_read(s->folder, name, &t->version, told, r);
	if (r->running && r->screen.length > 0)
		add_line(r);
	free(r->echo);
	free(r);
	t->recorded = result >= 0;
	t->cut = result == 1;
	if (result == -1 && errno != ENOENT)
		fprintf(stderr, "lab: %s/%s: %s\n", s->path, name, strerror(errno));
	else if (result == -2)
		fprintf(stderr, "lab: %s/%s: not a recording of yours\n", s->path, name);
	return result == -2 || (result == -1 && errno != ENOENT) ? -1 : 0;
}

void history_free(struct history *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->entries[i].text);
	for (size_t i = 0; i < t->line_count; i++)
		free(t->lines[i].text);
	free(t->entries);
	free(t->lines);
}
