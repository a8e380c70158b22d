/*
 * rehearse.c - see rehearse.h.
 *
 * Lines are aligned first: those that still keep their promise stay. What is left between two of
 * them is paired one by one, and of such a pair the words that still hold stay, placeholders above
 * all. All this happens in a child: it goes into a room, and there is no way out of one.
 */
#define _XOPEN_SOURCE 700 /* strdup */
#include "rehearse.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "play.h"
#include "room.h"

enum { WORDS_MAX = 64, TEXT_SIZE = 2 * 16384 };

/* New text for the expected lines of one exchange; or (`number` set) a new step behind `step`. */
struct amendment {
	struct exchange copy; /* of the exchange: its items are the worksheet's own */
	const struct step *step;
	int number;
	struct fresh_line *lines;
	size_t count;
	struct amendment *next;
};

static struct amendment *amendments;

/* In the child: where the lines come from; NULL in a first rehearsal. */
static const struct origin *origins;
static const struct names *names_before; /* and what was bound in the one that they come from */

static void *must(void *memory)
{
	if (memory != NULL)
		return memory;
	fputs("lab: no memory left\n", stderr);
	exit(1);
}

static struct amendment *new_amendment(const struct step *s, const struct exchange *e, int number)
{
	struct amendment *a = must(calloc(1, sizeof *a)), **end = &amendments;

	a->step = s;
	a->number = number;
	if (e != NULL)
		a->copy = *e;
	while (*end != NULL)
		end = &(*end)->next;
	*end = a;
	return a;
}

static struct fresh_line *add_line(
	struct fresh_line **lines, size_t *count, int kept, const char *text)
{
	*lines = must(realloc(*lines, (*count + 1) * sizeof **lines));
	(*lines)[*count] = (struct fresh_line){.kept = kept, .text = must(strdup(text))};
	return &(*lines)[(*count)++];
}

/* A promise that stays as it stands in the file, to the byte. */
static void add_kept(struct amendment *a, const struct item *item)
{
	add_line(&a->lines, &a->count, item->line, "");
}

/* A promise with placeholders; what would be read as a mark gets its backslash. */
static void add_pattern(struct amendment *a, const struct item *item, const char *text)
{
	char line[TEXT_SIZE + 1];

	snprintf(line, sizeof line, "%s%s", worksheet_is_mark(text) ? "\\" : "", text);
	add_line(&a->lines, &a->count, 0, line)->from = item != NULL ? item->line : 0;
}

/* Plain text as part of a promise: what would be read as a placeholder gets its backslash, and so
 * does a < behind a backslash of its own. */
static size_t put_literal(char *to, size_t size, const char *text)
{
	const char *begin = text;
	struct placeholder p;
	size_t at = 0;

	for (; *text != '\0' && at < size - 2; text++) {
		if (placeholder_at(text, &p) > 0 ||
			(*text == '<' && text > begin && text[-1] == '\\'))
			to[at++] = '\\';
		to[at++] = *text;
	}
	to[at] = '\0';
	return at;
}

/* What was seen, in place of the promise `item` if it is not NULL. */
static void add_literal(struct amendment *a, const struct item *item, const char *text)
{
	char line[TEXT_SIZE];
	size_t at = put_literal(line, sizeof line, text);

	while (at > 0 && strchr(" \t\r", line[at - 1]) != NULL)
		line[--at] = '\0';
	add_pattern(a, item, line);
}

/* ---- Words of one line -------------------------------------------------------------------- */

static size_t split(char *text, char *words[WORDS_MAX])
{
	size_t count = 0;
	char *next = NULL;

	for (char *word = strtok_r(text, " \t", &next); word != NULL;
		word = strtok_r(NULL, " \t", &next)) {
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
	int taken[WORDS_MAX + 1]
		 [WORDS_MAX + 1]; /* how many words the promised one stands for, or: */
};

enum { DROP = -1, LITERAL = -2 };

/* Does the promised word stand for `count` seen words from `j` on? */
static bool stands_for(const struct words *w, size_t i, size_t j, size_t count)
{
	char joined[TEXT_SIZE];
	struct names names = *w->names;
	size_t at = 0;

	joined[0] = '\0';
	for (size_t k = j; k < j + count; k++)
		at += (size_t)snprintf(
			joined + at, sizeof joined - at, "%s%s", k > j ? " " : "", w->seen[k]);
	return at < sizeof joined && match_line(w->promised[i], joined, &names);
}

/*
 * The best way to keep the words from (i, j) on: a word that holds is worth most, <*> less, and a
 * word that must be written as it was seen costs something, so that <*> covers it where there is
 * one.
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
	for (size_t count = any ? 0 : 1; j + count <= w->seen_count && (any || count == 1);
		count++) {
		if (!stands_for(w, i, j, count))
			continue;
		score = best(w, i + 1, j + count) + (any ? 2 : 4);
		if (score > top || (score == top && taken < 0)) {
			top = score;
			taken = (int)count;
		}
	}
	w->known[i][j] = true;
	w->taken[i][j] = taken;
	return w->score[i][j] = top;
}

/* Is a name of the promise kept, or half of what it says besides <*>? Else it is another line, of
 * which nothing should be hidden. */
static bool is_kept_by_half(const struct words *w)
{
	size_t plain = 0, kept = 0;
	struct placeholder p;

	for (size_t i = 0, j = 0; i < w->promised_count;) {
		const int taken = w->taken[i][j];
		const bool any = strstr(w->promised[i], "<*>") != NULL;
		if (taken == 1 && placeholder_next(w->promised[i], &p) != NULL)
			return true;
		plain += taken != LITERAL && !any;
		kept += taken == 1 && !any;
		i += taken != LITERAL;
		j += taken == LITERAL ? 1 : taken > 0 ? (size_t)taken : 0;
	}
	return 2 * kept >= plain;
}

/* The words of a promise and of what was seen instead; NULL if nothing of the promise is kept. */
static struct words *compare_words(char *promised, char *seen, const struct names *names)
{
	struct words *w = must(calloc(1, sizeof *w));

	w->names = names;
	w->promised_count = split(promised, w->promised);
	w->seen_count = split(seen, w->seen);
	if (w->promised_count <= WORDS_MAX && w->seen_count <= WORDS_MAX && best(w, 0, 0) > 0 &&
		is_kept_by_half(w))
		return w;
	free(w);
	return NULL;
}

/* How much of the promise is kept; 0 if it is another line. */
static int likeness(const struct item *item, const char *seen, const struct names *names)
{
	char *left = must(strdup(item->text)), *right = must(strdup(seen));
	struct words *w = item->kind == OUTPUT ? compare_words(left, right, names) : NULL;
	const int score = w != NULL ? w->score[0][0] : 0;

	free(w);
	free(left);
	free(right);
	return score;
}

/* A line that is put together from words, each with the blanks before it. */
struct line_of_words {
	char text[TEXT_SIZE];
	size_t at;
	bool any; /* it ends with a <*> that stands for words that differ */
};

static void put_word(struct line_of_words *l, const char *blanks, size_t count, const char *word)
{
	l->at += (size_t)snprintf(
		l->text + l->at, sizeof l->text - l->at, "%.*s%s", (int)count, blanks, word);
	if (l->at >= sizeof l->text)
		l->at = sizeof l->text - 1;
	l->any = false;
}

/* The word that was promised by an earlier rehearsal is not what is seen: any text. What both begin
 * and end with stays, but for parts of names and numbers. */
static void put_any(struct line_of_words *l, const char *blanks, size_t count, const char *promised,
	const char *seen)
{
	size_t head = 0, tail = 0, p = strlen(promised), s = strlen(seen);
	char word[TEXT_SIZE];

	if (l->any)
		return;
	while (head < p && head < s && promised[head] == seen[head] &&
		strchr("<\\", promised[head]) == NULL)
		head++;
	while (head > 0 && isalnum((unsigned char)promised[head - 1]))
		head--;
	while (tail < p - head && tail < s - head && promised[p - 1 - tail] == seen[s - 1 - tail] &&
		strchr(">\\", promised[p - 1 - tail]) == NULL)
		tail++;
	while (tail > 0 && isalnum((unsigned char)promised[p - tail]))
		tail--;
	snprintf(word, sizeof word, "%.*s<*>%s", (int)head, promised, promised + p - tail);
	put_word(l, blanks, count, word);
	l->any = true;
}

/* Do both words have a number in the same place that is the value of a name, each in its rehearsal? Then
 * it is that name. */
static bool put_name(struct line_of_words *l, const char *blanks, size_t count,
	const char *promised, const char *seen, const struct names *names)
{
	char word[TEXT_SIZE], *rest, *rest_seen;
	size_t head = 0;

	while (promised[head] == seen[head] && strchr("<\\", promised[head]) == NULL)
		head++;
	while (head > 0 && isdigit((unsigned char)promised[head - 1]))
		head--;
	const uint64_t old = strtoull(promised + head, &rest, 10);
	const uint64_t new = strtoull(seen + head, &rest_seen, 10);
	for (size_t i = 0; i < names->count; i++) {
		const uint64_t *before = match_value(names_before, names->of[i].name);
		struct names copy = *names;
		if (!isdigit((unsigned char)promised[head]) ||
			!isdigit((unsigned char)seen[head]) || names->of[i].value != new ||
			before == NULL || *before != old || !match_line(rest, rest_seen, &copy))
			continue;
		snprintf(word, sizeof word, "%.*s<%s>%s", (int)head, promised, names->of[i].name,
			rest);
		put_word(l, blanks, count, word);
		return true;
	}
	return false;
}

/* The blanks before a word of a text that was split. */
static size_t blanks_before(const char *text, const char *word)
{
	size_t count = 0;

	while (word - count > text && strchr(" \t", text[word - text - 1 - (long)count]) != NULL)
		count++;
	return count;
}

/* The next words are not kept up to where one is: of both, those that stand there. */
struct changed {
	const char *promised, *seen; /* the first of each; NULL if there is none */
	size_t dropped, new;
};

static struct changed changed_words(const struct words *w, size_t *i, size_t *j)
{
	struct changed c = {0};

	while (*i < w->promised_count || *j < w->seen_count) {
		const int taken = *i < w->promised_count ? w->taken[*i][*j] : LITERAL;
		if (taken == LITERAL && c.new ++ == 0)
			c.seen = w->seen[*j];
		else if (taken == DROP && c.dropped++ == 0)
			c.promised = w->promised[*i];
		else if (taken != LITERAL && taken != DROP)
			break;
		*i += taken == DROP;
		*j += taken == LITERAL;
	}
	return c;
}

/* Write what was seen as a promise that keeps as much of the old one as holds; where an earlier
 * rehearsal has seen something else (`varies`) it is any text. */
static void merge_words(struct line_of_words *l, const struct words *w, const char *split_promise,
	const struct item *item, bool varies)
{
	char literal[TEXT_SIZE];

	for (size_t i = 0, j = 0; i < w->promised_count || j < w->seen_count;) {
		const int taken = i < w->promised_count ? w->taken[i][j] : LITERAL;
		const char *here = i < w->promised_count
					   ? item->text + (w->promised[i] - split_promise)
					   : item->text;
		const size_t blanks = blanks_before(item->text, here);
		if (varies && (taken == LITERAL || taken == DROP)) {
			const struct changed c = changed_words(w, &i, &j);
			if (c.dropped == 1 && c.new == 1 &&
				put_name(l, here - blanks, blanks, c.promised, c.seen, w->names))
				continue;
			if (c.dropped == 1 && c.new == 1)
				put_any(l, here - blanks, blanks, c.promised, c.seen);
			else if (c.dropped == c.new)
				put_any(l, here - blanks, blanks, "", "");
			else
				put_any(l, "", 0, "", ""); /* also no word at all */
			continue;
		}
		if (taken == LITERAL) {
			put_literal(literal, sizeof literal, w->seen[j]);
			put_word(l, " ", l->at > 0, literal);
		} else if (taken != DROP) {
			put_word(l, blanks > 0 || l->at == 0 ? here - blanks : " ",
				blanks > 0 ? blanks : l->at > 0, w->promised[i]);
		}
		i += taken != LITERAL;
		j += taken == LITERAL ? 1 : taken > 0 ? (size_t)taken : 0;
	}
}

static void add_merged(
	struct amendment *a, const struct item *item, const char *seen, struct names *names)
{
	const struct origin *origin = origins != NULL ? &origins[item->line] : NULL;
	char *left = must(strdup(item->text)), *right = must(strdup(seen));
	struct line_of_words *l = must(calloc(1, sizeof *l));
	struct words *w = NULL;

	if (origin != NULL && origin->original != NULL &&
		match_line(origin->original, seen, names)) {
		add_pattern(a, item, origin->original);
	} else if ((w = compare_words(left, right, names)) == NULL) {
		add_literal(a, item, seen);
	} else {
		merge_words(l, w, left, item, origin != NULL && origin->fresh);
		match_line(l->text, seen, names); /* what it names is bound now */
		add_pattern(a, item, l->text);
	}
	free(w);
	free(l);
	free(left);
	free(right);
}

/* ---- Lines of one exchange ---------------------------------------------------------------- */

enum { GAP_MAX = 40 };

/* Which lines are changed items, and which are new: pairs[i] is the line that item i has become, or
 * none (`line_count`). In order, so that as much as possible is kept; of many, one after the other. */
static void pair_up(const struct item *items, size_t item_count, const struct line *lines,
	size_t line_count, const struct names *names, size_t *pairs)
{
	int like[GAP_MAX][GAP_MAX], sum[GAP_MAX + 1][GAP_MAX + 1] = {{0}};

	for (size_t i = 0; i < item_count; i++)
		pairs[i] = i < line_count ? i : line_count;
	if (item_count > GAP_MAX || line_count > GAP_MAX)
		return;
	for (size_t i = item_count; i-- > 0;)
		for (size_t j = line_count; j-- > 0;) {
			like[i][j] = lines[j].soft ? 0 : likeness(&items[i], lines[j].text, names);
			const int both = like[i][j] > 0 ? like[i][j] + sum[i + 1][j + 1] : 0;
			const int one =
				sum[i + 1][j] > sum[i][j + 1] ? sum[i + 1][j] : sum[i][j + 1];
			sum[i][j] = both > one ? both : one;
		}
	for (size_t i = 0, j = 0; i < item_count; i++) {
		pairs[i] = line_count;
		if (items[i].kind == OUTPUT && sum[i][j] == 0 && j < line_count &&
			item_count - i == line_count - j && !lines[j].soft) {
			pairs[i] = j++; /* another line in the place of each */
			continue;
		}
		while (j < line_count && sum[i][j] == sum[i][j + 1] && sum[i][j] > 0)
			j++;
		if (j < line_count && like[i][j] > 0 && sum[i][j] == like[i][j] + sum[i + 1][j + 1])
			pairs[i] = j++;
	}
}

/* The items and lines between two pairs that agree. */
static void merge_gap(struct amendment *a, const struct item *items, size_t item_count,
	const struct line *lines, size_t line_count, struct names *names)
{
	size_t *pairs = must(calloc(item_count + 1, sizeof *pairs)), j = 0;
	bool covered = false;

	for (size_t i = 0; i < item_count; i++)
		covered = covered || items[i].kind == ANYTHING;
	pair_up(items, item_count, lines, line_count, names, pairs);
	for (size_t i = 0; i <= item_count; i++) {
		const size_t next = i == item_count ? line_count : pairs[i];
		const bool paired = i < item_count && next < line_count;
		for (; (paired || i == item_count) && j < next; j++)
			if (!lines[j].soft && !covered)
				add_literal(a, NULL, lines[j].text);
		if (i < item_count && items[i].kind == ANYTHING)
			add_kept(a, &items[i]);
		else if (paired)
			add_merged(a, &items[i], lines[j++].text, names);
		/* else it did not come: no longer promised */
	}
	free(pairs);
}

/*
 * Which items and lines agree, in order, as many as possible: the table of a longest common
 * subsequence, [i][j] for the items from i and the lines from j on. NULL if it would be too large.
 */
static unsigned short *align(
	const struct exchange *e, const struct seen *seen, const struct names *names)
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
			const bool agree =
				e->expected[i].kind == OUTPUT &&
				match_line(e->expected[i].text, seen->lines[j].text, &copy);
			const int both = table[(i + 1) * columns + j + 1] + agree;
			table[i * columns + j] =
				(unsigned short)(agree && both > down && both > right ? both
						 : down > right                       ? down
										      : right);
		}
	return table;
}

static void amend_in_order(
	struct amendment *a, const struct exchange *e, const struct seen *seen, struct names *names)
{
	const size_t columns = seen->count + 1;
	unsigned short *table = align(e, seen, names);
	size_t i = 0, j = 0, item = 0, line = 0; /* i, j: done so far; item, line: looked at */

	while (table != NULL && item < e->count && line < seen->count) {
		const unsigned short here = table[item * columns + line];
		struct names copy = *names;
		/* The first line that keeps it: <*> may be kept by those behind it, too. */
		if (here == table[(item + 1) * columns + line + 1] + 1 &&
			e->expected[item].kind == OUTPUT &&
			match_line(e->expected[item].text, seen->lines[line].text, &copy)) {
			merge_gap(a, e->expected + i, item - i, seen->lines + j, line - j, names);
			if (match_line(e->expected[item].text, seen->lines[line].text, names))
				add_kept(a, &e->expected[item]);
			else
				add_merged(a, &e->expected[item], seen->lines[line].text, names);
			i = ++item;
			j = ++line;
		} else if (here == table[(item + 1) * columns + line]) {
			item++;
		} else {
			line++;
		}
	}
	free(table);
	merge_gap(a, e->expected + i, e->count - i, seen->lines + j, seen->count - j, names);
}

/* Rows: each that still has a line stays; the others are merged with the lines that are left. */
static void amend_rows(
	struct amendment *a, const struct exchange *e, const struct seen *seen, struct names *names)
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
			add_kept(a, &e->expected[i]);
			memmove(&lines[j], &lines[j + 1], (--line_count - j) * sizeof *lines);
		} else {
			items[item_count++] = e->expected[i];
		}
	}
	merge_gap(a, items, item_count, lines, line_count, names);
	free(items);
	free(lines);
}

static void amend(const struct step *s, const struct exchange *e, const struct seen *seen,
	struct names *names)
{
	struct amendment *a = new_amendment(s, e, 0);

	if (s->unordered)
		amend_rows(a, e, seen, names);
	else
		amend_in_order(a, e, seen, names);
}

/* Lines that nobody asks for: a step of their own. */
static void amend_more(const struct step *s, int number, const struct seen *more)
{
	struct amendment *a = amendments;

	while (a != NULL && (a->step != s || a->number != number))
		a = a->next;
	if (a == NULL)
		a = new_amendment(s, NULL, number);
	for (size_t i = 0; i < more->count; i++)
		if (!more->lines[i].soft)
			add_literal(a, NULL, more->lines[i].text);
}

/* ---- The whole text ----------------------------------------------------------------------- */

/* The amendment whose lines come behind this line of the file, and how many old lines it
 * replaces. */
static const struct amendment *amendment_after(int line, size_t *replaced)
{
	for (const struct amendment *a = amendments; a != NULL; a = a->next) {
		const struct exchange *e = &a->copy;
		if (a->number > 0)
			continue;
		if (line == (e->typed != NULL ? e->typed->line : e->expected[0].line - 1)) {
			*replaced = e->count;
			return a;
		}
	}
	return NULL;
}

/* The blanks before the step's fence: those of a list, say. */
static int indentation(const struct worksheet *w, const struct step *s)
{
	return (int)strspn(w->text + s->fence, " ");
}

/* Would the line be read as a fence, in the block that it stands in? */
static bool is_fence(const struct worksheet *w, const struct step *s, const char *text)
{
	const char *fence = w->text + s->fence + strspn(w->text + s->fence, " ");
	size_t marks = 0, more = 0;

	while (fence[marks] == fence[0])
		marks++;
	text += strspn(text, " ");
	while (text[more] == fence[0])
		more++;
	return more >= marks;
}

/* Some new lines: K, N and R as write_all() says. */
static void write_lines(FILE *to, const struct worksheet *w, const struct amendment *a)
{
	const char kind = a->step->unordered && a->number == 0 ? 'R' : 'N';

	for (size_t i = 0; i < a->count; i++)
		if (a->lines[i].kept > 0)
			fprintf(to, "K %d\n", a->lines[i].kept);
		else if (a->number == 0 && is_fence(w, a->step, a->lines[i].text))
			fprintf(to, "%c %d %d <*>%s\n", kind, indentation(w, a->step),
				a->lines[i].from,
				a->lines[i].text + strspn(a->lines[i].text, " ") + 1);
		else
			fprintf(to, "%c %d %d %s\n", kind, indentation(w, a->step),
				a->lines[i].from, a->lines[i].text);
}

/* A fence that none of the lines closes. */
static int fence_length(const struct amendment *a)
{
	size_t longest = 2;

	for (size_t i = 0; i < a->count; i++) {
		const size_t marks = strspn(a->lines[i].text + strspn(a->lines[i].text, " "), "`");
		longest = marks > longest ? marks : longest;
	}
	return (int)longest + 1;
}

static void write_steps_behind(FILE *to, const struct worksheet *w, size_t at)
{
	static const char fence[] =
		"````````````````````````````````````````````````````````````````";

	for (const struct amendment *a = amendments; a != NULL; a = a->next) {
		if (a->number == 0 || a->step->end != at)
			continue;
		const int indent = indentation(w, a->step), marks = fence_length(a);
		fprintf(to, "F 0 0 \nF %d 0 %.*sconsole T%d\n", indent, marks, fence, a->number);
		write_lines(to, w, a);
		fprintf(to, "F %d 0 %.*s\n", indent, marks, fence);
	}
}

/* Is nothing left of the step that this line of the file begins: neither typed nor promised? */
static bool begins_nothing(size_t at)
{
	for (const struct amendment *a = amendments; a != NULL; a = a->next)
		if (a->number == 0 && a->step->fence == at && a->copy.typed == NULL &&
			a->count == 0 && a->copy.count == a->step->count)
			return true;
	return false;
}

/* What the parent is told: "K 12", the file's line 12; "N 2 7 text", a new
 * line behind two blanks, in place of line 7; "R"
 * the same, a row; "F" the same, no promise but a fence; "V name 4711", a value; "U name", who plays;
 * "E text" and "S text", a line of why it could not be played, or was not at all. */
static void write_all(FILE *to, const struct worksheet *w, const struct names *names)
{
	const char *line = w->text, *end;
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
		write_steps_behind(to, w, (size_t)(line - w->text));
		if (begins_nothing((size_t)(line - w->text))) {
			amendment_after(number, &replaced);
			replaced++; /* its last fence, too */
			continue;
		}
		fprintf(to, "K %d\n", number);
		const struct amendment *a = amendment_after(number, &replaced);
		if (a != NULL)
			write_lines(to, w, a);
	}
	write_steps_behind(to, w, w->size);
	for (size_t i = 0; i < names->count; i++)
		fprintf(to, "V %s %" PRIu64 "\n", names->of[i].name, names->of[i].value);
}

/* ---- The child, and what it tells --------------------------------------------------------- */

/* The numbers of processes are no different from play to play in a room of its own; so let each
 * rehearsal use up some more of them. */
static int process_numbers;

static bool use_up_numbers(const struct worksheet *w, const struct step *s)
{
	for (int i = 0; s == w->steps && i < process_numbers; i++) {
		const pid_t child = fork();
		if (child == 0)
			_exit(0);
		while (child > 0 && waitpid(child, NULL, 0) == -1 && errno == EINTR)
			;
	}
	return true;
}

static void tell(FILE *to, char kind, const char *text)
{
	for (size_t length; *text != '\0'; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		fprintf(to, "%c %.*s\n", kind, (int)length, text);
	}
}

static void perform(
	const struct worksheet *w, const struct run_options *o, int number, int lifeline, FILE *to)
{
	struct names names = {0};
	const struct setup mend = {.amend = amend,
		.amend_more = amend_more,
		.before = use_up_numbers,
		.swift = origins != NULL,
		.lifeline = lifeline,
		.names = &names};
	const struct passwd *user;
	struct result result;

	signal(SIGINT, SIG_IGN); /* the parent's, who hangs up the lifeline */
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	process_numbers = 13 * number;
	run_amending(w, o, &mend, &result);
	user = getpwuid(geteuid());
	if (user != NULL)
		tell(to, 'U', user->pw_name);
	/* Of a later rehearsal what it has found out before it failed is worth something. */
	if (result.outcome == FAILED && origins != NULL && amendments != NULL)
		result.outcome = PASSED;
	if (result.outcome == PASSED)
		write_all(to, w, &names);
	else
		tell(to, result.outcome == SKIPPED ? 'S' : 'E', result.text);
	_exit(fclose(to) == 0 && result.outcome == PASSED ? 0 : 1);
}

/* ---- The parent --------------------------------------------------------------------------- */

static void hear_line(struct rehearsal *r, char kind, char *line)
{
	char *text;
	const int indent = (int)strtol(line, &text, 10), from = (int)strtol(text, &text, 10);
	struct fresh_line *f = add_line(&r->lines, &r->count, 0, text + (*text == ' '));

	f->row = kind == 'R';
	f->fence = kind == 'F';
	f->indent = indent;
	f->from = from;
}

static void hear(struct rehearsal *r, char *line)
{
	struct names *n = &r->names;
	const size_t told = strlen(r->complaint);

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == 'K') {
		add_line(&r->lines, &r->count, (int)strtol(line + 2, NULL, 10), "");
	} else if (strchr("NRF", line[0]) != NULL) {
		hear_line(r, line[0], line + 2);
	} else if (line[0] == 'V' && n->count < NAMES_MAX) {
		n->count += sscanf(line + 2, "%31s %" SCNu64, n->of[n->count].name,
				    &n->of[n->count].value) == 2;
	} else if (line[0] == 'U') {
		snprintf(r->user, sizeof r->user, "%s", line + 2);
	} else if (line[0] == 'E' || line[0] == 'S') {
		r->skipped = line[0] == 'S';
		snprintf(r->complaint + told, sizeof r->complaint - told, "%s\n", line + 2);
	}
}

int rehearse_begin(const struct worksheet *w, const struct run_options *o, int number,
	const struct origin *from, const struct names *before, struct rehearsal *r)
{
	int pipes[2], lifeline[2];

	*r = (struct rehearsal){.lifeline = -1};
	fflush(NULL);
	if (pipe(pipes) == -1 || pipe(lifeline) == -1 || (r->player = fork()) == -1) {
		fprintf(stderr, "lab: start a rehearsal: %s\n", strerror(errno));
		return -1;
	}
	if (r->player == 0) {
		room_close_others(pipes[1], lifeline[0], -1);
		fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
		fcntl(lifeline[0], F_SETFD, FD_CLOEXEC);
		origins = from;
		names_before = before;
		perform(w, o, number, lifeline[0], must(fdopen(pipes[1], "w")));
	}
	close(pipes[1]);
	close(lifeline[0]);
	r->when.begin = time(NULL);
	r->lifeline = lifeline[1];
	r->from = must(fdopen(pipes[0], "r"));
	return 0;
}

int rehearse_end(struct rehearsal *r)
{
	char *line = NULL;
	size_t size = 0;
	int status = 1;

	if (r->from == NULL)
		return -1;
	for (struct pollfd fd = {.fd = fileno(r->from), .events = POLLIN};
		!run_broken_off() && poll(&fd, 1, 250) <= 0;)
		;
	while (!run_broken_off() && getline(&line, &size, r->from) != -1)
		hear(r, line);
	free(line);
	close(r->lifeline);
	fclose(r->from);
	r->from = NULL;
	while (waitpid(r->player, &status, 0) == -1 && errno == EINTR)
		;
	r->when.end = time(NULL);
	return status == 0 && !run_broken_off() ? 0 : -1;
}

void rehearsal_free(struct rehearsal *r)
{
	if (r->from != NULL)
		rehearse_end(r);
	for (size_t i = 0; i < r->count; i++)
		free(r->lines[i].text);
	free(r->lines);
	*r = (struct rehearsal){0};
}
