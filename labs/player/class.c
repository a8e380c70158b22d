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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cast.h"
#include "json.h"
#include "screen.h"

/* Students; checks at once; bytes of one check; seconds for one, and between two looks. */
enum { STUDENTS = 1000, AT_ONCE = 8, TEXT_MAX = 4 << 20, PATIENCE = 20, EVERY = 2 };

enum need { STUCK, UNDER_WAY, NOT_BEGUN_YET, FINISHED };

struct student {
	const char *who; /* a file, or an account */
	bool is_account;
	pid_t pid;          /* its check runs; or 0 */
	int from;           /* what that says */
	char *text;         /* all it has said, or the file's */
	struct json *check; /* the same, read; NULL if there is none */
	enum need need;
	const struct json *step; /* the first that is not done; or NULL */
};

struct class
{
	const struct worksheet *w;
	const struct class_options *o;
	struct student *of;
	size_t count;
	int status;
};

static void complain(struct class *c, const char *who, const char *why)
{
	fputs("lab: ", stderr);
	screen_print(stderr, who);
	fputs(": ", stderr);
	screen_print(stderr, why);
	fputc('\n', stderr);
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
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->of[i].who, who) == 0)
			return;
	if (c->count == STUDENTS)
		return;
	c->of[c->count++] = (struct student){.who = who, .is_account = !is_file(who), .from = -1};
}

/* Those who are named as members, and those whose own group it is. */
static int add_group(struct class *c, const char *name)
{
	const struct group *group = getgrnam(name);
	const struct passwd *user;

	if (group == NULL) {
		fputs("lab: no group ", stderr);
		screen_print(stderr, name);
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
	if (c->count > 0)
		return 0;
	fprintf(stderr, "lab: the group %s has no members\n", name);
	return -1;
}

/* ---- What is known of each ---------------------------------------------------------------- */

/* Read until the end, or until patience does. Returns false with errno. */
static bool read_text(struct student *s, int fd)
{
	const time_t end = time(NULL) + PATIENCE;
	size_t size = 0;
	ssize_t n = 1;

	s->text = calloc(1, TEXT_MAX + 1);
	while (s->text != NULL && n > 0 && size < TEXT_MAX) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		const time_t left = end - time(NULL);
		if (left <= 0 || poll(&ready, 1, (int)left * 1000) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		n = read(fd, s->text + size, TEXT_MAX - size);
		if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
			n = 1;
			continue;
		}
		size += n > 0 ? (size_t)n : 0;
	}
	if (s->text != NULL)
		s->text = realloc(s->text, size + 1);
	return s->text != NULL && n == 0;
}

static void run_check(const struct class *c, const struct passwd *user)
{
	char lab[4096];

	snprintf(lab, sizeof lab, "%s/lab", c->o->bin);
	if (user->pw_uid == geteuid())
		execl(lab, lab, "check", "--json", c->w->call, (char *)NULL);
	else
		execlp("sudo", "sudo", "-n", "-H", "-u", user->pw_name, "--", lab, "check",
			"--json", c->w->call, (char *)NULL);
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
	s->from = ends[0];
	if (s->pid == -1)
		complain(c, s->who, strerror(errno));
}

static void end_check(struct class *c, struct student *s)
{
	if (s->from == -1)
		return;
	if (s->pid > 0 && !read_text(s, s->from)) {
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

static void read_file(struct class *c, struct student *s)
{
	const int fd = open(s->who, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 || !read_text(s, fd)) {
		complain(c, s->who, strerror(errno));
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
	if (strcmp(json_text(json_get(s->check, "lab")), c->w->name) != 0) {
		snprintf(why, sizeof why, "of another lab, %.100s",
			json_text(json_get(s->check, "lab")));
		return why;
	}
	for (const struct json *step = steps->first; step != NULL; step = step->next)
		count++;
	return count == c->w->count ? NULL : "of another version of this worksheet";
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

	for (size_t i = 0; i < c->count; i++)
		if (!c->of[i].is_account)
			read_file(c, &c->of[i]);
	for (size_t i = 0, ended = 0; ended < c->count; ended++) {
		for (; i < c->count && accounts < AT_ONCE; i++) {
			if (!c->of[i].is_account)
				continue;
			start_check(c, &c->of[i]);
			accounts++;
		}
		end_check(c, &c->of[ended]);
		accounts -= c->of[ended].is_account;
	}
	for (size_t i = 0; i < c->count; i++)
		understand(c, &c->of[i]);
}

static void forget(struct class *c)
{
	for (size_t i = 0; i < c->count; i++) {
		json_free(c->of[i].check);
		free(c->of[i].text);
		c->of[i] = (struct student){
			.who = c->of[i].who, .is_account = !is_file(c->of[i].who), .from = -1};
	}
	c->status = 0;
}

static const char *name_of(const struct student *s)
{
	const char *user = json_text(json_get(s->check, "user"));

	return user[0] != '\0' ? user : s->who;
}

static const char *last_of(const struct student *s)
{
	return json_text(json_get(s->check, "last"));
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

/* ---- Told --------------------------------------------------------------------------------- */

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

/* How wide screen_print() makes it: a UTF-8 character is one column, what it escapes is four. */
static int width_of(const char *text)
{
	char *shown = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&shown, &size);
	int width = 0;

	if (to == NULL)
		return 0;
	screen_print(to, text);
	fclose(to);
	for (size_t i = 0; i < size; i++)
		width += ((unsigned char)shown[i] & 0xc0) != 0x80;
	free(shown);
	return width;
}

static void print_padded(const char *text, int width)
{
	screen_print(stdout, text);
	printf("%*s", width > width_of(text) ? width - width_of(text) : 0, "");
}

static int widest(const struct class *c, const char *(*what)(const struct student *s), int width)
{
	for (size_t i = 0; i < c->count; i++) {
		const int here = c->of[i].text == NULL ? 0 : width_of(what(&c->of[i]));
		width = here > width ? here : width;
	}
	return width;
}

static void tell_table(const struct class *c)
{
	const int name = widest(c, name_of, 7), title = widest(c, title_of, 7),
		  cause = widest(c, cause_of, 5);

	printf("%-*s  steps    at     %-*s  step  %-*s  why\n", name, "student", title, "section",
		cause, "cause");
	for (size_t i = 0; i < c->count; i++) {
		const struct student *s = &c->of[i];
		const long step = json_number(json_get(s->step, "step"));
		if (s->text == NULL)
			continue;
		print_padded(name_of(s), name);
		printf("  %2ld/%-3ld  %5.5s  ", json_number(json_get(s->check, "done")),
			s->check == NULL ? (long)c->w->count
					 : json_number(json_get(s->check, "of")),
			strlen(last_of(s)) > 16 ? last_of(s) + 11 : "-");
		print_padded(title_of(s), title);
		if (step > 0 && s->need != FINISHED)
			printf("  %4ld  ", step);
		else
			printf("  %4s  ", "-");
		print_padded(cause_of(s), cause);
		fputs("  ", stdout);
		screen_print(stdout, why_of(s));
		putchar('\n');
	}
}

/* Are two stuck alike: at one step, for one cause, by the same thing typed? */
static bool alike(const struct student *a, const struct student *b)
{
	const struct json *of_a = json_get(a->step, "blamed"), *of_b = json_get(b->step, "blamed");

	return b->text != NULL && b->need == STUCK &&
	       json_number(json_get(a->step, "step")) == json_number(json_get(b->step, "step")) &&
	       strcmp(cause_of(a), cause_of(b)) == 0 &&
	       strcmp(json_text(json_get(of_a, "typed")), json_text(json_get(of_b, "typed"))) == 0;
}

static size_t how_many_like(const struct class *c, size_t i)
{
	size_t count = 0;

	if (c->of[i].text == NULL || c->of[i].need != STUCK)
		return 0;
	for (size_t k = 0; k < c->count; k++) {
		if (!alike(&c->of[i], &c->of[k]))
			continue;
		if (k < i)
			return 0; /* told with that one */
		count++;
	}
	return count;
}

static size_t how_many(const struct class *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		count += c->of[i].text != NULL;
	return count;
}

/* The places where several are stuck alike, the most crowded first. */
static void tell_places(const struct class *c)
{
	size_t most = 0, next;

	for (size_t i = 0; i < c->count; i++)
		most = how_many_like(c, i) > most ? how_many_like(c, i) : most;
	if (most > 1)
		putchar('\n');
	for (; most > 1; most = next) {
		next = 0;
		for (size_t i = 0; i < c->count; i++) {
			const size_t here = how_many_like(c, i);
			next = here < most && here > next ? here : next;
			if (here != most)
				continue;
			printf("%zu of %zu: ", here, how_many(c));
			screen_print(stdout, title_of(&c->of[i]));
			printf(", step %ld: ", json_number(json_get(c->of[i].step, "step")));
			screen_print(stdout, why_of(&c->of[i])[0] != '\0' ? why_of(&c->of[i])
									  : cause_of(&c->of[i]));
			putchar('\n');
		}
	}
}

/* ---- For scripts -------------------------------------------------------------------------- */

static void csv_field(const char *text, const char *end)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar((unsigned char)*text < ' ' ? ' ' : *text);
	}
	printf("\"%s", end);
}

static void tell_csv(const struct class *c)
{
	puts("student,done,of,last,section,step,terminal,cause,why");
	for (size_t i = 0; i < c->count; i++) {
		const struct student *s = &c->of[i];
		if (s->text == NULL)
			continue;
		csv_field(name_of(s), ",");
		printf("%ld,%zu,", json_number(json_get(s->check, "done")),
			s->check == NULL ? c->w->count
					 : (size_t)json_number(json_get(s->check, "of")));
		csv_field(last_of(s), ",");
		csv_field(title_of(s), ",");
		printf("%ld,", s->need == FINISHED ? 0 : json_number(json_get(s->step, "step")));
		csv_field(s->need == FINISHED ? "" : json_text(json_get(s->step, "terminal")), ",");
		csv_field(cause_of(s), ",");
		csv_field(why_of(s), "\n");
	}
}

static void json_field(const char *key, const char *text, const char *end)
{
	printf("\"%s\": \"", key);
	cast_text(stdout, text, strlen(text), true);
	printf("\"%s", end);
}

static void tell_json(const struct class *c)
{
	static const char *const needs[] = {"stuck", "under way", "not begun", "done"};
	const char *comma = "";

	putchar('[');
	for (size_t i = 0; i < c->count; i++) {
		const struct student *s = &c->of[i];
		if (s->text == NULL)
			continue;
		printf("%s\n {", comma);
		comma = ",";
		json_field("student", name_of(s), ", ");
		json_field("is", needs[s->need], ", ");
		printf("\"done\": %ld, \"of\": %zu, ", json_number(json_get(s->check, "done")),
			s->check == NULL ? c->w->count
					 : (size_t)json_number(json_get(s->check, "of")));
		json_field("last", last_of(s), ", ");
		json_field("section", title_of(s), ", ");
		printf("\"step\": %ld, ",
			s->need == FINISHED ? 0 : json_number(json_get(s->step, "step")));
		json_field("cause", cause_of(s), ", ");
		json_field("why", why_of(s), "}");
	}
	puts("\n]");
}

/* ---- The whole ---------------------------------------------------------------------------- */

static void tell(const struct class *c)
{
	if (c->o->csv) {
		tell_csv(c);
	} else if (c->o->json) {
		tell_json(c);
	} else {
		tell_table(c);
		tell_places(c);
	}
	fflush(stdout);
}

static void look(struct class *c)
{
	forget(c);
	collect(c);
	qsort(c->of, c->count, sizeof *c->of, compare_students);
	if (c->o->watch)
		printf("\033[H\033[2J%s, every %d seconds; ^C ends it\n\n", c->w->title, EVERY);
	tell(c);
}

int class_tell(
	const struct worksheet *w, char *const *who, size_t count, const struct class_options *o)
{
	struct class c = {.w = w, .o = o, .of = calloc(STUDENTS, sizeof *c.of)};
	int status;

	if (c.of == NULL)
		return 1;
	for (size_t i = 0; i < count; i++)
		add(&c, who[i]);
	if (o->group != NULL && add_group(&c, o->group) == -1) {
		free(c.of);
		return 2;
	}
	look(&c);
	while (o->watch) {
		poll(NULL, 0, EVERY * 1000);
		look(&c);
	}
	status = c.status;
	forget(&c);
	free(c.of);
	return status;
}
