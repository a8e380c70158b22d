/* doctor.c - see doctor.h. What is looked at stands here in the order in which it is printed. */
#define _XOPEN_SOURCE   700 /* beyond the base: posix_openpt */
#define _DEFAULT_SOURCE     /* beyond POSIX: RLIMIT_NPROC, the window's size */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room.h"
#include "tools.h"

/* A class: so many students on one machine; what four terminals of one of them take
 * (tests/bench). */
enum {
	STUDENTS = 30,
	PROCESSES = 30,
	MEGABYTES = 30,
	TERMINALS = 4,
	ROOMS = 8,
	DISK_MEGABYTES = 20
};

enum finding { FINE, NOTE, MISSING };

static int missing; /* how many things stand in the way */

/* ---- A line of the report ----------------------------------------------------------------- */

static void finding(enum finding f, const char *what, const char *text)
{
	static const char *const words[] = {"ok", "note", "NO"};

	printf("%-5s %-10s %s\n", words[f], what, text);
	missing += f == MISSING;
}

/* What can be done about the line before it: each line of the text. */
static void remedy(const char *lines)
{
	for (size_t length; *lines != '\0'; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		printf("      %-10s   %.*s\n", "", (int)length, lines);
	}
}

/* The first line that a command of the shell prints; "" if none. */
static void first_line(const char *command, char *text, size_t size)
{
	FILE *output = popen(command, "r");
	char rest[256];

	text[0] = '\0';
	if (output == NULL)
		return;
	if (fgets(text, (int)size, output) != NULL)
		text[strcspn(text, "\n")] = '\0';
	while (fgets(rest, sizeof rest, output) != NULL)
		;
	pclose(output);
}

static long number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = -1;

	if (file != NULL && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file != NULL)
		fclose(file);
	return number;
}

/* ---- The kernel and the room -------------------------------------------------------------- */

static void look_at_kernel(void)
{
	struct utsname u;
	char text[256];

	if (uname(&u) == -1)
		return;
	snprintf(text, sizeof text, "%.60s %.100s, %.40s", u.sysname, u.release, u.machine);
	finding(strcmp(u.sysname, "Linux") == 0 ? FINE : NOTE, "kernel", text);
	if (strcmp(u.sysname, "Linux") != 0)
		remedy("the worksheets show what Linux does; they say where other systems differ");
}

static bool look_at_room(struct room *room)
{
	struct refusal refusal;

	if (room_open(room, -1, &refusal) == -1) {
		finding(MISSING, "room", refusal.why);
		remedy(refusal.remedy);
		return false;
	}
	finding(FINE, "room",
		room->own_pids
			? "a network, mounts and processes of one's own"
			: "a network and mounts of one's own (this system refuses a /proc of its own)");
	if (room->hosts)
		finding(FINE, "hosts", "a second host can be made there");
	else
		finding(MISSING, "hosts",
			"a second host cannot be made: a new /sys may not be mounted");
	if (!room->hosts)
		remedy("start the container with: --security-opt systempaths=unconfined");
	return true;
}

/* Try it where it will be done: in the room, if there is one. */
static void look_at_capture(const struct room *room)
{
	int status = -1;
	char text[400];
	const pid_t pid = fork();

	if (pid == 0)
		_exit((room != NULL && room_join(room) == -1) ||
			system("PATH=$PATH:/usr/sbin:/sbin; tcpdump -i lo -d tcp >/dev/null 2>&1") !=
				0);
	if (pid != -1 && waitpid(pid, &status, 0) == pid && status == 0) {
		finding(FINE, "capture",
			room != NULL ? "tcpdump sees the room's loopback, without root"
				     : "tcpdump sees the loopback");
		return;
	}
	finding(MISSING, "capture", "tcpdump may not capture on the loopback");
	if (room != NULL) {
		remedy("is tcpdump there (below), and does no AppArmor profile confine it?");
	} else {
		refusal_root(text, sizeof text);
		remedy(text);
		remedy("or see to a private room (above)");
	}
}

/* ---- The tools ---------------------------------------------------------------------------- */

/* How a tool tells its version; none of these looks at the network. */
static const struct {
	const char *name, *command;
} versions[] = {
	{"tcpdump", "tcpdump --version 2>&1 | head -n 1"},
	{"netstat", "netstat --version 2>&1 | head -n 1"},
	{"ss", "ss -V 2>&1"},
	{"ip", "ip -V 2>&1"},
	{"tc", "tc -V 2>&1"},
	{"lsof", "lsof -v 2>&1 | sed -n 's/.*revision: */lsof /p' | head -n 1"},
	{"nc", "nc -h 2>&1 | grep -v ^usage | head -n 1"},
	{"telnet", "telnet --version 2>&1 | head -n 1"},
	{"ps", "ps --version 2>&1"},
	{"bash", "bash --version | head -n 1"},
	{"tmux", "tmux -V 2>&1"},
};

static void version_of(const char *tool, char *text, size_t size)
{
	char command[300];

	text[0] = '\0';
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (strcmp(versions[i].name, tool) == 0) {
			snprintf(command, sizeof command,
				"PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; { %s; } </dev/null",
				versions[i].command);
			first_line(command, text, size);
		}
	if (text[0] == '\0')
		snprintf(text, size, "is here");
}

/* The script that installs them stands beside the worksheets. */
static void advise_install(const struct worksheet *w)
{
	const char *slash = strrchr(w->path, '/');
	char text[4200];

	snprintf(text, sizeof text, "%.*s/install-tools    (says what it runs)",
		slash != NULL ? (int)(slash - w->path) : 1, slash != NULL ? w->path : ".");
	remedy(text);
}

static bool is_here(const char *tool, const char *bin)
{
	char list[80], text[200];

	snprintf(list, sizeof list, " %.60s ", tool);
	tools_ask(list, bin, text, sizeof text);
	return text[0] == '\0';
}

static void look_at_tool(const char *tool, const struct worksheet *w, const char *bin)
{
	char version[200];

	if (!is_here(tool, bin)) {
		finding(MISSING, tool, "is not installed");
		advise_install(w);
		return;
	}
	version_of(tool, version, sizeof version);
	if (strcmp(tool, "nc") == 0 && strstr(version, "OpenBSD") == NULL) {
		finding(MISSING, tool,
			"is not OpenBSD's nc; others understand `nc -l PORT` differently");
		advise_install(w);
	} else if (strstr(version, "BusyBox") != NULL && strcmp(tool, "telnet") != 0) {
		finding(MISSING, tool, "is BusyBox's, which prints other columns");
		advise_install(w);
	} else {
		finding(FINE, tool, version);
	}
}

static void look_at_tools(const struct worksheet *worksheets, size_t count, const char *bin)
{
	char list[TOOLS_LIST] = "", *next = NULL;

	for (size_t i = 0; i < count; i++)
		tools_add_needs(list, &worksheets[i]);
	tools_add_needs(list, &(struct worksheet){.needs = "bash, ps"});
	for (char *tool = strtok_r(list, " ", &next); tool != NULL;
		tool = strtok_r(NULL, " ", &next))
		look_at_tool(tool, worksheets, bin);
	if (is_here("tmux", bin)) {
		char version[100];
		version_of("tmux", version, sizeof version);
		finding(FINE, "tmux", version);
	} else {
		finding(NOTE, "tmux",
			"is not installed: `lab open` then says what to type in which window");
	}
}

static void look_at_labs(
	const struct worksheet *worksheets, size_t count, const char *bin, const struct room *room)
{
	char text[1024], line[1200];
	size_t playable = 0;

	for (size_t i = 0; i < count; i++) {
		if (tools_missing(&worksheets[i], bin, room, text, sizeof text) == 0) {
			playable++;
			continue;
		}
		snprintf(line, sizeof line, "%.60s %s", worksheets[i].name, text);
		finding(NOTE, "lab", line);
	}
	snprintf(line, sizeof line, "%zu of %zu can be played here", playable, count);
	finding(playable == count ? FINE : MISSING, "labs", line);
}

/* ---- The terminals, the disk, the limits -------------------------------------------------- */

static void look_at_terminals(void)
{
	const long most = number_in("/proc/sys/kernel/pty/max"),
		   used = number_in("/proc/sys/kernel/pty/nr");
	const int pty = posix_openpt(O_RDWR | O_NOCTTY);
	struct winsize size;
	char text[160];

	if (pty == -1) {
		snprintf(
			text, sizeof text, "no pseudo-terminal can be opened: %s", strerror(errno));
		finding(MISSING, "terminals", text);
		remedy("in a container: is /dev/pts mounted?");
		return;
	}
	close(pty);
	snprintf(text, sizeof text, "pseudo-terminals: %ld of %ld in use", used, most);
	finding(most != -1 && most - used < 2L * STUDENTS * TERMINALS ? NOTE : FINE, "terminals",
		most == -1 ? "a pseudo-terminal can be opened" : text);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < 80)
		finding(NOTE, "window", "is narrower than 80 columns: tcpdump's lines will wrap");
}

static void look_at_disk(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct statvfs disk;
	char text[300];

	if (state == NULL || statvfs(state, &disk) == -1)
		state = home;
	if (state == NULL || statvfs(state, &disk) == -1)
		return;
	const unsigned long long free_mb = (unsigned long long)disk.f_bavail * disk.f_frsize >> 20;
	snprintf(text, sizeof text, "%llu MB free where recordings are kept (%.200s)", free_mb,
		state);
	finding(free_mb < DISK_MEGABYTES ? MISSING : FINE, "disk", text);
	if (free_mb < DISK_MEGABYTES)
		remedy("make room there, or set TCP_LABS_STATE to a folder elsewhere");
}

/* One student's limit, and those of the machine if all work on it. */
static void look_at_limits(void)
{
	const long threads = number_in("/proc/sys/kernel/threads-max"),
		   pids = number_in("/proc/sys/kernel/pid_max");
	const long spaces = number_in("/proc/sys/user/max_user_namespaces");
	const long most = threads != -1 && threads < pids ? threads : pids;
	struct rlimit limit;
	char text[200];

	if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
		const bool few = limit.rlim_cur < 2UL * PROCESSES;
		snprintf(text, sizeof text, "%llu processes for one user; a lab takes about %d",
			(unsigned long long)limit.rlim_cur, PROCESSES);
		finding(few ? MISSING : FINE, "limit", text);
		if (few)
			remedy("ulimit -u, /etc/security/limits.conf, or TasksMax= of the user's slice");
	}
	if (most != -1) {
		snprintf(text, sizeof text,
			"%ld processes on this machine; a class of %d takes about %d", most,
			STUDENTS, STUDENTS * PROCESSES);
		finding(most < 2L * STUDENTS * PROCESSES ? NOTE : FINE, "class", text);
	}
	if (spaces > 0) {
		snprintf(text, sizeof text, "%ld rooms for one user; `lab run` takes %d at once",
			spaces, ROOMS);
		finding(spaces < 2L * ROOMS ? NOTE : FINE, "class", text);
	}
}

static void look_at_memory(void)
{
	char text[200];

	first_line("sed -n 's/^MemAvailable: *//p' /proc/meminfo 2>/dev/null", text, sizeof text);
	const long available = strtol(text, NULL, 10) / 1024;
	if (available <= 0)
		return;
	snprintf(text, sizeof text, "%ld MB of memory available; a class of %d takes about %d",
		available, STUDENTS, STUDENTS * MEGABYTES);
	finding(available < (long)STUDENTS * MEGABYTES ? NOTE : FINE, "class", text);
}

/* ---- The whole ---------------------------------------------------------------------------- */

int doctor(const struct worksheet *worksheets, size_t count, const char *bin)
{
	struct room room;
	bool has_room;

	look_at_kernel();
	fflush(stdout); /* a child would print again what is not written yet */
	has_room = look_at_room(&room);
	fflush(stdout);
	look_at_capture(has_room ? &room : NULL);
	look_at_tools(worksheets, count, bin);
	look_at_labs(worksheets, count, bin, has_room ? &room : NULL);
	room_close(&room);
	look_at_terminals();
	look_at_disk();
	look_at_limits();
	look_at_memory();
	if (missing == 0)
		puts("This machine has all that the labs need.");
	else
		printf("%d thing%s in the way; what to do stands below each.\n", missing,
			missing == 1 ? " stands" : "s stand");
	return missing == 0 ? 0 : 1;
}
