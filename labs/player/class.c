/* class.c - see class.h. Collect, understand, sort, tell. */
#define _XOPEN_SOURCE 700 /* getpwnam, getgrnam, strdup */
#include "class.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "keyboard.h"
#include "page.h"
#include "roll.h"
#include "screen.h"

/* Students; checks at once; bytes of one check; seconds for one, for a file that is a pipe, and between
 * two looks. */
enum {
	STUDENTS = 1000,
	AT_ONCE = 8,
	TEXT_MAX = 4 << 20,
	PATIENCE = 20,
	PIPE_PATIENCE = 5,
	EVERY = 2
};

struct class
{
	struct roll roll;
	const struct class_options *o;
	FILE *complaints; /* where they go to */
	int status;
};

static void complain(struct class *c, const char *who, const char *why)
{
	fputs("lab: ", c->complaints);
	roll_text(c->complaints, who);
	fputs(": ", c->complaints);
	roll_text(c->complaints, why);
	fputc('\n', c->complaints);
	c->status = 1;
}

/* ---- Who ---------------------------------------------------------------------------------- */

static bool is_file(const char *who)
{
	const size_t length = strlen(who);

	return strchr(who, '/') != NULL || (length > 5 && strcmp(who + length - 5, ".json") == 0);
}

static void add(struct class *c, const char *who)
{
	for (size_t i = 0; i < c->roll.count; i++)
		if (strcmp(c->roll.of[i].who, who) == 0)
			return;
	if (c->roll.count == STUDENTS) {
		complain(c, who, "one more than can be told of");
		return;
	}
	c->roll.of[c->roll.count++] =
		(struct student){.who = who, .is_account = !is_file(who), .from = -1};
}

/* Those who are named as members, and those whose own group it is. */
static int add_group(struct class *c, const char *name)
{
	const struct group *group = getgrnam(name);
	const struct passwd *user;

	if (group == NULL) {
		fputs("lab: no group ", stderr);
		roll_text(stderr, name);
		fputs("; `getent group` shows them\n", stderr);
		return -1;
	}
	const gid_t number = group->gr_gid;
	for (char **member = group->gr_mem; *member != NULL; member++)
		add(c, strdup(*member));
	setpwent();
	while ((user = getpwent()) != NULL)
		if (user->pw_gid == number)
			add(c, strdup(user->pw_name));
	endpwent();
	if (c->roll.count > 0)
		return 0;
	fprintf(stderr, "lab: the group %s has no members\n", name);
	return -1;
}

/* ---- What is known of each ---------------------------------------------------------------- */

/* Read until the end, or until patience does, what does not block. Returns false with errno. */
static bool read_text(struct student *s, int fd, int patience)
{
	const time_t end = time(NULL) + patience;
	size_t size = 0;
	ssize_t n = 1;

	s->text = calloc(1, TEXT_MAX + 1);
	while (s->text != NULL && n != 0 && size < TEXT_MAX) {
		n = read(fd, s->text + size, TEXT_MAX - size);
		size += n > 0 ? (size_t)n : 0;
		if (n != -1)
			continue;
		if (errno != EAGAIN && errno != EINTR)
			return false;
		const time_t left = end - time(NULL);
		if (left <= 0 || poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1,
					 (int)left * 1000) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
	}
	if (s->text != NULL && n > 0)
		errno = EFBIG;
	return s->text != NULL && n == 0;
}

/* A worksheet of the course by its number: two digits are easily allowed, and nothing else with
 * them. */
static void run_check(const struct class *c, const struct passwd *user)
{
	const struct worksheet *w = c->roll.w;
	char lab[4096], which[4096];

	snprintf(lab, sizeof lab, "%s/lab", c->o->bin);
	snprintf(which, sizeof which, "%.*s", w->call == w->name ? 2 : 4000, w->call);
	if (user->pw_uid == geteuid())
		execl(lab, lab, "check", "--json", which, (char *)NULL);
	else
		execlp("sudo", "sudo", "-n", "-H", "-u", user->pw_name, "--", lab, "check",
			"--json", which, (char *)NULL);
	fprintf(stderr, "%s: %s\n", user->pw_uid == geteuid() ? lab : "sudo", strerror(errno));
	_exit(127);
}

static void start_check(struct class *c, struct student *s)
{
	const struct passwd *user = getpwnam(s->who);
	int ends[2];

	if (user == NULL) {
		complain(c, s->who, "no such account, and no file FILE.json");
		return;
	}
	if (pipe(ends) == -1) {
		complain(c, s->who, strerror(errno));
		return;
	}
	s->pid = fork();
	if (s->pid == 0) {
		const int nothing = open("/dev/null", O_RDONLY);
		if (dup2(nothing, 0) != -1 && dup2(ends[1], 1) != -1 && dup2(ends[1], 2) != -1) {
			close(ends[0]);
			close(ends[1]);
			run_check(c, user);
		}
		_exit(127);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	s->from = ends[0];
	if (s->pid == -1)
		complain(c, s->who, strerror(errno));
}

static void end_check(struct class *c, struct student *s)
{
	if (s->from == -1)
		return;
	if (s->pid > 0 && !read_text(s, s->from, PATIENCE)) {
		complain(
			c, s->who, errno == ETIMEDOUT ? "its check does not end" : strerror(errno));
		kill(s->pid, SIGTERM);
		free(s->text);
		s->text = NULL;
	}
	close(s->from);
	s->from = -1;
	while (s->pid > 0 && waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
		;
	s->pid = 0;
}

/* A file, or a pipe that somebody writes to: a terminal or /dev/zero has no end. */
static void read_file(struct class *c, struct student *s)
{
	const int fd = open(s->who, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *why = NULL;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		why = S_ISDIR(st.st_mode) ? "it is a folder" : "it is no file, but a device";
	else if (!read_text(s, fd, PIPE_PATIENCE))
		why = errno == EFBIG       ? "it is too long for what `lab check --json` writes"
		      : errno == ETIMEDOUT ? "a pipe that nobody writes to"
					   : strerror(errno);
	if (why != NULL) {
		complain(c, s->who, why);
		free(s->text);
		s->text = NULL;
	}
	if (fd != -1)
		close(fd);
}

/* ---- What it means ------------------------------------------------------------------------ */

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words != NULL && strcmp(text, *words) != 0)
		words++;
	return *words != NULL;
}

static const struct json *first_not_done(const struct json *check)
{
	static const char *const well[] = {"done", "left out", NULL};
	const struct json *steps = json_get(check, "steps");
	const struct json *step = steps == NULL ? NULL : steps->first;

	while (step != NULL && is_one_of(json_text(json_get(step, "state")), well))
		step = step->next;
	return step;
}

static bool is_complete(const struct json *check)
{
	const struct json *complete = json_get(check, "complete");

	return complete != NULL && complete->type == JSON_TRUE;
}

/* Is it what `lab check --json` writes of this worksheet? Else it says why not. */
static const char *mistake(const struct class *c, const struct student *s)
{
	const struct json *steps = json_get(s->check, "steps"),
			  *sections = json_get(s->check, "sections");
	size_t count = 0;
	static char why[200];

	if (s->text[strspn(s->text, " \t\r\n")] == '\0')
		return "it is empty";
	if (s->check == NULL || steps == NULL || sections == NULL)
		return "not what `lab check --json` writes, or cut off";
	if (strcmp(json_text(json_get(s->check, "lab")), c->roll.w->name) != 0) {
		snprintf(why, sizeof why, "of another lab, %.100s",
			json_text(json_get(s->check, "lab")));
		return why;
	}
	for (const struct json *step = steps->first; step != NULL; step = step->next)
		count++;
	return count == c->roll.w->count ? NULL : "of another version of this worksheet";
}

/* A check may warn before it tells. */
static const char *behind_warnings(const struct student *s)
{
	const char *object = s->is_account && s->text[0] != '{' ? strstr(s->text, "\n{") : NULL;

	return object == NULL ? s->text : object;
}

static void understand(struct class *c, struct student *s)
{
	static const char *const waits[] = {"not typed", "not shown yet", "none", "", NULL};
	const char *why;

	if (s->text == NULL)
		return;
	if (s->is_account && strstr(s->text, "no recording of") != NULL) {
		s->need = NOT_BEGUN_YET;
		return;
	}
	s->check = json_read(behind_warnings(s));
	if (s->is_account && s->check == NULL && s->text[0] != '\0') {
		s->text[strcspn(s->text, "\n")] = '\0';
		complain(c, s->who, s->text);
	} else if ((why = mistake(c, s)) != NULL) {
		complain(c, s->who, why);
	} else {
		s->step = first_not_done(s->check);
		s->need = is_complete(s->check)                                     ? FINISHED
			  : is_one_of(json_text(json_get(s->step, "cause")), waits) ? UNDER_WAY
										    : STUCK;
		return;
	}
	free(s->text);
	s->text = NULL; /* not told of */
}

static void collect(struct class *c)
{
	size_t accounts = 0;

	for (size_t i = 0; i < c->roll.count; i++)
		if (!c->roll.of[i].is_account)
			read_file(c, &c->roll.of[i]);
	for (size_t i = 0, ended = 0; ended < c->roll.count; ended++) {
		for (; i < c->roll.count && accounts < AT_ONCE; i++) {
			if (!c->roll.of[i].is_account)
				continue;
			start_check(c, &c->roll.of[i]);
			accounts++;
		}
		end_check(c, &c->roll.of[ended]);
		accounts -= c->roll.of[ended].is_account;
	}
	for (size_t i = 0; i < c->roll.count; i++)
		understand(c, &c->roll.of[i]);
}

static void forget(struct class *c)
{
	for (size_t i = 0; i < c->roll.count; i++) {
		json_free(c->roll.of[i].check);
		free(c->roll.of[i].text);
		c->roll.of[i] = (struct student){.who = c->roll.of[i].who,
			.is_account = !is_file(c->roll.of[i].who),
			.from = -1};
	}
	c->status = 0;
}

/* ---- The screen --------------------------------------------------------------------------- */

/* What is shown: lines, of which the first stays on top; the first that is seen of the others. */
struct view {
	char *text;
	size_t top;
	int left; /* so many columns are to the left of the screen */
};

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

/* Add the line at `text` to the picture, from column `left` on, as far as it fits. Returns where the
 * next one begins. */
static const char *draw_line(FILE *to, const char *text, int left, int width)
{
	int columns, at = -left;

	while (*text != '\0' && *text != '\n') {
		const size_t length = screen_width(text, &columns);
		at += columns;
		if (at > 0 && at <= width)
			fwrite(text, 1, length == 0 ? 1 : length, to);
		text += length == 0 ? 1 : length;
	}
	fputs("\033[K", to);
	return *text == '\n' ? text + 1 : text;
}

/* All in one write, over what stands there: so nothing flickers. */
static void draw(const struct class *c, struct view *v)
{
	const struct paper paper = page_paper();
	const int rows = paper.rows, width = paper.columns;
	size_t count = count_lines(v->text), seen, shown = 0;
	char last[200];
	const char *line = v->text;
	char *picture = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&picture, &size);

	if (to == NULL)
		return;
	seen = rows > 4 ? (size_t)rows - 3 : 1; /* but for the title, the heads, the last row */
	count -= count > 0;
	v->top = v->top + seen > count ? (count > seen ? count - seen : 0) : v->top;
	fprintf(to, "\033[H");
	draw_line(to, c->roll.w->title, 0, width);
	fputs("\r\n", to);
	line = draw_line(to, line, v->left, width);
	for (size_t i = 0; i < v->top; i++)
		line = strchr(line, '\n') + 1;
	for (; shown < seen && *line != '\0'; shown++) {
		fputs("\r\n", to);
		line = draw_line(to, line, v->left, width);
	}
	fputs("\r\n\033[J", to);
	snprintf(last, sizeof last,
		"%zu to %zu of %zu lines, every %d s; arrows and space move, q ends",
		v->top + (shown > 0), v->top + shown, count, EVERY);
	draw_line(to, last, 0, width);
	fclose(to);
	fwrite(picture, 1, size, stdout);
	fflush(stdout);
	free(picture);
}

/* ---- The whole ---------------------------------------------------------------------------- */

static void look(struct class *c)
{
	forget(c);
	collect(c);
	roll_sort(&c->roll);
}

static void look_again(struct class *c, struct view *v)
{
	char *complaints = NULL;
	size_t size;
	FILE *table;

	c->complaints = open_memstream(&complaints, &size);
	if (c->complaints == NULL)
		return;
	look(c);
	fclose(c->complaints);
	free(v->text);
	v->text = NULL;
	table = open_memstream(&v->text, &size);
	if (table != NULL) {
		roll_table(table, &c->roll);
		fprintf(table, "%s%s", complaints[0] != '\0' ? "\n" : "", complaints);
		fclose(table);
	}
	free(complaints);
}

static void move(struct view *v, enum key key)
{
	enum { SIDEWAYS = 20, PAGE = 10 };
	const size_t up = key == KEY_UP ? 1 : key == KEY_PAGE_UP ? PAGE : 0;

	v->top += key == KEY_DOWN ? 1 : key == KEY_PAGE ? PAGE : 0;
	v->top -= up < v->top ? up : v->top;
	v->left += key == KEY_ON ? SIDEWAYS : key == KEY_BACK ? -SIDEWAYS : 0;
	v->left = v->left < 0 ? 0 : v->left > 400 ? 400 : v->left;
}

/* Until q is pressed. The checks run between the looks at the keyboard. */
static void watch(struct class *c)
{
	struct view v = {.top = 0};
	struct timespec now, looked = {0};
	enum key key = KEY_NOTHING;
	long passed;

	if (!keyboard_begin()) {
		fputs("lab: --watch wants a terminal\n", stderr);
		c->status = 2;
		return;
	}
	while (key != KEY_LEAVE) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		passed = (now.tv_sec - looked.tv_sec) * 1000 +
			 (now.tv_nsec - looked.tv_nsec) / 1000000;
		if (v.text == NULL || passed >= EVERY * 1000L) {
			look_again(c, &v);
			clock_gettime(CLOCK_MONOTONIC, &looked);
			passed = 0;
		}
		if (v.text != NULL)
			draw(c, &v);
		key = keyboard_read((int)(EVERY * 1000L - passed), -1);
		move(&v, key);
	}
	keyboard_end();
	free(v.text);
	c->complaints = stderr;
}

int class_tell(
	const struct worksheet *w, char *const *who, size_t count, const struct class_options *o)
{
	struct class c = {.roll = {.w = w, .of = calloc(STUDENTS, sizeof *c.roll.of)},
		.o = o,
		.complaints = stderr};
	int status;

	if (c.roll.of == NULL)
		return 1;
	for (size_t i = 0; i < count; i++)
		add(&c, who[i]);
	if (o->group != NULL && add_group(&c, o->group) == -1) {
		free(c.roll.of);
		return 2;
	}
	if (o->watch) {
		watch(&c);
	} else {
		look(&c);
		(o->csv ? roll_csv : o->json ? roll_json : roll_table)(stdout, &c.roll);
		fflush(stdout);
	}
	status = c.status;
	forget(&c);
	free(c.roll.of);
	return status;
}
