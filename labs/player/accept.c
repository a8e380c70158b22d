/*
 * accept.c - see accept.h.
 *
 * Lines are aligned first: those that still keep their promise stay. What is left between two of them
 * is paired one by one, and of such a pair the words that still hold stay, placeholders above all.
 */
#define _XOPEN_SOURCE 700 /* strdup, fchmod */
#include "accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match.h"
#include "play.h"

enum { WORDS_MAX = 64, TEXT_SIZE = 2 * 16384 };

/* New text for the expected lines of one exchange. */
struct amendment {
	struct exchange copy; /* of the exchange: its items are the worksheet's own */
	char **lines;
	size_t count;
	struct amendment *next;
};

static struct amendment *amendments;

static void *must(void *memory)
{
	if (memory != NULL)
		return memory;
	fputs("lab: no memory left\n", stderr);
	exit(1);
}

static struct amendment *amendment_of(const struct exchange *e)
{
	for (struct amendment *a = amendments; a != NULL; a = a->next)
		if (a->copy.typed == e->typed && a->copy.expected == e->expected)
			return a;
	return NULL;
}

static struct amendment *new_amendment(const struct exchange *e)
{
	struct amendment *a = must(calloc(1, sizeof *a));

	a->copy = *e;
	a->next = amendments;
	amendments = a;
	return a;
}

static void add_line(struct amendment *a, const char *text)
{
	a->lines = must(realloc(a->lines, (a->count + 1) * sizeof *a->lines));
	a->lines[a->count++] = must(strdup(text));
}

/* ---- Plain text as a promise -------------------------------------------------------------- */

/* What would be read as a mark or a placeholder gets its backslash. */
static void add_literal(struct amendment *a, const char *text)
{
	char line[TEXT_SIZE];
	struct placeholder p;
	size_t at = 0;

	if (worksheet_is_mark(text))
		line[at++] = '\\';
	for (; *text != '\0' && at < sizeof line - 2; text++) {
		if (placeholder_at(text, &p) > 0)
			line[at++] = '\\';
		line[at++] = *text;
	}
	while (at > 0 && line[at - 1] == ' ')
		at--;
	line[at] = '\0';
	add_line(a, line);
}

/* ---- Words of one line -------------------------------------------------------------------- */

static size_t split(char *text, char *words[WORDS_MAX])
{
	size_t count = 0;
	char *next = NULL;

	for (char *word = strtok_r(text, " \t", &next); word != NULL; word = strtok_r(NULL, " \t", &next)) {
		if (count == WORDS_MAX)
			return WORDS_MAX + 1;
		words[count++] = word;
	}
	return count;
}

struct words {
	char *promised[WORDS_MAX], *seen[WORDS_MAX];
	size_t promised_count, seen_count;
	const struct names *names;
	bool known[WORDS_MAX + 1][WORDS_MAX + 1];
	int score[WORDS_MAX + 1][WORDS_MAX + 1]; /* of the words from there on */
	int taken[WORDS_MAX + 1][WORDS_MAX + 1]; /* how many words the promised one stands for, or: */
};

enum { DROP = -1, LITERAL = -2 };

/* Does the promised word stand for `count` seen words from `j` on? */
static bool stands_for(const struct words *w, size_t i, size_t j, size_t count)
{
	char joined[TEXT_SIZE] = "";
	struct names names = *w->names;
	size_t at = 0;

	for (size_t k = j; k < j + count; k++)
		at += (size_t)snprintf(joined + at, sizeof joined - at, "%s%s", k > j ? " " : "", w->seen[k]);
	return at < sizeof joined && match_line(w->promised[i], joined, &names);
}

/*
 * The best way to keep the words from (i, j) on: a word that holds is worth most, <*> less, and a word
 * that must be written as it was seen costs something, so that <*> covers it where there is one.
 */
static int best(struct words *w, size_t i, size_t j)
{
	const bool any = i < w->promised_count && strstr(w->promised[i], "<*>") != NULL;
	int score, top, taken = DROP;

	if (i == w->promised_count)
		return -(int)(w->seen_count - j);
	if (w->known[i][j])
		return w->score[i][j];
	top = best(w, i + 1, j);
	if (j < w->seen_count && (score = best(w, i, j + 1) - 1) > top) {
		top = score;
		taken = LITERAL;
	}
	for (size_t count = any ? 0 : 1; j + count <= w->seen_count && (any || count == 1); count++) {
		if (!stands_for(w, i, j, count))
			continue;
		score = best(w, i + 1, j + count) + (any ? 2 : 4);
		if (score > top) {
			top = score;
			taken = (int)count;
		}
	}
	w->known[i][j] = true;
	w->taken[i][j] = taken;
	return w->score[i][j] = top;
}

/* Write `seen` as a promise that keeps as much of `promised` as holds. */
static void add_merged(struct amendment *a, const char *promised, const char *seen, struct names *names)
{
	struct words *w = must(calloc(1, sizeof *w));
	char *left = must(strdup(promised)), *right = must(strdup(seen)), line[TEXT_SIZE] = "";
	size_t at = 0, i = 0, j = 0;

	w->names = names;
	w->promised_count = split(left, w->promised);
	w->seen_count = split(right, w->seen);
	if (w->promised_count > WORDS_MAX || w->seen_count > WORDS_MAX || best(w, 0, 0) <= 0) {
		add_literal(a, seen);
	} else {
		while (i < w->promised_count || j < w->seen_count) {
			const int taken = i < w->promised_count ? w->taken[i][j] : LITERAL;
			const char *word = taken == LITERAL ? w->seen[j] : w->promised[i];
			i += taken != LITERAL;
			j += taken == LITERAL ? 1 : taken > 0 ? (size_t)taken : 0;
			if (taken != DROP)
				at += (size_t)snprintf(
					line + at, sizeof line - at, "%s%s", at > 0 ? " " : "", word);
		}
		match_line(line, seen, names); /* what it names is bound now */
		add_line(a, line);
	}
	free(left);
	free(right);
	free(w);
}

/* ---- Lines of one exchange ---------------------------------------------------------------- */

/* The items and lines between two pairs that agree. */
static void merge_gap(struct amendment *a, const struct item *items, size_t item_count,
	const struct line *lines, size_t line_count, struct names *names)
{
	bool covered = false;

	for (size_t i = 0; i < item_count; i++)
		covered = covered || items[i].kind == ANYTHING;
	for (size_t i = 0, j = 0; i < item_count || j < line_count;) {
		if (i < item_count && items[i].kind == ANYTHING)
			add_line(a, items[i++].text);
		else if (j < line_count && lines[j].soft)
			j++;
		else if (i < item_count && j < line_count)
			add_merged(a, items[i++].text, lines[j++].text, names);
		else if (i < item_count)
			i++; /* it did not come: no longer promised */
		else if (covered)
			j++;
		else
			add_literal(a, lines[j++].text);
	}
}

/*
 * Which items and lines agree, in order, as many as possible: the table of a longest common
 * subsequence, [i][j] for the items from i and the lines from j on. NULL if it would be too large.
 */
static unsigned short *align(const struct exchange *e, const struct seen *seen, const struct names *names)
{
	const size_t columns = seen->count + 1;
	unsigned short *table;

	if ((e->count + 1) * columns > 4000000)
		return NULL;
	table = must(calloc((e->count + 1) * columns, sizeof *table));
	for (size_t i = e->count; i-- > 0;)
		for (size_t j = seen->count; j-- > 0;) {
			struct names copy = *names;
			const unsigned short down = table[(i + 1) * columns + j];
			const unsigned short right = table[i * columns + j + 1];
			const bool agree = e->expected[i].kind == OUTPUT &&
					   match_line(e->expected[i].text, seen->lines[j].text, &copy);
			const int both = table[(i + 1) * columns + j + 1] + agree;
			table[i * columns + j] = (unsigned short)(agree && both > down && both > right ? both :
							   down > right                         ? down :
													  right);
		}
	return table;
}

static void amend_in_order(struct amendment *a, const struct exchange *e, const struct seen *seen,
	struct names *names)
{
	const size_t columns = seen->count + 1;
	unsigned short *table = align(e, seen, names);
	size_t i = 0, j = 0, item = 0, line = 0; /* i, j: done so far; item, line: looked at */

	while (table != NULL && item < e->count && line < seen->count) {
		const unsigned short here = table[item * columns + line];
		if (here == table[(item + 1) * columns + line]) {
			item++;
		} else if (here == table[item * columns + line + 1]) {
			line++;
		} else {
			merge_gap(a, e->expected + i, item - i, seen->lines + j, line - j, names);
			if (match_line(e->expected[item].text, seen->lines[line].text, names))
				add_line(a, e->expected[item].text);
			else
				add_merged(a, e->expected[item].text, seen->lines[line].text, names);
			i = ++item;
			j = ++line;
		}
	}
	free(table);
	merge_gap(a, e->expected + i, e->count - i, seen->lines + j, seen->count - j, names);
}

/* Rows: each that still has a line stays; the others are merged with the lines that are left. */
static void amend_rows(struct amendment *a, const struct exchange *e, const struct seen *seen,
	struct names *names)
{
	struct item *items = must(calloc(e->count + 1, sizeof *items));
	struct line *lines = must(calloc(seen->count + 1, sizeof *lines));
	size_t item_count = 0, line_count = seen->count;

	memcpy(lines, seen->lines, seen->count * sizeof *lines);
	for (size_t i = 0; i < e->count; i++) {
		size_t j = 0;
		while (e->expected[i].kind == OUTPUT && j < line_count &&
			!match_line(e->expected[i].text, lines[j].text, names))
			j++;
		if (e->expected[i].kind == OUTPUT && j < line_count) {
			add_line(a, e->expected[i].text);
			memmove(&lines[j], &lines[j + 1], (--line_count - j) * sizeof *lines);
		} else {
			items[item_count++] = e->expected[i];
		}
	}
	merge_gap(a, items, item_count, lines, line_count, names);
	free(items);
	free(lines);
}

static void amend(const struct step *s, const struct exchange *e, const struct seen *seen, struct names *names)
{
	struct amendment *a = new_amendment(e);

	if (s->unordered)
		amend_rows(a, e, seen, names);
	else
		amend_in_order(a, e, seen, names);
}

static void amend_more(const struct step *s, const struct exchange *e, const struct seen *more)
{
	struct amendment *a = amendment_of(e);

	(void)s;
	if (a == NULL) {
		a = new_amendment(e);
		for (size_t i = 0; i < e->count; i++)
			add_line(a, e->expected[i].text);
	}
	for (size_t i = 0; i < more->count; i++)
		if (!more->lines[i].soft)
			add_literal(a, more->lines[i].text);
}

/* ---- The file ----------------------------------------------------------------------------- */

/* The amendment whose lines come after this line of the file, and how many old lines it replaces. */
static const struct amendment *amendment_after(int line, size_t *replaced)
{
	for (const struct amendment *a = amendments; a != NULL; a = a->next) {
		const struct exchange *e = &a->copy;
		const int before = e->typed != NULL ? e->typed->line : e->expected[0].line - 1;
		if (before == line) {
			*replaced = e->count;
			return a;
		}
	}
	return NULL;
}

static void write_text(const struct worksheet *w, FILE *to)
{
	const char *line = w->text, *end;
	const struct amendment *a = NULL;
	size_t replaced = 0;
	int number = 0;

	for (; line < w->text + w->size; line = end) {
		end = memchr(line, '\n', (size_t)(w->text + w->size - line));
		end = end == NULL ? w->text + w->size : end + 1;
		number++;
		if (replaced > 0) {
			replaced--;
			continue;
		}
		fwrite(line, 1, (size_t)(end - line), to);
		a = amendment_after(number, &replaced);
		for (size_t i = 0; a != NULL && i < a->count; i++)
			fprintf(to, "%s\n", a->lines[i]);
	}
}

/* What changes, in the manner of diff: without the lines that begin and end it unchanged. */
static void show_difference(const struct worksheet *w)
{
	int lines = 0;

	for (const char *c = w->text; c < w->text + w->size; c++)
		lines += *c == '\n';
	for (int number = 1; number <= lines; number++) {
		size_t old = 0, head = 0, tail = 0;
		const struct amendment *a = amendment_after(number, &old);
		const struct item *items = a == NULL ? NULL : a->copy.expected;
		while (a != NULL && head < old && head < a->count && strcmp(items[head].text, a->lines[head]) == 0)
			head++;
		while (a != NULL && tail < old - head && tail < a->count - head &&
			strcmp(items[old - 1 - tail].text, a->lines[a->count - 1 - tail]) == 0)
			tail++;
		if (a == NULL || (head + tail == old && head + tail == a->count))
			continue;
		printf("%s:%d:\n", w->path, number + 1 + (int)head);
		for (size_t i = head; i < old - tail; i++)
			printf("-%s\n", items[i].text);
		for (size_t i = head; i < a->count - tail; i++)
			printf("+%s\n", a->lines[i]);
	}
}

/* The folder that the worksheet is in. It is opened before the play, for the room has another view of
 * the file system, and no working folder. */
static int open_folder(const struct worksheet *w, const char **name)
{
	char path[4096];
	const char *slash = strrchr(w->path, '/');

	*name = slash == NULL ? w->path : slash + 1;
	snprintf(path, sizeof path, "%.*s", slash == NULL ? 1 : (int)(slash + 1 - w->path),
		slash == NULL ? "." : w->path);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The new file takes the old one's place at once, or not at all. */
static int replace_file(const struct worksheet *w, int folder, const char *name)
{
	char fresh[300];
	struct stat st;
	FILE *file;
	int fd;

	snprintf(fresh, sizeof fresh, "%.200s.new-%ld", name, (long)getpid());
	fd = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	file = fd == -1 ? NULL : fdopen(fd, "w");
	if (file != NULL) {
		if (fstatat(folder, name, &st, 0) == 0)
			fchmod(fd, st.st_mode & 07777);
		write_text(w, file);
		if (fclose(file) == 0 && renameat(folder, fresh, folder, name) == 0)
			return 0;
	}
	fprintf(stderr, "lab: write %s: %s\n", w->path, strerror(errno));
	unlinkat(folder, fresh, 0);
	return -1;
}

static bool may_write(bool yes)
{
	int answer;

	if (yes || !isatty(STDIN_FILENO))
		return yes;
	printf("Write this into the worksheet? [y/N] ");
	fflush(stdout);
	answer = getchar();
	return answer == 'y' || answer == 'Y';
}

int accept_observed(const struct worksheet *w, const struct run_options *o, bool yes)
{
	const char *name;
	const int folder = open_folder(w, &name);
	struct result result;
	int status = 1;

	run_amending(w, o, amend, amend_more, &result);
	if (result.outcome != PASSED) {
		fprintf(stderr, "lab: %s cannot be played to its end; nothing is written\n%s%s", w->name,
			result.text, result.outcome == SKIPPED ? "\n" : "");
	} else if (amendments == NULL) {
		printf("%s: every promise holds\n", w->name);
		status = 0;
	} else {
		show_difference(w);
		if (!may_write(yes))
			printf("%s: not written\n", w->name);
		else
			status = replace_file(w, folder, name) == 0 ? 0 : 1;
	}
	if (folder != -1)
		close(folder);
	return status;
}
