/*
 * history.c - see history.h.
 *
 * Between a prompt and the start of a command the screen shows line editing: that is passed over,
 * for the shell has told the command itself. While a program runs the terminal echoes what is typed
 * into it; the echo is told from output by knowing what was typed.
 */
#define _XOPEN_SOURCE 700 /* strdup, strndup, fstatat */
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cast.h"
#include "jobs.h"

/* Of one line of input. Of the lines kept of one entry, and of all before only a little of each is
 * kept: bytes, with what a line costs besides. */
enum {
	TYPED_SIZE = 1024,
	LINE_COST = 64,
	SHOWN_MAX = 48 << 20,
	ALL_MAX = 128 << 20,
	LITTLE = 1 << 16
};

struct reader {
	struct history *history;
	struct screen screen;
	struct cast_head head;
	off_t from; /* the recording has been read so far */
	ino_t inode;
	double now;           /* the time of the event that is being read */
	double enter, prompt; /* when Enter was typed last, when the prompt was shown last */
	size_t entries_room, lines_room;
	size_t shown, all;      /* bytes of the latest entry's lines, of all lines */
	bool running;           /* a command runs, as against: a line is edited at the prompt */
	bool is_open;           /* the last line is not complete: it shows as far as it goes */
	char typed[TYPED_SIZE]; /* the line that is being typed into a program */
	size_t typed_size;
	bool in_escape; /* an arrow key and its like */
	char *echo;     /* the line that was typed last; its echo is not output */
};

/* ---- Collecting --------------------------------------------------------------------------- */

static void add_entry(struct reader *r, enum kind kind, const char *text, size_t size)
{
	struct history *t = r->history;
	struct entry *longer;

	if (t->count == r->entries_room) {
		longer = realloc(t->entries, (t->count * 2 + 16) * sizeof *longer);
		if (longer == NULL)
			return;
		t->entries = longer;
		r->entries_room = t->count * 2 + 16;
	}
	t->entries[t->count++] = (struct entry){
		.kind = kind, .text = strndup(text, size), .first = t->line_count, .at = r->now};
	r->shown = 0;
}

static bool has_room_for_line(struct reader *r)
{
	struct history *t = r->history;
	const size_t room = t->line_count * 2 + 64;
	void *larger;

	if (t->line_count < r->lines_room)
		return true;
	larger = realloc(t->lines, room * sizeof *t->lines);
	if (larger == NULL)
		return false;
	t->lines = larger;
	larger = realloc(t->times, room * sizeof *t->times);
	if (larger == NULL)
		return false;
	t->times = larger;
	r->lines_room = room;
	return true;
}

/* The line before the last, where it is empty and of the same command: the shell's remark is set off. */
static void pass_over_empty(struct history *t)
{
	const size_t first = t->count > 0 ? t->entries[t->count - 1].first : 0;

	if (t->line_count >= first + 2 && t->lines[t->line_count - 2].text[0] == '\0')
		t->lines[t->line_count - 2].soft = true;
}

static void keep_line(struct reader *r, const char *text)
{
	struct history *t = r->history;
	const size_t cost = strlen(text) + LINE_COST;

	if (r->shown + cost > (r->all < ALL_MAX ? SHOWN_MAX : LITTLE)) {
		if (t->count > 0)
			t->entries[t->count - 1].forgotten = true;
		return;
	}
	if (!has_room_for_line(r))
		return;
	r->shown += cost;
	r->all += cost;
	t->times[t->line_count] = r->now;
	t->lines[t->line_count++] =
		(struct line){.text = strdup(text), .soft = jobs_is_remark(text)};
	if (jobs_is_stop(text))
		pass_over_empty(t);
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* The line on the screen, without what only echoes; NULL if nothing else is there. */
static const char *line_shown(struct reader *r)
{
	char *text = r->screen.text;

	text[r->screen.length] = '\0';
	/* Typed but not entered yet, and already echoed at the beginning of this line. */
	if (r->typed_size > 0 && strncmp(text, r->typed, r->typed_size) == 0)
		text += r->typed_size;
	if (strncmp(text, "^C", 2) == 0 || strncmp(text, "^Z", 2) == 0 ||
		strncmp(text, "^\\", 2) == 0 || strncmp(text, "^]", 2) == 0)
		text += 2; /* the echo of a key */
	if (r->echo != NULL && (ends_with(r->echo, text) || ends_with(text, r->echo)))
		return NULL;
	return text != r->screen.text && text[0] == '\0' ? NULL : text;
}

static void add_line(struct reader *r)
{
	const char *text = line_shown(r);

	if (text != NULL)
		keep_line(r, text);
	free(r->echo);
	r->echo = NULL;
	screen_clear(&r->screen);
}

/* While a recording grows: a line that is not complete, as far as it goes. */
static void show_open_line(struct reader *r)
{
	const size_t before = r->history->line_count;
	const char *text = r->running && r->screen.length > 0 ? line_shown(r) : NULL;

	if (text != NULL)
		keep_line(r, text);
	r->is_open = r->history->line_count > before;
}

static void take_back_open_line(struct reader *r)
{
	struct history *t = r->history;

	if (!r->is_open)
		return;
	r->is_open = false;
	t->line_count--;
	r->shown -= strlen(t->lines[t->line_count].text) + LINE_COST;
	r->all -= strlen(t->lines[t->line_count].text) + LINE_COST;
	free(t->lines[t->line_count].text);
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
		r->in_escape = !((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
				 byte == '~');
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
	for (size_t i = t->count; i > 0 && !t->entries[i - 1].ended; i--) {
		t->entries[i - 1].ended = true;
		t->entries[i - 1].ended_at = r->now;
	}
	screen_clear(&r->screen);
	free(r->echo);
	r->echo = NULL;
	r->running = false;
	r->typed_size = 0;
	r->prompt = r->now;
}

/*
 * The shell's word that it starts a command may be written down after what the command causes in
 * another terminal. What counts is when Enter was typed; of what was typed ahead, when the prompt
 * came.
 */
static void start_command(struct reader *r, const char *text, size_t size)
{
	const double now = r->now, prompt = r->prompt;

	prompted(r);
	r->now = r->enter > prompt ? r->enter : prompt;
	r->now = r->now > 0 ? r->now : now;
	add_entry(r, COMMAND, text, size);
	r->now = now;
	r->running = true;
}

static void told(void *reader, double seconds, char kind, const char *bytes, size_t size)
{
	static const char command[] = "command: ";
	struct reader *r = reader;
	struct history *t = r->history;

	r->now = r->head.begin + seconds;
	t->begun = t->begun == 0 ? r->now : t->begun;
	t->last = r->now;
	if (kind == 'm' && size == 6 && memcmp(bytes, "prompt", 6) == 0) {
		prompted(r);
	} else if (kind == 'm' && size >= sizeof command - 1 &&
		   memcmp(bytes, command, sizeof command - 1) == 0) {
		start_command(r, bytes + sizeof command - 1, size - (sizeof command - 1));
	} else if (kind == 'o' && r->running) {
		shown(r, bytes, size);
	} else if (kind == 'i') {
		for (size_t i = 0; i < size && r->running; i++)
			typed(r, bytes[i]);
		r->enter = memchr(bytes, '\r', size) != NULL ? r->now : r->enter;
	}
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* Begin to read, if nothing was read yet, or another file stands there now. */
static bool prepare(struct history *t, const struct stat *st)
{
	const int number = t->number;

	if (t->reader != NULL && t->reader->inode == st->st_ino && t->reader->from <= st->st_size)
		return true;
	history_free(t);
	*t = (struct history){.number = number, .reader = calloc(1, sizeof *t->reader)};
	if (t->reader == NULL)
		return false;
	t->reader->history = t;
	t->reader->inode = st->st_ino;
	return true;
}

int history_update(struct history *t, int recordings, int number)
{
	struct stat st;
	char name[16];
	int result;

	t->number = number;
	snprintf(name, sizeof name, "T%d.cast", number);
	if (fstatat(recordings, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (t->reader != NULL && t->reader->inode == st.st_ino && t->reader->from == st.st_size)
		return 0;
	if (!prepare(t, &st))
		return -1;
	take_back_open_line(t->reader);
	result = cast_read(recordings, name, &t->reader->head, &t->reader->from, told, t->reader);
	show_open_line(t->reader);
	if (result < 0)
		return result == -1 && errno == ENOENT ? 0 : result;
	t->version = t->reader->head.version;
	t->recorded = true;
	t->cut = t->cut || result == 1;
	return 1;
}

void history_free(struct history *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->entries[i].text);
	for (size_t i = 0; i < t->line_count; i++)
		free(t->lines[i].text);
	free(t->entries);
	free(t->lines);
	free(t->times);
	if (t->reader != NULL)
		free(t->reader->echo);
	free(t->reader);
}
