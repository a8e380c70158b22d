/* vary.c - see vary.h. Numbers and names first; then the versions of a line, side by side. */
#include "vary.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEAR = 1000000, /* a sum stands on a number that is no further away */
	PORT_MAX = 65535,
	SMALL = 100, /* what is smaller and never changes may have a name's value by chance */
	DIGITS_MAX = 19,
};

/* ---- Names that are bound ----------------------------------------------------------------- */

/* The patient section in which that line of the worksheet stands, or 0: what is bound in one is not
 * known outside. */
static int patient_section(const struct worksheet *w, int line)
{
	int section = 0;

	for (const struct step *s = w->steps; s < w->steps + w->count && s->line <= line; s++)
		section = s->patient_section ? s->section : 0;
	return section;
}

void vary_begin(struct variation *v, bool write)
{
	v->write = write;
	v->next = v->known_count = 0;
	v->section = 0;
}

void vary_at(struct variation *v, int line)
{
	v->section = patient_section(v->w, line);
}

/* Is the name bound by a line above? Sets `*section` to the patient one where that is. */
static bool is_known(const struct variation *v, const char *name, int *section)
{
	for (size_t i = 0; i < v->known_count; i++)
		if (strcmp(v->known[i].name, name) == 0) {
			*section = v->known[i].section;
			return true;
		}
	return false;
}

void vary_learn(struct variation *v, const char *line)
{
	struct placeholder p;
	int section;

	for (const char *at = line; (at = placeholder_next(at, &p)) != NULL; at++)
		if (v->known_count < NAMES_MAX && !is_known(v, p.name, &section)) {
			strcpy(v->known[v->known_count].name, p.name);
			v->known[v->known_count++].section = v->section;
		}
}

/* The patient section in which the worksheet itself binds the name, or 0. */
static int section_of(const struct worksheet *w, const char *name)
{
	const struct step *binder = placeholder_binder(w, name);

	return binder != NULL && binder->patient_section ? binder->section : 0;
}

/* May the line at hand speak of the name: has a play without the patient sections bound it? And if
 * the line binds it, is it known everywhere where the worksheet wants it? */
static bool may_name(const struct variation *v, const char *name, bool *known)
{
	int section = 0;

	*known = is_known(v, name, &section);
	if (*known)
		return section == 0 || section == v->section;
	section = section_of(v->w, name);
	return section == v->section;
}

/* ---- Numbers ------------------------------------------------------------------------------ */

static bool all_equal(const uint64_t *values, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

/* Is `values` the same small sum on `base` in all plays? */
static bool is_near(
	const struct variation *v, const uint64_t *values, const uint64_t *base, long long *sum)
{
	const int64_t first = (int32_t)(uint32_t)(values[0] - base[0]);
	bool small = false;

	for (size_t i = 0; i < v->samples; i++) {
		if ((int32_t)(uint32_t)(values[i] - base[i]) != first)
			return false;
		if (first == 0 && values[i] != base[i])
			return false;
		small = small || values[i] <= PORT_MAX;
	}
	*sum = first;
	/* Ports follow one another by chance; and what never changes is no sum. */
	return first == 0 ||
	       (first <= NEAR && first >= -NEAR && !small && !all_equal(values, v->samples));
}

/* The name of the worksheet that has these values, or else one that is near and bound above. */
static bool bound_name(const struct variation *v, const uint64_t *values, char *text, size_t size)
{
	const struct names *names = v->names[0];
	long long nearest = NEAR + 1, sum;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->of[i].name;
		uint64_t base[SAMPLES_MAX] = {0};
		bool everywhere = true, known;
		for (size_t k = 0; k < v->samples && everywhere; k++) {
			const uint64_t *value = match_value(v->names[k], name);
			everywhere = value != NULL;
			base[k] = everywhere ? *value : 0;
		}
		if (!everywhere || !is_near(v, values, base, &sum) || !may_name(v, name, &known) ||
			(sum != 0 && !known) || llabs(sum) >= llabs(nearest))
			continue;
		nearest = sum;
		snprintf(text, size, sum == 0 ? "<%s>" : "<%s%+lld>", name, sum);
	}
	return nearest <= NEAR;
}

static void note_number(struct variation *v, struct number *n, const char *kind)
{
	long long sum;

	n->stands_on = (size_t)(n - v->numbers);
	n->section = v->section;
	snprintf(n->kind, sizeof n->kind, "%s", kind);
	for (size_t i = 0; i < (size_t)(n - v->numbers); i++) {
		const struct number *other = &v->numbers[i];
		if (other->stands_on == i && !other->gone &&
			(other->section == 0 || other->section == n->section) &&
			is_near(v, n->value, other->value, &sum)) {
			n->stands_on = i;
			return;
		}
	}
}

/* What stands for a number with these values. */
static void put_number(
	struct variation *v, const char *kind, const uint64_t *values, char *text, size_t size)
{
	struct number *n;
	long long sum = 0;

	if ((values[0] >= SMALL || !all_equal(values, v->samples)) &&
		bound_name(v, values, text, size))
		return;
	if (all_equal(values, v->samples))
		return; /* the same in every play: it stays as it is */
	snprintf(text, size, "<*>");
	if (v->next == VARY_NUMBERS_MAX)
		return;
	n = &v->numbers[v->next++];
	if (!v->write) {
		*n = (struct number){0};
		memcpy(n->value, values, v->samples * sizeof *values);
		note_number(v, n, kind);
		v->number_count = v->next;
		return;
	}
	n = &v->numbers[n->stands_on];
	if (n->name[0] != '\0' && is_near(v, values, n->value, &sum))
		snprintf(text, size, sum == 0 ? "<%s>" : "<%s%+lld>", n->name, sum);
}

static bool is_taken(const struct variation *v, const char *name)
{
	for (size_t i = 0; i < v->number_count; i++)
		if (strcmp(v->numbers[i].name, name) == 0)
			return true;
	return match_value(v->names[0], name) != NULL;
}

void vary_give_names(struct variation *v)
{
	size_t left = NAMES_MAX - v->names[0]->count;

	for (size_t i = 0; i < v->number_count; i++) {
		struct number *base = &v->numbers[v->numbers[i].stands_on];
		char name[NAME_SIZE];
		size_t same = 1;
		if (base == &v->numbers[i] || v->numbers[i].gone || base->name[0] != '\0' ||
			left == 0)
			continue;
		do
			snprintf(name, sizeof name, "%.20s%zu", base->kind, same++);
		while (is_taken(v, name));
		strcpy(base->name, name);
		left--;
	}
}

/* The word that tells what a number is: "seq 4711", "127.0.0.1:4711" (a port). */
static void kind_before(const char *line, const char *at, char *kind)
{
	const char *end = at, *begin;

	if (at > line && (at[-1] == ':' || at[-1] == '.')) {
		strcpy(kind, "port");
		return;
	}
	while (end > line && !isalpha((unsigned char)end[-1]))
		end--;
	for (begin = end; begin > line && isalpha((unsigned char)begin[-1]) && end - begin < 12;)
		begin--;
	snprintf(kind, NAME_SIZE, "%.*s", end > begin ? (int)(end - begin) : 1,
		end > begin ? begin : "n");
}

/* ---- Versions of a line, side by side ------------------------------------------------------ */

enum { VERSION_SIZE = 2 * 16384 };

struct versions {
	char text[SAMPLES_MAX][VERSION_SIZE];
	const char *at[SAMPLES_MAX];
	size_t count;
	char *line; /* what they have in common, so far */
	size_t length, size;
	size_t word; /* the first number of v->numbers that this word has noted */
};

typedef bool test(const char *at);

static bool is_end(const char *at)
{
	return *at == '\0';
}

static bool is_blank(const char *at)
{
	return *at == ' ' || *at == '\t';
}

static bool ends_word(const char *at)
{
	return is_end(at) || is_blank(at);
}

static bool is_digit(const char *at)
{
	return isdigit((unsigned char)*at);
}

static bool all(const struct versions *s, test *is)
{
	for (size_t i = 0; i < s->count; i++)
		if (!is(s->at[i]))
			return false;
	return true;
}

static bool any(const struct versions *s, test *is)
{
	for (size_t i = 0; i < s->count; i++)
		if (is(s->at[i]))
			return true;
	return false;
}

/* Do the next `length` bytes agree in all of them? */
static bool same(const struct versions *s, size_t length)
{
	for (size_t i = 1; i < s->count; i++)
		if (strncmp(s->at[0], s->at[i], length) != 0)
			return false;
	return true;
}

static void put(struct versions *s, const char *text, size_t length)
{
	if (s->length + length + 1 >= s->size)
		return;
	memcpy(s->line + s->length, text, length);
	s->length += length;
	s->line[s->length] = '\0';
}

/* Any text; two in a row are one, and so is the whole and the fraction of a decimal number. */
static void put_any(struct versions *s)
{
	if (s->length >= 4 && strcmp(s->line + s->length - 4, "<*>.") == 0)
		s->line[--s->length] = '\0';
	if (s->length < 3 || strcmp(s->line + s->length - 3, "<*>") != 0)
		put(s, "<*>", 3);
}

static void copy(struct versions *s, size_t length)
{
	put(s, s->at[0], length);
	for (size_t i = 0; i < s->count; i++)
		s->at[i] += length;
}

static void copy_blanks(struct versions *s)
{
	put(s, s->at[0], strspn(s->at[0], " \t"));
	for (size_t i = 0; i < s->count; i++)
		s->at[i] += strspn(s->at[i], " \t");
}

/* The versions differ in more than numbers: the word is any text; and if one of them ends here, so
 * is all the rest. */
static void cover_word(struct variation *v, struct versions *s)
{
	if (!all(s, ends_word))
		while (s->length > 0 && !is_blank(s->line + s->length - 1))
			s->line[--s->length] = '\0';
	for (; s->word < v->next; s->word++)
		v->numbers[s->word].gone = true;
	put_any(s);
	for (size_t i = 0; i < s->count; i++)
		s->at[i] += strcspn(s->at[i], " \t");
	if (any(s, is_end))
		for (size_t i = 0; i < s->count; i++)
			s->at[i] += strlen(s->at[i]);
}

/* A run of hexadecimal digits with a letter among them, 0x1f or 42af: its length, or 0. */
static size_t hexadecimal(const char *line, const char *at)
{
	const size_t prefix = at[0] == '0' && at[1] == 'x' ? 2 : 0;
	const size_t length = prefix + strspn(at + prefix, "0123456789abcdefABCDEF");
	const size_t digits = strcspn(at, "0123456789");

	if ((at > line && isalnum((unsigned char)at[-1])) || isalnum((unsigned char)at[length]) ||
		digits >= length || length == prefix)
		return 0;
	return prefix > 0 || strspn(at, "0123456789") < length ? length : 0;
}

/* If one of them has a hexadecimal number here, so have they all: it is the same, or any text. */
static bool put_hexadecimal(struct versions *s)
{
	size_t length[SAMPLES_MAX] = {0};
	bool found = false, differs = false;

	for (size_t i = 0; i < s->count; i++) {
		length[i] = hexadecimal(s->text[i], s->at[i]);
		found = found || length[i] > 0;
	}
	for (size_t i = 0; found && i < s->count; i++) {
		if (length[i] == 0)
			length[i] = strspn(s->at[i], "0123456789abcdefABCDEF");
		if (length[i] == 0 || isalnum((unsigned char)s->at[i][length[i]]))
			return false;
		differs = differs || length[i] != length[0] ||
			  strncmp(s->at[i], s->at[0], length[0]) != 0;
	}
	if (!found)
		return false;
	if (!differs) {
		copy(s, length[0]);
		return true;
	}
	for (size_t i = 0, prefixed = 0; i < s->count; i++) {
		prefixed += strncmp(s->at[i], "0x", 2) == 0;
		if (prefixed == s->count)
			put(s, "0x", 2);
	}
	put_any(s);
	for (size_t i = 0; differs && i < s->count; i++)
		s->at[i] += length[i];
	return true;
}

static void put_digits(struct variation *v, struct versions *s)
{
	uint64_t values[SAMPLES_MAX] = {0};
	char text[80], kind[NAME_SIZE];
	size_t length[SAMPLES_MAX] = {0}, longest = 0;
	bool decimal = false, equal = true;

	for (size_t i = 0; i < s->count; i++) {
		length[i] = strspn(s->at[i], "0123456789");
		longest = length[i] > longest ? length[i] : longest;
		values[i] = strtoull(s->at[i], NULL, 10);
		decimal = decimal || blur_is_decimal(s->text[i], s->at[i]);
		equal = equal && length[i] == length[0] &&
			strncmp(s->at[i], s->at[0], length[0]) == 0;
	}
	if (decimal || longest > DIGITS_MAX) {
		if (equal)
			put(s, s->at[0], length[0]);
		else
			put_any(s);
	} else {
		snprintf(text, sizeof text, "%.*s", (int)length[0], s->at[0]);
		kind_before(s->text[0], s->at[0], kind);
		put_number(v, kind, values, text, sizeof text);
		if (strcmp(text, "<*>") == 0)
			put_any(s);
		else
			put(s, text, strlen(text));
	}
	for (size_t i = 0; i < s->count; i++)
		s->at[i] += length[i];
}

/* Is the word that begins here, between blanks, the name of who plays? Another plays as another. */
static bool put_user(const struct variation *v, struct versions *s)
{
	const size_t length = v->user != NULL ? strlen(v->user) : 0;

	if (length == 0 || !same(s, length) || strncmp(s->at[0], v->user, length) != 0 ||
		(s->at[0] > s->text[0] && !is_blank(s->at[0] - 1)))
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (!ends_word(s->at[i] + length))
			return false;
	put_any(s);
	for (size_t i = 0; i < s->count; i++)
		s->at[i] += length;
	return true;
}

static void put_next(struct variation *v, struct versions *s)
{
	struct placeholder p;
	size_t length;

	if (s->at[0] > s->text[0] && is_blank(s->at[0] - 1))
		s->word = v->next;
	if (s->at[0][0] == '\\' && s->at[0][1] == '<' && same(s, 2))
		copy(s, 2);
	else if ((length = placeholder_at(s->at[0], &p)) > 0 && same(s, length))
		copy(s, length);
	else if (all(s, is_blank)) /* columns are as wide as their numbers */
		copy_blanks(s);
	else if (put_user(v, s) || put_hexadecimal(s))
		return;
	else if (all(s, is_digit))
		put_digits(v, s);
	else if (!any(s, is_end) && same(s, 1))
		copy(s, 1);
	else
		cover_word(v, s);
}

void vary_line(struct variation *v, const char *const versions[], char *line, size_t size)
{
	static struct versions s; /* too large for a stack */

	s = (struct versions){.count = v->samples, .line = line, .size = size, .word = v->next};
	line[0] = '\0';
	for (size_t i = 0; i < s.count; i++) {
		blur_times(s.text[i], sizeof s.text[i], versions[i], &v->when[i]);
		s.at[i] = s.text[i];
	}
	while (!all(&s, is_end))
		put_next(v, &s);
	while (s.length > 0 && is_blank(line + s.length - 1))
		line[--s.length] = '\0';
}
