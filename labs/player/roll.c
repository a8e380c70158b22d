/* roll.c - see roll.h. */
#define _XOPEN_SOURCE 700 /* localtime_r, open_memstream */
#include "roll.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cast.h"
#include "screen.h"

/* Columns of a command in the table; of a text, at most. */
enum { COMMAND_COLUMNS = 36, TEXT_COLUMNS = 1000 };

/* ---- What is known of one ----------------------------------------------------------------- */

static const char *name_of(const struct student *s)
{
	const char *user = json_text(json_get(s->check, "user"));

	return user[0] != '\0' ? user : s->who;
}

static const char *last_of(const struct student *s)
{
	return json_text(json_get(s->check, "last"));
}

static const char *title_of(const struct student *s)
{
	const struct json *sections = json_get(s->check, "sections");
	const struct json *section = sections == NULL ? NULL : sections->first;
	const long number = json_number(json_get(s->step, "section"));

	if (s->need == FINISHED)
		return "done";
	if (s->step == NULL)
		return "not begun";
	while (section != NULL && json_number(json_get(section, "section")) != number)
		section = section->next;
	return section == NULL ? "" : json_text(json_get(section, "title"));
}

static const char *why_of(const struct student *s)
{
	return s->need == FINISHED || s->step == NULL ? "" : json_text(json_get(s->step, "why"));
}

static const char *cause_of(const struct student *s)
{
	return s->need == FINISHED || s->step == NULL ? "" : json_text(json_get(s->step, "cause"));
}

/* "2026-11-30T12:01:00+0000" as 12:01, or as 11-29 if that was not today; the student's own clock. */
static const char *clock_of(const char *when, char text[8])
{
	const time_t now = time(NULL);
	struct tm parts;
	char today[16] = "";

	if (localtime_r(&now, &parts) != NULL)
		strftime(today, sizeof today, "%Y-%m-%d", &parts);
	if (strlen(when) < 16)
		return "-";
	snprintf(text, 8, "%.5s", strncmp(when, today, 10) == 0 ? when + 11 : when + 5);
	return text;
}

/* Since when a step waits to be done: a check of an older version does not tell. */
static const char *since_of(const struct student *s)
{
	return json_text(json_get(s->check, "since"));
}

static const char *typed_of(const struct student *s)
{
	return json_text(json_get(json_get(s->check, "typed"), "text"));
}

/* The same with its terminal; a text that is written over by the next. */
static const char *where_and_typed_of(const struct student *s)
{
	static char text[200];
	const char *terminal = json_text(json_get(json_get(s->check, "typed"), "terminal"));

	if (terminal[0] == '\0')
		return "-";
	snprintf(text, sizeof text, "%.4s: %.190s", terminal, typed_of(s));
	return text;
}

/* Who needs help first: who is stuck, the longest first; who is under way, the slowest first. */
static int compare_students(const void *a, const void *b)
{
	const struct student *x = a, *y = b;
	const long done_x = json_number(json_get(x->check, "done")),
		   done_y = json_number(json_get(y->check, "done"));
	const int last = strcmp(last_of(x), last_of(y));

	if ((x->text == NULL) != (y->text == NULL))
		return x->text == NULL ? 1 : -1;
	if (x->need != y->need)
		return x->need < y->need ? -1 : 1;
	if (x->need == STUCK && last != 0)
		return last;
	if (done_x != done_y)
		return done_x < done_y ? -1 : 1;
	return last != 0 ? last : strcmp(name_of(x), name_of(y));
}

void roll_sort(struct roll *r)
{
	qsort(r->of, r->count, sizeof *r->of, compare_students);
}

/* ---- The table ---------------------------------------------------------------------------- */

/* The next thing to show: a character, or a byte that would drive a terminal or break the line. */
static size_t next_piece(const char *text, int *columns)
{
	const size_t length = screen_width(text, columns);

	*columns = length > 0 ? *columns : 4;
	return length;
}

static int width_of(const char *text, int most)
{
	int width = 0, columns;

	while (*text != '\0') {
		const size_t length = next_piece(text, &columns);
		width += columns;
		text += length == 0 ? 1 : length;
	}
	return width < most ? width : most;
}

/* A cell's text, so that it stays in its cell: such a byte as \x0a, and no more than so many columns;
 * what is longer ends in "...". Returns its width. */
static int put_cell(FILE *to, const char *text, int most)
{
	const int end = width_of(text, most + 1) > most ? most - 3 : most;
	int width = 0, columns;

	while (*text != '\0') {
		const size_t length = next_piece(text, &columns);
		if (width + columns > end)
			return width + fprintf(to, "...");
		if (length > 0)
			fwrite(text, 1, length, to);
		else
			fprintf(to, "\\x%02x", (unsigned char)*text);
		width += columns;
		text += length == 0 ? 1 : length;
	}
	return width;
}

void roll_text(FILE *to, const char *text)
{
	put_cell(to, text, TEXT_COLUMNS);
}

/* The cells of a row that need as much room as the widest of their column. */
enum column { NAME, SECTION, TYPED, CAUSE, COLUMNS };

static const struct {
	const char *title;
	const char *(*of)(const struct student *s);
	int most;
} cells[COLUMNS] = {{"student", name_of, 40}, {"section", title_of, 60},
	{"last command", where_and_typed_of, COMMAND_COLUMNS}, {"cause", cause_of, 40}};

static void put_padded(FILE *to, const char *text, enum column column, const int *widths)
{
	const int width = put_cell(to, text, cells[column].most);

	fprintf(to, "%*s  ", width < widths[column] ? widths[column] - width : 0, "");
}

static void tell_row(FILE *to, const struct roll *r, const struct student *s, const int *widths)
{
	const long step = json_number(json_get(s->step, "step"));
	char last[8], since[8];

	put_padded(to, name_of(s), NAME, widths);
	fprintf(to, "%2ld/%-3ld  %5s  %5s  ", json_number(json_get(s->check, "done")),
		s->check == NULL ? (long)r->w->count : json_number(json_get(s->check, "of")),
		clock_of(last_of(s), last), clock_of(since_of(s), since));
	put_padded(to, title_of(s), SECTION, widths);
	if (step > 0 && s->need != FINISHED)
		fprintf(to, "%4ld  ", step);
	else
		fprintf(to, "%4s  ", "-");
	put_padded(to, where_and_typed_of(s), TYPED, widths);
	put_padded(to, cause_of(s), CAUSE, widths);
	roll_text(to, why_of(s));
	putc('\n', to);
}

static void tell_rows(FILE *to, const struct roll *r)
{
	int widths[COLUMNS];

	for (int k = 0; k < COLUMNS; k++) {
		widths[k] = (int)strlen(cells[k].title);
		for (size_t i = 0; i < r->count; i++) {
			const int here = r->of[i].text == NULL
						 ? 0
						 : width_of(cells[k].of(&r->of[i]), cells[k].most);
			widths[k] = here > widths[k] ? here : widths[k];
		}
	}
	fprintf(to, "%-*s  steps    at     since  %-*s  step  %-*s  %-*s  why\n", widths[NAME],
		"student", widths[SECTION], "section", widths[TYPED], "last command", widths[CAUSE],
		"cause");
	for (size_t i = 0; i < r->count; i++)
		if (r->of[i].text != NULL)
			tell_row(to, r, &r->of[i], widths);
}

/* ---- Where several are stuck -------------------------------------------------------------- */

/* Are two stuck alike: at one step, for one cause, by the same thing typed? */
static bool alike(const struct student *a, const struct student *b)
{
	const struct json *of_a = json_get(a->step, "blamed"), *of_b = json_get(b->step, "blamed");

	return b->text != NULL && b->need == STUCK &&
	       json_number(json_get(a->step, "step")) == json_number(json_get(b->step, "step")) &&
	       strcmp(cause_of(a), cause_of(b)) == 0 &&
	       strcmp(json_text(json_get(of_a, "typed")), json_text(json_get(of_b, "typed"))) == 0;
}

static size_t how_many_like(const struct roll *r, size_t i)
{
	size_t count = 0;

	if (r->of[i].text == NULL || r->of[i].need != STUCK)
		return 0;
	for (size_t k = 0; k < r->count; k++) {
		if (!alike(&r->of[i], &r->of[k]))
			continue;
		if (k < i)
			return 0; /* told with that one */
		count++;
	}
	return count;
}

static size_t how_many(const struct roll *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->count; i++)
		count += r->of[i].text != NULL;
	return count;
}

/* The places where several are stuck alike, the most crowded first. */
static void tell_places(FILE *to, const struct roll *r)
{
	size_t most = 0, next;

	for (size_t i = 0; i < r->count; i++)
		most = how_many_like(r, i) > most ? how_many_like(r, i) : most;
	if (most > 1)
		putc('\n', to);
	for (; most > 1; most = next) {
		next = 0;
		for (size_t i = 0; i < r->count; i++) {
			const size_t here = how_many_like(r, i);
			next = here < most && here > next ? here : next;
			if (here != most)
				continue;
			const char *why = why_of(&r->of[i]);
			fprintf(to, "%zu of %zu: ", here, how_many(r));
			roll_text(to, title_of(&r->of[i]));
			fprintf(to, ", step %ld: ", json_number(json_get(r->of[i].step, "step")));
			roll_text(to, why[0] != '\0' ? why : cause_of(&r->of[i]));
			putc('\n', to);
		}
	}
}

void roll_table(FILE *to, const struct roll *r)
{
	tell_rows(to, r);
	tell_places(to, r);
}

/* ---- For scripts -------------------------------------------------------------------------- */

static void csv_field(FILE *to, const char *text, const char *end)
{
	putc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putc('"', to);
		putc((unsigned char)*text < ' ' ? ' ' : *text, to);
	}
	fprintf(to, "\"%s", end);
}

void roll_csv(FILE *to, const struct roll *r)
{
	fputs("student,done,of,last,section,step,terminal,cause,why,since,command\n", to);
	for (size_t i = 0; i < r->count; i++) {
		const struct student *s = &r->of[i];
		if (s->text == NULL)
			continue;
		csv_field(to, name_of(s), ",");
		fprintf(to, "%ld,%zu,", json_number(json_get(s->check, "done")),
			s->check == NULL ? r->w->count
					 : (size_t)json_number(json_get(s->check, "of")));
		csv_field(to, last_of(s), ",");
		csv_field(to, title_of(s), ",");
		fprintf(to, "%ld,",
			s->need == FINISHED ? 0 : json_number(json_get(s->step, "step")));
		csv_field(to, s->need == FINISHED ? "" : json_text(json_get(s->step, "terminal")),
			",");
		csv_field(to, cause_of(s), ",");
		csv_field(to, why_of(s), ",");
		csv_field(to, since_of(s), ",");
		csv_field(to, typed_of(s), "\n");
	}
}

static void json_field(FILE *to, const char *key, const char *text, const char *end)
{
	fprintf(to, "\"%s\": \"", key);
	cast_text(to, text, strlen(text), true);
	fprintf(to, "\"%s", end);
}

void roll_json(FILE *to, const struct roll *r)
{
	static const char *const needs[] = {"stuck", "under way", "not begun", "done"};
	const char *comma = "";

	putc('[', to);
	for (size_t i = 0; i < r->count; i++) {
		const struct student *s = &r->of[i];
		if (s->text == NULL)
			continue;
		fprintf(to, "%s\n {", comma);
		comma = ",";
		json_field(to, "student", name_of(s), ", ");
		json_field(to, "is", needs[s->need], ", ");
		fprintf(to, "\"done\": %ld, \"of\": %zu, ", json_number(json_get(s->check, "done")),
			s->check == NULL ? r->w->count
					 : (size_t)json_number(json_get(s->check, "of")));
		json_field(to, "last", last_of(s), ", ");
		json_field(to, "section", title_of(s), ", ");
		fprintf(to, "\"step\": %ld, ",
			s->need == FINISHED ? 0 : json_number(json_get(s->step, "step")));
		json_field(to, "cause", cause_of(s), ", ");
		json_field(to, "why", why_of(s), ", ");
		json_field(to, "since", since_of(s), ", ");
		json_field(to, "command", typed_of(s), "}");
	}
	fputs("\n]\n", to);
}
