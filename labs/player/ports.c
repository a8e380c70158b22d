/* ports.c - see ports.h. What the kernel tells of its sockets is in /proc/net/tcp, proc_net(5). */
#include "ports.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_WAIT = 75 }; /* seconds: TIME_WAIT lasts sixty on Linux */

/* ---- Which ports a worksheet uses --------------------------------------------------------- */

static size_t add_port(int ports[PORTS_MAX], size_t count, int port)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i] == port)
			return count;
	if (count < PORTS_MAX)
		ports[count++] = port;
	return count;
}

/* Is the number at `at` a port? `:8000`, `.8000` as tcpdump writes it, `port 8000`, `-l 8000`. */
static bool is_port(const char *line, const char *at)
{
	static const char *const before[] = {":", ".", "port ", "-l ", "-p "};

	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		const size_t length = strlen(before[i]);
		if ((size_t)(at - line) >= length && strncmp(at - length, before[i], length) == 0)
			return true;
	}
	return false;
}

static size_t ports_in(const char *line, int ports[PORTS_MAX], size_t count)
{
	for (const char *at = line; *at != '\0'; at++) {
		const size_t digits = strspn(at, "0123456789");
		const long port = digits >= 4 && digits <= 5 ? strtol(at, NULL, 10) : 0;
		if (digits == 0)
			continue;
		/* Not the decimals of 0.5000, and not a part of a word. */
		if (port >= 1024 && port <= 65535 && is_port(line, at) &&
			!isalpha((unsigned char)at[digits]))
			count = add_port(ports, count, (int)port);
		at += digits - 1;
	}
	return count;
}

size_t ports_of(const struct worksheet *w, int ports[PORTS_MAX])
{
	size_t count = 0;

	for (size_t s = 0; s < w->count; s++)
		for (size_t i = 0; i < w->steps[s].count && !w->steps[s].room; i++)
			count = ports_in(w->steps[s].items[i].text, ports, count);
	return count;
}

/* ---- Who has them ------------------------------------------------------------------------- */

struct socket_row {
	unsigned local, remote, state;
	unsigned long inode; /* 0: no program owns it any more */
};

static const char *state_name(unsigned state)
{
	static const char *const names[] = {"?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
		"FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
		"SYN_RECV"};

	return names[state < sizeof names / sizeof names[0] ? state : 0];
}

static bool read_row(FILE *table, struct socket_row *row)
{
	char line[512];

	while (fgets(line, sizeof line, table) != NULL)
		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %x %*s %*s %*s %*s %*s %lu",
			    &row->local, &row->remote, &row->state, &row->inode) == 4)
			return true;
	return false;
}

/* Find a socket that has one of the ports: one that a program owns rather than one that is passing.
 * Returns the port, 0 if there is none, -1 where the system does not tell. */
static int find_taken(const int *ports, size_t count, struct socket_row *found)
{
	static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	int taken = -1;

	for (size_t t = 0; t < 2; t++) {
		FILE *table = fopen(tables[t], "r");
		struct socket_row row;
		if (table == NULL)
			continue;
		taken = taken == -1 ? 0 : taken;
		while (read_row(table, &row))
			for (size_t i = 0; i < count; i++)
				if ((row.local == (unsigned)ports[i] ||
					    row.remote == (unsigned)ports[i]) &&
					(taken == 0 || (found->inode == 0 && row.inode != 0))) {
					*found = row;
					taken = ports[i];
				}
		fclose(table);
	}
	return taken;
}

/* Does the process hold the socket? Asked of a process that is not ours, the answer is no. */
static bool has_socket(const char *pid, const char *socket)
{
	char path[300], link[64];
	const struct dirent *entry;
	bool has = false;
	DIR *held;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	held = opendir(path);
	while (held != NULL && !has && (entry = readdir(held)) != NULL) {
		snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, entry->d_name);
		n = readlink(path, link, sizeof link - 1);
		link[n > 0 ? n : 0] = '\0';
		has = strcmp(link, socket) == 0;
	}
	if (held != NULL)
		closedir(held);
	return has;
}

static void name_owner(int port, const struct socket_row *row, char *text, size_t size)
{
	char socket[64], path[64], name[32] = "";
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	FILE *comm;

	snprintf(socket, sizeof socket, "socket:[%lu]", row->inode);
	snprintf(text, size,
		"port %d is in use (%s) by another user's program; sudo ss -tanp '( sport = :%d or "
		"dport = :%d )' names it",
		port, state_name(row->state), port, port);
	while (processes != NULL && (entry = readdir(processes)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !has_socket(entry->d_name, socket))
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/comm", entry->d_name);
		comm = fopen(path, "r");
		if (comm != NULL && fgets(name, sizeof name, comm) != NULL)
			name[strcspn(name, "\n")] = '\0';
		if (comm != NULL)
			fclose(comm);
		snprintf(text, size, "port %d is in use (%s) by %s, process %.20s", port,
			state_name(row->state), name, entry->d_name);
		break;
	}
	if (processes != NULL)
		closedir(processes);
}

/* ---- Wait --------------------------------------------------------------------------------- */

/* Nobody owns it, so it ends by itself. */
static bool is_passing(const struct socket_row *row)
{
	return row->inode == 0;
}

int ports_wait(const struct worksheet *w, int lifeline, char *text, size_t size)
{
	struct pollfd hangup = {.fd = lifeline, .events = POLLIN};
	struct socket_row row = {0};
	int ports[PORTS_MAX], port;
	const size_t count = ports_of(w, ports);
	const time_t end = time(NULL) + LONGEST_WAIT;
	bool told = false;

	text[0] = '\0';
	while ((port = find_taken(ports, count, &row)) > 0) {
		if (!is_passing(&row)) {
			name_owner(port, &row, text, size);
			return -1;
		}
		if (time(NULL) >= end) {
			snprintf(text, size, "port %d is still held by an earlier connection (%s)",
				port, state_name(row.state));
			return -1;
		}
		if (!told)
			fprintf(stderr,
				"lab: %s waits until port %d is free of an earlier connection "
				"(%s)\n",
				w->name, port, state_name(row.state));
		told = true;
		if (poll(&hangup, 1, 200) == 1) {
			return 1;
		}
	}
	return 0;
}
