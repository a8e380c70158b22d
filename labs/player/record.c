/*
 * record.c - see record.h.
 *
 *     the person's terminal  <->  this process  <->  a pseudo-terminal  <->  his shell, in the room
 *
 * Bytes pass both ways unharmed and are written down. The shell tells when it shows its prompt and
 * which command it starts by marks that are taken out again on the way: ESC ] 7791 ; nonce ; ...
 * BEL. However this process ends, nothing of it is left: see stand_between().
 */
#define _XOPEN_SOURCE   700 /* openat and its kind */
#define _DEFAULT_SOURCE     /* beyond POSIX: TIOCSCTTY, and the window's size */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cast.h"
#include "page.h"
#include "pty.h"
#include "room.h"
#include "state.h"

struct record {
	const struct worksheet *w;
	int number;
	const char *bin;
	struct state state;
	struct cast cast;
	char nonce[24];
	char rc[PATH_SIZE]; /* the folder of what the shell reads when it starts */
	int master;
	pid_t child;  /* stands between us and the shell: the room's processes are its children */
	int lifeline; /* closed when we end */
	/* A mark that is being read: its bytes, from ESC on. */
	char mark[4096];
	size_t mark_size;
	/* What was typed and the pseudo-terminal has not taken yet. */
	char typed[8192];
	size_t typed_size;
	bool disk_full;
};

/* ---- What the shell reads when it starts ---------------------------------------------------- */

static const char bash_rc[] =
	"[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc\n"
	"[ -r ~/.bashrc ] && . ~/.bashrc\n"
	"unset HISTCONTROL HISTIGNORE HISTTIMEFORMAT PROMPT_COMMAND\n"
	"HISTFILE=$TCP_LABS_RC/history\n"
	"set -o history\n"
	"shopt -s cmdhist lithist 2>/dev/null\n"
	"PATH=$TCP_LABS_BIN:$PATH:/usr/local/sbin:/usr/sbin:/sbin\n"
	"__lab_command() {\n"
	"  local line; line=$(HISTTIMEFORMAT= history 1)\n"
	"  [[ $line =~ ^[[:space:]]*[0-9]+.?[[:space:]](.*)$ ]] && line=${BASH_REMATCH[1]}\n"
	"  printf '\\033]7791;%s;command: %s\\a' \"$TCP_LABS_NONCE\" \"${line//[[:cntrl:]]/ }\"\n"
	"}\n"
	"PS0='$(__lab_command)'\n"
	"PS1=\"\\\\[\\\\e]7791;$TCP_LABS_NONCE;prompt\\\\a\\\\]$TCP_LABS_TERMINAL\\$ \"\n";

static const char zsh_rc[] =
	"ZDOTDIR=${TCP_LABS_ZDOTDIR:-$HOME}\n"
	"[ -r \"$ZDOTDIR/.zshrc\" ] && . \"$ZDOTDIR/.zshrc\"\n"
	"HISTFILE=$TCP_LABS_RC/history\n"
	"PATH=$TCP_LABS_BIN:$PATH:/usr/local/sbin:/usr/sbin:/sbin\n"
	"__lab_precmd() { printf '\\033]7791;%s;prompt\\a' \"$TCP_LABS_NONCE\" }\n"
	"__lab_preexec() { printf '\\033]7791;%s;command: %s\\a' \"$TCP_LABS_NONCE\""
	" \"${1//[[:cntrl:]]/ }\" }\n"
	"autoload -Uz add-zsh-hook\n"
	"add-zsh-hook precmd __lab_precmd\n"
	"add-zsh-hook preexec __lab_preexec\n"
	"PROMPT=\"$TCP_LABS_TERMINAL\\$ \"; RPROMPT=\n";

static int write_rc(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	const size_t size = strlen(text);
	const bool good = fd != -1 && write(fd, text, size) == (ssize_t)size;

	if (fd != -1)
		close(fd);
	return good ? 0 : -1;
}

static int make_rc(struct record *t)
{
	char name[16];
	int folder, result;

	snprintf(name, sizeof name, "T%d.rc", t->number);
	snprintf(t->rc, sizeof t->rc, "%.4000s/%s", t->state.path, name);
	mkdirat(t->state.folder, name, 0700);
	folder = openat(t->state.folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder == -1) {
		fprintf(stderr, "lab: open the folder %s: %s\n", t->rc, strerror(errno));
		return -1;
	}
	result = write_rc(folder, "bashrc", bash_rc) | write_rc(folder, ".zshrc", zsh_rc);
	close(folder);
	if (result == -1)
		fprintf(stderr, "lab: write into %s: %s\n", t->rc, strerror(errno));
	return result;
}

/* ---- The shell ---------------------------------------------------------------------------- */

/* The user's own shell where the marks are known for it, else bash, else any. */
static void exec_shell(const struct record *t)
{
	const char *shell = getenv("SHELL"), *name = shell == NULL ? NULL : strrchr(shell, '/');
	char rc[PATH_SIZE + 16], prompt[64];

	if (name != NULL && strcmp(name, "/zsh") == 0) {
		if (getenv("ZDOTDIR") != NULL)
			setenv("TCP_LABS_ZDOTDIR", getenv("ZDOTDIR"), 1);
		setenv("ZDOTDIR", t->rc, 1);
		execl(shell, "zsh", "-i", (char *)NULL);
	}
	snprintf(rc, sizeof rc, "%s/bashrc", t->rc);
	if (name != NULL && strcmp(name, "/bash") == 0)
		execl(shell, "bash", "--rcfile", rc, "-i", (char *)NULL);
	execlp("bash", "bash", "--rcfile", rc, "-i", (char *)NULL);
	snprintf(prompt, sizeof prompt, "\033]7791;%s;prompt\aT%d$ ", t->nonce, t->number);
	setenv("PS1", prompt, 1);
	execlp("sh", "sh", "-i", (char *)NULL);
	_exit(127);
}

static void start_shell(const struct record *t, int slave)
{
	char number[8], room[256], desk[PATH_SIZE + 64];

	snprintf(desk, sizeof desk, "%s/attempts/%s/desk", t->state.path, t->state.attempt);
	if (pty_take(slave) == -1 || chdir(desk) == -1)
		_exit(126);
	if (slave > 2)
		close(slave);
	state_room_variable(&t->state, t->w, t->number, room, sizeof room);
	setenv(ROOM_VARIABLE, room, 1);
	setenv("PWD", desk, 1);
	snprintf(number, sizeof number, "T%d", t->number);
	setenv("TCP_LABS_TERMINAL", number, 1);
	setenv("TCP_LABS_NONCE", t->nonce, 1);
	setenv("TCP_LABS_RC", t->rc, 1);
	setenv("TCP_LABS_BIN", t->bin, 1);
	exec_shell(t);
}

/* A signal becomes a byte in a pipe, something to poll. */
static int signals[2];

static void on_signal(int number)
{
	const char byte = (char)number;
	const int error = errno;

	if (write(signals[1], &byte, 1) == -1)
		errno = error;
	errno = error;
}

static int heed_signals(const int *heeded, size_t count)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (pipe(signals) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		fcntl(signals[i], F_SETFD, FD_CLOEXEC);
		fcntl(signals[i], F_SETFL, O_NONBLOCK);
	}
	for (size_t i = 0; i < count; i++)
		sigaction(heeded[i], &action, NULL);
	return 0;
}

/* Has the shell ended? Wait `wait` ms (-1: as long as it takes) for it, or for the lifeline's end.
 */
static bool has_ended(pid_t shell, int *status, int lifeline, int wait)
{
	struct pollfd fds[] = {
		{.fd = signals[0], .events = POLLIN}, {.fd = lifeline, .events = POLLIN}};
	char bytes[64];

	if (waitpid(shell, status, WNOHANG) == shell)
		return true;
	if (poll(fds, lifeline == -1 ? 1 : 2, wait) > 0 && fds[0].revents != 0)
		while (read(signals[0], bytes, sizeof bytes) > 0)
			;
	return waitpid(shell, status, WNOHANG) == shell;
}

/*
 * The child in between joins the room; only its children are in the room's process namespace. It
 * ends as the shell ends. When our end of `lifeline` is closed, be it because we were killed, the
 * terminal has gone: the kernel has sent SIGHUP to what runs there, and what does not heed it is
 * ended.
 */
static void stand_between(const struct record *t, int slave, int lifeline)
{
	static const int heeded[] = {SIGCHLD},
			 not_for_us[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
	struct pollfd hangup = {.fd = lifeline, .events = POLLIN};
	int status = 0;
	pid_t shell;

	room_adopt_orphans();
	if (t->state.has_room && !t->state.is_inside && room_join(&t->state.room) == -1) {
		fprintf(stderr, "lab: join the room: %s\r\n", strerror(errno));
		_exit(1);
	}
	for (size_t i = 0; i < sizeof not_for_us / sizeof not_for_us[0]; i++)
		signal(not_for_us[i], SIG_IGN);
	if (heed_signals(heeded, 1) == -1 || (shell = fork()) == -1)
		_exit(1);
	if (shell == 0) {
		close(lifeline);
		start_shell(t, slave);
	}
	close(slave);
	while (!has_ended(shell, &status, lifeline, -1) && poll(&hangup, 1, 0) == 0)
		;
	for (int round = 0; round < 50 && !has_ended(shell, &status, -1, round < 2 ? 300 : 100);
		round++)
		if (round > 0)
			room_end_session(shell);
	if (!t->state.has_room)
		room_sweep();
	if (WIFSIGNALED(status))
		_exit(128 + WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

static int start(struct record *t, const struct termios *modes)
{
	struct winsize size;
	int slave = -1, lifeline[2];

	if (pty_pair(&t->master, &slave) == -1 || pipe(lifeline) == -1)
		return -1;
	fcntl(lifeline[1], F_SETFD, FD_CLOEXEC);
	tcsetattr(slave, TCSANOW, modes);
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(slave, TIOCSWINSZ, &size);
	t->child = fork();
	if (t->child == 0) {
		close(lifeline[1]);
		close(t->master);
		stand_between(t, slave, lifeline[0]);
	}
	close(slave);
	close(lifeline[0]);
	t->lifeline = lifeline[1];
	return t->child == -1 ? -1 : 0;
}

/* ---- Passing bytes ------------------------------------------------------------------------ */

/* Write an event down. A full disk is told once; what finds room again is recorded again. */
static void note(struct record *t, char kind, const char *bytes, size_t size)
{
	if (size == 0 || cast_write(&t->cast, kind, bytes, size) == 0 || t->disk_full)
		return;
	t->disk_full = true;
	fprintf(stderr, "\r\nlab: write the recording: %s; what finds no room is not recorded\r\n",
		strerror(errno));
}

/* Show it, as long as there is somebody to show it to. */
static void show(struct record *t, const char *bytes, size_t size)
{
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};

	note(t, 'o', bytes, size);
	while (size > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, size);
		if (n == -1 && errno == EAGAIN)
			poll(&room, 1, -1);
		else if (n == -1 && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

/* Is what has been read so far of a mark still one of ours? */
static bool may_be_mark(const struct record *t)
{
	char begin[48];
	const size_t length = (size_t)snprintf(begin, sizeof begin, "\033]7791;%s;", t->nonce);

	return strncmp(begin, t->mark, t->mark_size < length ? t->mark_size : length) == 0;
}

/* What the shell's side shows: take out the marks, pass on the rest. */
static void pass_output(struct record *t, const char *bytes, size_t size)
{
	const size_t head = strlen("\033]7791;;") + strlen(t->nonce);
	size_t shown = 0;

	for (size_t i = 0; i < size; i++) {
		if (t->mark_size == 0 && bytes[i] != '\033')
			continue;
		if (t->mark_size == 0)
			show(t, bytes + shown, i - shown);
		t->mark[t->mark_size++] = bytes[i];
		shown = i + 1;
		if (bytes[i] == '\a' && t->mark_size > head && may_be_mark(t)) {
			note(t, 'm', t->mark + head, t->mark_size - 1 - head);
			t->mark_size = 0;
		} else if (!may_be_mark(t) || t->mark_size == sizeof t->mark) {
			/* Not ours. Its last byte may begin one that is. */
			const bool again = bytes[i] == '\033' && t->mark_size > 1;
			show(t, t->mark, t->mark_size - again);
			t->mark_size = again;
		}
	}
	if (t->mark_size == 0)
		show(t, bytes + shown, size - shown);
}

/* A password is typed where a line is read and not echoed: that it was typed is all we keep. */
static bool is_secret(const struct record *t)
{
	struct termios modes;

	return tcgetattr(t->master, &modes) == 0 && (modes.c_lflag & ECHO) == 0 &&
	       (modes.c_lflag & ICANON) != 0;
}

/* What is typed. Returns false if nobody will type any more: a terminal whose other side has gone
 * lets read return 0 for ever, and sends no SIGHUP if that has been sent before us. */
static bool pass_input(struct record *t)
{
	char bytes[4096];
	const size_t room = sizeof t->typed - t->typed_size;
	const ssize_t n = read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);

	if (n <= 0)
		return n == -1 && (errno == EINTR || errno == EAGAIN);
	memcpy(t->typed + t->typed_size, bytes, (size_t)n);
	t->typed_size += (size_t)n;
	if (is_secret(t))
		memset(bytes, '*', (size_t)n);
	note(t, 'i', bytes, (size_t)n);
	return true;
}

static void flush_typed(struct record *t)
{
	const ssize_t n = write(t->master, t->typed, t->typed_size);

	if (n > 0) {
		t->typed_size -= (size_t)n;
		memmove(t->typed, t->typed + n, t->typed_size);
	}
}

static void pass_size(struct record *t)
{
	struct winsize size;
	char text[32];

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1)
		return;
	ioctl(t->master, TIOCSWINSZ, &size);
	note(t, 'r', text, (size_t)snprintf(text, sizeof text, "%dx%d", size.ws_col, size.ws_row));
}

/* ---- The loop ----------------------------------------------------------------------------- */

/* Pass bytes until the shell has ended (the pseudo-terminal hangs up) or we are told to end. */
static void pass(struct record *t)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = t->master, .events = POLLIN}, {.fd = signals[0], .events = POLLIN}};
	char bytes[8192];
	ssize_t n;

	for (;;) {
		fds[0].events = t->typed_size < sizeof t->typed ? POLLIN : 0;
		fds[1].events = (short)(POLLIN | (t->typed_size > 0 ? POLLOUT : 0));
		if (poll(fds, 3, -1) == -1 && errno != EINTR)
			return;
		if (fds[2].revents != 0 && read(signals[0], bytes, 1) == 1) {
			if (bytes[0] != SIGWINCH)
				return;
			pass_size(t);
		}
		if ((fds[1].revents & (POLLIN | POLLHUP)) != 0) {
			n = read(t->master, bytes, sizeof bytes);
			if (n > 0)
				pass_output(t, bytes, (size_t)n);
			else if (n == 0 || (errno != EAGAIN && errno != EINTR))
				return; /* EIO: the last one has closed the other side */
		}
		if ((fds[0].revents & POLLIN) != 0) {
			if (!pass_input(t))
				return;
		} else if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
			return; /* our own terminal has gone */
		}
		if (t->typed_size > 0)
			flush_typed(t);
	}
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* What this terminal is for, what comes first in it, and whether the attempt is a new one. */
static void greet(const struct record *t)
{
	const struct worksheet *w = t->w;
	const struct state *s = &t->state;
	const struct step *first = NULL;
	struct attempt *list;
	char role[64], where[128];
	size_t others;

	for (size_t i = 0; i < w->count && first == NULL; i++)
		if (w->steps[i].terminal == t->number)
			first = &w->steps[i];
	page_role(w, t->number, role, sizeof role);
	printf("T%d of %s%s%s", t->number, w->name, role[0] != '\0' ? ", the " : "", role);
	if (t->cast.is_new)
		printf("; first, in step %d: %s", first->number, first->items[0].text);
	printf("\n");
	others = state_attempts(s, &list);
	free(list);
	if (!s->is_first)
		printf("Going on with the attempt of %s.\n", s->attempt);
	else if (others > 1)
		printf("A new attempt begins; the %zu before it are kept.\n", others - 1);
	if (!s->has_room)
		printf("(no private room: %s; this is the machine's own loopback; `lab doctor` "
		       "says what to do)\n",
			s->refusal.why);
	else if (s->is_inside && state_inside(where, sizeof where))
		printf("(opened inside %s; `exit` leads back there)\n", where);
	fflush(stdout);
}

static int prepare(struct record *t)
{
	struct winsize size = {.ws_col = 80, .ws_row = 24};
	char name[16];

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	snprintf(name, sizeof name, "T%d.cast", t->number);
	snprintf(t->nonce, sizeof t->nonce, "%016llx", pty_nonce());
	if (state_open(&t->state, t->w, true) == -1 || state_enter(&t->state, t->w) == -1 ||
		state_claim(&t->state, t->w, t->number) == -1 || make_rc(t) == -1)
		return -1;
	return cast_open(
		&t->cast, t->state.recordings, name, state_version(t->w), size.ws_col, size.ws_row);
}

/* Everything that is typed reaches us, byte by byte; everything that is shown passes as it is. */
static void make_raw(const struct termios *modes)
{
	struct termios raw = *modes;

	raw.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_oflag &= (tcflag_t)~OPOST;
	raw.c_lflag &= (tcflag_t) ~(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

int record_terminal(const struct worksheet *w, int number, const char *bin)
{
	static const int heeded[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	struct record *t = calloc(1, sizeof *t);
	struct termios modes;
	int status = 0;

	if (t == NULL || tcgetattr(STDIN_FILENO, &modes) == -1) {
		fputs("lab: term wants a terminal on its standard input\n", stderr);
		free(t);
		return 1;
	}
	*t = (struct record){.w = w, .number = number, .bin = bin, .master = -1};
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is a full disk to us */
	if (prepare(t) == -1 || heed_signals(heeded, sizeof heeded / sizeof heeded[0]) == -1) {
		state_close(&t->state);
		free(t);
		return 1;
	}
	greet(t);
	if (start(t, &modes) == -1) {
		fprintf(stderr, "lab: start a shell: %s\n", strerror(errno));
		return 1;
	}
	make_raw(&modes);
	pass(t);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	close(t->master); /* the shell and what runs there get SIGHUP if they still run */
	close(t->lifeline);
	cast_close(&t->cast);
	while (waitpid(t->child, &status, 0) == -1 && errno == EINTR)
		;
	state_close(&t->state);
	free(t);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
