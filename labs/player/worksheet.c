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
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_BYTES) {
		close(fd);
		return wrong(w, 0, "not a worksheet: a text file of at most 1 MiB is wanted");
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

/* "console T3 watch within 15s" to a step. Returns 1 if it is one, 0 if it is another block. */
static int read_info(const struct worksheet *w, int line, const char *info, struct step *s)
{
	char words[256], *word, *next = NULL, *end;

	if (strlen(info) >= sizeof words)
		return 0;
	strcpy(words, info);
	word = strtok_r(words, " \t\r", &next);
	if (word == NULL || strcmp(word, "console") != 0)
		return 0;
	word = strtok_r(NULL, " \t\r", &next);
	if (word == NULL || word[0] != 'T' || !isdigit((unsigned char)word[1]))
		return 0;
	s->terminal = (int)strtol(word + 1, &end, 10);
	if (*end != '\0' || s->terminal < 1 || s->terminal > TERMINALS_MAX)
		return wrong(w, line, "terminal %s: want T1 to T%d", word, TERMINALS_MAX);
	while ((word = strtok_r(NULL, " \t\r", &next)) != NULL) {
		if (strcmp(word, "unordered") == 0) {
			s->unordered = true;
		} else if (strcmp(word, "watch") == 0) {
			s->watch = true;
		} else if (strcmp(word, "room") == 0) {
			s->room = true;
		} else if (strcmp(word, "within") == 0) {
			word = strtok_r(NULL, " \t\r", &next);
			s->within = word == NULL ? 0 : strtod(word, &end);
			if (word == NULL || end == word || strcmp(end, "s") != 0 ||
				!(s->within > 0 && s->within <= 3600))
				return wrong(w, line, "within wants a time such as 15s");
		} else {
			return wrong(w, line,
				"unknown attribute %s: want unordered, watch, room or within 15s", word);
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

/* Would the line be read as a mark, or as one that is escaped? */
static bool is_mark(const char *line, size_t length)
{
	struct placeholder p;

	return kind_of(line, length) != OUTPUT || placeholder_at(line, &p) > 0 ||
	       (line[0] == '\\' && is_mark(line + 1, length - 1));
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
	} else if (line[0] == '\\' && line[1] != '<' && is_mark(line + 1, length - 1)) {
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

/* How often each name is used, to find slips. */
struct use {
	char name[NAME_SIZE];
	int line, times;
};

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

static struct use *find_use(struct use *uses, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(uses[i].name, name) == 0)
			return &uses[i];
	return NULL;
}

/* A sum needs a value to add to; and a name that appears once, a letter away from another, is a
 * slip that would match any number. */
static int check_names(const struct worksheet *w)
{
	struct use uses[NAMES_MAX], *use;
	size_t count = 0, length;
	struct placeholder p;

	for (size_t s = 0; s < w->count; s++) {
		for (size_t i = 0; i < w->steps[s].count; i++) {
			const struct item *item = &w->steps[s].items[i];
			for (const char *c = item->text; *c != '\0'; c += length > 0 ? length : 1) {
				if (*c == '\\' && c[1] == '<') {
					length = 2;
					continue;
				}
				length = placeholder_at(c, &p);
				if (length == 0 || p.kind != NUMBER)
					continue;
				use = find_use(uses, count, p.name);
				if (use != NULL) {
					use->times++;
				} else if (item->kind != OUTPUT) {
					continue; /* <file> of a shell's redirection */
				} else if (p.plus != 0) {
					return wrong(w, item->line,
						"<%s%+lld>: nothing is bound to <%s> yet", p.name,
						p.plus, p.name);
				} else if (count == NAMES_MAX) {
					return wrong(w, item->line, "more than %d names", NAMES_MAX);
				} else {
					uses[count] = (struct use){.line = item->line, .times = 1};
					strcpy(uses[count++].name, p.name);
				}
			}
		}
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count && uses[i].times == 1 && strlen(uses[i].name) > 2; k++)
			if (k != i && uses[k].times > 1 && is_slip(uses[i].name, uses[k].name))
				return wrong(w, uses[i].line,
					"<%s> appears only here: is it a slip for <%s>?", uses[i].name,
					uses[k].name);
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

static int read_steps(struct worksheet *w)
{
	char mark = 0; /* of the fence that is open */
	size_t marks = 0, open_marks = 0, prose = 0;
	int number = 0, open_line = 0, is_step = 0;
	struct step step = {0};

	for (char *line = w->text, *end; line < w->text + w->size; line = end + 1) {
		const char *info = NULL;
		number++;
		end = line + strcspn(line, "\n");
		char *text = copy(line, (size_t)(end - line));
		int result = 0;
		marks = fence_marks(text, &info);
		if (open_marks == 0 && marks > 0 && !(info[-1] == '`' && strchr(info, '`') != NULL)) {
			mark = info[-1];
			open_marks = marks;
			open_line = number;
			step = (struct step){.line = number, .prose = prose,
				.fence = (size_t)(line - w->text)};
			result = is_step = read_info(w, number, info, &step);
		} else if (open_marks > 0 && marks >= open_marks && info[-1] == mark && is_blank(info)) {
			open_marks = 0;
			if (is_step == 1) {
				prose = step.end = (size_t)(end - w->text) + (*end == '\n');
				step.number = (int)w->count + 1;
				w->steps = must(realloc(w->steps, (w->count + 1) * sizeof step));
				w->steps[w->count++] = step;
				result = check_step(w, &step);
			}
		} else if (open_marks > 0 && is_step == 1) {
			read_line(&step, number, text);
		} else if (open_marks == 0 && w->count == 0) {
			read_head(w, text);
		}
		free(text);
		if (result == -1)
			return -1;
	}
	if (open_marks > 0)
		return wrong(w, open_line, "this fence is never closed");
	if (w->count == 0)
		return wrong(w, 0, "nothing to play: it has no ```console T1 block");
	return check_names(w);
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
	w->title = copy("", 0);
	w->shows = copy("", 0);
	w->time = copy("", 0);
	w->terminals = copy("", 0);
	w->needs = copy("", 0);
	return read_text(w) == 0 ? read_steps(w) : -1;
}

size_t worksheet_exchange(const struct step *s, size_t at, struct exchange *e)
{
	const bool types = s->items[at].kind < OUTPUT;

	*e = (struct exchange){.typed = types ? &s->items[at] : NULL, .expected = &s->items[at + types]};
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
