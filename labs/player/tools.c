/* tools.c - see tools.h. From command lines to command names, and a shell is asked for each. */
#include "tools.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIST_SIZE = TOOLS_LIST };

const char TOOLS_NO_ROOM[] = "needs a private room";
const char TOOLS_NO_CAPTURE[] = "needs a private room, or root's right to capture with tcpdump";

/* " tcpdump nc ": each name once, between blanks. */
static bool has_name(const char *list, const char *name, size_t length)
{
	for (const char *at = list; (at = strstr(at, name)) != NULL; at++)
		if (at > list && at[-1] == ' ' && at[length] == ' ')
			return true;
	return false;
}

static void add_name(char list[LIST_SIZE], const char *word, size_t length)
{
	char name[64];
	size_t at = strlen(list);

	if (length == 0 || length >= sizeof name || at + length + 2 > LIST_SIZE)
		return;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)word[i]) && strchr("_.+-", word[i]) == NULL)
			return; /* ./script, $tool: made by the worksheet itself */
	memcpy(name, word, length);
	name[length] = '\0';
	if (!has_name(list, name, length))
		sprintf(list + at, "%s%s ", at == 0 ? " " : "", name);
}

/* Words that stand before a command, so that the command is the word after them. */
static bool is_prefix(const char *word, size_t length)
{
	static const char words[] = " ! { do then else while until if time exec command env ";
	char name[16];

	if (memchr(word, '=', length) != NULL || word[0] == '-')
		return true; /* LANG=C tool, command -p tool */
	if (length == 0 || length >= sizeof name)
		return false;
	memcpy(name, word, length);
	name[length] = '\0';
	return has_name(words, name, length);
}

/* The commands of one simple command: its first word, and what `ip netns exec HOST` runs. */
static void read_command(char list[LIST_SIZE], const char *text, const char *end)
{
	size_t length;

	for (; text < end; text += length) {
		text += strspn(text, " \t");
		length = strcspn(text, " \t;|&()");
		if (text >= end || strncmp(text, "for ", 4) == 0)
			return;
		if (is_prefix(text, length))
			continue;
		add_name(list, text, length);
		if (strncmp(text, "ip netns exec ", 14) != 0)
			return;
		text += 14;
		length = strcspn(text, " \t");
	}
}

/* Does a command end here? Not at 2>&1, >&3, <&3, &>file, >|file. */
static bool is_end(const char *line, const char *c)
{
	if (*c == '\0' || strchr(";()", *c) != NULL)
		return true;
	if (*c != '&' && *c != '|')
		return false;
	return (c == line || strchr("<>", c[-1]) == NULL) && !(*c == '&' && c[1] == '>');
}

/* Behind what looks like commands and is none: a sum ((...)), a condition [[...]]. */
static const char *skip_expression(const char *c)
{
	const char *closes = strncmp(c, "((", 2) == 0    ? "))"
			     : strncmp(c, "[[ ", 3) == 0 ? "]]"
							 : NULL;
	const char *end = closes != NULL ? strstr(c, closes) : NULL;

	return end != NULL ? end + 2 : c;
}

/* A command line is simple commands between | ; & ( ), quoted text apart. */
static void read_commands(char list[LIST_SIZE], char made[LIST_SIZE], const char *line)
{
	const char *begin = line;
	char quote = '\0';

	for (const char *c = line;; c++) {
		if (quote == '\0')
			c = skip_expression(c);
		if (quote == '\0' && *c == '#' && (c == line || c[-1] == ' '))
			c += strlen(c); /* a remark */
		if (*c == '\0' || (quote == '\0' && is_end(line, c))) {
			/* name() { makes a command; what follows $(...) is no command. */
			read_command(strncmp(c, "()", 2) == 0 ? made : list, begin, c);
			begin = c + 1;
			if (*c == ')' && c > line && c[-1] != '(')
				begin += strcspn(begin, ";|&)");
		} else if (quote != '\0') {
			quote = *c == quote ? '\0' : quote;
		} else if (*c == '\'' || *c == '"') {
			quote = *c;
		} else if (*c == '\\' && c[1] != '\0') {
			c++;
		}
		if (*c == '\0')
			return;
	}
}

/* "tcpdump, netstat, a private room": the words that are single. Returns whether a room is
 * among. */
static bool read_needs(char list[LIST_SIZE], const char *needs)
{
	bool room = false;

	while (*needs != '\0') {
		const size_t length = strcspn(needs, ",.");
		room = room || (length >= 4 && strncmp(needs + length - 4, "room", 4) == 0);
		if (memchr(needs, ' ', length) == NULL)
			add_name(list, needs, length);
		needs += length;
		needs += strspn(needs, ",. ");
	}
	return room;
}

/* Ask the shell that would run them, but for those that the worksheet makes itself. Writes the
 * missing ones as "needs tcpdump, nc". */
static void ask_shell(const char *list, const char *made, const char *bin, char *text, size_t size)
{
	static const char question[] =
		"PATH=$0:$PATH:/usr/local/sbin:/usr/sbin:/sbin; for t in $1; do "
		"command -v \"$t\" >/dev/null 2>&1 || printf '%s\\n' \"$t\"; done";
	char answer[LIST_SIZE] = "";
	size_t have = 0;
	ssize_t n;
	int pipes[2];
	pid_t pid;

	text[0] = '\0';
	if (pipe(pipes) == -1 || (pid = fork()) == -1)
		return;
	if (pid == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		execlp("bash", "bash", "-c", question, bin, list, (char *)NULL);
		execlp("sh", "sh", "-c", question, bin, list, (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	while (have < sizeof answer - 1 &&
		(n = read(pipes[0], answer + have, sizeof answer - 1 - have)) > 0)
		have += (size_t)n;
	close(pipes[0]);
	waitpid(pid, NULL, 0);
	for (char *name = strtok(answer, "\n"); name != NULL; name = strtok(NULL, "\n")) {
		size_t at = strlen(text);
		if (has_name(made, name, strlen(name)))
			continue;
		snprintf(text + at, size - at, "%s%s", at > 0 ? ", " : "needs ", name);
	}
}

void tools_add_needs(char list[TOOLS_LIST], const struct worksheet *w)
{
	(void)read_needs(list, w->needs);
}

void tools_ask(const char *list, const char *bin, char *text, size_t size)
{
	ask_shell(list, "", bin, text, size);
}

/* Without a room, an ordinary user may not capture: ask tcpdump to compile a filter for lo. */
static bool may_capture(void)
{
	return system("tcpdump -i lo -d tcp >/dev/null 2>&1") == 0;
}

static bool has_ipv6(void)
{
	const int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

/*
 * Parts of the kernel: "IPv6 on the loopback", which every room has whose kernel knows IPv6, and
 * "the tbf queue" (tc-tbf(8)), tried in a network of its own, where nothing is changed. Writes what
 * is not there as "needs IPv6 ..." and "needs the tbf queue of the kernel ...".
 */
static void ask_kernel(const char *needs, char *text, size_t size)
{
	char name[16], command[256];
	const char *the = strstr(needs, "the tbf");

	if (strstr(needs, "IPv6") != NULL && !has_ipv6())
		snprintf(text, size, "needs IPv6, which this kernel lacks");
	if (the == NULL || sscanf(the, "the %15[a-z_] queue", name) != 1 ||
		strcmp(name, "tbf") != 0)
		return;
	snprintf(command, sizeof command,
		"PATH=$PATH:/usr/sbin:/sbin; ! unshare -rn true 2>/dev/null || "
		"unshare -rn tc qdisc add dev lo root %s rate 1mbit burst 3000 limit 30000 2>/dev/null",
		name);
	if (system(command) != 0)
		snprintf(text, size, "needs the %s queue of the kernel (sch_%s)", name, name);
}

/* A second host is entered by `ip netns exec`, which not every room allows. */
static bool wants_hosts(const struct worksheet *w)
{
	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (w->steps[s].items[i].kind == COMMAND &&
				(strncmp(w->steps[s].items[i].text, "two-hosts ", 10) == 0 ||
					strstr(w->steps[s].items[i].text, "ip netns exec ") !=
						NULL))
				return true;
	return false;
}

int tools_missing(const struct worksheet *w, const char *bin, const struct room *room, char *text,
	size_t size)
{
	char list[LIST_SIZE] = "", made[LIST_SIZE] = "";
	bool inside = read_needs(list, w->needs), outside = false;

	for (size_t s = 0; s < w->count; s++) {
		outside = outside || !w->steps[s].room;
		for (size_t i = 0; i < w->steps[s].count; i++)
			if (w->steps[s].items[i].kind == COMMAND &&
				(room != NULL || !w->steps[s].room))
				read_commands(list, made, w->steps[s].items[i].text);
	}
	ask_shell(list, made, bin, text, size);
	if (text[0] == '\0' && room != NULL)
		ask_kernel(w->needs, text, size);
	if (text[0] != '\0')
		return -1;
	if (room == NULL && (inside || !outside))
		snprintf(text, size, "%s", TOOLS_NO_ROOM);
	else if (room == NULL && has_name(list, "tcpdump", 7) && !may_capture())
		snprintf(text, size, "%s", TOOLS_NO_CAPTURE);
	else if (room != NULL && !room->hosts && wants_hosts(w))
		snprintf(text, size,
			"needs a second host, which this room may not have (a container that "
			"covers /sys: --security-opt systempaths=unconfined)");
	return text[0] == '\0' ? 0 : -1;
}
