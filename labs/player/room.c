/* room.c - see room.h. Everything that is Linux alone is here. */
#define _GNU_SOURCE /* beyond POSIX: unshare, setns, mount, capabilities, orphans */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "furnish.h"

#ifdef __linux__

#include <dirent.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* What the keeper tells the one who asked for the room. */
struct report {
	pid_t first;
	bool hosts;
	int error;
	char step[48];
};

static void say(int to, pid_t first, bool hosts, const char *step)
{
	struct report report = {.first = first, .hosts = hosts, .error = errno};

	snprintf(report.step, sizeof report.step, "%s", step);
	if (write(to, &report, sizeof report) != (ssize_t)sizeof report)
		_exit(1);
}

/* ---- Making the room ---------------------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == -1 ? -1 : 0;
}

/* Inside, the user keeps his number; root becomes an ordinary number, because a tcpdump that finds
 * itself root tries to become another user, which the room does not have. */
static int map_user(uid_t uid, gid_t gid)
{
	char map[64];

	if (write_file("/proc/self/setgroups", "deny") == -1 && errno != ENOENT)
		return -1;
	snprintf(map, sizeof map, "%ld %ld 1\n", uid == 0 ? 1000L : (long)uid, (long)uid);
	if (write_file("/proc/self/uid_map", map) == -1)
		return -1;
	snprintf(map, sizeof map, "%ld %ld 1\n", gid == 0 ? 1000L : (long)gid, (long)gid);
	return write_file("/proc/self/gid_map", map);
}

/* What an exec would drop stays: all capabilities made inheritable and ambient. */
static int keep_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	if (syscall(SYS_capset, &header, data) == -1)
		return -1;
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return 0;
}

/* The room's first process: furnish it, say so, and wait for the lifeline to be let go. Where it is
 * process 1 of its own namespace, the kernel ends every other process there together with it. */
static void live(int lifeline, int lock, int to, bool own_pids)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool hosts = false;
	const char *failed = furnish(own_pids, &hosts);
	char byte;

	if (failed != NULL) {
		say(to, 0, false, failed);
		_exit(1);
	}
	say(to, -1, hosts, "");
	close(to);
	signal(SIGCHLD, SIG_IGN); /* process 1 inherits orphans; nobody asks how they ended */
	if (lock == -1)
		while (read(lifeline, &byte, 1) == -1 && errno == EINTR)
			;
	/* Granted when the last reader is gone: what the file says of this room is no longer
	 * true. */
	while (lock != -1 && fcntl(lock, F_SETLKW, &all) == -1 && errno == EINTR)
		;
	if (lock != -1 && ftruncate(lock, 0) == -1)
		_exit(1);
	_exit(0);
}

static void keep(int lifeline, int lock, int to, bool own_pids)
{
	const int others = CLONE_NEWNET | CLONE_NEWNS | (own_pids ? CLONE_NEWPID : 0);
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	const char *failed;
	pid_t first;

	setsid(); /* a ^C at the terminal is not for the room */
	signal(SIGHUP, SIG_IGN);
	/* The keeper may outlive whatever it was started by: hold nothing of it. */
	for (int fd = 0, null = open("/dev/null", O_RDWR); fd < 3 && null != -1; fd++)
		dup2(null, fd);
	room_close_others(lifeline, lock, to);
	failed = unshare(CLONE_NEWUSER) == -1 ? STEP_USER
		 : map_user(uid, gid) == -1   ? STEP_MAP
		 : unshare(others) == -1      ? STEP_OTHERS
					      : NULL;
	if (failed != NULL) {
		say(to, 0, false, failed);
		_exit(1);
	}
	first = fork();
	if (first == 0)
		live(lifeline, lock, to, own_pids);
	close(lifeline);
	say(to, first, false, first == -1 ? "fork" : "");
	close(to);
	while (waitpid(first, NULL, 0) == -1 && errno == EINTR)
		;
	_exit(0);
}

/* The next report; a signal may come in between, as when the terminal gets another size. */
static bool read_report(int from, struct report *report)
{
	ssize_t n;

	do {
		n = read(from, report, sizeof *report);
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof *report;
}

/* Both of the keeper's and the first process's reports must be good. */
static int hear(int from, struct room *room, struct refusal *refusal)
{
	struct report report;
	int good = 0;

	while (good < 2 && read_report(from, &report)) {
		if (report.step[0] != '\0') {
			refusal_explain(refusal, report.step, report.error);
			return -1;
		}
		if (report.first > 0)
			room->first = report.first;
		room->hosts = room->hosts || report.hosts;
		good++;
	}
	if (good == 2)
		return 0;
	refusal_explain(refusal, "its first process was ended", 0);
	return -1;
}

static void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* Two pipes and the keeper. Returns 0, or -1 with errno and nothing left open. */
static int start_keeper(struct room *room, int lock, int lifeline[2], int reports[2])
{
	int error;

	if (pipe2(lifeline, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(reports, O_CLOEXEC) == -1) {
		error = errno;
	} else {
		if ((room->keeper = fork()) == 0) {
			close(lifeline[1]);
			close(reports[0]);
			keep(lifeline[0], lock, reports[1], room->own_pids);
		}
		if (room->keeper != -1)
			return 0;
		error = errno;
		close_pair(reports);
	}
	close_pair(lifeline);
	errno = error;
	return -1;
}

static int try_open(struct room *room, int lock, bool own_pids, struct refusal *refusal)
{
	int lifeline[2], reports[2], result;

	*room = (struct room){.lifeline = -1, .own_pids = own_pids};
	if (start_keeper(room, lock, lifeline, reports) == -1) {
		refusal_explain(refusal, "start its first process", errno);
		return -1;
	}
	close(lifeline[0]);
	close(reports[1]);
	room->lifeline = lifeline[1];
	result = hear(reports[0], room, refusal);
	close(reports[0]);
	if (result == -1)
		room_close(room);
	return result;
}

int room_open(struct room *room, int lock, struct refusal *refusal)
{
	/* A container may refuse a /proc of our own; the rest is worth having without it. */
	return try_open(room, lock, true, refusal) == 0 ? 0 : try_open(room, lock, false, refusal);
}

/*
 * The /proc of where this process was before it joined a room, or -1. Who joins stays outside of
 * the room's process namespace, only its children are inside: the numbers that it may give to
 * kill(2), and that waitpid(2) tells it, are those of outside, while /proc is the room's.
 */
static int processes = -1;

/* ---- Joining it --------------------------------------------------------------------------- */

int room_join(const struct room *room)
{
	static const char *const kinds[] = {"user", "net", "pid", "mnt"};
	int fds[4], result = 0;
	char path[64];

	if (processes == -1)
		processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)room->first, kinds[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	for (int i = 0; i < 4; i++) {
		if (result == 0 && (room->own_pids || strcmp(kinds[i], "pid") != 0))
			result = fds[i] == -1 ? -1 : setns(fds[i], 0);
		if (fds[i] != -1)
			close(fds[i]);
	}
	return result == -1 ? -1 : keep_capabilities();
}

/* ---- Leaving it --------------------------------------------------------------------------- */

void room_close(struct room *room)
{
	if (room->keeper <= 0)
		return;
	close(room->lifeline);
	while (waitpid(room->keeper, NULL, 0) == -1 && errno == EINTR)
		;
	room->keeper = 0;
}

/*
 * A lesson may hang on an answer within 40 ms: an ACK is delayed so long, and a FIN that comes in
 * time goes with it. On a busy machine a server that was woken waits longer than that for its turn.
 * Who asks for short turns gets them sooner (sched_setattr(2), EEVDF, since Linux 6.12; before,
 * nothing changes): no more of the processor, only earlier.
 */
void room_take_short_turns(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} turns = {
		.size = sizeof turns, .runtime = 100000}; /* nanoseconds: the least that there is */

	turns.nice = getpriority(PRIO_PROCESS, 0);
	(void)syscall(SYS_sched_setattr, 0, &turns, 0);
}

void room_adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* ---- Descriptors -------------------------------------------------------------------------- */

void room_close_others(int one, int two, int three)
{
	DIR *held = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (held != NULL && (entry = readdir(held)) != NULL) {
		const int fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd > 2 && fd != one && fd != two && fd != three && fd != dirfd(held))
			close(fd);
	}
	if (held != NULL)
		closedir(held);
}

/* ---- Looking at processes ----------------------------------------------------------------- */

/* Some fields of /proc/PID/stat, proc(5). */
struct process {
	long pid, parent, group, session, terminal, foreground;
	unsigned flags;
	char state; /* R: it runs */
};

static DIR *open_processes(void)
{
	const int fd = processes == -1 ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				       : openat(processes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd == -1 ? NULL : fdopendir(fd);

	if (list == NULL && fd != -1)
		close(fd);
	return list;
}

static bool read_process(DIR *list, const char *pid, struct process *p)
{
	char path[300], text[512];
	const char *name_end;
	ssize_t n;
	int fd;

	if (pid[0] < '1' || pid[0] > '9')
		return false;
	snprintf(path, sizeof path, "%s/stat", pid);
	if ((fd = openat(dirfd(list), path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p->pid = strtol(pid, NULL, 10);
	name_end = strrchr(text, ')'); /* a name may hold anything */
	return name_end != NULL &&
	       sscanf(name_end, ") %c %ld %ld %ld %ld %ld %u", &p->state, &p->parent, &p->group,
		       &p->session, &p->terminal, &p->foreground, &p->flags) == 7;
}

/* Has it this terminal as its input or output? */
static bool has_terminal(DIR *list, const char *pid, const struct stat *terminal)
{
	char path[300];
	struct stat file;

	for (int fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof path, "%s/fd/%d", pid, fd);
		if (fstatat(dirfd(list), path, &file, 0) == 0 && file.st_dev == terminal->st_dev &&
			file.st_ino == terminal->st_ino)
			return true;
	}
	return false;
}

/* Programs that have left their session, but not the terminal. */
static int strangers(const struct stat *terminal)
{
	DIR *list = opendir("/proc"); /* the room's */
	const struct dirent *entry;
	struct process p;
	int count = 0;

	while (list != NULL && (entry = readdir(list)) != NULL)
		count += read_process(list, entry->d_name, &p) &&
			 (dev_t)p.terminal != terminal->st_rdev &&
			 has_terminal(list, entry->d_name, terminal);
	if (list != NULL)
		closedir(list);
	return count;
}

int room_others(pid_t shell, int slave)
{
	DIR *list = open_processes();
	const struct dirent *entry;
	struct process p;
	struct stat terminal;
	int others = fstat(slave, &terminal) == 0 ? strangers(&terminal) : 0;

	while (list != NULL && (entry = readdir(list)) != NULL)
		others += read_process(list, entry->d_name, &p) && p.session == shell &&
			  p.pid != shell;
	if (list != NULL)
		closedir(list);
	return others;
}

char room_state(long process)
{
	DIR *list = opendir("/proc");
	char number[32];
	struct process p;

	if (list == NULL)
		return '?';
	snprintf(number, sizeof number, "%ld", process);
	if (!read_process(list, number, &p))
		p.state = '\0';
	closedir(list);
	return p.state;
}

void room_end_session(pid_t shell)
{
	DIR *list = open_processes();
	const struct dirent *entry;
	struct process p;

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (read_process(list, entry->d_name, &p) && p.session == shell)
			kill((pid_t)p.pid, SIGKILL);
	if (list != NULL)
		closedir(list);
}

int room_foreground(pid_t shell)
{
	enum { FORKED_BUT_NO_EXEC = 0x40 }; /* PF_FORKNOEXEC */
	DIR *list = open_processes();
	const struct dirent *entry;
	struct process p;
	int programs = 0, others = 0, awake = 0;

	if (list == NULL)
		return -1;
	while ((entry = readdir(list)) != NULL) {
		if (!read_process(list, entry->d_name, &p) || p.session != shell ||
			p.group != p.foreground)
			continue;
		if (p.pid == shell || (p.flags & FORKED_BUT_NO_EXEC) != 0)
			others++;
		else
			programs++;
		awake += p.state == 'R';
	}
	closedir(list);
	return programs == 0 || others > 0 ? 0 : awake > 0 ? 1 : 2;
}

/* End the children; theirs become ours; so on until there are none. One that is not ours to end
 * (sudo's) is not waited for longer than some seconds. */
void room_sweep(void)
{
	const struct timespec moment = {.tv_nsec = 5000000};

	for (int round = 0; round < 500; round++) {
		pid_t ended;
		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (ended == -1 && errno == ECHILD)
			return;
		DIR *list = open_processes();
		const struct dirent *entry;
		struct process p;
		while (list != NULL && (entry = readdir(list)) != NULL)
			if (read_process(list, entry->d_name, &p) && p.parent == getpid())
				kill((pid_t)p.pid, SIGKILL);
		if (list != NULL)
			closedir(list);
		nanosleep(&moment, NULL);
	}
}

char *room_program(void)
{
	return realpath("/proc/self/exe", NULL);
}

#else /* not Linux: there are no rooms */

int room_open(struct room *room, int lock, struct refusal *refusal)
{
	(void)lock;
	*room = (struct room){.lifeline = -1};
	refusal_explain(refusal, "only Linux has namespaces", 0);
	return -1;
}

int room_join(const struct room *room)
{
	(void)room;
	errno = ENOSYS;
	return -1;
}

void room_close(struct room *room)
{
	(void)room;
}

void room_adopt_orphans(void)
{
}

void room_take_short_turns(void)
{
}

void room_sweep(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void room_close_others(int one, int two, int three)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != one && fd != two && fd != three)
			close(fd);
}

int room_foreground(pid_t shell)
{
	(void)shell;
	return -1;
}

int room_others(pid_t shell, int slave)
{
	(void)shell;
	(void)slave;
	return 0;
}

char room_state(long process)
{
	(void)process;
	return '?';
}

void room_end_session(pid_t shell)
{
	(void)shell;
}

char *room_program(void)
{
	return NULL;
}

#endif
