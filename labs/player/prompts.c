/* prompts.c - see prompts.h. */
#define _XOPEN_SOURCE 700 /* strndup */
#include "prompts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"

/* Upper rows of a prompt. Lines that are looked at for a prompt without a sign. */
enum { ROWS = 3, LINES = 5000 };

/* ---- Lines -------------------------------------------------------------------------------- */

void shown_add(struct shown_lines *lines, const char *text, size_t size, size_t before)
{
	struct shown *longer = lines->count % 256 != 0
				       ? lines->of
				       : realloc(lines->of, (lines->count + 256) * sizeof *longer);
	char *copy = strndup(text, size);

	if (longer != NULL)
		lines->of = longer;
	if (longer == NULL || copy == NULL)
		free(copy);
	else
		lines->of[lines->count++] = (struct shown){.text = copy, .before = before};
}

void shown_free(struct shown_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->of[i].text);
	free(lines->of);
	*lines = (struct shown_lines){0};
}

bool prompts_is_key(const char *text)
{
	return text[0] == '^' && text[1] != '\0' && strchr("CDZ\\]", text[1]) != NULL;
}

/* ---- What a prompt looks like ------------------------------------------------------------- */

/* The bytes of the sign at `c`, which a prompt ends with: 0 if there is none. */
static size_t sign_at(const char *c)
{
	const size_t length = screen_character(c);

	return length > 1 || (length == 1 && strchr("$#%>", *c) != NULL) ? length : 0;
}

/* The same of one that is known as a whole: all but the blank at its end must be there. */
static const char *behind_whole(const char *whole, const char *line)
{
	const size_t length = strlen(whole);

	if (strncmp(line, whole, length) == 0)
		return line + length + strspn(line + length, " ");
	return strncmp(line, whole, length - 1) == 0 && line[length - 1] == '\0' ? line + length - 1
										 : NULL;
}

/* Where the command begins behind prompt `i`; NULL if the line has no such prompt. */
static const char *behind(const struct prompts *p, size_t i, const char *line)
{
	const char *head = p->of[i].head, *sign = p->of[i].sign;
	const size_t length = strlen(sign);

	if (length == 0)
		return behind_whole(head, line);
	if (strncmp(line, head, strlen(head)) != 0)
		return NULL;
	for (const char *c = line + strlen(head); *c != '\0' && c - line < PROMPT_MAX; c++) {
		if (strncmp(c, sign, length) == 0 && (c[length] == ' ' || c[length] == '\0'))
			return c + length + strspn(c + length, " ");
		if (head[0] == '\0')
			break; /* the sign is all there is */
	}
	return NULL;
}

const char *prompts_command(const struct prompts *p, const char *line)
{
	const char *command = NULL;

	for (size_t i = 0; i < p->count && command == NULL; i++)
		command = behind(p, i, line);
	return command;
}

static const char *skip_keys(const char *line)
{
	while (prompts_is_key(line))
		line += 2;
	return line;
}

/* A line whose end, from a sign on, is a command of the sheet begins with a prompt. */
static void learn(struct prompts *p, const char *line, prompts_known *known, const void *reader)
{
	size_t head = strcspn(line, ":~/ ");

	for (const char *c = line; *c != '\0' && c - line < PROMPT_MAX - 1; c++) {
		const size_t length = sign_at(c);
		if (length == 0 || c[length] != ' ' ||
			!known(reader, c + length + strspn(c + length, " ")))
			continue;
		head = head < (size_t)(c - line) ? head : (size_t)(c - line);
		if (head == 0 && c != line)
			return; /* nothing to know it by */
		memcpy(p->of[p->count].head, line, head);
		memcpy(p->of[p->count].sign, c, length);
		p->count++;
		return;
	}
}

static size_t count_prefix(const struct shown_lines *lines, const char *prefix, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->count && i < LINES; i++)
		count += strncmp(skip_keys(lines->of[i].text), prefix, size) == 0;
	return count;
}

/* What stands before a command of the sheet in a line, and begins another line as well. */
static void learn_whole(struct prompts *p, const struct shown_lines *lines, const char *line,
	prompts_known *known, const void *reader)
{
	for (const char *c = line; *c != '\0' && c - line < PROMPT_MAX - 2; c++) {
		const size_t size = (size_t)(c - line) + 1;
		if (*c != ' ' || !known(reader, c + 1) || count_prefix(lines, line, size) < 2)
			continue;
		memcpy(p->of[p->count++].head, line, size);
		return;
	}
}

/* ---- The upper rows of a prompt ----------------------------------------------------------- */

/* Alike but for numbers: a prompt may tell the time. */
static bool alike(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			a += strspn(a, "0123456789");
			b += strspn(b, "0123456789");
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

/* The text that stands `rows` lines above every prompt, or nearly; NULL if there is none. The
 * first prompt of a file has all its rows. */
static const char *upper_row(const struct prompts *p, const struct shown_lines *lines, size_t rows)
{
	const char *row = NULL;
	size_t prompts = 0, with = 0;

	for (size_t i = 0; i < lines->count; i++) {
		if (prompts_command(p, lines->of[i].text) == NULL)
			continue;
		if (prompts == 0 && i < rows)
			return NULL;
		row = prompts == 0 ? lines->of[i - rows].text : row;
		prompts++;
		with += i >= rows && alike(row, lines->of[i - rows].text);
	}
	return prompts > 1 && with * 4 >= prompts * 3 ? row : NULL;
}

static void drop_upper_rows(const struct prompts *p, struct shown_lines *lines)
{
	const char *rows[ROWS];
	struct shown_lines left = {0};
	size_t count = 0;

	while (count < ROWS && (rows[count] = upper_row(p, lines, count + 1)) != NULL)
		count++;
	if (count == 0)
		return;
	for (size_t i = 0; i < lines->count; i++) {
		bool upper = false;
		for (size_t row = 1; row <= count && i + row < lines->count; row++)
			upper = upper || (prompts_command(p, lines->of[i + row].text) != NULL &&
						 alike(lines->of[i].text, rows[row - 1]));
		if (!upper)
			shown_add(&left, lines->of[i].text, strlen(lines->of[i].text),
				lines->of[i].before);
	}
	shown_free(lines);
	*lines = left;
}

/* ---- Prompts behind something ------------------------------------------------------------- */

/* Prompts as they stand at the beginning of lines, whole. */
struct wholes {
	char of[PROMPTS][PROMPT_MAX + 8];
	size_t count;
};

static void note_whole(struct wholes *w, const struct prompts *p, const char *line)
{
	const char *command = prompts_command(p, line);
	const size_t length = command == NULL ? 0 : (size_t)(command - line);

	if (length < 4 || length >= sizeof w->of[0] || line[length - 1] != ' ')
		return; /* so short a thing stands elsewhere, too */
	for (size_t i = 0; i < w->count; i++)
		if (strncmp(w->of[i], line, length) == 0 && w->of[i][length] == '\0')
			return;
	if (w->count == PROMPTS)
		return;
	memcpy(w->of[w->count], line, length);
	w->of[w->count++][length] = '\0';
}

/* Where a prompt begins in the line, behind its first character; NULL if nowhere. */
static const char *inner_prompt(const struct prompts *p, const struct wholes *w, const char *line)
{
	const char *behind_keys = skip_keys(line), *first = NULL;

	if (behind_keys > line && prompts_command(p, behind_keys) != NULL)
		return behind_keys;
	for (size_t i = 0; line[0] != '\0' && i < w->count; i++) {
		const char *at = strstr(line + 1, w->of[i]);
		if (at != NULL && (first == NULL || at < first))
			first = at;
	}
	/* At the end of a line the blank behind it is not there. */
	for (size_t i = 0; first == NULL && i < w->count; i++) {
		const size_t length = strlen(w->of[i]) - 1, all = strlen(line);
		if (all > length && strncmp(line + all - length, w->of[i], length) == 0)
			first = line + all - length;
	}
	return first;
}

static void take_apart(const struct prompts *p, struct shown_lines *lines)
{
	struct shown_lines apart = {0};
	struct wholes wholes = {.count = 0};

	for (size_t i = 0; i < lines->count; i++)
		note_whole(&wholes, p, lines->of[i].text);
	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->of[i].text, *next;
		size_t before = lines->of[i].before;
		for (; (next = inner_prompt(p, &wholes, line)) != NULL; line = next) {
			const size_t size = (size_t)(next - line);
			shown_add(&apart, line, size, before);
			before = size;
		}
		shown_add(&apart, line, strlen(line), before);
	}
	shown_free(lines);
	*lines = apart;
}

/* ---- The whole ---------------------------------------------------------------------------- */

void prompts_find(
	struct prompts *p, struct shown_lines *lines, prompts_known *known, const void *reader)
{
	*p = (struct prompts){.count = 0};
	for (size_t i = 0; i < lines->count && p->count < PROMPTS; i++) {
		const char *line = skip_keys(lines->of[i].text);
		if (prompts_command(p, line) == NULL)
			learn(p, line, known, reader);
	}
	for (size_t i = 0; i < lines->count && i < LINES && p->count == 0; i++)
		learn_whole(p, lines, skip_keys(lines->of[i].text), known, reader);
	take_apart(p, lines);
	drop_upper_rows(p, lines);
}
