/*
 * accept.c - see accept.h.
 *
 * Two rehearsals tell what varies from play to play. Of a new line, a number that is the same in
 * both stays; one that a name had in both becomes that name; what is left of the numbers that
 * differ is any text. Then the new worksheet is played as strictly as any other, before it takes
 * the old one's place.
 */
#define _XOPEN_SOURCE 700 /* strdup, fchmod, mkdtemp */
#include "accept.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "match.h"
#include "rehearse.h"

enum {
	TEXT_SIZE = 2 * 16384,
	NUMBERS_MAX = 4096,
	NEAR = 1000000, /* a sum stands on a number that is no further away */
	PORT_MAX = 65535,
	SMALL = 10, /* a name's value that is smaller may well stand there by chance */
};

/* A number that differs from rehearsal to rehearsal, in the order of the text. */
struct number {
	uint64_t one, two;    /* in the first rehearsal, in the second */
	char kind[NAME_SIZE]; /* the word before it: seq, ack, port */
	size_t stands_on;     /* an earlier number that it is, or is near to; or its own index */
	char name[NAME_SIZE]; /* its new name; "" if it gets none */
};

struct acceptance {
	const struct worksheet *w;
	struct rehearsal one, two;
	struct number *numbers;
	size_t number_count;
	char known[NAMES_MAX][NAME_SIZE]; /* names that a line above binds */
	size_t known_count;
	bool give_names;
};

/* ---- What two rehearsals of a line have in common ----------------------------------------- */

/* Is there a date and time, or a time of the day with its fraction, at `text`? Returns its
 * length. */
static size_t time_at(const char *text)
{
	static const char *const forms[] = {
		"dddd/dd/dd dd:dd:dd", "dddd-dd-dd dd:dd:dd", "dd:dd:dd.dddddd"};

	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
		size_t i = 0;
		while (forms[f][i] != '\0' && (forms[f][i] == 'd' ? isdigit((unsigned char)text[i])
								  : text[i] == forms[f][i]))
			i++;
		if (forms[f][i] == '\0')
			return i;
	}
	return 0;
}

/* Copy `text` with <*> in place of each time; a placeholder is passed over as it is. */
static void blur_times(char *to, size_t size, const char *text)
{
	size_t at = 0;

	while (*text != '\0' && at < size - 4) {
		const size_t length = time_at(text);
		if (length > 0) {
			memcpy(to + at, "<*>", 3);
			at += 3;
			text += length;
		} else {
			to[at++] = *text++;
		}
	}
	to[at] = '\0';
}

static uint64_t number_at(const char **text)
{
	char *end;
	const uint64_t value = strtoull(*text, &end, 10);

	*text = end;
	return value;
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

/* What follows on `base` in both rehearsals by the same small sum; or 0. */
static bool is_near(
	uint64_t one, uint64_t two, uint64_t base_one, uint64_t base_two, long long *sum)
{
	const int64_t a = (int64_t)(int32_t)(uint32_t)(one - base_one);
	const int64_t b = (int64_t)(int32_t)(uint32_t)(two - base_two);

	*sum = a;
	if (a != b || a > NEAR || a < -NEAR)
		return false;
	/* Ports follow one another by chance. */
	return a == 0 ? one == base_one && two == base_two
		      : one > PORT_MAX && two > PORT_MAX && one != two;
}

static bool is_known(const struct acceptance *a, const char *name)
{
	for (size_t i = 0; i < a->known_count; i++)
		if (strcmp(a->known[i], name) == 0)
			return true;
	return false;
}

/* Remember what the line binds, for the sums of the lines below it. */
static void learn(struct acceptance *a, const char *line)
{
	struct placeholder p;
	size_t length;

	for (; *line != '\0'; line += length > 0 ? length : 1) {
		length = line[0] == '\\' ? 2 : placeholder_at(line, &p);
		if (line[0] == '\\' && line[1] == '\0')
			return;
		if (line[0] != '\\' && length > 0 && p.kind == NUMBER &&
			a->known_count < NAMES_MAX && !is_known(a, p.name))
			strcpy(a->known[a->known_count++], p.name);
	}
}

/* A name of the worksheet that has these values, or one near to it that is bound above. */
static bool bound_name(
	const struct acceptance *a, uint64_t one, uint64_t two, char *text, size_t size)
{
	const struct names *names = &a->one.names;
	long long sum;

	for (size_t i = 0; i < names->count; i++) {
		const uint64_t *other = match_value(&a->two.names, names->of[i].name);
		if (other == NULL || !is_near(one, two, names->of[i].value, *other, &sum) ||
			(sum != 0 && !is_known(a, names->of[i].name)))
			continue;
		snprintf(text, size, sum == 0 ? "<%s>" : "<%s%+lld>", names->of[i].name, sum);
		return true;
	}
	return false;
}

/* A number that differs, or may be a name's value: what stands for it, if anything does. With
 * `write` not set it is only noted. */
static void put_number(struct acceptance *a, size_t *next, bool write, const char *kind,
	uint64_t one, uint64_t two, char *text, size_t size)
{
	struct number *n;
	long long sum = 0;

	if (bound_name(a, one, two, text, size))
		return;
	if (one == two)
		return; /* the same in every play: it stays as it is */
	snprintf(text, size, "<*>");
	if (*next == NUMBERS_MAX)
		return;
	n = &a->numbers[(*next)++];
	if (!write) {
		*n = (struct number){.one = one, .two = two, .stands_on = (size_t)(n - a->numbers)};
		snprintf(n->kind, sizeof n->kind, "%s", kind);
		for (size_t i = 0; i < n->stands_on; i++)
			if (is_near(one, two, a->numbers[i].one, a->numbers[i].two, &sum))
				n->stands_on = i;
		a->number_count = *next;
		return;
	}
	n = &a->numbers[n->stands_on];
	if (n->name[0] != '\0' && is_near(one, two, n->one, n->two, &sum))
		snprintf(text, size, sum == 0 ? "<%s>" : "<%s%+lld>", n->name, sum);
}

/* Where two versions of a line differ in more than numbers: that word is any text. */
static void skip_word(const char **one, const char **two)
{
	*one += strcspn(*one, " ");
	*two += strcspn(*two, " ");
}

static void generalise(struct acceptance *a, size_t *next, bool write, const char *one,
	const char *two, char *line, size_t size)
{
	char first[TEXT_SIZE], second[TEXT_SIZE], text[80], kind[NAME_SIZE];
	const char *x = first, *y = second;
	struct placeholder p;
	size_t at = 0;

	blur_times(first, sizeof first, one);
	blur_times(second, sizeof second, two);
	while (*x != '\0' && at < size - sizeof text - 1) {
		const size_t placeholder = placeholder_at(x, &p);
		if (placeholder > 0 && strncmp(x, y, placeholder) == 0) {
			memcpy(line + at, x, placeholder);
			at += placeholder;
			x += placeholder;
			y += placeholder;
		} else if (*x == ' ' && *y == ' ') { /* columns are as wide as their numbers */
			for (; *x == ' ' && at < size - 1; x++)
				line[at++] = ' ';
			y += strspn(y, " ");
		} else if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			const char *begin = x;
			kind_before(first, x, kind);
			const uint64_t number = number_at(&x), other = number_at(&y);
			snprintf(text, sizeof text, "%.*s", (int)(x - begin), begin);
			if (number != other || number >= SMALL)
				put_number(a, next, write, kind, number, other, text, sizeof text);
			at += (size_t)snprintf(line + at, size - at, "%s", text);
		} else if (*x == *y) {
			line[at++] = *x++;
			y++;
		} else {
			while (at > 0 && line[at - 1] != ' ')
				at--;
			at += (size_t)snprintf(line + at, size - at, "<*>");
			skip_word(&x, &y);
		}
	}
	line[at] = '\0';
}

/* ---- The new text ------------------------------------------------------------------------- */

static void give_names(struct acceptance *a)
{
	for (size_t i = 0; i < a->number_count; i++) {
		struct number *base = &a->numbers[a->numbers[i].stands_on];
		size_t same = 1;
		if (base == &a->numbers[i] || base->name[0] != '\0')
			continue;
		for (size_t k = 0; k < a->number_count; k++)
			same += a->numbers[k].name[0] != '\0' &&
				strcmp(a->numbers[k].kind, base->kind) == 0;
		do
			snprintf(base->name, sizeof base->name, "%.20s%zu", base->kind, same++);
		while (match_value(&a->one.names, base->name) != NULL);
	}
}

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

/* Do the two rehearsals have the same shape, so that their lines can be compared one by one? */
static bool same_shape(const struct acceptance *a)
{
	bool same = a->one.count == a->two.count;

	for (size_t i = 0; same && i < a->one.count; i++)
		same = a->one.lines[i].kept == a->two.lines[i].kept;
	return same;
}

/* Go through the text: note the numbers that differ, or `write` it. */
static void go_through(struct acceptance *a, FILE *to)
{
	char line[TEXT_SIZE + 128];
	size_t next = 0, length;

	a->known_count = 0;
	for (size_t i = 0; i < a->one.count; i++) {
		const struct fresh_line *f = &a->one.lines[i];
		if (f->kept > 0) {
			const char *old = old_line(a->w, f->kept, &length);
			snprintf(line, sizeof line, "%.*s",
				(int)(length < TEXT_SIZE ? length : TEXT_SIZE), old);
			if (to != NULL)
				fwrite(old, 1, length, to);
		} else {
			generalise(a, &next, to != NULL, f->text, a->two.lines[i].text, line,
				sizeof line);
			if (to != NULL)
				fprintf(to, "%s\n", line);
		}
		learn(a, line);
	}
}

/* The new worksheet in a folder of its own, under its own name. Returns its path; NULL after a
 * complaint. */
static char *write_draft(struct acceptance *a)
{
	const char *tmp = getenv("TMPDIR");
	char *path = malloc(4096);
	FILE *to;
	size_t at;

	if (path == NULL)
		return NULL;
	at = (size_t)snprintf(path, 3000, "%s/tcp-labs-draft-XXXXXX",
		tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(path) != NULL) {
		snprintf(path + at, 4096 - at, "/%.500s.md", a->w->name);
		to = fopen(path, "we");
		if (to != NULL) {
			go_through(a, NULL);
			if (a->give_names)
				give_names(a);
			go_through(a, to);
			if (fclose(to) == 0)
				return path;
		}
	}
	fprintf(stderr, "lab: write %s: %s\n", path, strerror(errno));
	free(path);
	return NULL;
}

static void remove_draft(char *path)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	free(path);
}

static bool has_changed(const struct acceptance *a)
{
	for (size_t i = 0; i < a->one.count; i++)
		if (a->one.lines[i].kept != (int)i + 1)
			return true;
	return false;
}

/* ---- Show, ask, write --------------------------------------------------------------------- */

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

/* The folder that the worksheet is in, and its name there. */
static int open_folder(const struct worksheet *w, const char **name)
{
	char path[4096];
	const char *slash = strrchr(w->path, '/');

	*name = slash == NULL ? w->path : slash + 1;
	snprintf(path, sizeof path, "%.*s", slash == NULL ? 1 : (int)(slash + 1 - w->path),
		slash == NULL ? "." : w->path);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The new file takes the old one's place at once, or not at all. */
static int replace_file(const struct worksheet *w, const struct worksheet *new)
{
	char fresh[300];
	const char *name;
	const int folder = open_folder(w, &name);
	struct stat st;
	int fd;
	bool good;

	snprintf(fresh, sizeof fresh, "%.200s.new-%ld", name, (long)getpid());
	fd = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	good = fd != -1 && write(fd, new->text, new->size) == (ssize_t) new->size;
	if (good && fstatat(folder, name, &st, 0) == 0)
		fchmod(fd, st.st_mode & 07777);
	good = fd != -1 && close(fd) == 0 && good && renameat(folder, fresh, folder, name) == 0;
	if (!good) {
		fprintf(stderr, "lab: write %s: %s\n", w->path, strerror(errno));
		unlinkat(folder, fresh, 0);
	}
	if (folder != -1)
		close(folder);
	return good ? 0 : -1;
}

static bool may_write(bool yes)
{
	int answer;

	if (yes || !isatty(STDIN_FILENO))
		return yes;
	printf("Write this into the worksheet? [y/N] ");
	fflush(stdout);
	answer = getchar();
	return answer == 'y' || answer == 'Y';
}

/* Play the draft as it will be played ever after; then show it, ask, write. */
static int try_draft(struct acceptance *a, const char *path, const struct run_options *o, bool yes)
{
	struct worksheet new, plays[2];
	int status = 1;

	if (worksheet_read(&new, path) == -1)
		return 1;
	plays[0] = plays[1] = new;
	show_difference(a->w, path);
	if (run(plays, 2, o) != 0)
		fprintf(stderr,
			"lab: %s would not pass as it was seen: something differs from play to play; nothing is written\n",
			a->w->path);
	else if (!may_write(yes))
		printf("%s: not written\n", a->w->name);
	else
		status = replace_file(a->w, &new) == 0 ? 0 : 1;
	worksheet_free(&new);
	return status;
}

/* A second rehearsal, of the same shape as the first; what comes in another order now and then is
 * given three tries. */
static int rehearse_again(struct acceptance *a, const struct run_options *o)
{
	for (int tries = 0; tries < 3; tries++) {
		rehearsal_free(&a->two);
		if (rehearse(a->w, o, &a->two) == -1)
			return -1;
		if (same_shape(a))
			return 0;
	}
	fprintf(stderr,
		"lab: %s shows other lines in each play; nothing is written. Put what varies behind `...`, "
		"or wait for it (watch)\n",
		a->w->path);
	return -1;
}

int accept_observed(const struct worksheet *w, const struct run_options *o, bool yes, bool names)
{
	struct acceptance *a = calloc(1, sizeof *a);
	char *path;
	int status = 1;

	if (a == NULL || (a->numbers = calloc(NUMBERS_MAX, sizeof *a->numbers)) == NULL)
		return 1;
	a->w = w;
	a->give_names = names;
	if (rehearse(w, o, &a->one) == 0 && !has_changed(a)) {
		printf("%s: every promise holds\n", w->name);
		status = 0;
	} else if (a->one.count > 0 && rehearse_again(a, o) == 0 &&
		   (path = write_draft(a)) != NULL) {
		status = try_draft(a, path, o, yes);
		remove_draft(path);
	}
	rehearsal_free(&a->one);
	rehearsal_free(&a->two);
	free(a->numbers);
	free(a);
	return status;
}
