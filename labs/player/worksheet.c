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

__attribute__((format(printf, 3, 4))) static int wrong(
	const struct worksheet *w, int line, const char *format, ...)
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
		return wrong(w, 0, "%s", strerror(errno));
	if (fstat(fd, &st) == -1 || S_ISDIR(st.st_mode)) {
		close(fd);
		return wrong(w, 0, "%s", strerror(EISDIR));
	}
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_BYTES) {
		close(fd);
		return wrong(w, 0, "not a file of at most 1 MiB");
	}
	w->text = must(malloc((size_t)st.st_size + 1));
	while (w->size < (size_t)st.st_size &&
		(n = read(fd, w->text + w->size, (size_t)st.st_size - w->size)) > 0)
		w->size += (size_t)n;
	close(fd);
	w->text[w->size] = '\0';
	if (n == -1)
		return wrong(w, 0, "%s", strerror(errno));
	for (size_t i = 0, line = 1; i < w->size; i++) {
		if (w->text[i] == '\0')
			return wrong(w, (int)line, "not a text file: it has a NUL byte");
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
		return wrong(w, line, "no terminal %s: want T1 to T%d", word, TERMINALS_MAX);
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
				return wrong(w, line, "since wants another terminal, such as T2");
		} else if (strcmp(word, "within") == 0) {
			word = strtok_r(NULL, " \t\r", &next);
			s->within = word == NULL ? 0 : strtod(word, &end);
			if (word == NULL || end == word || strcmp(end, "s") != 0 ||
				!(s->within > 0 && s->within <= 3600))
				return wrong(w, line, "within wants a time such as 15s");
		} else {
			return wrong(w, line,
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

/* ---- Placeholders ------------------------------------------------------------------------- */

size_t placeholder_at(const char *text, struct placeholder *p)
{
	const char *c = text + 1;
	size_t length = 0;
	char *end;

	if (text[0] != '<')
		return 0;
	*p = (struct placeholder){.kind = ANY_TEXT};
	if (strncmp(text, "<*>", 3) == 0)
		return 3;
	p->kind = NUMBER;
	if (!isalpha((unsigned char)*c))
		return 0;
	while (isalnum((unsigned char)c[length]) || c[length] == '_')
		length++;
	if (length >= NAME_SIZE)
		return 0;
	memcpy(p->name, c, length);
	c += length;
	if ((*c == '+' || *c == '-') && isdigit((unsigned char)c[1])) {
		p->plus = strtoll(c + 1, &end, 10);
		if (p->plus > 0xffffffffLL)
			return 0;
		p->plus = *c == '-' ? -p->plus : p->plus;
		c = end;
	}
	return *c == '>' ? (size_t)(c + 1 - text) : 0;
}

const char *placeholder_next(const char *at, struct placeholder *p)
{
	for (; *at != '\0'; at++) {
		if (*at == '\\' && at[1] == '<')
			at++;
		else if (placeholder_at(at, p) > 0 && p->kind == NUMBER)
			return at;
	}
	return NULL;
}

/* Where each name appears first, and how often, to find slips; and the section without which it is
 * not bound, or -1. */
struct use {
	char name[NAME_SIZE];
	int line, times, section;
};

struct uses {
	size_t count;
	struct use of[NAMES_MAX];
};

static struct use *find_use(struct uses *uses, const char *name)
{
	for (size_t i = 0; i < uses->count; i++)
		if (strcmp(uses->of[i].name, name) == 0)
			return &uses->of[i];
	return NULL;
}

/* Is `a` no more than one changed, missing or added letter away from `b`? */
static bool is_slip(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), head = 0, tail = 0;
	size_t least = la < lb ? la : lb, most = la < lb ? lb : la;

	while (head < least && a[head] == b[head])
		head++;
	while (tail < least - head && a[la - 1 - tail] == b[lb - 1 - tail])
		tail++;
	return most - head - tail <= 1;
}

/* A name that is so close to `name` that one may be a slip for the other, or NULL. */
static const struct use *find_slip(const struct uses *uses, const char *name)
{
	for (size_t i = 0; i < uses->count; i++)
		if (strcmp(uses->of[i].name, name) != 0 && is_slip(uses->of[i].name, name))
			return &uses->of[i];
	return NULL;
}

static int not_bound(const struct worksheet *w, int line, const struct uses *uses, const char *name)
{
	const struct use *slip = find_slip(uses, name);

	if (slip == NULL)
		return wrong(w, line, "nothing is bound to <%s> yet", name);
	return wrong(w, line, "nothing is bound to <%s> yet: is it a slip for <%s> of line %d?",
		name, slip->name, slip->line);
}

/* A sum needs a value to add to. What looks like a name in a command may also be the <file> of a
 * redirection. */
static int count_names(
	const struct worksheet *w, const struct step *s, const struct item *item, struct uses *uses)
{
	const int section = s->patient_section ? s->section : -1;
	struct placeholder p;
	struct use *use;

	for (const char *at = item->text; (at = placeholder_next(at, &p)) != NULL; at++) {
		use = find_use(uses, p.name);
		if (use != NULL && use->section != -1 && use->section != section) {
			return wrong(w, item->line,
				"<%s> is bound in line %d, in a section that a play without --patient leaves out",
				p.name, use->line);
		} else if (use != NULL) {
			use->times++;
		} else if (p.plus != 0) {
			return not_bound(w, item->line, uses, p.name);
		} else if (item->kind == OUTPUT && uses->count == NAMES_MAX) {
			return wrong(w, item->line, "more than %d names", NAMES_MAX);
		} else if (item->kind == OUTPUT) {
			use = &uses->of[uses->count++];
			*use = (struct use){.line = item->line, .times = 1, .section = section};
			strcpy(use->name, p.name);
		}
	}
	return 0;
}

/* A name that is typed must have been bound before; and a name that appears once, a letter away
 * from what is typed, is a slip for it. */
static int check_typed(const struct worksheet *w, const struct item *item, struct uses *uses)
{
	struct placeholder p;
	const struct use *use, *slip;

	for (const char *at = item->text; (at = placeholder_next(at, &p)) != NULL; at++) {
		use = find_use(uses, p.name);
		if (item->kind != OUTPUT && use != NULL && use->line > item->line)
			return wrong(
				w, item->line, "<%s> is bound in line %d only", p.name, use->line);
		slip = item->kind != OUTPUT && use == NULL ? find_slip(uses, p.name) : NULL;
		if (slip != NULL && slip->times == 1)
			return wrong(w, slip->line,
				"<%s> appears only here: is it a slip for <%s> of line %d?",
				slip->name, p.name, item->line);
	}
	return 0;
}

/* A name that appears once, a letter away from another, is a slip: it would match any number. */
static int check_names(const struct worksheet *w)
{
	struct uses uses = {0};
	const struct use *slip;

	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (count_names(w, &w->steps[s], &w->steps[s].items[i], &uses) == -1)
				return -1;
	for (size_t i = 0; i < uses.count; i++)
		if (uses.of[i].times == 1 && (slip = find_slip(&uses, uses.of[i].name)) != NULL)
			return wrong(w, uses.of[i].line,
				"<%s> appears only here: is it a slip for <%s> of line %d?",
				uses.of[i].name, slip->name, slip->line);
	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (check_typed(w, &w->steps[s].items[i], &uses) == -1)
				return -1;
	return 0;
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
		return wrong(w, h->line,
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
			return wrong(w, line,
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
			       : wrong(w, line,
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
			return wrong(w, w->hints[i].line, "a hint without text");
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
			return wrong(w, s->line, "since T%d is for a block that begins with output",
				s->since);
		if (s->since != 0 && (last.item == NULL || last.step->terminal != s->since))
			return wrong(w, s->line,
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
		return wrong(w, s->line, "an empty block: nothing to type and nothing to expect");
	if (s->watch && s->items[0].kind != COMMAND)
		return wrong(w, s->line, "a watch block begins with a command: it repeats it");
	for (size_t i = 0; i < s->count && s->watch; i++)
		if (s->items[i].kind == INPUT || s->items[i].kind == KEY)
			return wrong(w, s->items[i].line, "a watch block repeats commands only");
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
		return wrong(w, f->line, "this fence is never closed: another opens in line %d",
			step.line);
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
		return wrong(w, f.line, "this fence is never closed");
	if (w->count == 0)
		return wrong(w, 0, "nothing to play: it has no ```console T1 block");
	mark_patient_sections(w);
	cause_mark_looks(w);
	return check_hints(w) == -1 || check_causes(w) == -1 ? -1 : check_names(w);
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
