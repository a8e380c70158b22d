/*
 * plain.c - see plain.h. Files into lines; what text.h makes of these into a recording.
 *
 * The recording is made so that one reader serves all. Things typed are dated by their place in the
 * worksheet, for nothing else tells how those of several terminals follow each other; what was
 * shown is dated after all of them.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp, openat */
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cast.h"
#include "history.h"
#include "prompts.h"
#include "scroll.h"
#include "state.h"
#include "text.h"

/* Of one file. Seconds, when what is shown is dated. */
enum { FILE_MAX = 64 << 20, SHOWN_AT = 1000000 };

/* ---- Reading a file ----------------------------------------------------------------------- */

static int complain(const struct text *t, const char *why)
{
	fprintf(stderr, "lab: T%d=%s: %s\n", t->number, t->file, why);
	return -1;
}

/* All of a file, or of a pipe whose writer is slow; and when it was changed. The caller frees it;
 * NULL with errno. */
static char *read_all(const char *file, size_t *size, time_t *changed)
{
	struct stat st;
	const int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *bytes = NULL, *longer;
	size_t room = 0;
	ssize_t n = 1;

	*size = 0;
	if (fd != -1 && fstat(fd, &st) == 0)
		*changed = st.st_mtime;
	while (fd != -1 && n != 0) {
		if (*size == room) {
			room = room * 2 + 65536;
			longer = room > FILE_MAX ? NULL : realloc(bytes, room);
			if (longer == NULL) {
				errno = EFBIG;
				break;
			}
			bytes = longer;
		}
		n = read(fd, bytes + *size, room - *size);
		if (n == -1 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
		else if (n == -1)
			break;
		*size += n > 0 ? (size_t)n : 0;
	}
	if (fd != -1)
		close(fd);
	if (fd != -1 && n == 0)
		return bytes;
	free(bytes);
	return NULL;
}

static void add_line(void *reader, const char *line)
{
	struct text *t = reader;

	shown_add(&t->lines, line, strlen(line), 0);
}

/* The text behind `key` in the file's first line; NULL if it has no such key. */
static const char *head_value(const char *bytes, size_t size, const char *key)
{
	static char head[512];
	const char *end = memchr(bytes, '\n', size);
	const size_t length = end == NULL ? 0 : (size_t)(end - bytes);
	const char *at;

	if (length == 0 || length >= sizeof head)
		return NULL;
	memcpy(head, bytes, length);
	head[length] = '\0';
	at = strstr(head, key);
	return at == NULL ? NULL : at + strlen(key) + strspn(at + strlen(key), " \":");
}

static size_t head_number(const char *bytes, size_t size, const char *key)
{
	const char *value = head_value(bytes, size, key);

	return value == NULL ? 0 : strtoul(value, NULL, 10);
}

static int write_file(
	int folder, const char *name, const char *head, const char *bytes, size_t size)
{
	const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *to = fd == -1 ? NULL : fdopen(fd, "w");
	bool good;

	if (to == NULL)
		return -1;
	good = fputs(head, to) != EOF && fwrite(bytes, 1, size, to) == size;
	return fclose(to) == 0 && good ? 0 : -1;
}

/* What an asciicast's terminal was sent, joined. */
struct sent {
	FILE *to;
};

static void take_output(void *reader, double seconds, char kind, const char *bytes, size_t size)
{
	const struct sent *sent = reader;

	(void)seconds;
	if (kind == 'o')
		fwrite(bytes, 1, size, sent->to);
}

/* An asciicast of somebody else's recorder: only what was shown. Its head becomes one of ours, so
 * that it can be read. */
static int read_cast(struct text *t, int folder, const char *bytes, size_t size)
{
	const char *events = memchr(bytes, '\n', size);
	size_t width = head_number(bytes, size, "\"width\"");
	char *all = NULL;
	size_t all_size = 0;
	struct sent sent = {.to = open_memstream(&all, &all_size)};
	struct cast_head head;
	off_t from = 0;
	int result = -1;

	width = width == 0 ? head_number(bytes, size, "\"cols\"") : width;
	if (sent.to == NULL)
		return -1;
	if (events != NULL && write_file(folder, "other.cast",
				      "{\"version\": 2, \"timestamp\": 1, \"worksheet\": \"0\"}",
				      events, size - (size_t)(events - bytes)) == 0)
		result = cast_read(folder, "other.cast", &head, &from, take_output, &sent) < 0 ? -1
											       : 0;
	unlinkat(folder, "other.cast", 0);
	fclose(sent.to);
	if (result == 0)
		result = scroll_read(all, all_size, width, add_line, t);
	free(all);
	return result;
}

/* script(1) may have been told to append to what it wrote before, from a window of another width. */
static const char *next_session(const char *bytes, size_t size)
{
	const char *end = bytes + size, *at = bytes;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end)
		if ((size_t)(end - at) > strlen(TEXT_BEGUN) &&
			memcmp(at, TEXT_BEGUN, strlen(TEXT_BEGUN)) == 0)
			return at;
	return end;
}

static int read_typescript(struct text *t, const char *bytes, size_t size)
{
	int result = 0;

	while (size > 0 && result == 0) {
		const size_t length = (size_t)(next_session(bytes, size) - bytes);
		result = scroll_read(
			bytes, length, head_number(bytes, length, "COLUMNS="), add_line, t);
		bytes += length;
		size -= length;
	}
	return result;
}

/* ---- The recording ------------------------------------------------------------------------ */

static void write_event(FILE *to, double at, char kind, const char *text, const char *end)
{
	fprintf(to, "[%.6f, \"%c\", \"", at, kind);
	cast_text(to, text, strlen(text), true);
	fprintf(to, "%s\"]\n", end);
}

static void write_typed(FILE *to, const struct event *v)
{
	char *command;
	size_t size;
	FILE *text;

	switch (v->kind) {
	case COMMAND:
		text = open_memstream(&command, &size);
		if (text == NULL)
			return;
		fprintf(text, "command: %s", v->text);
		fclose(text);
		write_event(to, v->at, 'm', "prompt", "");
		write_event(to, v->at, 'i', "", "\\r");
		write_event(to, v->at, 'm', command, "");
		free(command);
		break;
	case INPUT:
		write_event(to, v->at, 'i', v->text, "\\r");
		write_event(to, v->at, 'o', v->text, v->text[0] == '\0' ? "" : "\\r\\n");
		break;
	default:
		fprintf(to, "[%.6f, \"i\", \"\\u%04x\"]\n", v->at, (unsigned)v->text[1] & 0x1f);
	}
}

static int write_recording(const struct text *t, int folder, const char *name)
{
	char *events = NULL, head[128];
	size_t size = 0;
	FILE *to = open_memstream(&events, &size);
	int result;

	if (to == NULL)
		return -1;
	for (size_t e = 0; e < t->count; e++) {
		const struct event *v = &t->events[e];
		if (v->is == TYPED)
			write_typed(to, v);
		else if (v->is == SHOWN)
			write_event(to, SHOWN_AT, 'o', v->text, "\\r\\n");
		else
			write_event(to, v->at, 'm', "prompt", "");
	}
	write_event(to, 0, 'o', "", ""); /* the last event tells when the work ended */
	fclose(to);
	snprintf(head, sizeof head,
		"{\"version\": 2, \"timestamp\": %lld, \"worksheet\": \"%016llx\"}\n",
		(long long)t->changed, state_version(t->w));
	result = write_file(folder, name, head, events, size);
	free(events);
	return result;
}

/* ---- The whole ---------------------------------------------------------------------------- */

static bool is_binary(const char *bytes, size_t size)
{
	return memchr(bytes, '\0', size < 4096 ? size : 4096) != NULL &&
	       memchr(bytes, '\033', size) == NULL;
}

static int read_file(struct text *t, int folder, const char *name)
{
	size_t size, skip = 0;
	char *bytes = read_all(t->file, &size, &t->changed);
	int result = 0;

	if (bytes == NULL)
		return complain(t, strerror(errno));
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		skip = 3;
	if (size - skip == 0) {
		result = complain(t, "it is empty");
	} else if (is_binary(bytes, size)) {
		result = complain(t, "it is no text");
	} else if (bytes[skip] == '{' && head_number(bytes, size, "\"version\"") > 0) {
		t->is_cast = head_value(bytes, size, "\"worksheet\"") != NULL;
		if (t->is_cast)
			result = write_file(folder, name, "", bytes, size);
		else if (read_cast(t, folder, bytes, size) == -1)
			result = complain(t, "it looks like an asciicast, but is none");
	} else {
		t->is_window = memchr(bytes, '\033', size) == NULL;
		result = read_typescript(t, bytes + skip, size - skip);
	}
	free(bytes);
	return result;
}

/* Some of the others have no times: so these count as little. */
static int forget_times(struct text *t, int folder, const char *name)
{
	struct history h = {0};
	const int result = history_update(&h, folder, t->number);

	if (result == 1)
		text_understand_history(t, &h);
	history_free(&h);
	return result == 1 && text_date(t) == 0 ? write_recording(t, folder, name)
						: complain(t, "it is not a recording");
}

static int make_recording(struct text *t, int folder, const char *name)
{
	size_t typed = 0;

	text_understand(t);
	for (size_t e = 0; e < t->count; e++)
		typed += t->events[e].is == TYPED;
	if (typed == 0) {
		fprintf(stderr,
			"lab: T%d=%s: no prompt with a command that %s has in T%d; is it another "
			"lab's, or another "
			"terminal's?\n",
			t->number, t->file, t->w->name, t->number);
		return -1;
	}
	if (text_date(t) == 0 && write_recording(t, folder, name) == 0)
		return 0;
	return complain(t, strerror(errno));
}

/* Write the recordings of all files; *timed: their times are known. Returns how many there are. */
static int write_recordings(
	const struct worksheet *w, const char *const files[], int folder, bool *timed)
{
	struct text texts[TERMINALS_MAX + 1];
	bool good[TERMINALS_MAX + 1] = {false};
	char name[24];
	time_t newest = 0;
	int count = 0;

	*timed = true;
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		texts[n] = (struct text){.w = w, .number = n, .file = files[n]};
		snprintf(name, sizeof name, "T%d.cast", n);
		good[n] = files[n] != NULL && text_list(&texts[n]) == 0 &&
			  read_file(&texts[n], folder, name) == 0;
		*timed = *timed && (!good[n] || texts[n].is_cast);
		newest = good[n] && texts[n].changed > newest ? texts[n].changed : newest;
	}
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		snprintf(name, sizeof name, "T%d.cast", n);
		texts[n].changed = newest;
		if (good[n] && !*timed)
			good[n] = (texts[n].is_cast ? forget_times : make_recording)(
					  &texts[n], folder, name) == 0;
		count += good[n];
		text_free(&texts[n]);
	}
	return count;
}

static void remove_folder(const char *path, int folder)
{
	char name[24];

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		snprintf(name, sizeof name, "T%d.cast", n);
		unlinkat(folder, name, 0);
	}
	close(folder);
	rmdir(path);
}

struct progress *plain_progress(
	const struct worksheet *w, const char *const files[TERMINALS_MAX + 1])
{
	const char *place = getenv("TMPDIR");
	char path[PATH_SIZE];
	struct progress *p = NULL;
	bool timed;
	int folder;

	snprintf(path, sizeof path, "%s/lab-plain-XXXXXX",
		place == NULL || place[0] == '\0' ? "/tmp" : place);
	folder = mkdtemp(path) == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder == -1) {
		fprintf(stderr, "lab: make the folder %s: %s\n", path, strerror(errno));
		return NULL;
	}
	if (write_recordings(w, files, folder, &timed) > 0 && (p = progress_open(w)) != NULL) {
		p->timeless = !timed;
		const int result = progress_update(p, folder);
		if (p->complaint[0] != '\0')
			fprintf(stderr, "lab: %s\n", p->complaint);
		if (result == -1) {
			progress_close(p);
			p = NULL;
		}
	}
	remove_folder(path, folder);
	return p;
}
