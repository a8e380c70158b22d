/* open.c - see open.h. A tmux command line is put together, word by word, and run. */
#define _XOPEN_SOURCE 700 /* realpath, strdup */
#include "open.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

enum { WORDS_MAX = 200, COMMAND_SIZE = 9000 };

struct words {
	char *of[WORDS_MAX + 1];
	size_t count;
};

static void add(struct words *words, const char *first, ...)
{
	va_list more;

	va_start(more, first);
	for (const char *word = first; word != NULL && words->count < WORDS_MAX; word = va_arg(more, const char *))
		words->of[words->count++] = strdup(word);
	va_end(more);
}

/* 'a word', for a shell. */
static void quote(char *to, size_t size, const char *word)
{
	size_t at = 0;

	to[at++] = '\'';
	for (; *word != '\0' && at + 6 < size; word++) {
		if (*word == '\'')
			at += (size_t)snprintf(to + at, size - at, "'\\''");
		else
			to[at++] = *word;
	}
	to[at++] = '\'';
	to[at] = '\0';
}

static bool has_terminal(const struct worksheet *w, int number)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->steps[i].terminal == number)
			return true;
	return false;
}

/* What runs in a pane: `lab term` with the worksheet's path, whatever the folder. */
static void term_command(const char *path, int number, const char *bin, char *to, size_t size)
{
	char program[COMMAND_SIZE / 3], quoted_path[COMMAND_SIZE / 3], quoted[COMMAND_SIZE / 3];

	snprintf(program, sizeof program, "%s/lab", bin);
	quote(quoted, sizeof quoted, program);
	quote(quoted_path, sizeof quoted_path, path);
	snprintf(to, size, "exec %s term %s T%d", quoted, quoted_path, number);
}

static int run_tmux(struct words *words, bool quiet)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		words->of[words->count] = NULL;
		if (quiet && (freopen("/dev/null", "w", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL))
			_exit(127);
		execvp("tmux", words->of);
		_exit(127);
	}
	if (pid == -1)
		return 127;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void free_words(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->of[i]);
}

static bool tmux_says_yes(const char *word, const char *argument)
{
	struct words words = {.count = 0};
	int status;

	add(&words, "tmux", word, argument == NULL ? NULL : "-t", argument, (char *)NULL);
	status = run_tmux(&words, true);
	free_words(&words);
	return status == 0;
}

static int say_what_to_type(const struct worksheet *w, const char *path, const char *bin)
{
	char command[COMMAND_SIZE], role[64];

	printf("tmux is not installed. Open a window for each terminal, and type in it:\n");
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (!has_terminal(w, n))
			continue;
		term_command(path, n, bin, command, sizeof command);
		printf("  T%d %-12s %s\n", n, record_role(w, n, role, sizeof role), command + strlen("exec "));
	}
	printf("and read %s beside them.\n", path);
	return 0;
}

/* The window: the worksheet on the left, the terminals on the right. */
static void add_window(struct words *words, const struct worksheet *w, const char *path, const char *bin)
{
	char command[COMMAND_SIZE], quoted[COMMAND_SIZE / 3], role[64], title[80];

	quote(quoted, sizeof quoted, path);
	snprintf(command, sizeof command, "command -v less >/dev/null && exec less %s; exec more %s", quoted, quoted);
	add(words, command, ";", "set-option", "-w", "pane-border-status", "top", ";", (char *)NULL);
	add(words, "set-option", "-w", "pane-border-format", " #{pane_title} ", ";", (char *)NULL);
	add(words, "select-pane", "-T", w->name, ";", (char *)NULL);
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (!has_terminal(w, n))
			continue;
		term_command(path, n, bin, command, sizeof command);
		snprintf(title, sizeof title, "T%d %s", n, record_role(w, n, role, sizeof role));
		add(words, "split-window", command, ";", "select-pane", "-T", title, ";", (char *)NULL);
		add(words, "select-layout", "main-vertical", ";", (char *)NULL);
	}
	add(words, "select-pane", "-t", "{top-right}", (char *)NULL);
}

int open_lab(const struct worksheet *w, const char *bin)
{
	struct words words = {.count = 0};
	struct winsize size = {.ws_col = 160, .ws_row = 48};
	char session[64], columns[16], rows[16], *path = realpath(w->path, NULL);
	int status;

	if (path == NULL || !tmux_says_yes("-V", NULL)) {
		status = path == NULL ? 1 : say_what_to_type(w, path, bin);
		free(path);
		return status;
	}
	/* tmux takes . and : in a session's name for its own. */
	snprintf(session, sizeof session, "tcp-lab-%.40s", w->name);
	for (char *c = session; *c != '\0'; c++)
		if (*c == '.' || *c == ':')
			*c = '_';
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	snprintf(columns, sizeof columns, "%d", size.ws_col);
	snprintf(rows, sizeof rows, "%d", size.ws_row);
	add(&words, "tmux", (char *)NULL);
	if (getenv("TMUX") != NULL) {
		add(&words, "new-window", "-n", session, (char *)NULL);
		add_window(&words, w, path, bin);
	} else if (tmux_says_yes("has-session", session)) {
		add(&words, "attach-session", "-t", session, (char *)NULL);
	} else {
		add(&words, "new-session", "-d", "-s", session, "-x", columns, "-y", rows, (char *)NULL);
		add_window(&words, w, path, bin);
		add(&words, ";", "attach-session", "-t", session, (char *)NULL);
	}
	status = run_tmux(&words, false);
	free_words(&words);
	free(path);
	return status;
}
