/* match.c - see match.h. First one line, then the lines of a step in order, then as rows. */
#include "match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a line, or a step, may be tried in other ways before it counts as different: a worksheet
 * full of <*> or ... must not keep the player busy for ever. */
enum { LINE_TRIES = 100000, STEP_TRIES = 200000 };

/* ---- Names -------------------------------------------------------------------------------- */

const uint64_t *match_value(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->of[i].name, name) == 0)
			return &names->of[i].value;
	return NULL;
}

static bool bind(struct names *names, const char *name, uint64_t value)
{
	if (names->count == NAMES_MAX)
		return false;
	strcpy(names->of[names->count].name, name);
	names->of[names->count++].value = value;
	return true;
}

/* Sequence numbers wrap at 2^32 (RFC 9293 3.4); a greater number is not one, and does not. */
static uint64_t add(uint64_t value, long long plus)
{
	uint64_t sum = value + (uint64_t)plus;

	return plus != 0 && value <= UINT32_MAX ? sum & UINT32_MAX : sum;
}

/* Does the number agree with <name+plus>? A name that is not bound yet becomes bound. */
static bool agrees(const struct placeholder *p, uint64_t number, struct names *names)
{
	const uint64_t *value = match_value(names, p->name);

	if (value != NULL)
		return number == add(*value, p->plus);
	return bind(names, p->name, add(number, -p->plus));
}

/* ---- One line ----------------------------------------------------------------------------- */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool match_rest(const char *p, const char *s, struct names *names, int *tries)
{
	struct placeholder hole;
	size_t length;

	if (++*tries > LINE_TRIES)
		return false;
	for (; *p != '\0'; p++, s++) {
		if (blank(*p)) {
			if (!blank(*s))
				return false;
			p += strspn(p, " \t") - 1;
			s += strspn(s, " \t") - 1;
		} else if ((length = placeholder_at(p, &hole)) > 0 && hole.kind == ANY_TEXT) {
			const size_t bound = names->count; /* with what this line has bound before */
			for (;; s++) {
				if (match_rest(p + length, s, names, tries))
					return true;
				names->count = bound;
				if (*s == '\0')
					return false;
			}
		} else if (length > 0) {
			size_t digits = strspn(s, "0123456789");
			if (digits == 0 || digits > 19 || !agrees(&hole, strtoull(s, NULL, 10), names))
				return false;
			p += length - 1;
			s += digits - 1;
		} else {
			p += *p == '\\' && p[1] == '<';
			if (*p != *s)
				return false;
		}
	}
	return s[strspn(s, " \t")] == '\0';
}

bool match_line(const char *pattern, const char *line, struct names *names)
{
	const size_t bound = names->count;
	int tries = 0;

	if (match_rest(pattern, line, names, &tries))
		return true;
	names->count = bound;
	return false;
}

/* ---- The lines of a step ------------------------------------------------------------------ */

/* What one comparison works on, so that its recursion hands on two numbers only. */
struct comparison {
	const struct item *items;
	size_t count;
	bool to_end;
	const struct seen *seen;
	struct names *names;
	size_t *used;
	struct departure *where;
	int tries;
};

/* Keep the farthest place that any try has reached. */
static enum verdict differs(struct comparison *c, size_t item, size_t line)
{
	if (item > c->where->item || (item == c->where->item && line >= c->where->line)) {
		c->where->item = item;
		c->where->line = line;
		c->where->names = *c->names;
	}
	return DIFFERS;
}

/* All items have been met by the lines before `line`. */
static enum verdict finish(struct comparison *c, size_t line)
{
	if (c->to_end) {
		while (line < c->seen->count && c->seen->lines[line].soft)
			line++;
		if (line < c->seen->count)
			return differs(c, c->count, line);
		if (!c->seen->ended) {
			differs(c, c->count, line);
			return WAITING;
		}
	}
	*c->used = line;
	return AGREES;
}

static enum verdict in_order(struct comparison *c, size_t item, size_t line)
{
	const size_t bound = c->names->count;
	enum verdict verdict, best;

	if (++c->tries > STEP_TRIES)
		return differs(c, item, line);
	if (item == c->count)
		return finish(c, line);
	if (c->items[item].kind == ANYTHING) {
		if (item + 1 == c->count)
			return finish(c, c->seen->count);
		best = DIFFERS;
		for (; line <= c->seen->count; line++) {
			verdict = in_order(c, item + 1, line);
			if (verdict == AGREES)
				return AGREES;
			c->names->count = bound;
			if (verdict == WAITING)
				best = WAITING;
		}
		return best;
	}
	if (line == c->seen->count) {
		differs(c, item, line);
		return c->seen->ended ? DIFFERS : WAITING;
	}
	if (match_line(c->items[item].text, c->seen->lines[line].text, c->names)) {
		verdict = in_order(c, item + 1, line + 1);
		if (verdict != DIFFERS)
			return verdict;
		c->names->count = bound;
	}
	if (c->seen->lines[line].soft)
		return in_order(c, item, line + 1);
	return differs(c, item, line);
}

/* ---- The lines of a step as rows, in any order -------------------------------------------- */

static bool is_taken(const uint64_t *taken, size_t line)
{
	return line < 256 && (taken[line / 64] >> line % 64 & 1) != 0;
}

/* Find a line for each item from `item` on, among those of the first `lines` that are not taken. */
static bool place_rows(struct comparison *c, size_t item, size_t lines, uint64_t taken[4])
{
	const size_t bound = c->names->count;

	while (item < c->count && c->items[item].kind == ANYTHING)
		item++;
	if (item > c->where->item || !c->where->rows) {
		*c->where = (struct departure){
			.item = item, .line = lines, .rows = true, .names = *c->names};
		memcpy(c->where->taken, taken, sizeof c->where->taken);
	}
	if (item == c->count)
		return true;
	for (size_t line = 0; line < lines && line < 256 && c->tries++ < STEP_TRIES; line++) {
		if (is_taken(taken, line) ||
			!match_line(c->items[item].text, c->seen->lines[line].text, c->names))
			continue;
		taken[line / 64] |= UINT64_C(1) << line % 64;
		if (place_rows(c, item + 1, lines, taken))
			return true;
		taken[line / 64] &= ~(UINT64_C(1) << line % 64);
		c->names->count = bound;
	}
	return false;
}

static enum verdict as_rows(struct comparison *c)
{
	uint64_t taken[4] = {0};
	size_t rows = 0, hard = 0, lines = 0;
	bool rest = false; /* `...`: other rows do not matter */

	for (size_t i = 0; i < c->count; i++) {
		rest = rest || c->items[i].kind == ANYTHING;
		rows += c->items[i].kind == OUTPUT;
	}
	/* Without `...` the first lines must be the rows, each one of them. */
	for (; lines < c->seen->count && (rest || c->to_end || hard < rows); lines++)
		hard += !c->seen->lines[lines].soft;
	if (!place_rows(c, 0, lines, taken))
		return !c->seen->ended && (rest || hard < rows) ? WAITING : DIFFERS;
	for (size_t line = 0; line < lines && !rest; line++)
		if (!is_taken(taken, line) && !c->seen->lines[line].soft)
			return differs(c, c->count, line);
	*c->used = lines;
	return c->to_end && !c->seen->ended ? WAITING : AGREES;
}

enum verdict match_lines(const struct item *items, size_t count, bool unordered, bool to_end,
	const struct seen *seen, struct names *names, size_t *used, struct departure *where)
{
	struct comparison c = {.items = items, .count = count, .to_end = to_end, .seen = seen,
		.names = names, .used = used, .where = where};
	const size_t bound = names->count;
	enum verdict verdict;

	*where = (struct departure){.names = *names};
	verdict = unordered ? as_rows(&c) : in_order(&c, 0, 0);
	if (verdict != AGREES)
		names->count = bound;
	return verdict;
}

/* ---- What is typed ------------------------------------------------------------------------ */

char *match_fill(const char *text, const struct names *names)
{
	const size_t room = strlen(text) * 7 + 1; /* <x> may become 20 digits */
	char *filled = malloc(room);
	size_t at = 0, length;
	struct placeholder p;
	const uint64_t *value;

	for (; filled != NULL && *text != '\0'; text += length) {
		length = placeholder_at(text, &p);
		if (length > 0 && p.kind == NUMBER && (value = match_value(names, p.name)) != NULL) {
			at += (size_t)snprintf(filled + at, room - at, "%" PRIu64, add(*value, p.plus));
		} else {
			length = 1;
			filled[at++] = *text;
		}
	}
	if (filled != NULL)
		filled[at] = '\0';
	return filled;
}
