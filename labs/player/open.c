/*
 * open.c - see open.h.
 *
 * A tmux session of the lab's own: its options are set for it alone. Where the terminal is wide,
 * one window: the guide on the left, the terminals on the right; else a window for each of them.
 * Each pane bears what it is in an option of its own, @lab: "guide", "T1 server". Whatever is
 * missing is brought back, whatever stands in the wrong place is moved.
 */
#define _XOPEN_SOURCE 700 /* realpath, strdup */
#include "open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "page.h"
#include "state.h"

enum {
	WORDS_MAX = 40,
	COMMAND_SIZE = 12000,
	PANES_WIDTH_LEAST =
		170, /* of a window with panes: 80 for a terminal, the rest for the guide */
	TERMINAL_WIDTH_LEAST = 80,
	TERMINAL_HEIGHT_LEAST = 8,
	PANES_MAX = TERMINALS_MAX + 1,
};

/* The guide is pane 0, T1 pane 1, and so on. */
struct pane {
	char id[16];     /* "%3"; "" if there is none */
	char window[16]; /* "@1" */
};

struct desk {
	const struct worksheet *w;
	const char *bin;
	char *path;
	char session[64];
	int columns, rows;
	bool panes;    /* as against a window for each */
	bool was_here; /* the session was there before */
	struct pane of[PANES_MAX];
};

/* ---- tmux --------------------------------------------------------------------------------- */

/* Run tmux and keep the first `size` bytes that it prints. Returns its exit status. */
static int run_tmux(char *const *words, char *said, size_t size)
{
	char rest[512];
	int out[2], status = 0;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(out) == -1 || (pid = fork()) == -1)
		return 127;
	if (pid == 0) {
		const int null = open("/dev/null", O_RDWR);
		dup2(null, 2);
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execvp("tmux", words);
		_exit(127);
	}
	close(out[1]);
	while ((n = at + 1 < size ? read(out[0], said + at, size - 1 - at)
				  : read(out[0], rest, sizeof rest)) > 0 ||
		(n == -1 && errno == EINTR))
		at += n > 0 && at + 1 < size ? (size_t)n : 0;
	if (size > 0)
		said[at] = '\0';
	close(out[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* tmux's words, up to NULL. Returns whether it did as it was told; `said` (or NULL): what it
 * printed. */
static bool tmux(char *said, size_t size, const char *first, ...)
{
	char *words[WORDS_MAX + 1] = {strdup("tmux")};
	size_t count = 1;
	va_list more;
	int status;

	va_start(more, first);
	for (const char *word = first; word != NULL && count < WORDS_MAX;
		word = va_arg(more, const char *))
		words[count++] = strdup(word);
	va_end(more);
	status = run_tmux(words, said, size);
	while (count > 0)
		free(words[--count]);
	return status == 0;
}

/* ---- What runs in a pane ------------------------------------------------------------------ */

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

/* `lab guide` or `lab term`, with the worksheet's path, whatever the folder. */
static void lab_command(const char *path, int number, const char *bin, char *to, size_t size)
{
	char program[COMMAND_SIZE / 4], quoted_path[COMMAND_SIZE / 4], quoted[COMMAND_SIZE / 4];

	snprintf(program, sizeof program, "%s/lab", bin);
	quote(quoted, sizeof quoted, program);
	quote(quoted_path, sizeof quoted_path, path);
	if (number == 0)
		snprintf(to, size, "%s guide %s", quoted, quoted_path);
	else
		snprintf(to, size, "%s term %s T%d", quoted, quoted_path, number);
}

/* The same for tmux, whose server may know nothing of our environment. */
static void pane_command(const struct desk *d, int number, char *to, size_t size)
{
	static const char *const variables[] = {
		"TCP_LABS", "TCP_LABS_STATE", "XDG_STATE_HOME", "NO_COLOR"};
	char command[COMMAND_SIZE], value[COMMAND_SIZE / 4];
	size_t at = (size_t)snprintf(to, size, "exec env");

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		if (getenv(variables[i]) == NULL)
			continue;
		quote(value, sizeof value, getenv(variables[i]));
		at += (size_t)snprintf(to + at, size - at, " %s=%s", variables[i], value);
	}
	lab_command(d->path, number, d->bin, command, sizeof command);
	snprintf(to + at, size - at, " %s", command);
}

static void pane_name(const struct desk *d, int number, char *name, size_t size)
{
	char role[64];

	if (number == 0)
		snprintf(name, size, "guide");
	else
		snprintf(name, size, "T%d %s", number, page_role(d->w, number, role, sizeof role));
}

static int say_what_to_type(const struct worksheet *w, const char *path, const char *bin)
{
	char command[COMMAND_SIZE], role[64];

	printf("tmux is not installed. Open a window for each terminal, and type in it:\n");
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		if (!page_has_terminal(w, n))
			continue;
		lab_command(path, n, bin, command, sizeof command);
		printf("  T%d %-12s %s\n", n, page_role(w, n, role, sizeof role), command);
	}
	lab_command(path, 0, bin, command, sizeof command);
	printf("and beside them, to be led through the worksheet:\n  %s\n", command);
	return 0;
}

/* ---- The session -------------------------------------------------------------------------- */

/* Which panes are there, by their @lab. */
static void find_panes(struct desk *d)
{
	char list[4096], exact[96], *next = NULL;

	memset(d->of, 0, sizeof d->of);
	snprintf(exact, sizeof exact, "=%s:", d->session);
	if (!tmux(list, sizeof list, "list-panes", "-s", "-t", exact, "-F",
		    "#{pane_id} #{window_id} #{@lab}", (char *)NULL))
		return;
	for (char *line = strtok_r(list, "\n", &next); line != NULL;
		line = strtok_r(NULL, "\n", &next)) {
		char id[16], window[16], name[16];
		int number = 0;
		if (sscanf(line, "%15s %15s %15s", id, window, name) != 3 ||
			(strcmp(name, "guide") != 0 && sscanf(name, "T%d", &number) != 1) ||
			number >= PANES_MAX)
			continue;
		memcpy(d->of[number].id, id, sizeof id);
		memcpy(d->of[number].window, window, sizeof window);
	}
}

static bool is_wanted(const struct desk *d, int number)
{
	return number == 0 || page_has_terminal(d->w, number);
}

/* A terminal that is open, but not here. */
static bool is_elsewhere(const struct desk *d, int number)
{
	struct state s;
	char where[200];
	bool result;

	if (number == 0 || d->of[number].id[0] != '\0')
		return false;
	result = state_look(&s, d->w) == 0 && state_is_open(&s, number, where, sizeof where);
	state_close(&s);
	if (result)
		printf("lab: T%d is open already: %s; it stays there\n", number, where);
	return result;
}

static void label(struct desk *d, int number, const char *id)
{
	char name[80];

	pane_name(d, number, name, sizeof name);
	snprintf(d->of[number].id, sizeof d->of[number].id, "%.*s", (int)strcspn(id, "\n"), id);
	tmux(NULL, 0, "set-option", "-p", "-t", d->of[number].id, "@lab", name, (char *)NULL);
	tmux(NULL, 0, "select-pane", "-t", d->of[number].id, "-T", name, (char *)NULL);
}

/* The pane that others are put beside: the first one that there is. */
static const char *any_pane(const struct desk *d)
{
	for (int n = 0; n < PANES_MAX; n++)
		if (d->of[n].id[0] != '\0')
			return d->of[n].id;
	return d->session;
}

/* The pane that pane `number` comes behind. */
static const char *pane_before(const struct desk *d, int number)
{
	for (int n = number - 1; n >= 0; n--)
		if (d->of[n].id[0] != '\0')
			return d->of[n].id;
	return any_pane(d);
}

static bool add_pane(struct desk *d, int number)
{
	char command[COMMAND_SIZE], id[64] = "", place[96], name[80], columns[16], rows[16];
	bool good;

	pane_command(d, number, command, sizeof command);
	pane_name(d, number, name, sizeof name);
	snprintf(columns, sizeof columns, "%d", d->columns);
	snprintf(rows, sizeof rows, "%d", d->rows - 2);
	snprintf(place, sizeof place, "%s:%d", d->session, number);
	if (!d->was_here && number == 0)
		good = tmux(id, sizeof id, "new-session", "-d", "-P", "-F", "#{pane_id}", "-s",
			d->session, "-n", name, "-x", columns, "-y", rows, command, (char *)NULL);
	else if (d->panes)
		good = tmux(id, sizeof id, "split-window", number == 0 ? "-hbfdP" : "-dP", "-F",
			"#{pane_id}", "-t", pane_before(d, number), command, (char *)NULL);
	else
		good = tmux(id, sizeof id, "new-window", "-dP", "-F", "#{pane_id}", "-n", name,
			"-t", place, command, (char *)NULL);
	if (good)
		label(d, number, id);
	/* Room for the next one. */
	if (good && d->panes)
		tmux(NULL, 0, "select-layout", "-t", d->of[number].id, "main-vertical",
			(char *)NULL);
	return good;
}

/* What stands in the wrong place since the terminal had another size. */
static void move_panes(struct desk *d)
{
	char place[96], name[80];

	for (int n = 1; n < PANES_MAX; n++) {
		if (d->of[n].id[0] == '\0' || d->of[0].id[0] == '\0')
			continue;
		const bool together = strcmp(d->of[n].window, d->of[0].window) == 0;
		pane_name(d, n, name, sizeof name);
		snprintf(place, sizeof place, "%s:%d", d->session, n);
		if (d->panes && !together)
			tmux(NULL, 0, "join-pane", "-d", "-s", d->of[n].id, "-t", pane_before(d, n),
				";", "select-layout", "-t", any_pane(d), "main-vertical",
				(char *)NULL);
		else if (!d->panes && together)
			tmux(NULL, 0, "break-pane", "-d", "-s", d->of[n].id, "-t", place, "-n",
				name, (char *)NULL);
	}
}

/* Sizes by share: two fifths for the guide, but never a terminal of less than 80 columns. */
static void lay_out(struct desk *d)
{
	const int widest = d->columns - TERMINAL_WIDTH_LEAST - 1;
	int guide = d->columns * 2 / 5;
	char width[16], columns[16], rows[16];

	if (!d->panes)
		return;
	/* A window that nobody looks at has the size that it had; it will follow its client again.
	 */
	snprintf(columns, sizeof columns, "%d", d->columns);
	snprintf(rows, sizeof rows, "%d", d->rows - 2);
	tmux(NULL, 0, "resize-window", "-t", any_pane(d), "-x", columns, "-y", rows, ";",
		"set-option", "-w", "-u", "-t", any_pane(d), "window-size", (char *)NULL);
	guide = guide > 100 ? 100 : guide;
	guide = guide > widest ? widest : guide;
	snprintf(width, sizeof width, "%d", guide);
	tmux(NULL, 0, "set-option", "-w", "-t", any_pane(d), "main-pane-width", width,
		(char *)NULL);
	tmux(NULL, 0, "select-layout", "-t", any_pane(d), "main-vertical", (char *)NULL);
}

/* ---- Its looks ---------------------------------------------------------------------------- */

/* The key that tmux listens to: C-b, if the user has no other. */
static void find_prefix(char *prefix, size_t size)
{
	if (!tmux(prefix, size, "show-options", "-gv", "prefix", (char *)NULL) || prefix[0] == '\0')
		snprintf(prefix, size, "C-b");
	prefix[strcspn(prefix, "\n")] = '\0';
}

static void option(const struct desk *d, const char *name, const char *value)
{
	tmux(NULL, 0, "set-option", "-t", d->session, name, value, (char *)NULL);
}

static void dress(const struct desk *d)
{
	char keys[400], p[32], first[4096];

	find_prefix(p, sizeof p);
	if (d->panes)
		snprintf(keys, sizeof keys,
			" click a pane, or %s and then: o next pane  z zoom, and back  [ scroll (q "
			"ends)  %s",
			p,
			getenv("TMUX") != NULL ? "L back where you were"
					       : "d leave; lab open comes back");
	else
		snprintf(keys, sizeof keys,
			" click above, or %s then: 0 guide 1 T1 2 T2 ..  [ scroll (q ends)  %s", p,
			getenv("TMUX") != NULL ? "L back" : "d leave");
	option(d, "mouse", "on");
	option(d, "status", "2");
	option(d, "status-left", "");
	option(d, "status-right", "");
	option(d, "renumber-windows", "off");
	/* The first line is tmux's own, with the windows' names to click on. */
	if (tmux(first, sizeof first, "show-options", "-gv", "status-format[0]", (char *)NULL) &&
		first[0] != '\0') {
		first[strcspn(first, "\n")] = '\0';
		option(d, "status-format[0]", first);
	}
	option(d, "status-format[1]", keys);
	for (int n = 0; n < PANES_MAX; n++) {
		if (d->of[n].id[0] == '\0')
			continue;
		tmux(NULL, 0, "set-option", "-w", "-t", d->of[n].id, "automatic-rename", "off", ";",
			"set-option", "-w", "-t", d->of[n].id, "pane-border-status",
			d->panes ? "top" : "off", ";", "set-option", "-w", "-t", d->of[n].id,
			"pane-border-format", " #{@lab} ", (char *)NULL);
		if (d->panes)
			break; /* all in one window */
	}
}

/* ---- The whole ---------------------------------------------------------------------------- */

/* How large the window will be: that of tmux's client, if we are in one of its panes. */
static void measure(struct desk *d)
{
	struct winsize size = {0};
	char text[64] = "";
	int terminals = 0;

	d->columns = 160, d->rows = 48;
	if (getenv("TMUX") != NULL)
		tmux(text, sizeof text, "display-message", "-p", "#{client_width} #{client_height}",
			(char *)NULL);
	if (sscanf(text, "%d %d", &d->columns, &d->rows) != 2 &&
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		d->columns = size.ws_col;
		d->rows = size.ws_row;
	}
	for (int n = 1; n <= TERMINALS_MAX; n++)
		terminals += page_has_terminal(d->w, n);
	d->panes = d->columns >= PANES_WIDTH_LEAST &&
		   d->rows - 2 >= terminals * (TERMINAL_HEIGHT_LEAST + 1);
}

/* Bring everything there that is missing. Returns false if tmux would not. */
static bool furnish_desk(struct desk *d)
{
	char place[96];
	int added = 0;

	snprintf(place, sizeof place, "=%s", d->session);
	d->was_here = tmux(NULL, 0, "has-session", "-t", place, (char *)NULL);
	find_panes(d);
	for (int n = 0; n < PANES_MAX; n++) {
		if (!is_wanted(d, n) || d->of[n].id[0] != '\0' || is_elsewhere(d, n))
			continue;
		if (!add_pane(d, n))
			return false;
		if (n == 0 && !d->was_here) {
			/* Its number is 0, whatever the user lets windows begin with. */
			snprintf(place, sizeof place, "%s:0", d->session);
			tmux(NULL, 0, "move-window", "-s", d->of[0].id, "-t", place, (char *)NULL);
		}
		added++;
	}
	if (d->was_here && added > 0)
		printf("lab: %d closed pane%s brought back\n", added, added > 1 ? "s" : "");
	find_panes(d);
	move_panes(d);
	find_panes(d);
	lay_out(d);
	dress(d);
	tmux(NULL, 0, "select-window", "-t", any_pane(d), ";", "select-pane", "-t", any_pane(d),
		(char *)NULL);
	return true;
}

int open_lab(const struct worksheet *w, const char *bin)
{
	struct desk d = {.w = w, .bin = bin, .path = realpath(w->path, NULL)};
	int status = 1;

	if (d.path == NULL || !tmux(NULL, 0, "-V", (char *)NULL)) {
		if (d.path != NULL)
			status = say_what_to_type(w, d.path, bin);
		free(d.path);
		return status;
	}
	/* tmux takes . and : in a session's name for its own. */
	snprintf(d.session, sizeof d.session, "tcp-lab-%.40s", w->name);
	for (char *c = d.session; *c != '\0'; c++)
		if (*c == '.' || *c == ':')
			*c = '_';
	measure(&d);
	if (!furnish_desk(&d)) {
		fprintf(stderr,
			"lab: tmux opens no window; `lab term %s T1` opens a terminal without it\n",
			w->call);
		free(d.path);
		return 1;
	}
	fflush(stdout);
	free(d.path);
	if (getenv("TMUX") != NULL)
		execlp("tmux", "tmux", "switch-client", "-t", d.session, (char *)NULL);
	else
		execlp("tmux", "tmux", "attach-session", "-t", d.session, (char *)NULL);
	return 1;
}
