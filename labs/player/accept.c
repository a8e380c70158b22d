/*
 * accept.c - see accept.h.
 *
 * Two rehearsals tell what varies from play to play (vary.h). Then the new worksheet is played as
 * strictly as any other, before it takes the old one's place. Where that fails, something varies that
 * was the same in both, or is another thing at the pace of a play: two rehearsals of the new worksheet,
 * at that pace, tell what, and so on.
 */
#define _XOPEN_SOURCE 700 /* strdup, realpath, fchmod, mkdtemp */
#include "accept.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lint.h"
#include "match.h"
#include "rehearse.h"
#include "room.h"
#include "vary.h"

enum { TEXT_SIZE = 2 * 16384, PATH_MAX_HERE = 4096, TRIES = 4, ROUNDS = 16, PLAYS = 4 };

struct acceptance {
	const struct worksheet *w;
	const struct worksheet *sheet; /* what is rehearsed: that, or what came of it */
	struct origin *origins;        /* where its lines come from, from 1 on; NULL: it is w */
	size_t origin_count;
	struct names before; /* what was bound in the rehearsal that they come from */
	const struct run_options *options;
	char *target; /* the file itself, behind all links */
	struct rehearsal seen[SAMPLES_MAX];
	size_t count; /* how many rehearsals have been held */
	struct variation v;
	bool yes, give_names;
};

__attribute__((format(printf, 2, 3))) static int wrong(
	const struct acceptance *a, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "lab: %s", a->w->path);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; nothing is written\n", stderr);
	return -1;
}

/* ---- Rehearsals ---------------------------------------------------------------------------- */

/* Do the two have the same shape, so that their lines can be compared one by one? */
static bool same_shape(const struct rehearsal *one, const struct rehearsal *two)
{
	bool same = one->count == two->count;

	for (size_t i = 0; same && i < one->count; i++)
		same = one->lines[i].kept == two->lines[i].kept &&
		       one->lines[i].fence == two->lines[i].fence &&
		       (!one->lines[i].fence ||
			       strcmp(one->lines[i].text, two->lines[i].text) == 0);
	return same;
}

static size_t lines_of(const struct worksheet *w)
{
	size_t lines = w->size > 0 && w->text[w->size - 1] != '\n';

	for (size_t i = 0; i < w->size; i++)
		lines += w->text[i] == '\n';
	return lines;
}

static bool has_changed(const struct worksheet *w, const struct rehearsal *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->lines[i].kept != (int)i + 1)
			return true;
	return r->count != lines_of(w);
}

static bool has_rooms(void)
{
	struct refusal refusal;
	struct room room;

	if (room_open(&room, -1, &refusal) == -1)
		return false;
	room_close(&room);
	return true;
}

static int complain(const struct acceptance *a, struct rehearsal *r)
{
	char *end = strchr(r->complaint, '\n');

	if (run_broken_off())
		return wrong(a, ": broken off");
	if (!r->skipped) {
		wrong(a, " cannot be played to its end");
		fputs(r->complaint, stderr);
		return -1;
	}
	if (end != NULL)
		*end = '\0';
	return wrong(a, " cannot be played: %s", r->complaint);
}

/* Hold so many rehearsals more: at once, if each can have a room of its own. */
static int rehearse(struct acceptance *a, size_t more)
{
	const size_t first = a->count;
	const bool at_once = more > 1 && has_rooms();
	int status = 0;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s: %s\r", a->w->name,
			a->origins == NULL ? "rehearsals ..."
					   : "rehearsals at the pace of a play ...");
	for (size_t i = first; i < first + more && status == 0; i++) {
		status = rehearse_begin(
			a->sheet, a->options, (int)i + 1, a->origins, &a->before, &a->seen[i]);
		a->count++;
		if (!at_once && status == 0)
			status = rehearse_end(&a->seen[i]);
	}
	for (size_t i = first; at_once && i < a->count; i++)
		if (rehearse_end(&a->seen[i]) == -1)
			status = -1;
	if (isatty(STDERR_FILENO))
		fputs("\033[K", stderr);
	for (size_t i = first; status == -1 && i < a->count; i++)
		if (a->seen[i].complaint[0] != '\0' || run_broken_off())
			return complain(a, &a->seen[i]);
	return status;
}

/* Another rehearsal, of the same shape as the first; what comes in another order now and then is
 * given some tries. */
static int rehearse_alike(struct acceptance *a)
{
	for (int tries = 0; tries < TRIES; tries++) {
		if (tries > 0 && rehearse(a, 1) == -1)
			return -1;
		if (same_shape(&a->seen[0], &a->seen[a->count - 1]))
			return 0;
		rehearsal_free(&a->seen[--a->count]);
	}
	return wrong(a,
		" shows other lines in each play. Put what varies behind `...`, or wait for it (watch)");
}

/* ---- Lines that come in another order ------------------------------------------------------ */

/* A line with the names for their values, without what other numbers there are, and each run of
 * blanks as one: what makes two lines one and the same. */
static void canonical(char *to, size_t size, const char *text, const struct names *names, bool bare)
{
	size_t at = 0;

	while (*text != '\0' && at + NAME_SIZE + 2 < size) {
		const size_t digits = strspn(text, "0123456789");
		const uint64_t value = digits > 0 ? strtoull(text, NULL, 10) : 0;
		const char *name = NULL;
		for (size_t i = 0; digits > 3 && i < names->count && name == NULL; i++)
			if (names->of[i].value == value)
				name = names->of[i].name;
		if (name != NULL)
			at += (size_t)snprintf(to + at, size - at, "<%s>", name);
		else if (digits > 0 && bare)
			to[at++] = '#';
		else if (digits > 0)
			at += (size_t)snprintf(
				to + at, size - at, "%.*s", (int)(digits < 20 ? digits : 20), text);
		else if (*text != ' ' || at == 0 || to[at - 1] != ' ')
			to[at++] = *text;
		text += digits > 0 ? digits : 1;
	}
	to[at] = '\0';
}

/* How alike are two lines of different plays: by their words. */
static int likeness(const struct acceptance *a, size_t k, const char *one, const char *other)
{
	static char x[TEXT_SIZE], y[TEXT_SIZE];
	const char *p = x, *q = y;
	int score = 0;

	canonical(x, sizeof x, one, &a->seen[0].names, true);
	canonical(y, sizeof y, other, &a->seen[k].names, true);
	score += strcmp(x, y) == 0 ? 1000 : 0;
	canonical(x, sizeof x, one, &a->seen[0].names, false);
	canonical(y, sizeof y, other, &a->seen[k].names, false);
	while (*p != '\0' && *q != '\0') {
		const size_t n = strcspn(p, " "), m = strcspn(q, " ");
		score += n == m && strncmp(p, q, n) == 0;
		p += n + (p[n] == ' ');
		q += m + (q[m] == ' ');
	}
	return score;
}

static bool is_plain(const struct fresh_line *f)
{
	return f->kept == 0 && !f->fence;
}

/* The new lines from `from` on that belong together. */
static size_t end_of_run(const struct rehearsal *r, size_t from)
{
	size_t end = from;

	while (end < r->count && is_plain(&r->lines[end]) &&
		r->lines[end].row == r->lines[from].row)
		end++;
	return end;
}

/* Put the lines from `from` to `end` of the `k`th rehearsal into the order of the first one. Returns
 * true if that was another one. */
static bool put_in_order(struct acceptance *a, size_t k, size_t from, size_t end)
{
	struct fresh_line *lines = a->seen[k].lines;
	bool moved = false;

	for (size_t i = from; i < end; i++) {
		size_t best = i;
		int top = likeness(a, k, a->seen[0].lines[i].text, lines[i].text);
		for (size_t j = i + 1; j < end; j++) {
			const int score = likeness(a, k, a->seen[0].lines[i].text, lines[j].text);
			if (score > top) {
				top = score;
				best = j;
			}
		}
		if (best == i)
			continue;
		const struct fresh_line chosen = lines[best];
		memmove(&lines[i + 1], &lines[i], (best - i) * sizeof *lines);
		lines[i] = chosen;
		moved = true;
	}
	return moved;
}

/* Do the runs have the same lines, but for their numbers, in the order that they stand in now? */
static bool same_lines(const struct acceptance *a, size_t k, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		if (likeness(a, k, a->seen[0].lines[i].text, a->seen[k].lines[i].text) < 1000)
			return false;
	return true;
}

/* Rows of the newest rehearsal get the order of the first. Others must have it. */
static int order_lines(struct acceptance *a)
{
	const size_t k = a->count - 1;
	const struct rehearsal *r = &a->seen[0];
	int line = 0;

	for (size_t i = 0, end; i<r->count; i = end> i ? end : i + 1) {
		line = r->lines[i].kept > 0 ? r->lines[i].kept : line;
		end = is_plain(&r->lines[i]) ? end_of_run(r, i) : i;
		if (end <= i + 1 || (!r->lines[i].row && same_lines(a, k, i, end)))
			continue;
		if (put_in_order(a, k, i, end) && !r->lines[i].row && same_lines(a, k, i, end))
			return wrong(a,
				":%d: what is shown behind this line comes in another order in each play. "
				"Say `unordered` there, or let one thing wait for the other",
				line);
	}
	return 0;
}

/* ---- The new text -------------------------------------------------------------------------- */

/* The old line of that number, with its end. */
static const char *old_line(const struct worksheet *w, int number, size_t *length)
{
	const char *line = w->text, *end = w->text + w->size, *newline;

	while (--number > 0 && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL)
		line = newline + 1;
	newline = memchr(line, '\n', (size_t)(end - line));
	*length = (size_t)((newline == NULL ? end : newline + 1) - line);
	return line;
}

/* How the file ends its lines. */
static const char *line_end(const struct worksheet *w)
{
	const char *newline = memchr(w->text, '\n', w->size);

	return newline != NULL && newline > w->text && newline[-1] == '\r' ? "\r\n" : "\n";
}

/* The promise that stands in that line of the worksheet, or NULL. */
static const char *promise_of(const struct worksheet *w, int line)
{
	for (const struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < s->count; i++)
			if (s->items[i].line == line)
				return s->items[i].text;
	return NULL;
}

/* Where a new line comes from. */
static struct origin origin_of(const struct acceptance *a, const struct fresh_line *f)
{
	const struct origin *before = a->origins != NULL ? &a->origins[f->kept + f->from] : NULL;
	struct origin o = {.fresh = f->kept == 0 && !f->fence};
	const char *original = before != NULL && before->fresh ? before->original
			       : o.fresh && f->from > 0        ? promise_of(a->sheet, f->from)
							       : NULL;

	o.fresh = o.fresh || (before != NULL && before->fresh && f->kept > 0);
	o.original = original != NULL ? strdup(original) : NULL;
	return o;
}

static void forget_origins(struct acceptance *a)
{
	for (size_t i = 0; a->origins != NULL && i < a->origin_count; i++)
		free(a->origins[i].original);
	free(a->origins);
	a->origins = NULL;
}

/* From now on what the rehearsals have made is what is rehearsed. */
static int move_on(struct acceptance *a, const struct worksheet *sheet)
{
	const size_t count = a->seen[0].count + 1;
	struct origin *origins = calloc(count, sizeof *origins);

	for (size_t i = 0; origins != NULL && i + 1 < count; i++)
		origins[i + 1] = origin_of(a, &a->seen[0].lines[i]);
	forget_origins(a);
	a->before = a->seen[0].names;
	a->origins = origins;
	a->origin_count = count;
	a->sheet = sheet;
	while (a->count > 0)
		rehearsal_free(&a->seen[--a->count]);
	return origins != NULL ? 0 : wrong(a, ": no memory left");
}

static void write_line(struct acceptance *a, size_t i, FILE *to)
{
	const struct fresh_line *f = &a->seen[0].lines[i];
	const char *versions[SAMPLES_MAX];
	static char line[TEXT_SIZE + 128];
	size_t length;

	if (f->kept > 0) {
		const char *old = old_line(a->sheet, f->kept, &length);
		snprintf(line, sizeof line, "%.*s", (int)(length < TEXT_SIZE ? length : TEXT_SIZE),
			old);
		vary_at(&a->v, f->kept);
		if (to != NULL)
			fwrite(old, 1, length, to);
		if (to != NULL && old[length - 1] != '\n' && i + 1 < a->seen[0].count)
			fputs(line_end(a->w), to);
	} else if (f->fence) {
		snprintf(line, sizeof line, "%s", f->text);
	} else {
		for (size_t k = 0; k < a->count; k++)
			versions[k] = a->seen[k].lines[i].text;
		vary_line(&a->v, versions, line, sizeof line);
	}
	if (f->kept == 0 && to != NULL)
		fprintf(to, "%*s%s%s", f->indent, "", line, line_end(a->w));
	vary_learn(&a->v, line);
}

static void write_text(struct acceptance *a, FILE *to)
{
	a->v.samples = a->count;
	a->v.w = a->sheet;
	a->v.user = a->seen[0].user;
	a->v.number_count = 0;
	for (size_t k = 0; k < a->count; k++) {
		a->v.names[k] = &a->seen[k].names;
		a->v.when[k] = a->seen[k].when;
	}
	vary_begin(&a->v, false);
	for (size_t i = 0; i < a->seen[0].count; i++)
		write_line(a, i, NULL);
	if (a->give_names)
		vary_give_names(&a->v);
	vary_begin(&a->v, true);
	for (size_t i = 0; i < a->seen[0].count; i++)
		write_line(a, i, to);
}

/* ---- The draft: a folder of its own -------------------------------------------------------- */

struct draft {
	char folder[PATH_MAX_HERE - 600], path[PATH_MAX_HERE], log[PATH_MAX_HERE];
	struct worksheet sheet, before; /* the latest, and the one that it was made from */
	bool read, has_before;
};

static int make_draft_folder(const struct acceptance *a, struct draft *d)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(d->folder, sizeof d->folder, "%s/tcp-labs-draft-XXXXXX",
		tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(d->folder) == NULL)
		return wrong(a, ": make a folder %s: %s", d->folder, strerror(errno));
	snprintf(d->path, sizeof d->path, "%s/%.500s.md", d->folder, a->w->name);
	snprintf(d->log, sizeof d->log, "%s/log", d->folder);
	return 0;
}

/* Write the draft and read it again, as a worksheet. */
static int write_draft(struct acceptance *a, struct draft *d)
{
	FILE *to = fopen(d->path, "we");
	const size_t size = strlen(a->w->path) + 24;
	bool good = to != NULL;

	if (good) {
		write_text(a, to);
		good = ferror(to) == 0;
		good = fclose(to) == 0 && good;
	}
	if (!good)
		return wrong(a, ": write %s: %s", d->path, strerror(errno));
	if (d->has_before)
		worksheet_free(&d->before);
	d->has_before = d->read;
	d->before = d->sheet;
	if (a->sheet == &d->sheet)
		a->sheet = &d->before; /* the rehearsals were of that */
	d->read = worksheet_read(&d->sheet, d->path) == 0;
	if (!d->read)
		return wrong(a, ": what was seen makes no worksheet");
	free(d->sheet.path);
	d->sheet.path = malloc(size);
	if (d->sheet.path == NULL)
		return wrong(a, ": no memory left");
	snprintf(d->sheet.path, size, "%s (as it was seen)", a->w->path);
	return 0;
}

static void remove_draft(struct draft *d)
{
	if (d->has_before)
		worksheet_free(&d->before);
	if (d->read)
		worksheet_free(&d->sheet);
	unlink(d->path);
	unlink(d->log);
	rmdir(d->folder);
}

/* Play it as it will be played ever after, some times; what that says goes into the log. */
static int play_draft(struct acceptance *a, struct draft *d)
{
	struct worksheet plays[PLAYS];
	const int log = open(d->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int out, status;

	for (int i = 0; i < PLAYS; i++)
		plays[i] = d->sheet;
	fflush(stdout);
	out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (log == -1 || out == -1 || dup2(log, STDOUT_FILENO) == -1) {
		close(log);
		close(out);
		return wrong(a, ": write %s: %s", d->log, strerror(errno));
	}
	close(log);
	status = run(plays, PLAYS, a->options);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	return status == 0 ? 0 : -1;
}

static void show_log(const struct draft *d)
{
	FILE *from = fopen(d->log, "re");
	int c;

	while (from != NULL && (c = getc(from)) != EOF)
		putchar(c);
	if (from != NULL)
		fclose(from);
	fflush(stdout);
}

/* ---- Show, ask, write ---------------------------------------------------------------------- */

/* What changes: as diff(1) tells it. */
static void show_difference(const struct worksheet *w, const char *draft)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		execlp("diff", "diff", "-U", "1", "--label", w->path, "--label", "as it was seen",
			w->path, draft, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, NULL, 0) == -1 && errno == EINTR)
		;
}

/* Promises that are kept by any line whatever. */
static void note_empty_promises(const struct worksheet *w)
{
	for (const struct step *s = w->steps; s < w->steps + w->count; s++)
		for (size_t i = 0; i < s->count; i++) {
			const char *text = s->items[i].text;
			while (s->items[i].kind == OUTPUT && strncmp(text, "<*>", 3) == 0)
				text += 3 + strspn(text + 3, " ");
			if (s->items[i].kind == OUTPUT && text > s->items[i].text && *text == '\0')
				printf("%s:%d: note: this differs in each play: any line keeps it\n",
					w->path, s->items[i].line);
		}
}

static int write_bytes(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(fd, bytes, size);
		if (n == -1 && errno != EINTR)
			return -1;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd);
}

/* Is the file still what was read? */
static bool is_unchanged(const struct acceptance *a)
{
	char *now = malloc(a->w->size + 1);
	FILE *from = fopen(a->target, "re");
	const size_t size = from != NULL && now != NULL ? fread(now, 1, a->w->size + 1, from) : 0;
	const bool same = from != NULL && now != NULL && size == a->w->size &&
			  memcmp(now, a->w->text, size) == 0;

	if (from != NULL)
		fclose(from);
	free(now);
	return same;
}

/* The new file takes the old one's place at once, or not at all; it keeps its owner and its
 * rights. */
static int replace_file(const struct acceptance *a, const struct worksheet *new)
{
	char fresh[PATH_MAX_HERE + 64];
	struct stat st;
	bool good;
	int fd, error;

	if (!is_unchanged(a))
		return wrong(a, " was changed while it was played");
	snprintf(fresh, sizeof fresh, "%s.new-%ld", a->target, (long)getpid());
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return wrong(a, ": write %s: %s", fresh, strerror(errno));
	good = write_bytes(fd, new->text, new->size) == 0 && stat(a->target, &st) == 0;
	if (good && fchown(fd, st.st_uid, st.st_gid) == -1)
		errno = 0; /* somebody else's file becomes one's own: its folder allows it */
	good = good && fchmod(fd, st.st_mode & 07777) == 0;
	error = errno;
	if (close(fd) == -1 && good) {
		good = false;
		error = errno;
	}
	if (good && rename(fresh, a->target) == 0)
		return 0;
	error = good ? errno : error;
	unlink(fresh);
	return wrong(a, ": write it: %s", strerror(error));
}

static bool may_write(bool yes)
{
	int answer;

	if (yes || !isatty(STDIN_FILENO))
		return yes;
	printf("Write this into the worksheet? [y/N] ");
	fflush(stdout);
	answer = getchar();
	return (answer == 'y' || answer == 'Y') && !run_broken_off();
}

/* Rehearse what came of the rehearsals before, at the pace of a play. Two that do not have the same
 * shape are no two versions of the same: then the first one stands alone. */
static int rehearse_draft(struct acceptance *a, const struct draft *d)
{
	if (move_on(a, &d->sheet) == -1 || rehearse(a, 2) == -1)
		return -1;
	if (!has_changed(a->sheet, &a->seen[0]) || !same_shape(&a->seen[0], &a->seen[1])) {
		if (!has_changed(a->sheet, &a->seen[0])) {
			const struct rehearsal first = a->seen[0];
			a->seen[0] = a->seen[1];
			a->seen[1] = first;
		}
		rehearsal_free(&a->seen[--a->count]);
	}
	return a->count > 1 ? order_lines(a) : 0;
}

/* A draft that passes. */
static int find_draft(struct acceptance *a, struct draft *d)
{
	/* What fails in plays, but in no rehearsal, is tried some times only. */
	for (int round = 0, vain = 0; round < ROUNDS && vain < TRIES; round++) {
		if (round > 0 && rehearse_draft(a, d) == -1) {
			if (!run_broken_off())
				show_difference(a->w, d->path);
			return -1;
		}
		vain += !has_changed(a->sheet, &a->seen[0]);
		if (write_draft(a, d) == -1)
			return -1;
		if (play_draft(a, d) == 0)
			return 0;
		if (run_broken_off())
			return wrong(a, ": broken off");
	}
	show_difference(a->w, d->path);
	show_log(d);
	return wrong(a, " would not pass as it was seen: something differs from play to play");
}

static int settle_draft(struct acceptance *a, struct draft *d)
{
	if (find_draft(a, d) == -1)
		return 1;
	show_difference(a->w, d->path);
	show_log(d);
	free(d->sheet.path);
	d->sheet.path = strdup(a->w->path);
	if (d->sheet.path != NULL) {
		lint_names(&d->sheet);
		note_empty_promises(&d->sheet);
	}
	if (!may_write(a->yes)) {
		printf("%s: not written\n", a->w->name);
		return 1;
	}
	return replace_file(a, &d->sheet) == 0 ? 0 : 1;
}

/* Whoever may not write there should not wait for two rehearsals to be told. */
static int check_target(struct acceptance *a)
{
	char *slash, folder[PATH_MAX_HERE];

	a->target = realpath(a->w->path, NULL);
	if (a->target == NULL)
		return wrong(a, ": %s", strerror(errno));
	if (!a->yes && !isatty(STDIN_FILENO))
		return 0;
	if (access(a->target, W_OK) == -1)
		return wrong(a, ": write it: %s", strerror(errno));
	snprintf(folder, sizeof folder, "%s", a->target);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	if (access(folder, W_OK | X_OK) == -1)
		return wrong(a, ": write into %s: %s", folder, strerror(errno));
	return 0;
}

static int accept_it(struct acceptance *a)
{
	struct draft *d;
	int status = 1;

	if (check_target(a) == -1 || rehearse(a, 2) == -1)
		return 1;
	if (!has_changed(a->w, &a->seen[0]) && !has_changed(a->w, &a->seen[1])) {
		printf("%s: every promise holds\n", a->w->name);
		return 0;
	}
	if (rehearse_alike(a) == -1 || order_lines(a) == -1)
		return 1;
	d = calloc(1, sizeof *d);
	if (d != NULL && make_draft_folder(a, d) == 0) {
		status = settle_draft(a, d);
		remove_draft(d);
	}
	free(d);
	return status;
}

int accept_observed(const struct worksheet *w, const struct run_options *o, bool yes, bool names)
{
	struct acceptance *a = calloc(1, sizeof *a);
	int status;

	if (a == NULL || (a->v.numbers = calloc(VARY_NUMBERS_MAX, sizeof *a->v.numbers)) == NULL) {
		fputs("lab: no memory left\n", stderr);
		free(a);
		return 1;
	}
	a->w = a->sheet = w;
	a->options = o;
	a->yes = yes;
	a->give_names = names;
	run_heed_signals();
	status = accept_it(a);
	for (size_t k = 0; k < a->count; k++)
		rehearsal_free(&a->seen[k]);
	forget_origins(a);
	free(a->v.numbers);
	free(a->target);
	free(a);
	return status;
}
