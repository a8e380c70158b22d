/* run.c - see run.h. The conductor first, then what each player does, then what is printed. */
#define _XOPEN_SOURCE 700 /* nftw(3) is POSIX's XSI option */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"
#include "play.h"
#include "ports.h"
#include "projector.h"
#include "pty.h"
#include "room.h"
#include "tools.h"

/* One worksheet's player, as the conductor sees it. */
struct player {
	pid_t pid;
	int from; /* its reports; -1: not started or finished */
	int step; /* the step that it plays now */
	bool done;
	char directory[4096];
	bool kept; /* the directory stays, by the user's wish */
	struct result result;
};

/* What a player reports: a step begins, or (step 0) the result. */
struct progress {
	int step;
	struct result result;
};

static volatile sig_atomic_t broken_off;

static void break_off(int signal_number)
{
	broken_off = signal_number;
}

/* ---- A player ----------------------------------------------------------------------------- */

static int report_to = -1;

static void report(int step, const struct result *result)
{
	struct progress progress = {.step = step};
	const char *bytes = (const char *)&progress;
	size_t left = sizeof progress;

	if (result != NULL)
		progress.result = *result;
	while (left > 0) {
		ssize_t n = write(report_to, bytes, left);
		if (n == -1 && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
}

static bool report_step(const struct worksheet *w, const struct step *s)
{
	(void)w;
	report(s->number, NULL);
	return true;
}

/* The transcripts of a play that is kept: T1.txt and so on, beside what its terminals have made. */
static FILE *transcripts[TERMINALS_MAX + 1];
static const char *transcripts_in;

static void keep_line(const struct pty *t, const char *line, bool typed)
{
	FILE **to = &transcripts[t->number];
	char path[4096 + 16];

	snprintf(path, sizeof path, "%s/T%d.txt", transcripts_in, t->number);
	if (*to == NULL && (*to = fopen(path, "we")) == NULL)
		return;
	fprintf(*to, "%s%s\n", typed ? "> " : "", line);
	fflush(*to);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void remove_tree(const char *path)
{
	if (path[0] != '\0')
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Why the worksheet is not played here: true and result->text, or result->outcome STOPPED. */
static bool is_left_out(const struct worksheet *w, const char *bin, const struct setup *setup,
	const struct room *room, struct result *result)
{
	int ports = 0;

	if (w->patient == w->count && !setup->patient)
		snprintf(result->text, sizeof result->text,
			"it waits for minutes: lab run --patient plays it");
	else if (tools_missing(w, bin, room, result->text, sizeof result->text) == 0 &&
		 room == NULL)
		ports = ports_wait(w, setup->lifeline, result->text, sizeof result->text);
	if (ports == 1)
		result->outcome = STOPPED;
	return ports == 1 || result->text[0] != '\0';
}

/* How long to wait for a promise: as it was said on the command line, or as suits the machine. The
 * worksheets' own tools wait as long (two-hosts). */
static void set_patience(struct setup *setup, const struct run_options *o)
{
	char seconds[16];
	double patience;

	setup->adapts = o->timeout <= 0;
	setup->timeout = setup->adapts ? USUAL_TIMEOUT : o->timeout;
	patience = setup->adapts ? USUAL_TIMEOUT * pace_slowest() : o->timeout;
	snprintf(seconds, sizeof seconds, "%d",
		patience < USUAL_TIMEOUT ? USUAL_TIMEOUT : (int)patience);
	setenv("TCP_LABS_PATIENCE", seconds, 1);
}

/* A play in a room of its own. */
static void play_in_room(
	const struct worksheet *w, const char *bin, struct setup *setup, struct result *result)
{
	struct room room;
	struct refusal refusal;

	*result = (struct result){.outcome = SKIPPED};
	room_adopt_orphans();
	room_take_short_turns();
	setup->has_room = room_open(&room, -1, &refusal) == 0;
	if (setup->has_room && room_join(&room) == -1) {
		room_close(&room);
		setup->has_room = false;
	}
	if (!is_left_out(w, bin, setup, setup->has_room ? &room : NULL, result))
		play(w, setup, result);
	room_close(&room);
	room_sweep(); /* all are gone already, if the room had processes of its own */
}

/* The whole life of a player: its play, its report. */
static void perform(
	const struct worksheet *w, const struct run_options *o, const char *directory, int lifeline)
{
	struct setup setup = {.directory = directory,
		.path = o->bin,
		.patient = o->patient,
		.slowness = o->slowness,
		.lifeline = lifeline,
		.before = report_step};
	struct result result;

	set_patience(&setup, o);
	if (o->keep != NULL) {
		setup.watcher = keep_line;
		transcripts_in = directory;
	}
	if (o->step) {
		setup.before = projector_before;
		setup.watcher = projector_line;
		projector_begin(w, lifeline);
	}
	play_in_room(w, o->bin, &setup, &result);
	if (o->step && result.outcome == PASSED)
		projector_before(w, NULL);
	if (o->step)
		projector_end();
	if (o->keep == NULL)
		remove_tree(directory); /* the conductor may be gone */
	report(0, &result);
	_exit(0);
}

/* ---- The conductor ------------------------------------------------------------------------ */

/* Returns 0, or -1 with errno; then `path` is the folder in which it could not be made. */
static int make_directory(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int error;

	/* A room has a /run of its own. */
	if (tmp == NULL || tmp[0] != '/' || strncmp(tmp, "/run/", 5) == 0)
		tmp = "/tmp";
	snprintf(path, size, "%s/tcp-labs-XXXXXX", tmp);
	if (mkdtemp(path) != NULL)
		return 0;
	error = errno;
	snprintf(path, size, "%s", tmp);
	errno = error;
	return -1;
}

/* Where a play's files stay: DIR/NAME, which must be new. Returns 0, or -1 with errno. */
static int make_kept(char *path, size_t size, const char *keep, const char *name)
{
	char *whole;

	if (mkdir(keep, 0777) == -1 && errno != EEXIST) {
		snprintf(path, size, "%s", keep);
		return -1;
	}
	whole = realpath(keep, NULL); /* terminals have a folder of their own */
	snprintf(path, size, "%s/%s", whole == NULL ? keep : whole, name);
	free(whole);
	return mkdir(path, 0777);
}

static int start(
	struct player *p, const struct worksheet *w, const struct run_options *o, int lifeline[2])
{
	int reports[2];

	p->kept = o->keep != NULL;
	if ((p->kept ? make_kept(p->directory, sizeof p->directory, o->keep, w->name)
		     : make_directory(p->directory, sizeof p->directory)) == -1) {
		fprintf(stderr, "lab: make a folder in %s: %s\n", p->directory, strerror(errno));
		p->directory[0] = '\0';
		return -1;
	}
	if (pipe(reports) == -1 || (p->pid = fork()) == -1) {
		fprintf(stderr, "lab: start a player: %s\n", strerror(errno));
		return -1;
	}
	if (p->pid == 0) {
		close(reports[0]);
		close(lifeline[1]); /* or it would hold its own lifeline */
		fcntl(reports[1], F_SETFD, FD_CLOEXEC);
		fcntl(lifeline[0], F_SETFD, FD_CLOEXEC);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_IGN);
		signal(SIGPIPE, SIG_IGN);
		report_to = reports[1];
		perform(w, o, p->directory, lifeline[0]);
	}
	close(reports[1]);
	fcntl(reports[0], F_SETFD, FD_CLOEXEC);
	p->from = reports[0];
	return 0;
}

/* A player's next report; its end without a result is a failure of its own. */
static void hear(struct player *p)
{
	struct progress progress;
	char *bytes = (char *)&progress;
	size_t have = 0;
	ssize_t n = 1;
	int status = 0;

	while (have < sizeof progress) {
		n = read(p->from, bytes + have, sizeof progress - have);
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	if (have == sizeof progress && progress.step > 0) {
		p->step = progress.step;
		return;
	}
	close(p->from);
	p->from = -1;
	while (waitpid(p->pid, &status, 0) == -1 && errno == EINTR)
		;
	p->result = progress.result;
	if (have < sizeof progress) {
		p->result = (struct result){.outcome = FAILED};
		snprintf(p->result.text, sizeof p->result.text,
			"lab: the player itself was ended by %s %d",
			WIFSIGNALED(status) ? "signal" : "exit",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	if (!p->kept)
		remove_tree(p->directory);
	p->done = true;
}

/* ---- What is printed ---------------------------------------------------------------------- */

static bool live; /* stdout is a terminal: a line of progress may come and go */

static const char *colour(const char *code)
{
	return live && getenv("NO_COLOR") == NULL ? code : "";
}

static void clear_progress(void)
{
	if (live)
		fputs("\r\033[K", stdout);
}

static void show_progress(const struct player *players, const struct worksheet *w, size_t count)
{
	char line[80] = "";
	size_t at = 0;

	if (!live)
		return;
	for (size_t i = 0; i < count && at < sizeof line - 28; i++)
		if (players[i].from != -1)
			at += (size_t)snprintf(line + at, sizeof line - at, "%s%.14s %d/%zu",
				at > 0 ? ", " : "", w[i].name, players[i].step, w[i].count);
	clear_progress();
	fputs(line, stdout);
	fflush(stdout);
}

static void print_result(const struct worksheet *w, const struct result *r)
{
	static const char *const word[] = {"ok", "FAIL", "skip", "stop"};
	static const char *const codes[] = {"\033[32m", "\033[31m", "\033[33m", "\033[33m"};

	clear_progress();
	printf("%s%-4s%s  %-32s", colour(codes[r->outcome]), word[r->outcome], colour("\033[0m"),
		w->name);
	if (r->outcome == SKIPPED) {
		printf(" %s\n", r->text);
	} else if (r->outcome == STOPPED) {
		printf(" broken off at step %d\n", r->steps + 1);
	} else {
		printf(" %3d of %zu steps  %5.1f s", r->steps, w->count - (size_t)r->patient,
			r->seconds);
		if (r->patient > 0)
			printf(", %d patient left out", r->patient);
		if (r->left_out > 0)
			printf(", %d left out: no private room", r->left_out);
		putchar('\n');
		screen_print(stdout, r->text);
		if (r->text[0] != '\0' && r->text[strlen(r->text) - 1] != '\n')
			putchar('\n');
	}
	fflush(stdout);
}

/* How many were left out, whole or in part, because there is no room? */
static int count_without_room(const struct player *players, size_t count)
{
	int without = 0;

	for (size_t i = 0; i < count; i++)
		without += players[i].result.left_out > 0 ||
			   (players[i].done && players[i].result.outcome == SKIPPED &&
				   (strcmp(players[i].result.text, TOOLS_NO_ROOM) == 0 ||
					   strcmp(players[i].result.text, TOOLS_NO_CAPTURE) == 0));
	return without;
}

/* The exit status: a run in which nothing was played has proved nothing. */
static int status_of(const int sums[4])
{
	if (sums[FAILED] > 0 || sums[STOPPED] > 0 || broken_off)
		return 1;
	return sums[PASSED] == 0 && sums[SKIPPED] > 0 ? 3 : 0;
}

static int print_sum(const struct player *players, size_t count)
{
	int sums[4] = {0}, status;
	const int without = count_without_room(players, count);

	for (size_t i = 0; i < count; i++)
		sums[players[i].done ? players[i].result.outcome : STOPPED]++;
	status = status_of(sums);
	clear_progress();
	if (broken_off || sums[STOPPED] > 0)
		fprintf(stderr, "lab: broken off: %d not played to the end\n", sums[STOPPED]);
	if (without > 0)
		fprintf(stderr,
			"lab: %d left out, whole or in part, for want of a private room; `lab doctor` says what to do\n",
			without);
	if (status == 3)
		fprintf(stderr, "lab: nothing was played\n");
	printf("%d passed, %d failed, %d skipped\n", sums[PASSED], sums[FAILED], sums[SKIPPED]);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "lab: write the results: %s\n", strerror(errno));
		return 1;
	}
	return status;
}

/* Lines, each with the same words before it. */
static void print_lines(FILE *to, const char *before, const char *lines)
{
	for (size_t length; *lines != '\0'; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		fprintf(to, "%s%.*s\n", before, (int)length, lines);
	}
}

/* May another lab begin? A lab mostly waits, so there may be more than processors, on a slow machine
 * fewer. How slow it is depends on what it does, the labs that run included, and most of their work
 * is at their beginning: so that is measured before each of them, and while none may begin now and
 * then. */
static bool may_begin(int jobs, size_t running, bool after_another)
{
	enum { USUAL_JOBS = 24 };
	double pace;

	if (jobs > 0)
		return running < (size_t)jobs;
	pace = pace_now(after_another ? 0 : 0.2);
	return running < (pace < 2 ? USUAL_JOBS : pace < 4 ? USUAL_JOBS / 2 : USUAL_JOBS / 4);
}

/* How many seconds the worksheet asks for, more or less: what says how long it may take. */
static double seconds_asked(const struct worksheet *w, bool patient)
{
	double sum = 0;

	for (size_t i = 0; i < w->count; i++)
		if (patient || !w->steps[i].patient_section)
			sum += w->steps[i].within + 0.1;
	return sum;
}

/* In which order they start: where several are played at once, those that wait longest first, so
 * that the last to end has not begun last. (By insertion: there are few.) */
static void set_order(const struct worksheet *worksheets, size_t count, bool at_once, bool patient,
	size_t order[])
{
	for (size_t i = 0, j; i < count; i++) {
		for (j = i; j > 0 && at_once &&
			    seconds_asked(&worksheets[order[j - 1]], patient) <
				    seconds_asked(&worksheets[i], patient);
			j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

/* How many at once; 0: as many as suits. Without a room the labs share the machine's loopback, its
 * ports and its sysctls: one at a time. */
static int jobs_for(const struct run_options *o)
{
	struct room room;
	struct refusal refusal;

	if (room_open(&room, -1, &refusal) == 0) {
		room_close(&room);
		return o->step ? 1 : o->jobs;
	}
	fprintf(stderr, "lab: no private room: %s\n", refusal.why);
	print_lines(stderr, "lab:   to have one: ", refusal.remedy);
	fputs("lab: going on with this machine's own loopback, one lab at a time\n", stderr);
	return 1;
}

/* ---- Run ---------------------------------------------------------------------------------- */

static size_t count_running(const struct player *players, size_t count)
{
	size_t running = 0;

	for (size_t i = 0; i < count; i++)
		running += players[i].from != -1;
	return running;
}

/* Wait for reports of the players that run, or for a signal. */
static void listen_to(struct player *players, size_t count)
{
	struct pollfd fds[count];
	struct player *who[count];
	nfds_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (players[i].from == -1)
			continue;
		who[n] = &players[i];
		fds[n++] = (struct pollfd){.fd = players[i].from, .events = POLLIN};
	}
	if (poll(fds, n, 500) > 0)
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents != 0)
				hear(who[i]);
}

/* A signal breaks the run off: every player gives up, tidies up and reports. */
void run_heed_signals(void)
{
	struct sigaction action = {.sa_handler = break_off};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &action, NULL); /* nobody reads the results any more */
}

bool run_broken_off(void)
{
	return broken_off != 0;
}

int run(const struct worksheet *worksheets, size_t count, const struct run_options *o)
{
	struct player *players = calloc(count, sizeof *players);
	size_t order[count], next = 0, printed = 0;
	const int jobs = jobs_for(o);
	bool after_another = false;
	int lifeline[2], status;

	if (players == NULL || pipe(lifeline) == -1) {
		fprintf(stderr, "lab: start: %s\n", strerror(errno));
		free(players);
		return 1;
	}
	fcntl(lifeline[1], F_SETFD, FD_CLOEXEC);
	run_heed_signals();
	room_adopt_orphans(); /* of a player that was killed */
	live = isatty(STDOUT_FILENO) && !o->step;
	for (size_t i = 0; i < count; i++)
		players[i].from = -1;
	set_order(worksheets, count, jobs != 1, o->patient, order);
	if (o->timeout <= 0 || jobs <= 0)
		pace_begin();
	while ((next < count && !broken_off) || count_running(players, count) > 0) {
		for (; next < count && !broken_off &&
			may_begin(jobs, count_running(players, count), after_another);
			after_another = true, next++)
			if (start(&players[order[next]], &worksheets[order[next]], o, lifeline) ==
				-1) {
				broken_off = 1;
				break;
			}
		after_another = false;
		if (o->timeout <= 0)
			pace_now(1); /* the players wait as long as suits it */
		if (broken_off && lifeline[1] != -1) {
			close(lifeline[1]);
			lifeline[1] = -1;
		}
		show_progress(players, worksheets, count);
		listen_to(players, count);
		for (; printed < count && players[printed].done; printed++)
			print_result(&worksheets[printed], &players[printed].result);
	}
	status = print_sum(players, count);
	for (size_t i = 0; i < count; i++)
		if (!players[i].done && !players[i].kept)
			remove_tree(players[i].directory);
	close(lifeline[0]);
	if (lifeline[1] != -1)
		close(lifeline[1]);
	room_sweep();
	free(players);
	return status;
}

void run_amending(const struct worksheet *w, const struct run_options *o, const struct setup *mend,
	struct result *result)
{
	char directory[4096];
	struct setup setup = *mend;

	setup.directory = directory;
	setup.path = o->bin;
	if (o->timeout <= 0)
		pace_begin();
	set_patience(&setup, o);
	setup.patient = o->patient;
	*result = (struct result){.outcome = FAILED};
	if (make_directory(directory, sizeof directory) == -1) {
		snprintf(result->text, sizeof result->text, "make a folder in %.4000s: %s\n",
			directory, strerror(errno));
		return;
	}
	play_in_room(w, o->bin, &setup, result);
	remove_tree(directory);
}
