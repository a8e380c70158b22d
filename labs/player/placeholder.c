/* placeholder.c - see worksheet.h. Placeholders, and slips in their names. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "worksheet.h"

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

const struct step *placeholder_binder(const struct worksheet *w, const char *name)
{
	struct placeholder p;

	for (const struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < s->count; i++)
			for (const char *at = s->items[i].text;
				s->items[i].kind == OUTPUT &&
				(at = placeholder_next(at, &p)) != NULL;
				at++)
				if (strcmp(p.name, name) == 0)
					return s;
	return NULL;
}

/* ---- Are the names of a worksheet right? ---------------------------------------------------- */

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
		return worksheet_wrong(w, line, "nothing is bound to <%s> yet", name);
	return worksheet_wrong(w, line,
		"nothing is bound to <%s> yet: is it a slip for <%s> of line %d?", name, slip->name,
		slip->line);
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
			return worksheet_wrong(w, item->line,
				"<%s> is bound in line %d, in a section that a play without --patient leaves out",
				p.name, use->line);
		} else if (use != NULL) {
			use->times++;
		} else if (p.plus != 0) {
			return not_bound(w, item->line, uses, p.name);
		} else if (item->kind == OUTPUT && uses->count == NAMES_MAX) {
			return worksheet_wrong(w, item->line, "more than %d names", NAMES_MAX);
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
			return worksheet_wrong(
				w, item->line, "<%s> is bound in line %d only", p.name, use->line);
		slip = item->kind != OUTPUT && use == NULL ? find_slip(uses, p.name) : NULL;
		if (slip != NULL && slip->times == 1)
			return worksheet_wrong(w, slip->line,
				"<%s> appears only here: is it a slip for <%s> of line %d?",
				slip->name, p.name, item->line);
	}
	return 0;
}

/* A name that appears once, a letter away from another, is a slip: it would match any number. */
int placeholder_check(const struct worksheet *w)
{
	struct uses uses = {0};
	const struct use *slip;

	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (count_names(w, &w->steps[s], &w->steps[s].items[i], &uses) == -1)
				return -1;
	for (size_t i = 0; i < uses.count; i++)
		if (uses.of[i].times == 1 && (slip = find_slip(&uses, uses.of[i].name)) != NULL)
			return worksheet_wrong(w, uses.of[i].line,
				"<%s> appears only here: is it a slip for <%s> of line %d?",
				uses.of[i].name, slip->name, slip->line);
	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (check_typed(w, &w->steps[s].items[i], &uses) == -1)
				return -1;
	return 0;
}
