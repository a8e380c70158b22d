/* pty.c - see pty.h. The order is that of a terminal's life: open, type, read, close. */
#define _XOPEN_SOURCE   700 /* posix_openpt(3) and its family are POSIX's XSI option */
#define _DEFAULT_SOURCE     /* beyond POSIX: TIOCSCTTY and the window's size */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

/* Is there something within so many milliseconds? A signal does not end the wait, it begins anew. */
static bool wait_for(int fd, short what, int milliseconds)
{
	struct pollfd p = {.fd = fd, .events = what};
	int ready;

	do {
		ready = poll(&p, 1, milliseconds);
	} while (ready == -1 && errno == EINTR);
	return ready == 1;
}

static int type_bytes(struct pty *t, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(t->master, bytes, size);
		if (n == -1 && errno == EAGAIN) {
			pty_read(t); /* a full terminal may be waiting for us to read */
			if (!wait_for(t->master, POLLOUT, 5000))
				return -1;
		} else if (n == -1 && errno != EINTR) {
			return -1;
		} else if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* ---- Open --------------------------------------------------------------------------------- */

/* Canonical input as a student's terminal has it, without echo. NOFLSH: ^C must not throw away
 * output that nobody has read yet. */
static int set_modes(int slave)
{
	const struct winsize size = {.ws_row = 50, .ws_col = 200};
	struct termios modes;

	if (tcgetattr(slave, &modes) == -1)
		return -1;
	modes.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
	modes.c_lflag |= ICANON | ISIG | NOFLSH;
	return tcsetattr(slave, TCSANOW, &modes) == -1 ? -1 : ioctl(slave, TIOCSWINSZ, &size);
}

unsigned long long pty_nonce(void)
{
	uint64_t bits = (uint64_t)time(NULL) << 32 ^ (uint64_t)getpid();
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, &bits, sizeof bits) == -1)
			bits ^= (uint64_t)clock();
		close(fd);
	}
	return bits;
}

int pty_take(int slave)
{
	sigset_t none;

	for (int s = 1; s < 32; s++)
		signal(s, SIG_DFL); /* lab may have been started with SIGINT ignored */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setsid() == -1 || ioctl(slave, TIOCSCTTY, 0) == -1)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) == -1)
			return -1;
	return 0;
}

/*
 * The first line that the shell reads. Its prompt is the mark and, of bash, the number of the
 * command (\#), which stands there only once the shell has filled it in: whoever prints $PS1 prints
 * no prompt. Neither is exported. Then the shell forgets that line.
 */
static int tell_mark(struct pty *t)
{
	char line[MARK_SIZE + 80];

	snprintf(line, sizeof line, "PS1='\033]%s\\#\a' PS2=; history -c 2>/dev/null || :\n",
		t->mark);
	return type_bytes(t, line, strlen(line));
}

/* Is the string of an escape sequence the prompt's? */
static bool is_prompt(struct pty *t, const char *string)
{
	const pid_t group = tcgetpgrp(t->master);
	const size_t length = strlen(t->mark);

	if (strncmp(string, t->mark, length) != 0 || (group > 0 && group != t->shell))
		return false;
	string += length;
	if (!t->at_prompt && t->command == NULL && strcmp(string, "\\#") == 0)
		t->plain_mark = true; /* the very first one */
	if (t->plain_mark)
		return strcmp(string, "\\#") == 0;
	return string[0] != '\0' && string[strspn(string, "0123456789")] == '\0';
}

static void set_environment(const char *path)
{
	static const char *const unset[] = {"BASH_ENV", "ENV", "PROMPT_COMMAND", "PS0", "PS1",
		"PS2", "PS4", "CDPATH", "LINES", "COLUMNS", "LANGUAGE", "GREP_OPTIONS",
		"POSIXLY_CORRECT", "IGNOREEOF", "BASHOPTS", "SHELLOPTS", "TMOUT", "MAIL",
		"MAILPATH"};
	const char *old = getenv("PATH");
	char all[8192];

	for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
		unsetenv(unset[i]);
	snprintf(all, sizeof all, "%s:%s:/usr/local/sbin:/usr/sbin:/sbin", path,
		old != NULL ? old : "/usr/local/bin:/usr/bin:/bin");
	setenv("PATH", all, 1);
	setenv("TERM", "dumb", 1);
	setenv("LC_ALL", "C", 1);     /* messages in English, as the worksheets have them */
	setenv("HISTFILE", "", 1);    /* what a lab types is not the user's history */
	setenv("MAILCHECK", "-1", 1); /* nor is his mail news to the lab */
}

/* In the child: a session of its own with the slave as its terminal, then the shell. bash without
 * line editing where there is bash: it does not touch the terminal's modes. */
static void run_shell(const struct pty *t, const char *directory, const char *path)
{
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	if (pty_take(t->slave) == -1)
		_exit(126);
	room_close_others(-1, -1, -1); /* a lab may count its descriptors */
	if (chdir(directory) == -1)
		_exit(126);
	setenv("PWD", directory, 1);
	set_environment(path);
	execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i", (char *)NULL);
	execlp("sh", "sh", "-i", (char *)NULL);
	_exit(127);
}

int pty_pair(int *master, int *slave)
{
	const char *name;

	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master == -1 || fcntl(*master, F_SETFD, FD_CLOEXEC) == -1 ||
		fcntl(*master, F_SETFL, O_NONBLOCK) == -1 || grantpt(*master) == -1 ||
		unlockpt(*master) == -1 || (name = ptsname(*master)) == NULL)
		return -1;
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave == -1 ? -1 : 0;
}

int pty_open(struct pty *t, int number, const char *directory, const char *path)
{
	*t = (struct pty){.number = number,
		.master = -1,
		.slave = -1,
		.watcher = t->watcher,
		.jobs.state = room_state};
	snprintf(t->mark, sizeof t->mark, "133;A;lab=%016llx;", pty_nonce());
	if (pty_pair(&t->master, &t->slave) == 0 && set_modes(t->slave) == 0 && tell_mark(t) == 0 &&
		(t->shell = fork()) != -1) {
		if (t->shell == 0)
			run_shell(t, directory, path);
		return 0;
	}
	pty_close(t);
	return -1;
}

/* ---- Type --------------------------------------------------------------------------------- */

static bool echoes(const struct pty *t)
{
	struct termios modes;

	return tcgetattr(t->slave, &modes) == 0 && (modes.c_lflag & ECHO) != 0;
}

/* Some programs (telnet) switch the echo on: off again, before anything is typed. */
static void echo_off(const struct pty *t)
{
	struct termios modes;

	if (tcgetattr(t->slave, &modes) == 0 && (modes.c_lflag & ECHO) != 0) {
		modes.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(t->slave, TCSANOW, &modes);
	}
}

static void forget_typed(struct pty *t)
{
	for (size_t i = 0; i < t->typed_count; i++)
		free(t->typed[i]);
	t->typed_count = 0;
}

/* What the terminal has taken in and no program has read. Asked for, it takes in what is on its
 * way (poll(2) of a terminal that has nothing else). */
static int unread(const struct pty *t)
{
	int bytes = 0;

	wait_for(t->slave, POLLIN, 0);
	return ioctl(t->slave, FIONREAD, &bytes) == -1 ? -1 : bytes;
}

/* The line of so many bytes is typed, with its echo off: is it known that it will not be shown?
 * It is, if the terminal has taken it in, and the echo is off still; `before` it had so much that
 * was unread. If that was nothing, the line has been taken in, though part of it may be read
 * already: a shell's read takes byte after byte. */
static bool is_without_echo(const struct pty *t, int before, size_t size)
{
	const int after = unread(t);

	return !echoes(t) &&
	       (after == 0 || before == 0 || (before > 0 && after >= before + (int)size));
}

/* Remember what was typed: should the program switch the echo on before the terminal has taken the
 * line in, it will be shown. */
static char *remember_typed(struct pty *t, const char *line)
{
	const size_t length = strlen(line);
	char **typed = realloc(t->typed, (t->typed_count + 1) * sizeof *typed);
	char *copy;

	if (typed == NULL)
		return NULL;
	t->typed = typed;
	copy = malloc(length + 2);
	if (copy == NULL)
		return NULL;
	memcpy(copy, line, length + 1);
	t->typed[t->typed_count++] = copy;
	return copy;
}

int pty_type(struct pty *t, const char *line, bool in_one_go)
{
	const size_t length = strlen(line);
	char *bytes;
	int result, before;

	echo_off(t);
	if (t->at_prompt) {
		free(t->command);
		t->command = strdup(line);
		jobs_command(&t->jobs, line);
	}
	if (t->watcher != NULL)
		t->watcher(t, line, true);
	t->break_due =
		t->break_due && !t->at_prompt; /* a program's may still come: telnet's, after ^] */
	t->at_prompt = t->open = false;
	if (!in_one_go)
		forget_typed(t);
	bytes = remember_typed(t, line);
	if (bytes == NULL)
		return -1;
	/* One write: the terminal takes it whole, and echoes all of it or nothing. */
	before = unread(t);
	bytes[length] = '\n';
	result = type_bytes(t, bytes, length + 1);
	bytes[length] = '\0';
	if (is_without_echo(t, before, length + 1))
		free(t->typed[--t->typed_count]);
	return result;
}

int pty_key(struct pty *t, char key)
{
	const char name[] = {'^', (char)(key | 0x40), '\0'};

	echo_off(t);
	if (t->watcher != NULL)
		t->watcher(t, name, true);
	/* At the prompt, a shell answers ^C with a new prompt, and to ^Z and ^\ it does not
	 * listen. */
	t->at_prompt = t->at_prompt && key != ('C' & 0x1f) && key != ('D' & 0x1f);
	t->open = false;
	t->break_due = true;
	if (key == ('Z' & 0x1f))
		jobs_stop(&t->jobs);
	return type_bytes(t, &key, 1);
}

/* The shell of a terminal hands it to the programs that it starts (tcsetpgrp, POSIX); but its child
 * has it a moment before it has become that program, and still treats ^C as a shell does. */
enum foreground pty_foreground(struct pty *t)
{
	const pid_t group = tcgetpgrp(t->master);
	const int known = group > 0 && group != t->shell ? room_foreground(t->shell) : 0;
	struct termios modes = {0};
	bool same;

	tcgetattr(t->slave, &modes);
	same = t->modes[0] == modes.c_iflag && t->modes[1] == modes.c_lflag;
	t->modes[0] = modes.c_iflag;
	t->modes[1] = modes.c_lflag;
	return known == 0 ? SHELL : known != 1 && same ? WAITS : RUNS;
}

bool pty_has_jobs(const struct pty *t)
{
	return room_others(t->shell, t->slave) > 0;
}

/* ---- Read --------------------------------------------------------------------------------- */

/* What a line takes besides its text, more or less. */
enum { LINE_COST = 64 };

/* Is the line that is complete now the echo of the oldest line typed that has not been echoed? Only
 * where the echo is on, switched on behind our back: else the program has shown it. */
static bool is_echo(struct pty *t)
{
	const char *line = t->screen.text;

	if (t->typed_count == 0 || !echoes(t) || strlen(t->typed[0]) != t->screen.length ||
		memcmp(t->typed[0], line, t->screen.length) != 0)
		return false;
	free(t->typed[0]);
	memmove(t->typed, t->typed + 1, --t->typed_count * sizeof *t->typed);
	return true;
}

static void add_line(struct pty *t)
{
	/* The room for lines is doubled whenever their number is a power of two. */
	const bool grow = (t->count & (t->count - 1)) == 0;
	struct line *lines =
		grow ? realloc(t->lines, (2 * t->count + 1) * sizeof *lines) : t->lines;
	char *text = strndup(t->screen.text, t->screen.length);
	struct line *line;

	if (lines == NULL || text == NULL) {
		fputs("lab: no memory left\n", stderr);
		_exit(1);
	}
	t->lines = lines;
	line = &t->lines[t->count++];
	line->text = text;
	line->stamp = t->stamp;
	t->bytes += strlen(text) + LINE_COST;
	line->soft = jobs_remark(&t->jobs, line->text);
	if (t->jobs.set_off && t->count > 1 && line[-1].text[0] == '\0')
		line[-1].soft = true; /* the empty line that sets the remark off */
	if (t->break_due && line->text[0] == '\0') {
		line->soft = true;
		t->break_due = false;
	}
	if (t->watcher != NULL)
		t->watcher(t, line->text, false);
	screen_clear(&t->screen);
}

static void feed(struct pty *t, char byte)
{
	switch (screen_feed(&t->screen, byte)) {
	case '\n':
		if (is_echo(t))
			screen_clear(&t->screen);
		else
			add_line(t);
		break;
	case '\a':
		if (!is_prompt(t, t->screen.string))
			break;
		if (t->screen.length > 0)
			add_line(t); /* the program's last line had no end */
		t->at_prompt = true;
		break;
	}
}

/* What is there, but not for ever: a program may write faster than we read. */
static bool read_some(struct pty *t)
{
	char bytes[4096];
	bool any = false;
	ssize_t n;

	for (int i = 0; i < 32 && !pty_is_full(t); i++) {
		n = read(t->master, bytes, sizeof bytes);
		for (ssize_t k = 0; k < n; k++)
			feed(t, bytes[k]);
		if (n <= 0)
			break;
		any = true;
	}
	return any;
}

bool pty_is_full(const struct pty *t)
{
	return t->bytes > BYTES_MAX;
}

bool pty_is_speaking(const struct pty *t)
{
	return t->jobs.exist != 0 && !t->at_prompt && !t->gone && t->count > 0 &&
	       t->lines[t->count - 1].text[0] == '\0';
}

bool pty_read(struct pty *t)
{
	/* Also when the shell has gone: whoever is still there may write. */
	bool any = read_some(t);

	/* We hold the slave, so there is no end of file: ask whether the shell has ended, and then
	 * read on until nothing comes, since its last words may still be on their way. */
	if (!t->gone && !any && waitpid(t->shell, NULL, WNOHANG) == t->shell) {
		while (wait_for(t->master, POLLIN, 50) && read_some(t))
			;
		if (t->screen.length > 0)
			add_line(t);
		t->gone = any = true;
	}
	return any;
}

void pty_drop(struct pty *t, size_t count)
{
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		t->bytes -= strlen(t->lines[i].text) + LINE_COST;
		free(t->lines[i].text);
	}
	t->count -= count;
	memmove(t->lines, t->lines + count, t->count * sizeof *t->lines);
}

/* ---- Close -------------------------------------------------------------------------------- */

void pty_close(struct pty *t)
{
	if (t->shell > 0 && !t->gone) {
		const pid_t group = tcgetpgrp(t->master);
		if (group > 0 && group != t->shell)
			kill(-group, SIGKILL);
		kill(-t->shell, SIGHUP);
		kill(t->shell, SIGKILL);
		/* Until it is waited for, the room's process namespace cannot end. */
		while (waitpid(t->shell, NULL, 0) == -1 && errno == EINTR)
			;
		t->gone = true;
	}
	if (t->slave != -1)
		close(t->slave);
	if (t->master != -1)
		close(t->master);
	pty_drop(t, t->count);
	free(t->lines);
	free(t->command);
	forget_typed(t);
	free(t->typed);
	t->lines = NULL;
	t->typed = NULL;
	t->command = NULL;
	t->master = t->slave = -1;
}
