/* worksheet.c - see worksheet.h. From the file's bytes to its steps, top to bottom. */
#include "worksheet.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cause.h"

enum { SIZE_MAX_BYTES = 1 << 20 };

static void *must(void *memory)
{
	if (memory != NULL)
		return memory;
	fputs("lab: no memory left\n", stderr);
	exit(1);
}

static char *copy(const char *text, size_t length)
{
	char *c = must(malloc(length + 1));

	memcpy(c, text, length);
	c[length] = '\0';
	return c;
}

int worksheet_wrong(const struct worksheet *w, int line, const char *format, ...)
{
	va_list arguments;

	if (line > 0)
		fprintf(stderr, "lab: %s:%d: ", w->path, line);
	else
		fprintf(stderr, "lab: %s: ", w->path);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return -1;
}

/* ---- The file ----------------------------------------------------------------------------- */

static int read_text(struct worksheet *w)
{
	struct stat st;
	ssize_t n = 0;
	int fd = open(w->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return worksheet_wrong(w, 0, "%s", strerror(errno));
	if (fstat(fd, &st) == -1 || S_ISDIR(st.st_mode)) {
		close(fd);
		return worksheet_wrong(w, 0, "%s", strerror(EISDIR));
	}
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_BYTES) {
		close(fd);
		return worksheet_wrong(w, 0, "not a file of at most 1 MiB");
	}
	w->text = must(malloc((size_t)st.st_size + 1));
	while (w->size < (size_t)st.st_size &&
		(n = read(fd, w->text + w->size, (size_t)st.st_size - w->size)) > 0)
		w->size += (size_t)n;
	close(fd);
	w->text[w->size] = '\0';
	if (n == -1)
		return worksheet_wrong(w, 0, "%s", strerror(errno));
	for (size_t i = 0, line = 1; i < w->size; i++) {
		if (w->text[i] == '\0')
			return worksheet_wrong(w, (int)line, "not a text file: it has a NUL byte");
		line += w->text[i] == '\n';
	}
	return 0;
}

/* ---- Fences (CommonMark 4.5) ---------------------------------------------------------------- */

/* A fence: at most three blanks, then three or more ` or ~. Sets `*info` to what follows. Returns
 * how many marks there are, 0 if this is no fence. */
static size_t fence_marks(const char *line, const char **info)
{
	const char *c = line;
	size_t marks = 0;

	while (*c == ' ' && c < line + 4)
		c++;
	if (c >= line + 4 || (*c != '`' && *c != '~'))
		return 0;
	while (c[marks] == *c)
		marks++;
	*info = c + marks;
	return marks >= 3 ? marks : 0;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r")] == '\0';
}

/* "T3" to 3; 0 if it is none. */
static int terminal_number(const char *word)
{
	const bool good = word[0] == 'T' && word[1] >= '1' && word[1] <= '0' + TERMINALS_MAX;

	return good && word[2] == '\0' ? word[1] - '0' : 0;
}

/* "console T3 watch within 15s" to a step. Returns 1 if it is one, 0 if it is another block. What
 * begins so and is none is a slip: it would silently not be played. */
static int read_info(const struct worksheet *w, int line, char *info, struct step *s)
{
	char *word, *next = NULL, *end;

	word = strtok_r(info, " \t\r", &next);
	if (word == NULL || strcmp(word, "console") != 0)
		return 0;
	word = strtok_r(NULL, " \t\r", &next);
	if (word == NULL)
		return 0;
	s->terminal = terminal_number(word);
	if (s->terminal == 0)
		return worksheet_wrong(
			w, line, "no terminal %s: want T1 to T%d", word, TERMINALS_MAX);
	while ((word = strtok_r(NULL, " \t\r", &next)) != NULL) {
		if (strcmp(word, "unordered") == 0) {
			s->unordered = true;
		} else if (strcmp(word, "watch") == 0) {
			s->watch = true;
		} else if (strcmp(word, "room") == 0) {
			s->room = true;
		} else if (strcmp(word, "patient") == 0) {
			s->patient = true;
		} else if (strcmp(word, "since") == 0) {
			word = strtok_r(NULL, " \t\r", &next);
			s->since = word != NULL ? terminal_number(word) : 0;
			if (s->since == 0 || s->since == s->terminal)
				return worksheet_wrong(
					w, line, "since wants another terminal, such as T2");
		} else if (strcmp(word, "within") == 0) {
			word = strtok_r(NULL, " \t\r", &next);
			s->within = word == NULL ? 0 : strtod(word, &end);
			if (word == NULL || end == word || strcmp(end, "s") != 0 ||
				!(s->within > 0 && s->within <= 3600))
				return worksheet_wrong(w, line, "within wants a time such as 15s");
		} else {
			return worksheet_wrong(w, line,
				"unknown attribute %s: want unordered, watch, room, patient, since T2 or within 15s",
				word);
		}
	}
	return 1;
}

/* ---- The lines of a block ----------------------------------------------------------------- */

static void add_item(struct step *s, struct item item)
{
	s->items = must(realloc(s->items, (s->count + 1) * sizeof *s->items));
	s->items[s->count++] = item;
}

/* What the line is by its mark. */
static enum kind kind_of(const char *line, size_t length)
{
	if (length > 2 && strncmp(line, "$ ", 2) == 0)
		return COMMAND;
	if (line[0] == '>' && (length == 1 || line[1] == ' '))
		return INPUT;
	if (length == 2 && line[0] == '^' && strchr("CDZ\\]", line[1]) != NULL)
		return KEY;
	return length == 3 && strncmp(line, "...", 3) == 0 ? ANYTHING : OUTPUT;
}

/* \$ is a plain $, \\$ is \$, and so on: is there a mark behind the backslashes? */
static bool is_escaped(const char *line, size_t length)
{
	const size_t backslashes = strspn(line, "\\");

	return backslashes > 0 && kind_of(line + backslashes, length - backslashes) != OUTPUT;
}

bool worksheet_is_mark(const char *line)
{
	return kind_of(line, strlen(line)) != OUTPUT || is_escaped(line, strlen(line));
}

static void read_line(struct step *s, int number, const char *line)
{
	struct item item = {.line = number};
	size_t length = strlen(line);

	while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
		length--;
	item.kind = kind_of(line, length);
	if (item.kind == COMMAND || item.kind == INPUT) {
		line += length == 1 ? 1 : 2;
		length -= length == 1 ? 1 : 2;
	} else if (item.kind == KEY) {
		item.key = (char)(line[1] & 0x1f);
	} else if (is_escaped(line, length)) {
		line++, length--; /* match_line() knows \< itself, wherever it stands */
	}
	item.text = copy(line, length);
	add_item(s, item);
}

/* ---- Hints and sections ------------------------------------------------------------------- */

const char *const worksheet_hint_reasons[] = {"command differs", "other terminal", "not typed",
	"too early", "too late", "port busy", "second one", "tool missing", "ended", NULL};

static void add_section(struct worksheet *w, const char *title, int line, size_t at)
{
	title += strspn(title, " ");
	w->section = must(realloc(w->section, (size_t)(w->sections + 1) * sizeof *w->section));
	w->section[w->sections++] = (struct section){
		.title = copy(title, strcspn(title, "\r")), .line = line, .at = at};
}

static bool is_hint_reason(const char *text, size_t length)
{
	for (size_t i = 0; worksheet_hint_reasons[i] != NULL; i++)
		if (strlen(worksheet_hint_reasons[i]) == length &&
			strncmp(worksheet_hint_reasons[i], text, length) == 0)
			return true;
	return false;
}

/* The steps of this section since the hints before; two hints in a row stand for the same steps. */
static int place_hint(const struct worksheet *w, struct hint *h)
{
	const struct hint *before = w->hint_count > 0 ? &w->hints[w->hint_count - 1] : NULL;

	if (w->count == 0 || w->steps[w->count - 1].section != w->sections)
		return worksheet_wrong(w, h->line,
			"a hint is for what was played before it; nothing is, in this section");
	h->last = h->first = w->count - 1;
	if (before != NULL && before->last == h->last)
		h->first = before->first;
	else
		while (h->first > 0 && w->steps[h->first - 1].section == w->sections &&
			(before == NULL || h->first - 1 > before->last))
			h->first--;
	return 0;
}

static void append_to_hint(struct hint *h, const char *text)
{
	const size_t length = strlen(h->text), more = strcspn(text, "\r");

	h->text = must(realloc(h->text, length + more + 2));
	snprintf(h->text + length, more + 2, "%s%.*s", length > 0 && more > 0 ? " " : "", (int)more,
		text);
}

/* `> **If not:** text` or `> **If not (too late):** text`. */
static int begin_hint(struct worksheet *w, int line, const char *text)
{
	static const char end[] = ":**";
	struct hint h = {.line = line};
	size_t length = 0;

	if (text[0] == ' ' && text[1] == '(') {
		text += 2;
		length = strcspn(text, ")");
		if (!is_hint_reason(text, length))
			return worksheet_wrong(w, line,
				"no reason for a hint: %.*s; want command differs, other terminal, not typed, "
				"too early, too late, port busy, second one, tool missing or ended",
				(int)length, text);
	}
	h.reason = copy(text, length);
	text += length + (length > 0);
	if (strncmp(text, end, strlen(end)) != 0 || place_hint(w, &h) == -1) {
		free(h.reason);
		return strncmp(text, end, strlen(end)) == 0
			       ? -1
			       : worksheet_wrong(w, line,
					 "a hint reads > **If not:** text, or > **If not (too late):** text");
	}
	text += strlen(end);
	h.text = copy("", 0);
	append_to_hint(&h, text + strspn(text, " "));
	w->hints = must(realloc(w->hints, (w->hint_count + 1) * sizeof h));
	w->hints[w->hint_count++] = h;
	return 0;
}

/* Prose: headings and hints count. `hinted` is the line up to which the latest hint reaches. */
static int read_prose(struct worksheet *w, int *hinted, const struct step *here, const char *line)
{
	static const char mark[] = "**If not";
	const char *text = line + 1 + strspn(line + (line[0] != '\0'), " ");

	if (strncmp(line, "## ", 3) == 0)
		add_section(w, line + 3, here->line, here->fence);
	if (line[0] != '>')
		return 0;
	if (strncmp(text, mark, strlen(mark)) == 0) {
		*hinted = here->line;
		return begin_hint(w, here->line, text + strlen(mark));
	}
	if (w->hint_count > 0 && *hinted == here->line - 1) {
		append_to_hint(&w->hints[w->hint_count - 1], text);
		*hinted = here->line;
	}
	return 0;
}

static int check_hints(const struct worksheet *w)
{
	for (size_t i = 0; i < w->hint_count; i++)
		if (w->hints[i].text[0] == '\0')
			return worksheet_wrong(w, w->hints[i].line, "a hint without text");
	return 0;
}

const char *worksheet_hint(const struct worksheet *w, const struct step *s, const char *reason)
{
	const size_t step = (size_t)(s - w->steps);
	const char *general = NULL;

	for (size_t i = 0; i < w->hint_count; i++) {
		const struct hint *h = &w->hints[i];
		if (step < h->first || step > h->last)
			continue;
		if (strcmp(h->reason, reason) == 0)
			return h->text;
		if (h->reason[0] == '\0' && general == NULL)
			general = h->text;
	}
	return general;
}

/* `since T2` where nothing was typed in T2. */
static int check_causes(const struct worksheet *w)
{
	struct cause first, last;

	for (const struct step *s = w->steps; s < w->steps + w->count; s++) {
		cause_find(w, s, true, true, &first, &last);
		if (s->since != 0 && s->items[0].kind < OUTPUT)
			return worksheet_wrong(w, s->line,
				"since T%d is for a block that begins with output", s->since);
		if (s->since != 0 && (last.item == NULL || last.step->terminal != s->since))
			return worksheet_wrong(w, s->line,
				"since T%d: nothing but what looks only was typed there since T%d's block before",
				s->since, s->terminal);
	}
	return 0;
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* A line of the worksheet's head: the title, or "- Shows: ..." and its like. */
static void read_head(struct worksheet *w, const char *line)
{
	const struct {
		const char *label;
		char **value;
	} head[] = {{"- Shows:", &w->shows}, {"- Time:", &w->time}, {"- Terminals:", &w->terminals},
		{"- Needs:", &w->needs}};

	if (w->title[0] == '\0' && line[0] == '#') {
		line += strspn(line, "# ");
		free(w->title);
		w->title = copy(line, strcspn(line, "\r"));
	}
	for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
		size_t length = strlen(head[i].label);
		if (strncmp(line, head[i].label, length) != 0 || (*head[i].value)[0] != '\0')
			continue;
		line += length + strspn(line + length, " ");
		free(*head[i].value);
		*head[i].value = copy(line, strcspn(line, "\r"));
	}
}

/* What holds of a whole block once its closing fence is read. */
static int check_step(const struct worksheet *w, const struct step *s)
{
	if (s->count == 0)
		return worksheet_wrong(
			w, s->line, "an empty block: nothing to type and nothing to expect");
	if (s->watch && s->items[0].kind != COMMAND)
		return worksheet_wrong(
			w, s->line, "a watch block begins with a command: it repeats it");
	for (size_t i = 0; i < s->count && s->watch; i++)
		if (s->items[i].kind == INPUT || s->items[i].kind == KEY)
			return worksheet_wrong(
				w, s->items[i].line, "a watch block repeats commands only");
	return 0;
}

/* The fence that is open while the lines are read. */
struct open_fence {
	size_t marks; /* how many; 0: none is open */
	char mark;
	size_t indent;
	int line;
	bool is_step; /* the worksheet's last one */
	int hinted;   /* the line up to which the latest hint reaches */
};

static int open_fence(struct worksheet *w, struct open_fence *f, struct step step, const char *info)
{
	char *words = copy(info, strlen(info));
	const int result = read_info(w, step.line, words, &step);

	free(words);
	f->mark = info[-1];
	f->line = step.line;
	f->is_step = result == 1;
	if (result != 1)
		return result;
	step.number = (int)w->count + 1;
	step.section = w->sections;
	w->steps = must(realloc(w->steps, (w->count + 1) * sizeof step));
	w->steps[w->count++] = step;
	return 0;
}

/* A line of an open block. Its blanks before the fence's column are the document's (CommonMark). */
static void read_content(
	struct worksheet *w, const struct open_fence *f, int number, const char *line)
{
	size_t indent = strspn(line, " ");

	if (f->is_step)
		read_line(&w->steps[w->count - 1], number,
			line + (indent < f->indent ? indent : f->indent));
}

static int read_document_line(
	struct worksheet *w, struct open_fence *f, struct step step, const char *line)
{
	const char *info = NULL;
	const size_t marks = fence_marks(line, &info);

	if (f->marks == 0 && marks > 0 && !(info[-1] == '`' && strchr(info, '`') != NULL)) {
		f->marks = marks;
		f->indent = strspn(line, " ");
		return open_fence(w, f, step, info);
	}
	if (f->marks == 0) {
		if (w->count == 0)
			read_head(w, line);
		return read_prose(w, &f->hinted, &step, line);
	}
	if (marks < f->marks || info[-1] != f->mark) {
		read_content(w, f, step.line, line);
		return 0;
	}
	if (!is_blank(info))
		return worksheet_wrong(w, f->line,
			"this fence is never closed: another opens in line %d", step.line);
	f->marks = 0;
	if (!f->is_step)
		return 0;
	w->steps[w->count - 1].end =
		step.fence + strlen(line) + (w->text[step.fence + strlen(line)] == '\n');
	return check_step(w, &w->steps[w->count - 1]);
}

/* One patient step makes all steps of its section wait with it: they are one story. */
static void mark_patient_sections(struct worksheet *w)
{
	for (struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < w->count; i++)
			s->patient_section |=
				w->steps[i].patient && w->steps[i].section == s->section;
	for (size_t i = 0; i < w->count; i++)
		w->patient += w->steps[i].patient_section;
}

static int read_steps(struct worksheet *w)
{
	struct open_fence f = {0};
	struct step step = {0}; /* what a step would be that begins in this line */
	int result = 0;

	for (char *line = w->text, *end; result == 0 && line < w->text + w->size; line = end + 1) {
		end = line + strcspn(line, "\n");
		char *text = copy(line, (size_t)(end - line));
		step.line++;
		step.fence = (size_t)(line - w->text);
		step.prose = w->count == 0 ? 0 : w->steps[w->count - 1].end;
		result = read_document_line(w, &f, step, text);
		free(text);
	}
	if (result == -1)
		return -1;
	if (f.marks > 0)
		return worksheet_wrong(w, f.line, "this fence is never closed");
	if (w->count == 0)
		return worksheet_wrong(w, 0, "nothing to play: it has no ```console T1 block");
	mark_patient_sections(w);
	cause_mark_looks(w);
	return check_hints(w) == -1 || check_causes(w) == -1 ? -1 : placeholder_check(w);
}

int worksheet_read(struct worksheet *w, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t length;

	base = base == NULL ? path : base + 1;
	length = strlen(base);
	if (length > 3 && strcmp(base + length - 3, ".md") == 0)
		length -= 3;
	*w = (struct worksheet){.path = copy(path, strlen(path)), .name = copy(base, length)};
	w->call = w->path;
	w->title = copy("", 0);
	w->shows = copy("", 0);
	w->time = copy("", 0);
	w->terminals = copy("", 0);
	w->needs = copy("", 0);
	if (read_text(w) == 0 && read_steps(w) == 0)
		return 0;
	worksheet_free(w);
	*w = (struct worksheet){0};
	return -1;
}

bool worksheet_is_played(const struct step *s, bool rooms, bool patient)
{
	return (rooms || !s->room) && (patient || !s->patient_section);
}

size_t worksheet_exchange(const struct step *s, size_t at, struct exchange *e)
{
	const bool types = s->items[at].kind < OUTPUT;

	*e = (struct exchange){
		.typed = types ? &s->items[at] : NULL, .expected = &s->items[at + types]};
	at += types;
	while (at + e->count < s->count && s->items[at + e->count].kind >= OUTPUT)
		e->count++;
	return at + e->count;
}

void worksheet_free(struct worksheet *w)
{
	for (size_t s = 0; s < w->count; s++) {
		for (size_t i = 0; i < w->steps[s].count; i++)
			free(w->steps[s].items[i].text);
		free(w->steps[s].items);
	}
	for (int i = 0; i < w->sections; i++)
		free(w->section[i].title);
	for (size_t i = 0; i < w->hint_count; i++) {
		free(w->hints[i].reason);
		free(w->hints[i].text);
	}
	free(w->section);
	free(w->hints);
	free(w->steps);
	free(w->text);
	free(w->path);
	free(w->name);
	free(w->title);
	free(w->shows);
	free(w->time);
	free(w->terminals);
	free(w->needs);
}
