/*
 * plain.c - see plain.h. A file into lines, lines into what was typed and shown, that into a
 * recording.
 *
 * The recording is made so that one reader serves all. Things typed are dated by their place in the
 * worksheet, for nothing else tells how those of several terminals follow each other; what was
 * shown is dated after all of them.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp, openat, strdup */
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
#include "scroll.h"
#include "state.h"
#include "wording.h"

/* Of one file. Of a prompt. Prompts that look different. Seconds, when what is shown is dated.
 * Things typed. */
enum { FILE_MAX = 64 << 20, PROMPT_MAX = 120, PROMPTS = 8, SHOWN_AT = 1000000, TYPED_MAX = 10000 };

enum happening { PROMPT, TYPED, SHOWN };

struct event {
	enum happening is;
	enum kind kind; /* of what was TYPED */
	char *text;
	double at; /* of what was TYPED */
};

/* What a prompt looks like: "ann@box:~/x$ " begins with "ann@box" and ends with '$'. */
struct prompt {
	char head[PROMPT_MAX];
	char sign;
};

/* A thing that the sheet types in this terminal. */
struct known {
	const struct item *item;
	const char *answer; /* the first line promised behind it, before the next; or NULL */
	int ordinal;        /* the how manieth it is of all terminals' */
};

struct text {
	const struct worksheet *w;
	const char *file; /* for messages */
	char **lines;
	size_t line_count;
	struct prompt prompts[PROMPTS];
	size_t prompt_count;
	struct event *events;
	size_t count;
	struct known *known; /* all that the sheet types in this terminal, in its order */
	size_t item_count;
	size_t at;      /* the item behind the last one that was found */
	time_t changed; /* the file, last */
	int number;     /* n of Tn */
	bool running;   /* a command runs */
	bool is_cast;   /* a recording of `lab term` */
};

/* ---- The sheet's part --------------------------------------------------------------------- */

static bool is_typed(const struct item *item)
{
	return item->kind == COMMAND || item->kind == INPUT || item->kind == KEY;
}

static int list_items(struct text *t)
{
	size_t all = 0;
	int ordinal = 0;

	for (size_t s = 0; s < t->w->count; s++)
		all += t->w->steps[s].count;
	t->known = calloc(all + 1, sizeof *t->known);
	if (t->known == NULL)
		return -1;
	for (size_t s = 0; s < t->w->count; s++) {
		for (size_t i = 0; i < t->w->steps[s].count; i++) {
			const struct item *item = &t->w->steps[s].items[i];
			const bool here = t->w->steps[s].terminal == t->number;
			ordinal += is_typed(item);
			if (here && is_typed(item)) {
				t->known[t->item_count].ordinal = ordinal;
				t->known[t->item_count++].item = item;
			} else if (here && item->kind == OUTPUT && t->item_count > 0 &&
				   t->known[t->item_count - 1].answer == NULL) {
				t->known[t->item_count - 1].answer = item->text;
			}
		}
	}
	return 0;
}

/* How well does what was typed fit the sheet's item? 0: not at all. */
static int fitness(const struct item *item, enum kind kind, const char *text)
{
	struct words words;
	bool same;

	if (item->kind != kind)
		return 0;
	if (kind != COMMAND)
		return strcmp(item->text, text) != 0 ? 0 : kind == KEY ? 1 : 8;
	if (!wording_same_program(item->text, text))
		return 0;
	words = wording_of_command(item->text, text);
	same = words.missing + words.too_much == 0;
	wording_free(&words);
	return same ? 8 : 2;
}

static bool is_command_of_sheet(const struct text *t, const char *typed)
{
	for (size_t i = 0; i < t->item_count; i++)
		if (fitness(t->known[i].item, COMMAND, typed) > 0)
			return true;
	return false;
}

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
	char **longer = t->line_count % 256 != 0
				? t->lines
				: realloc(t->lines, (t->line_count + 256) * sizeof *longer);

	if (longer == NULL)
		return;
	t->lines = longer;
	t->lines[t->line_count] = strdup(line);
	t->line_count += t->lines[t->line_count] != NULL;
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

/* script(1) says when it began and ended. */
static void drop_script_lines(struct text *t)
{
	for (size_t i = 0; i < t->line_count; i++) {
		if (strncmp(t->lines[i], "Script started on ", 18) != 0 &&
			strncmp(t->lines[i], "Script done on ", 15) != 0)
			continue;
		free(t->lines[i]);
		memmove(&t->lines[i], &t->lines[i + 1], (t->line_count - i - 1) * sizeof *t->lines);
		t->line_count--;
		i--;
	}
}

/* ---- Prompts ------------------------------------------------------------------------------ */

static const char signs[] = "$#%>";

static struct prompt prompt_shape(const char *line, size_t length)
{
	struct prompt p = {.sign = line[length - 1]};
	size_t head = strcspn(line, ":~/ ");

	head = head < length - 1 ? head : length - 1;
	memcpy(p.head, line, head);
	return p;
}

/* Where the command begins in a line that begins with such a prompt; NULL if it does not. */
static const char *behind_prompt(const struct prompt *p, const char *line)
{
	const size_t head = strlen(p->head);

	if (strncmp(line, p->head, head) != 0)
		return NULL;
	if (head == 0)
		return line[0] == p->sign && (line[1] == ' ' || line[1] == '\0')
			       ? line + 1 + strspn(line + 1, " ")
			       : NULL;
	for (const char *c = line + head; *c != '\0' && c - line < PROMPT_MAX; c++)
		if (*c == p->sign && (c[1] == ' ' || c[1] == '\0'))
			return c + 1 + strspn(c + 1, " ");
	return NULL;
}

static const char *command_in(const struct text *t, const char *line)
{
	const char *command = NULL;

	for (size_t i = 0; i < t->prompt_count && command == NULL; i++)
		command = behind_prompt(&t->prompts[i], line);
	return command;
}

/* A line that ends with a command of the sheet begins with a prompt. */
static void learn_prompts(struct text *t)
{
	for (size_t i = 0; i < t->line_count && t->prompt_count < PROMPTS; i++) {
		const char *line = t->lines[i];
		if (command_in(t, line) != NULL)
			continue;
		for (const char *c = line; *c != '\0' && c - line < PROMPT_MAX - 1; c++) {
			if (strchr(signs, *c) == NULL || c[1] != ' ' ||
				!is_command_of_sheet(t, c + 2))
				continue;
			t->prompts[t->prompt_count] = prompt_shape(line, (size_t)(c - line) + 1);
			t->prompt_count += c == line || t->prompts[t->prompt_count].head[0] != '\0';
			break;
		}
	}
}

/* ---- What was typed and shown ------------------------------------------------------------- */

static void add_event(struct text *t, enum happening is, enum kind kind, const char *text)
{
	struct event *longer = t->count % 256 != 0
				       ? t->events
				       : realloc(t->events, (t->count + 256) * sizeof *longer);
	char *copy = strdup(text);

	if (longer != NULL)
		t->events = longer;
	if (longer == NULL || copy == NULL) {
		free(copy);
		return;
	}
	t->events[t->count++] = (struct event){.is = is, .kind = kind, .text = copy};
}

/* Look for the item from which the lines that follow are to be understood. */
static void command_typed(struct text *t, const char *command)
{
	size_t best = t->item_count;
	int most = 0;

	for (size_t k = 0; k < t->item_count; k++) {
		const size_t i =
			(t->at + k) % t->item_count; /* one that was typed again may stand before */
		const int fits = fitness(t->known[i].item, COMMAND, command);
		if (fits > most) {
			most = fits;
			best = i;
		}
	}
	t->at = best < t->item_count ? best + 1 : t->at;
	add_event(t, TYPED, COMMAND, command);
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
		add_event(t, TYPED, KEY, "^D");
		if (t->known[t->at].answer != NULL)
			move_before(t, t->known[t->at].answer);
		t->at++;
	}
	add_event(t, PROMPT, COMMAND, "");
	t->running = false;
}

static void key_typed(struct text *t, const char *key)
{
	const char name[] = {'^', key[1], '\0'};

	add_event(t, TYPED, KEY, name);
	for (size_t i = t->at; i < t->item_count && t->known[i].item->kind != COMMAND; i++)
		if (fitness(t->known[i].item, KEY, name) > 0) {
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
		add_event(t, TYPED, INPUT, t->known[i].item->text);
		t->at = i + 1;
		return true;
	}
	return false;
}

static bool is_key(const char *text)
{
	return text[0] == '^' && text[1] != '\0' && strchr("CDZ\\]", text[1]) != NULL;
}

static void understand_line(struct text *t, const char *line)
{
	const char *command;
	size_t length;

	while (t->running && is_key(line)) {
		key_typed(t, line);
		line += 2;
		if (line[0] == '\0')
			return;
	}
	command = command_in(t, line);
	if (command != NULL) {
		prompt_shown(t);
		length = strlen(command);
		if (length > 0 && (length < 2 || strcmp(command + length - 2, "^C") != 0))
			command_typed(t, command);
	} else if (t->running && !input_typed(t, line)) {
		length = strlen(line);
		if (length > 2 && is_key(line + length - 2)) {
			char *before = strdup(line);
			if (before == NULL)
				return;
			before[length - 2] = '\0';
			add_event(t, SHOWN, OUTPUT, before);
			free(before);
			key_typed(t, line + length - 2);
		} else {
			add_event(t, SHOWN, OUTPUT, line);
		}
	}
}

static void understand(struct text *t)
{
	drop_script_lines(t);
	learn_prompts(t);
	for (size_t i = 0; i < t->line_count; i++)
		understand_line(t, t->lines[i]);
}

/* A recording of `lab term` tells what was typed itself. */
static void understand_history(struct text *t, const struct history *h)
{
	size_t line = 0;

	for (size_t d = 0; d <= h->count; d++) {
		const size_t end = d < h->count ? h->entries[d].first : h->line_count;
		for (; line < end; line++)
			add_event(t, SHOWN, OUTPUT, h->lines[line].text);
		if (d == h->count || h->entries[d].kind == COMMAND)
			add_event(t, PROMPT, COMMAND, "");
		if (d < h->count)
			add_event(t, TYPED, h->entries[d].kind, h->entries[d].text);
	}
}

/* ---- Dates -------------------------------------------------------------------------------- */

/* The things typed, as they fit the sheet's items best in order: best[e][i] is how well those from
 * e on fit the items from i on. */
struct fit {
	size_t *typed; /* indices of events */
	int *best;
	size_t typed_count, item_count;
};

static int *best_from(const struct fit *f, size_t e, size_t i)
{
	return &f->best[e * (f->item_count + 1) + i];
}

static int fit_typed(struct text *t, struct fit *f)
{
	*f = (struct fit){
		.item_count = t->item_count, .typed = calloc(t->count + 1, sizeof *f->typed)};
	for (size_t e = 0; f->typed != NULL && e < t->count; e++)
		if (t->events[e].is == TYPED && f->typed_count < TYPED_MAX)
			f->typed[f->typed_count++] = e;
	f->best = calloc((f->typed_count + 1) * (f->item_count + 1), sizeof *f->best);
	if (f->typed == NULL || f->best == NULL)
		return -1;
	for (size_t e = f->typed_count; e-- > 0;) {
		for (size_t i = f->item_count; i-- > 0;) {
			const int fits = fitness(t->known[i].item, t->events[f->typed[e]].kind,
				t->events[f->typed[e]].text);
			const int later = *best_from(f, e + 1, i), other = *best_from(f, e, i + 1);
			const int without = later > other ? later : other;
			const int with = fits == 0 ? 0 : fits + *best_from(f, e + 1, i + 1);
			*best_from(f, e, i) = with > without ? with : without;
		}
	}
	return 0;
}

static bool is_best(const struct text *t, const struct fit *f, size_t e, size_t i)
{
	const int fits =
		fitness(t->known[i].item, t->events[f->typed[e]].kind, t->events[f->typed[e]].text);

	return fits > 0 && fits + *best_from(f, e + 1, i + 1) == *best_from(f, e, i);
}

/*
 * Date what was typed by the place in the worksheet that it fits, such that the whole fits best and
 * the order stays; what fits nowhere comes right after what was typed before it.
 */
static int date(struct text *t)
{
	struct fit f;
	const int result = fit_typed(t, &f);
	double now = 0;
	size_t i = 0;

	for (size_t e = 0; result == 0 && e < f.typed_count; e++) {
		if (*best_from(&f, e, i) == *best_from(&f, e + 1, i)) {
			now += 1e-5; /* as good without it */
		} else {
			while (!is_best(t, &f, e, i))
				i++;
			now = t->known[i++].ordinal;
		}
		t->events[f.typed[e]].at = now;
	}
	free(f.typed);
	free(f.best);
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
		result = scroll_read(bytes + skip, size - skip,
			head_number(bytes, size, "COLUMNS="), add_line, t);
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
		understand_history(t, &h);
	history_free(&h);
	return result == 1 && date(t) == 0 ? write_recording(t, folder, name)
					   : complain(t, "it is not a recording");
}

static int make_recording(struct text *t, int folder, const char *name)
{
	size_t typed = 0;

	understand(t);
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
	if (date(t) == 0 && write_recording(t, folder, name) == 0)
		return 0;
	return complain(t, strerror(errno));
}

static void text_free(struct text *t)
{
	for (size_t i = 0; i < t->line_count; i++)
		free(t->lines[i]);
	for (size_t e = 0; e < t->count; e++)
		free(t->events[e].text);
	free(t->lines);
	free(t->events);
	free(t->known);
}

/* Write the recordings of all files. Returns how many there are. */
static int write_recordings(const struct worksheet *w, const char *const files[], int folder)
{
	struct text texts[TERMINALS_MAX + 1];
	bool good[TERMINALS_MAX + 1] = {false}, timed = true;
	char name[24];
	time_t newest = 0;
	int count = 0;

	for (int n = 1; n <= TERMINALS_MAX; n++) {
		texts[n] = (struct text){.w = w, .number = n, .file = files[n]};
		snprintf(name, sizeof name, "T%d.cast", n);
		good[n] = files[n] != NULL && list_items(&texts[n]) == 0 &&
			  read_file(&texts[n], folder, name) == 0;
		timed = timed && (!good[n] || texts[n].is_cast);
		newest = good[n] && texts[n].changed > newest ? texts[n].changed : newest;
	}
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		snprintf(name, sizeof name, "T%d.cast", n);
		texts[n].changed = newest;
		if (good[n] && !timed)
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
	int folder;

	snprintf(path, sizeof path, "%s/lab-plain-XXXXXX",
		place == NULL || place[0] == '\0' ? "/tmp" : place);
	folder = mkdtemp(path) == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder == -1) {
		fprintf(stderr, "lab: make the folder %s: %s\n", path, strerror(errno));
		return NULL;
	}
	if (write_recordings(w, files, folder) > 0 && (p = progress_open(w)) != NULL) {
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
