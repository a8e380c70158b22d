/*
 * record.c - see record.h.
 *
 *     the person's terminal  <->  this process  <->  a pseudo-terminal  <->  his shell, in the room
 *
 * Bytes pass both ways unharmed and are written down. The shell tells when it shows its prompt and
 * which command it starts by marks that are taken out again on the way: ESC ] 7791 ; nonce ; ... BEL.
 */
#define _XOPEN_SOURCE 700 /* openat and its kind */
#define _DEFAULT_SOURCE   /* beyond POSIX: TIOCSCTTY, and the window's size */
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
#include "room.h"
#include "state.h"
#include "pty.h"

struct record {
	const struct worksheet *w;
	int number;
	const char *bin;
	struct state state;
	struct cast cast;
	char nonce[24];
	char rc[PATH_SIZE]; /* the folder of what the shell reads when it starts */
	int master;
	pid_t child; /* stands between us and the shell: the room's processes are its children */
	/* A mark that is being read: its bytes, from ESC on. */
	char mark[4096];
	size_t mark_size;
	/* What was typed and the pseudo-terminal has not taken yet. */
	char typed[8192];
	size_t typed_size;
	bool disk_full;
};

static int signals[2]; /* a pipe: a signal becomes something to poll */

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

static void make_nonce(struct record *t)
{
	unsigned long long bits = (unsigned long long)getpid();
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, &bits, sizeof bits) == -1)
			bits ^= (unsigned long long)fd;
		close(fd);
	}
	snprintf(t->nonce, sizeof t->nonce, "%016llx", bits);
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
	char number[8], desk[PATH_SIZE + 16];

	for (int s = 1; s < 32; s++)
		signal(s, SIG_DFL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	if (slave > 2)
		close(slave);
	snprintf(desk, sizeof desk, "%s/desk", t->state.path);
	if (chdir(desk) == -1)
		_exit(126);
	setenv("PWD", desk, 1);
	snprintf(number, sizeof number, "T%d", t->number);
	setenv("TCP_LABS_TERMINAL", number, 1);
	setenv("TCP_LABS_NONCE", t->nonce, 1);
	setenv("TCP_LABS_RC", t->rc, 1);
	setenv("TCP_LABS_BIN", t->bin, 1);
	exec_shell(t);
}

/*
 * The child in between joins the room; only its children are in the room's process namespace. It
 * ends as the shell ends. If we end first (killed), `lifeline` hangs up and it ends the shell.
 */
static void stand_between(const struct record *t, int slave, int lifeline)
{
	struct pollfd hangup = {.fd = lifeline, .events = POLLIN};
	int status = 0;
	pid_t shell;

	room_adopt_orphans();
	if (t->state.has_room && room_join(&t->state.room) == -1) {
		fprintf(stderr, "lab: join the room: %s\r\n", strerror(errno));
		_exit(1);
	}
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	shell = fork();
	if (shell == 0) {
		close(lifeline);
		start_shell(t, slave);
	}
	close(slave);
	while (waitpid(shell, &status, WNOHANG) == 0)
		if (poll(&hangup, 1, 100) == 1)
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
	return t->child == -1 ? -1 : 0;
}

/* ---- Passing bytes ------------------------------------------------------------------------ */

static void note(struct record *t, char kind, const char *bytes, size_t size)
{
	if (size == 0 || t->disk_full || cast_write(&t->cast, kind, bytes, size) == 0)
		return;
	t->disk_full = true;
	fprintf(stderr, "\r\nlab: write the recording: %s; going on without it\r\n", strerror(errno));
}

static void show(struct record *t, const char *bytes, size_t size)
{
	note(t, 'o', bytes, size);
	while (size > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, size);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

/* Is what has been read so far of a mark still one of ours? */
static bool may_be_mark(const struct record *t)
{
	char begin[48];
	const int length = snprintf(begin, sizeof begin, "\033]7791;%s;", t->nonce);

	return strncmp(begin, t->mark, t->mark_size < (size_t)length ? t->mark_size : (size_t)length) == 0;
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

static void pass_input(struct record *t)
{
	char bytes[4096];
	const size_t room = sizeof t->typed - t->typed_size;
	const ssize_t n = read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);

	if (n <= 0)
		return;
	memcpy(t->typed + t->typed_size, bytes, (size_t)n);
	t->typed_size += (size_t)n;
	if (is_secret(t))
		memset(bytes, '*', (size_t)n);
	note(t, 'i', bytes, (size_t)n);
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

static void on_signal(int number)
{
	const char byte = (char)number;
	const int error = errno;

	if (write(signals[1], &byte, 1) == -1)
		errno = error;
	errno = error;
}

static void heed_signals(void)
{
	static const int heeded[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < sizeof heeded / sizeof heeded[0]; i++)
		sigaction(heeded[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Pass bytes until the shell has ended (the pseudo-terminal hangs up) or we are told to end. */
static void pass(struct record *t)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = t->master, .events = POLLIN},
		{.fd = signals[0], .events = POLLIN}};
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
		if ((fds[0].revents & POLLIN) != 0)
			pass_input(t);
		else if ((fds[0].revents & (POLLHUP | POLLERR)) != 0)
			return; /* our own terminal has gone */
		if (t->typed_size > 0)
			flush_typed(t);
	}
}

/* ---- The whole ---------------------------------------------------------------------------- */

const char *record_role(const struct worksheet *w, int number, char *role, size_t size)
{
	char name[8];
	const char *at;

	snprintf(name, sizeof name, "T%d ", number);
	at = strstr(w->terminals, name);
	at = at == NULL ? "" : at + strlen(name);
	snprintf(role, size, "%.*s", (int)strcspn(at, ",."), at);
	return role;
}

/* One line: what this terminal is for, and what comes first in it. */
static void greet(const struct record *t)
{
	const struct worksheet *w = t->w;
	const struct step *first = NULL;
	char role[64];

	for (size_t i = 0; i < w->count && first == NULL; i++)
		if (w->steps[i].terminal == t->number)
			first = &w->steps[i];
	record_role(w, t->number, role, sizeof role);
	printf("T%d of %s%s%s; first, in step %d: %s\n", t->number, w->name, role[0] != '\0' ? ", the " : "",
		role, first->number, first->items[0].text);
	if (!t->state.has_room)
		printf("(no private room: %s; this is the machine's own loopback; `lab doctor` says what to do)\n",
			t->state.refusal.why);
	fflush(stdout);
}

static int prepare(struct record *t)
{
	struct winsize size = {.ws_col = 80, .ws_row = 24};
	char name[16];

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	snprintf(name, sizeof name, "T%d.cast", t->number);
	make_nonce(t);
	if (state_open(&t->state, t->w, true) == -1 || state_enter(&t->state) == -1 || make_rc(t) == -1)
		return -1;
	return cast_open(&t->cast, t->state.folder, name, state_version(t->w), size.ws_col,
		size.ws_row);
}

int record_terminal(const struct worksheet *w, int number, const char *bin)
{
	struct record *t = calloc(1, sizeof *t);
	struct termios modes, raw;
	int status = 0;

	if (tcgetattr(STDIN_FILENO, &modes) == -1) {
		fputs("lab: term wants a terminal on its standard input\n", stderr);
		free(t);
		return 1;
	}
	if (t == NULL || pipe(signals) == -1)
		return 1;
	fcntl(signals[0], F_SETFD, FD_CLOEXEC);
	fcntl(signals[1], F_SETFD, FD_CLOEXEC);
	*t = (struct record){.w = w, .number = number, .bin = bin, .master = -1};
	if (prepare(t) == -1)
		return 1;
	greet(t);
	heed_signals();
	if (start(t, &modes) == -1) {
		fprintf(stderr, "lab: start a shell: %s\n", strerror(errno));
		return 1;
	}
	raw = modes;
	raw.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_oflag &= (tcflag_t)~OPOST;
	raw.c_lflag &= (tcflag_t) ~(ECHO | ICANON | IEXTEN | ISIG);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	pass(t);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	close(t->master); /* the shell and what runs there get SIGHUP if they still run */
	cast_close(&t->cast);
	while (waitpid(t->child, &status, 0) == -1 && errno == EINTR)
		;
	state_close(&t->state);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	free(t);
	return status;
}
