/* match.c - see match.h. First one line, then the lines of a step in order, then as rows. */
#include "match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a line, or a step, may be tried in other ways before it counts as different: a
 * worksheet full of <*>, ... and names must not keep the player busy for ever. Of a step a long
 * line's counts once in so many. */
enum { LINE_TRIES = 200000, STEP_TRIES = 400000, STEPS_A_TRY = 50 };

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

/* A <*> that has been passed: where to go on if what came after it did not agree. */
struct star {
	const char *p, *s;
	size_t bound;
};

/* Follow the pattern as long as it agrees. Returns true at its end, if it is the line's end too. */
static bool follow(
	const char *p, const char *s, struct names *names, struct star *stars, size_t *depth)
{
	struct placeholder hole;
	size_t length, digits;

	while (*p != '\0') {
		if (blank(*p)) {
			if (!blank(*s))
				return false;
			p += strspn(p, " \t");
			s += strspn(s, " \t");
		} else if ((length = placeholder_at(p, &hole)) > 0 && hole.kind == ANY_TEXT) {
			p += length;
			/* With no name bound since the last <*>, this one can do all that that one
			 * can. */
			*depth -= *depth > 0 && stars[*depth - 1].bound == names->count;
			stars[(*depth)++] = (struct star){.p = p, .s = s, .bound = names->count};
		} else if (length > 0) {
			digits = strspn(s, "0123456789");
			if (digits == 0 || digits > 19 ||
				!agrees(&hole, strtoull(s, NULL, 10), names))
				return false;
			p += length;
			s += digits;
		} else {
			p += *p == '\\' && p[1] == '<';
			if (*p++ != *s++)
				return false;
		}
	}
	return s[strspn(s, " \t")] == '\0';
}

/* Let the <*> take one character more: the whole run of digits where a name is to follow. */
static void advance(struct star *star)
{
	struct placeholder hole;

	star->s++;
	if (placeholder_at(star->p, &hole) > 0 && hole.kind == NUMBER &&
		isdigit((unsigned char)star->s[-1]))
		star->s += strspn(star->s, "0123456789");
}

/* Are the names bound since `bound` the same in both? */
static bool same_reading(const struct names *a, const struct names *b, size_t bound)
{
	for (size_t i = bound; i < a->count && i < b->count; i++)
		if (a->of[i].value != b->of[i].value)
			return false;
	return a->count == b->count;
}

/* As match_reading(); adds to `*steps` how much it cost. */
static bool read_line(
	const char *pattern, const char *line, struct names *names, size_t reading, size_t *steps)
{
	struct star stars[NAMES_MAX + 1], *star;
	const size_t bound = names->count;
	struct names latest = *names;
	size_t depth = 0, found = 0;
	const char *p = pattern, *s = line;

	for (int tries = 0; tries < LINE_TRIES; tries++, ++*steps) {
		if (follow(p, s, names, stars, &depth)) {
			if ((found == 0 || !same_reading(names, &latest, bound)) &&
				found++ == reading)
				return true;
			latest = *names;
		}
		while (depth > 0 && *stars[depth - 1].s == '\0')
			depth--;
		if (depth == 0)
			break;
		star = &stars[depth - 1];
		advance(star);
		p = star->p;
		s = star->s;
		names->count = star->bound;
	}
	names->count = bound;
	return false;
}

bool match_reading(const char *pattern, const char *line, struct names *names, size_t reading)
{
	size_t steps = 0;

	return read_line(pattern, line, names, reading, &steps);
}

bool match_line(const char *pattern, const char *line, struct names *names)
{
	return match_reading(pattern, line, names, 0);
}

/* May there be other readings than the one that has just bound names? */
static bool has_readings(const char *pattern, const struct names *names, size_t bound)
{
	return names->count > bound && strstr(pattern, "<*>") != NULL;
}

/* ---- The lines of a step ------------------------------------------------------------------ */

/* What one comparison works on. */
struct comparison {
	const struct item *items;
	size_t count;
	bool to_end;
	const struct seen *seen;
	struct names *names;
	size_t *used;
	struct departure *where;
	size_t tries, limit;
	size_t promises; /* up to the last OUTPUT among the items */
	bool gaps;       /* there is a `...` among them */
};

/* Where the comparison can go on in another way: a `...` that takes one line more, a soft line that
 * is passed over although it agreed, or a line that is read in another way. */
struct choice {
	size_t item, line, bound;
	bool anything;
	size_t reading; /* of the line at `line`: try this one next; 0: none */
};

enum { CHOICES_MAX = 200 };

struct choices {
	struct choice of[CHOICES_MAX];
	size_t count;
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

/* All items have been met by the lines before `line`. With `rest`, a closing `...` covers those
 * that follow; but they are left for a later step that may ask for one of them. */
static enum verdict finish(struct comparison *c, size_t line, bool rest)
{
	size_t left = rest ? c->seen->count : line;

	while (c->to_end && left < c->seen->count && c->seen->lines[left].soft)
		left++;
	if (c->to_end && (left < c->seen->count || !c->seen->ended)) {
		differs(c, c->count, left);
		return left < c->seen->count ? DIFFERS : WAITING;
	}
	*c->used = rest ? line : left;
	return AGREES;
}

static void add_choice(struct choices *choices, struct choice new)
{
	if (choices->count < CHOICES_MAX)
		choices->of[choices->count++] = new;
}

/* A `...`. With no name bound since the earlier choices, it can do all that they can. */
static void add_anything(struct choices *choices, struct choice new)
{
	while (choices->count > 0 && choices->of[choices->count - 1].bound == new.bound)
		choices->count--;
	add_choice(choices, new);
}

/* The stamp that a line must have to keep the promise `item`. */
static unsigned oldest(const struct comparison *c, size_t item)
{
	return item + 1 == c->promises ? c->seen->last : c->seen->first;
}

static bool reads(struct comparison *c, size_t item, size_t line, size_t reading)
{
	size_t steps = 0;
	const bool agrees = read_line(
		c->items[item].text, c->seen->lines[line].text, c->names, reading, &steps);

	c->tries += steps / STEPS_A_TRY;
	return agrees;
}

static bool keeps(struct comparison *c, size_t item, size_t line, size_t reading)
{
	return c->seen->lines[line].stamp >= oldest(c, item) && reads(c, item, line, reading);
}

/* Follow the items as long as the lines agree, from `at` on. */
static enum verdict follow_items(struct comparison *c, struct choices *choices, struct choice at)
{
	size_t item = at.item, line = at.line, reading = at.reading;

	for (; item < c->count; reading = 0) {
		at = (struct choice){.item = item, .line = line + 1, .bound = c->names->count};
		if (c->items[item].kind == ANYTHING) {
			if (++item == c->count)
				return finish(c, line, true);
			add_anything(choices, (struct choice){.item = item,
						      .line = line,
						      .bound = at.bound,
						      .anything = true});
		} else if (line == c->seen->count) {
			differs(c, item, line);
			return c->seen->ended ? DIFFERS : WAITING;
		} else if (keeps(c, item, line, reading)) {
			if (c->seen->lines[line].soft && reading == 0)
				add_choice(choices, at);
			if (has_readings(c->items[item].text, c->names, at.bound) &&
				reading + 1 < READINGS_MAX)
				add_choice(choices, (struct choice){.item = item,
							    .line = line,
							    .bound = at.bound,
							    .reading = reading + 1});
			item++, line++;
		} else if (c->seen->lines[line].soft) {
			line++;
		} else {
			return differs(c, item, line);
		}
	}
	return finish(c, line, false);
}

/* Go back to the latest place where something else can be tried. */
static bool next_choice(struct comparison *c, struct choices *choices, struct choice *at)
{
	for (; choices->count > 0; choices->count--) {
		struct choice *last = &choices->of[choices->count - 1];
		if (last->anything && last->line++ == c->seen->count)
			continue;
		choices->count -= !last->anything;
		c->names->count = last->bound;
		*at = *last;
		return true;
	}
	return false;
}

static enum verdict in_order(struct comparison *c)
{
	struct choices choices = {0};
	struct choice at = {0};
	enum verdict verdict, best = DIFFERS;

	do {
		verdict = follow_items(c, &choices, at);
		if (verdict == AGREES)
			return AGREES;
		if (verdict == WAITING)
			best = WAITING;
		if (verdict == WAITING && !c->gaps)
			return WAITING; /* without `...` no other way wants fewer lines */
	} while (c->tries++ < c->limit && next_choice(c, &choices, &at));
	return best;
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
	for (size_t line = 0; line < lines && line < 256 && c->tries++ < c->limit; line++) {
		if (is_taken(taken, line) || c->seen->lines[line].stamp < c->seen->first)
			continue;
		for (size_t reading = 0; reading < READINGS_MAX && c->tries++ < c->limit;
			reading++) {
			if (!reads(c, item, line, reading))
				break;
			const bool others = has_readings(c->items[item].text, c->names, bound);
			taken[line / 64] |= UINT64_C(1) << line % 64;
			if (place_rows(c, item + 1, lines, taken))
				return true;
			taken[line / 64] &= ~(UINT64_C(1) << line % 64);
			c->names->count = bound;
			if (!others)
				break;
		}
	}
	return false;
}

/* The first of the lines that no row has taken, or `lines`. */
static size_t left_over(const struct comparison *c, const uint64_t *taken, size_t lines)
{
	for (size_t line = 0; line < lines; line++)
		if (!is_taken(taken, line) && !c->seen->lines[line].soft)
			return line;
	return lines;
}

static enum verdict too_many(struct comparison *c, size_t line)
{
	*c->where = (struct departure){.item = c->count, .line = line, .names = *c->names};
	return DIFFERS;
}

static enum verdict as_rows(struct comparison *c)
{
	uint64_t taken[4] = {0}, taken_of_all[4] = {0};
	size_t rows = 0, hard = 0, lines = 0, newest;
	const size_t bound = c->names->count;
	bool rest = false; /* `...`: other rows do not matter */

	for (size_t i = 0; i < c->count; i++) {
		rest = rest || c->items[i].kind == ANYTHING;
		rows += c->items[i].kind == OUTPUT;
	}
	/* Of a program that goes on, and without `...`, the first lines must be the rows. */
	for (; lines < c->seen->count && (rest || c->to_end || c->seen->ended || hard < rows);
		lines++)
		hard += !c->seen->lines[lines].soft;
	if (!place_rows(c, 0, lines, taken)) {
		c->names->count = bound;
		if (lines < c->seen->count && place_rows(c, 0, c->seen->count, taken_of_all))
			return too_many(c, left_over(c, taken_of_all, lines));
		return c->seen->ended ? DIFFERS : WAITING;
	}
	if (!rest && left_over(c, taken, lines) < lines)
		return too_many(c, left_over(c, taken, lines));
	for (newest = 0; newest < lines; newest++)
		if (is_taken(taken, newest) && c->seen->lines[newest].stamp >= c->seen->last)
			break;
	if (rows > 0 && newest == lines) {
		c->where->item = c->promises - 1;
		return rest && !c->seen->ended ? WAITING : DIFFERS;
	}
	*c->used = lines;
	return c->to_end && !c->seen->ended ? WAITING : AGREES;
}

enum verdict match_lines(const struct item *items, size_t count, bool unordered, bool to_end,
	const struct seen *seen, struct names *names, size_t *used, struct departure *where)
{
	struct comparison c = {.items = items,
		.count = count,
		.to_end = to_end,
		.seen = seen,
		.names = names,
		.used = used,
		.where = where,
		.limit = STEP_TRIES + 2 * seen->count};
	const size_t bound = names->count;
	enum verdict verdict;

	for (size_t i = 0; i < count; i++)
		if (items[i].kind == OUTPUT)
			c.promises = i + 1;
		else
			c.gaps = true;
	*where = (struct departure){.names = *names};
	verdict = unordered ? as_rows(&c) : in_order(&c);
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
		if (text[0] == '\\' && placeholder_at(text + 1, &p) > 0) {
			filled[at++] = '<'; /* \<name> */
			length = 2;
			continue;
		}
		length = placeholder_at(text, &p);
		if (length > 0 && p.kind == NUMBER &&
			(value = match_value(names, p.name)) != NULL) {
			at += (size_t)snprintf(
				filled + at, room - at, "%" PRIu64, add(*value, p.plus));
		} else {
			length = 1;
			filled[at++] = *text;
		}
	}
	if (filled != NULL)
		filled[at] = '\0';
	return filled;
}
