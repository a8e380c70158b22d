/*
 * observations.c - change what was seen, and show that no change goes unnoticed.
 *
 * usage: observations LAB.md...
 *
 * tests/mutate changes what a worksheet promises; this changes the other side. For each worksheet
 * it makes an observation that keeps every promise: the promised lines with numbers for the names,
 * each come as soon as what was typed before them. Held against the worksheet as a play holds it,
 * it must agree. Then it is changed in one place at a time and must not agree any more:
 *
 *   digit     one digit of a line changed
 *   dropped   a line left out
 *   doubled   a line twice
 *   swapped   a line after the one that follows it
 *   foreign   a line more, from another terminal
 *   early     the last line of a block there before its cause (cause.h)
 *
 * What the worksheet leaves open is not changed: what <*> covers, rows in any order, lines more
 * where there is a `...`; and a digit of a name that is promised once is any digit. Tells each
 * change that goes unnoticed; closes with NAME: N changes, N noticed. Exits 0 if all were.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "match.h"
#include "worksheet.h"

enum { LINES_MAX = 400, TEXT_MAX = 2000 };

/* A line that keeps a promise, and of each of its characters: 0 if it is the promise's own, 1 if
 * <*> covers it, 2 if it belongs to a name that is promised once. */
struct kept {
	const struct item *promise;
	char text[TEXT_MAX], free[TEXT_MAX];
};

/* An exchange of the worksheet, and what was seen of it. */
struct scene {
	const struct step *step;
	struct exchange e;
	size_t first_line, line_count;
	unsigned stamp, first, last; /* of its lines; of what they must have come behind */
	bool has_gap;
	/* As it stood before: */
	struct names names;
	bool open[TERMINALS_MAX + 1];
};

static struct worksheet sheet;
static struct scene *scenes;
static size_t scene_count;
static struct kept *kept;
static size_t kept_count;

/* ---- An observation that keeps every promise ------------------------------------------------- */

/* An array that has room for `count`; there is always memory for these few lines. */
static void *grown(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, count * size);

	if (larger == NULL)
		abort();
	return larger;
}

static int times_named(const char *name)
{
	struct placeholder p;
	int times = 0;

	for (size_t s = 0; s < sheet.count; s++)
		for (size_t i = 0; i < sheet.steps[s].count; i++)
			for (const char *at = sheet.steps[s].items[i].text;
				sheet.steps[s].items[i].kind == OUTPUT &&
				(at = placeholder_next(at, &p)) != NULL;
				at++)
				times += strcmp(p.name, name) == 0;
	return times;
}

static void append(struct kept *k, const char *text, char free_)
{
	for (size_t at = strlen(k->text); *text != '\0' && at + 1 < TEXT_MAX; at++) {
		k->text[at] = *text++;
		k->free[at] = free_;
	}
}

/* The promise with numbers for its names; new ones get numbers that nothing else has. */
static void keep(struct kept *k, const struct item *promise, struct names *names)
{
	struct placeholder p;
	char number[32], c[2] = "";

	*k = (struct kept){.promise = promise};
	for (const char *at = promise->text; *at != '\0';) {
		const size_t length = placeholder_at(at, &p);
		if (length > 0 && p.kind == NUMBER && match_value(names, p.name) == NULL) {
			strcpy(names->of[names->count].name, p.name);
			names->of[names->count].value = 20011 + 1097 * names->count;
			names->count++;
		}
		if (length > 0 && p.kind == ANY_TEXT) {
			append(k, "any", 1);
		} else if (length > 0) {
			snprintf(number, sizeof number, "%" PRIu32,
				(uint32_t)(*match_value(names, p.name) + (uint64_t)p.plus));
			append(k, number, times_named(p.name) == 1 ? 2 : 0);
		} else {
			at += *at == '\\' && at[1] == '<';
			c[0] = *at;
			append(k, c, 0);
		}
		at += length > 0 ? length : 1;
	}
}

static unsigned when(const unsigned *typed_at, const struct cause *c)
{
	return c->item == NULL ? 0 : typed_at[c->item->line];
}

static void make_scenes(void)
{
	const struct step *end = &sheet.steps[sheet.count - 1];
	unsigned *typed_at = calloc((size_t)end->items[end->count - 1].line + 1, sizeof *typed_at);
	struct names names = {0};
	struct cause first, last;
	unsigned typed = 0;

	scene_count = kept_count = 0;
	for (const struct step *s = sheet.steps; s < sheet.steps + sheet.count; s++)
		for (size_t at = 0; at < s->count;) {
			scenes = grown(scenes, scene_count + 1, sizeof *scenes);
			struct scene *scene = &scenes[scene_count++];
			*scene = (struct scene){.step = s, .first_line = kept_count};
			at = worksheet_exchange(s, at, &scene->e);
			if (scene->e.typed != NULL) {
				typed_at[scene->e.typed->line] = ++typed;
			} else {
				cause_find(&sheet, s, true, true, &first, &last);
				scene->first = when(typed_at, &first);
				scene->last = when(typed_at, &last);
			}
			scene->stamp = typed;
			for (size_t i = 0; i < scene->e.count; i++) {
				scene->has_gap |= scene->e.expected[i].kind == ANYTHING;
				if (scene->e.expected[i].kind != OUTPUT)
					continue;
				kept = grown(kept, kept_count + 1, sizeof *kept);
				keep(&kept[kept_count++], &scene->e.expected[i], &names);
				scene->line_count++;
			}
		}
	free(typed_at);
}

/* ---- The observation held against the worksheet ---------------------------------------------- */

/* What a terminal has shown and nothing accounts for. */
struct shown {
	struct line lines[LINES_MAX];
	size_t count;
	bool open; /* a closing `...` covers it */
};

static struct shown shown[TERMINALS_MAX + 1];

static bool is_left_over(const struct shown *t)
{
	return t->count > 0 && !t->open;
}

/* As play.c does: what is typed must find nothing left over; a closing `...` of the block before
 * stands before this one's first promise. */
static bool agrees(const struct scene *scene, struct names *names)
{
	struct shown *t = &shown[scene->step->terminal];
	struct seen seen = {
		.lines = t->lines, .count = t->count, .first = scene->first, .last = scene->last};
	struct item items[LINES_MAX + 1] = {{.kind = ANYTHING}};
	const bool gap = t->open && scene->e.typed == NULL;
	struct departure where;
	size_t used = 0;

	memcpy(items + 1, scene->e.expected, scene->e.count * sizeof *items);
	if (match_lines(items + !gap, scene->e.count + gap, scene->step->unordered, false, &seen,
		    names, &used, &where) != AGREES)
		return false;
	t->count -= used;
	memmove(t->lines, t->lines + used, t->count * sizeof *t->lines);
	if (scene->e.count > 0)
		t->open = scene->e.expected[scene->e.count - 1].kind == ANYTHING;
	return true;
}

/* What one scene shows instead of its own lines; LINES_MAX lines at most. */
struct change {
	const struct scene *scene;
	struct line lines[LINES_MAX];
	size_t count;
};

static bool play_on(const struct scene *from, const struct change *change, struct names *names)
{
	for (const struct scene *scene = from; scene < scenes + scene_count; scene++) {
		struct shown *t = &shown[scene->step->terminal];
		if (scene->e.typed != NULL) {
			if (is_left_over(t))
				return false;
			t->count = 0;
			t->open = false;
		}
		if (change != NULL && scene == change->scene) {
			memcpy(t->lines + t->count, change->lines,
				change->count * sizeof *t->lines);
			t->count += change->count;
		}
		for (size_t i = 0;
			(change == NULL || scene != change->scene) && i < scene->line_count; i++)
			t->lines[t->count++] = (struct line){
				.text = kept[scene->first_line + i].text, .stamp = scene->stamp};
		if (change == NULL) {
			scenes[scene - scenes].names = *names;
			for (int n = 0; n <= TERMINALS_MAX; n++)
				scenes[scene - scenes].open[n] = shown[n].open;
		}
		if (!agrees(scene, names))
			return change != NULL
				       ? false
				       : (fprintf(stderr, "%s:%d: does not agree with itself\n",
						  sheet.path, scene->step->line),
						 false);
	}
	for (int n = 1; n <= TERMINALS_MAX; n++)
		if (is_left_over(&shown[n]))
			return false;
	return true;
}

/* Is the change noticed? All before its scene is as it was. */
static bool is_noticed(const struct change *change)
{
	struct names names = change->scene->names;

	for (int n = 0; n <= TERMINALS_MAX; n++) {
		shown[n].count = 0;
		shown[n].open = change->scene->open[n];
	}
	return !play_on(change->scene, change, &names);
}

/* ---- The changes --------------------------------------------------------------------------- */

static int changes, noticed;

static void try_change(const struct change *change, const struct kept *k, const char *kind)
{
	changes++;
	if (is_noticed(change))
		noticed++;
	else
		printf("%s:%d: %s: unnoticed: %s\n", sheet.path, k->promise->line, kind, k->text);
}

static void begin_change(struct change *c, const struct scene *scene)
{
	c->scene = scene;
	c->count = scene->line_count;
	for (size_t i = 0; i < c->count; i++)
		c->lines[i] = (struct line){
			.text = kept[scene->first_line + i].text, .stamp = scene->stamp};
}

static void insert(struct change *c, size_t at, struct line line)
{
	memmove(c->lines + at + 1, c->lines + at, (c->count++ - at) * sizeof line);
	c->lines[at] = line;
}

static void change_digits(struct change *c, const struct scene *scene, size_t i)
{
	struct kept *k = &kept[scene->first_line + i];
	static char text[TEXT_MAX]; /* the changed line, until it is changed otherwise */

	for (size_t at = 0; k->text[at] != '\0'; at++) {
		if (k->text[at] < '0' || k->text[at] > '9' || k->free[at] != 0)
			continue;
		begin_change(c, scene);
		strcpy(text, k->text);
		text[at] = text[at] == '9' ? '1' : (char)(text[at] + 1);
		c->lines[i].text = text;
		try_change(c, k, "digit");
	}
}

/* A line that could as well stand where the other stands: its swapping is no change. */
static bool are_alike(const struct kept *a, const struct kept *b)
{
	struct names none = {0}, none_either = {0};

	return match_line(a->promise->text, b->text, &none) &&
	       match_line(b->promise->text, a->text, &none_either);
}

/* Does the terminal's next block begin with a `...` that covers what is left over of this one? */
static bool is_before_gap(const struct scene *scene)
{
	for (const struct scene *next = scene + 1; next < scenes + scene_count; next++)
		if (next->step->terminal == scene->step->terminal)
			return next->e.typed == NULL && next->e.expected[0].kind == ANYTHING;
	return false;
}

/* Is nothing but lines like this one behind it, so that one more of them is one too many at the
 * end? */
static bool ends_alike(const struct scene *scene, size_t i)
{
	for (size_t k = i + 1; k < scene->line_count && !scene->step->unordered; k++)
		if (!are_alike(&kept[scene->first_line + i], &kept[scene->first_line + k]))
			return false;
	return true;
}

static void change_lines(struct change *c, const struct scene *scene, size_t i)
{
	struct kept *k = &kept[scene->first_line + i];
	const struct scene *other = scene;

	begin_change(c, scene);
	memmove(c->lines + i, c->lines + i + 1, (--c->count - i) * sizeof *c->lines);
	try_change(c, k, "dropped");
	if (scene->has_gap || scene->open[scene->step->terminal])
		return;
	begin_change(c, scene);
	insert(c, i, c->lines[i]);
	if (!is_before_gap(scene) || !ends_alike(scene, i))
		try_change(c, k, "doubled");
	while (other > scenes &&
		(other->line_count == 0 || other->step->terminal == scene->step->terminal))
		other--;
	if (other->line_count > 0 && other != scene) {
		begin_change(c, scene);
		insert(c, i,
			(struct line){.text = kept[other->first_line].text, .stamp = scene->stamp});
		try_change(c, k, "foreign");
	}
	if (scene->step->unordered || i + 1 == scene->line_count || are_alike(k, k + 1))
		return;
	begin_change(c, scene);
	c->lines[i].text = k[1].text;
	c->lines[i + 1].text = k->text;
	try_change(c, k, "swapped");
}

static void change_times(struct change *c, const struct scene *scene)
{
	if (scene->e.typed != NULL || scene->last == 0 || scene->line_count == 0)
		return;
	begin_change(c, scene);
	for (size_t i = 0; i < c->count; i++)
		c->lines[i].stamp = scene->last - 1;
	try_change(c, &kept[scene->first_line + scene->line_count - 1], "early");
}

static int change_all(const char *path)
{
	static struct change change;
	struct names names = {0};

	if (worksheet_read(&sheet, path) == -1)
		return 1;
	make_scenes();
	memset(shown, 0, sizeof shown);
	changes = noticed = 0;
	if (play_on(scenes, NULL, &names)) {
		for (const struct scene *scene = scenes; scene < scenes + scene_count; scene++) {
			for (size_t i = 0; i < scene->line_count; i++) {
				change_digits(&change, scene, i);
				change_lines(&change, scene, i);
			}
			change_times(&change, scene);
		}
	}
	printf("%s: %d changes, %d noticed\n", sheet.name, changes, noticed);
	worksheet_free(&sheet);
	return changes > 0 && changes == noticed ? 0 : 1;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= change_all(argv[i]);
	free(scenes);
	free(kept);
	return argc > 1 ? status : 2;
}
