/* wording.c - see wording.h. Into words; then the alignment with the fewest that differ. */
#define _XOPEN_SOURCE 700 /* strndup */
#include "wording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a line longer than this the rest is not looked at. */
enum { WORDS_MAX = 200 };

struct text {
	char *of[WORDS_MAX];
	size_t count;
};

/* ---- Into words --------------------------------------------------------------------------- */

static void add_word(struct text *t, const char *word, size_t length)
{
	if (length > 0 && t->count < WORDS_MAX && (t->of[t->count] = strndup(word, length)) != NULL)
		t->count++;
}

static void split_line(struct text *t, const char *line)
{
	for (size_t length; *line != '\0'; line += length) {
		line += strspn(line, " \t");
		length = strcspn(line, " \t");
		add_word(t, line, length);
	}
}

static const char *behind_sudo(const char *command)
{
	command += strspn(command, " \t");
	return strncmp(command, "sudo ", 5) == 0 ? command + 5 + strspn(command + 5, " ") : command;
}

/* One word of a command, without the quotes around its parts; a separator alone. */
static void split_command(struct text *t, const char *command)
{
	static const char separators[] = "|;<>()";
	char word[1024], quote = '\0';
	size_t length = 0;

	for (const char *c = behind_sudo(command); *c != '\0'; c++) {
		if (*c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*c == '\'' || *c == '"')) {
			quote = *c;
		} else if (strchr(" \t", *c) != NULL ||
			   (quote == '\0' && strchr(separators, *c) != NULL)) {
			add_word(t, word, length);
			length = 0;
			if (*c != ' ' && *c != '\t')
				add_word(t, c, 1);
		} else if (length < sizeof word) {
			word[length++] = *c;
		}
	}
	add_word(t, word, length);
}

static void free_text(struct text *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->of[i]);
}

/* The words before a program's name, each with how many more words belong to it. */
static const struct {
	const char *word;
	int more;
} before_program[] = {{"sudo", 0}, {"exec", 0}, {"time", 0}, {"ip netns exec", 1}};

const char *wording_program(const char *command, size_t *length)
{
	bool again = true;

	while (again) {
		again = false;
		command += strspn(command, " \t(");
		if (strncmp(command, "ulimit ", 7) == 0 && strchr(command, ';') != NULL) {
			command = strchr(command, ';') + 1;
			again = true;
		}
		for (size_t i = 0; i < sizeof before_program / sizeof before_program[0] && !again;
			i++) {
			const size_t size = strlen(before_program[i].word);
			if (strncmp(command, before_program[i].word, size) != 0 ||
				command[size] != ' ')
				continue;
			command += size;
			for (int more = before_program[i].more; more > 0; more--) {
				command += strspn(command, " ");
				command += strcspn(command, " ");
			}
			again = true;
		}
	}
	*length = strcspn(command, " \t;|)");
	return command;
}

bool wording_same_program(const char *a, const char *b)
{
	size_t length, other;

	a = wording_program(a, &length);
	b = wording_program(b, &other);
	return length == other && strncmp(a, b, length) == 0;
}

/* ---- The alignment ------------------------------------------------------------------------ */

/* Both sides, and how many words differ at least from word i of one and word j of the other on. */
struct alignment {
	struct text a, b;
	const struct names *names; /* NULL: words are compared as they are */
	unsigned short least[WORDS_MAX + 1][WORDS_MAX + 1];
};

static bool agree(const struct alignment *x, size_t i, size_t j)
{
	struct names names;

	if (x->names == NULL)
		return strcmp(x->a.of[i], x->b.of[j]) == 0;
	if (strchr(x->a.of[i], '<') == NULL)
		return strcmp(x->a.of[i], x->b.of[j]) == 0;
	names = *x->names;
	return match_line(x->a.of[i], x->b.of[j], &names);
}

/* <*> covers any number of words. */
static bool covers_more(const struct alignment *x, size_t i)
{
	return x->names != NULL && strncmp(x->a.of[i], "<*>", 3) == 0;
}

static void measure(struct alignment *x)
{
	for (size_t i = x->a.count + 1; i-- > 0;)
		for (size_t j = x->b.count + 1; j-- > 0;) {
			unsigned short best = (unsigned short)(x->a.count - i + x->b.count - j);
			if (i < x->a.count && x->least[i + 1][j] + 1 < best)
				best = (unsigned short)(x->least[i + 1][j] + 1);
			if (j < x->b.count && x->least[i][j + 1] + 1 < best)
				best = (unsigned short)(x->least[i][j + 1] + 1);
			if (i < x->a.count && j < x->b.count && x->least[i + 1][j + 1] < best &&
				agree(x, i, j))
				best = x->least[i + 1][j + 1];
			if (i < x->a.count && j < x->b.count && x->least[i][j + 1] < best &&
				covers_more(x, i))
				best = x->least[i][j + 1];
			x->least[i][j] = best;
		}
}

static void put(struct words *words, char **text, int is)
{
	if (*text == NULL)
		return;
	words->of[words->count].text = *text;
	words->of[words->count].is = is == MISSING    ? MISSING
				     : is == TOO_MUCH ? TOO_MUCH
						      : AS_PROMISED;
	words->count++;
	words->missing += is == MISSING;
	words->too_much += is == TOO_MUCH;
	*text = NULL; /* it is theirs now */
}

/* Walk along the best alignment; what agrees is shown as it was typed or seen. */
static void collect(struct alignment *x, struct words *words)
{
	size_t i = 0, j = 0;

	while (i < x->a.count || j < x->b.count) {
		const unsigned short here = x->least[i][j];
		if (i < x->a.count && j < x->b.count && x->least[i + 1][j + 1] == here &&
			agree(x, i, j)) {
			put(words, &x->b.of[j], AS_PROMISED);
			i++, j++;
		} else if (i < x->a.count && j < x->b.count && x->least[i][j + 1] == here &&
			   covers_more(x, i)) {
			put(words, &x->b.of[j++], AS_PROMISED);
		} else if (i < x->a.count && x->least[i + 1][j] + 1 == here) {
			put(words, &x->a.of[i++], MISSING);
		} else {
			put(words, &x->b.of[j++], TOO_MUCH);
		}
	}
	for (i = 0; i < x->a.count; i++)
		free(x->a.of[i]);
	for (j = 0; j < x->b.count; j++)
		free(x->b.of[j]);
}

static struct words align(struct alignment *x)
{
	struct words words = {.of = calloc(x->a.count + x->b.count + 1, sizeof *words.of)};

	if (words.of == NULL) {
		free_text(&x->a);
		free_text(&x->b);
	} else {
		measure(x);
		collect(x, &words);
	}
	free(x);
	return words;
}

/* The table is large and written before it is read. */
static struct alignment *new_alignment(const struct names *names)
{
	struct alignment *x = malloc(sizeof *x);

	if (x != NULL) {
		x->a.count = x->b.count = 0;
		x->names = names;
	}
	return x;
}

struct words wording_of_command(const char *promised, const char *typed)
{
	struct alignment *x = new_alignment(NULL);

	if (x == NULL)
		return (struct words){0};
	split_command(&x->a, promised);
	split_command(&x->b, typed);
	return align(x);
}

struct words wording_of_line(const char *pattern, const char *seen, const struct names *names)
{
	struct alignment *x = new_alignment(names);

	if (x == NULL)
		return (struct words){0};
	split_line(&x->a, pattern);
	split_line(&x->b, seen);
	return align(x);
}

/* ---- What is said of it ------------------------------------------------------------------- */

void wording_list(const struct words *words, int which, char *text, size_t size)
{
	bool inside = false;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < words->count && at + 1 < size; i++) {
		const struct word *w = &words->of[i];
		if ((int)w->is == which) {
			at += (size_t)snprintf(text + at, size - at, "%s%s",
				inside   ? " "
				: at > 0 ? " and `"
					 : "`",
				w->text);
			inside = true;
		} else if (inside && w->is == AS_PROMISED) {
			at += (size_t)snprintf(text + at, size - at, "`");
			inside = false;
		}
	}
	if (inside && at + 1 < size)
		snprintf(text + at, size - at, "`");
}

bool wording_is_same(const struct words *words)
{
	size_t paired = 0;

	if (words->missing != words->too_much)
		return false;
	for (size_t i = 0; i < words->count; i++)
		for (size_t k = 0; words->of[i].is == MISSING && k < words->count; k++)
			if (words->of[k].is == TOO_MUCH &&
				strcmp(words->of[i].text, words->of[k].text) == 0) {
				paired++;
				break;
			}
	return paired == words->missing;
}

void wording_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->of[i].text);
	free(words->of);
	*words = (struct words){0};
}

/* ---- Letters ------------------------------------------------------------------------------ */

static size_t least_of(size_t a, size_t b, size_t c)
{
	const size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t wording_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	enum { LETTERS_MAX = 120 };
	size_t row[LETTERS_MAX + 1], diagonal, above;

	if (a_length > LETTERS_MAX || b_length > LETTERS_MAX)
		return a_length > b_length ? a_length : b_length;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 0; i < a_length; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < b_length; j++) {
			above = row[j + 1];
			row[j + 1] =
				a[i] == b[j] ? diagonal : 1 + least_of(diagonal, above, row[j]);
			diagonal = above;
		}
	}
	return row[b_length];
}
