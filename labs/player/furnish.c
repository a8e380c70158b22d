/* furnish.c - see furnish.h. Linux alone, as room.c. */
#define _GNU_SOURCE /* beyond POSIX: mount, O_PATH, interface flags */
#include "furnish.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* ---- /proc -------------------------------------------------------------------------------- */

/*
 * A /proc that shows the room's processes. Its /proc/sys is the one that was there: it shows the
 * settings of whoever looks, so here the room's, and it may be written on every kernel. In a fresh
 * one before Linux 6.11 (and the stable kernels of August 2024) the files belong to a user 0 that
 * the room does not have, and each write is refused.
 */
static const char *mount_proc(void)
{
	const int settings = open("/proc/sys", O_PATH | O_CLOEXEC);
	char path[64];

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
		return "mount /proc";
	if (settings == -1)
		return NULL;
	snprintf(path, sizeof path, "/proc/self/fd/%d", settings);
	(void)mount(path, "/proc/sys", NULL, MS_BIND | MS_REC, NULL);
	close(settings);
	return NULL;
}

/* ---- Mounts that are covered or locked up ------------------------------------------------- */

/* Make every folder on the way to `path` behind its first `from` bytes, and `path` itself. */
static void make_way(char *path, size_t from)
{
	for (char *slash = path + from; (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
		*slash = '\0';
		mkdir(path, 0755);
	}
	mkdir(path, 0755);
}

/* The shortest folder on the way to `path` that may not be searched: 0, or its length. */
static size_t locked_at(char *path)
{
	struct stat st;

	for (char *slash = path; (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
		*slash = '\0';
		const size_t length = strlen(path);
		const bool locked = faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == -1 &&
				    errno == EACCES && stat(path, &st) == 0;
		if (locked) {
			*slash = '/';
			return length;
		}
	}
	return 0;
}

/*
 * A mount that is listed in /proc/mounts must be there to be looked at: lsof complains of each one
 * that is not, and its complaint would stand in a lesson. Covered by our /run are the mounts below
 * the old one; and behind locked doors an ordinary user meets those of containers, or of the
 * kernel's tracing. So their places are made: below our /run, or in an empty folder laid over the
 * door.
 */
static void make_visible(char *path)
{
	struct stat st;
	size_t locked;

	if (lstat(path, &st) == 0)
		return;
	if (errno == ENOENT && strncmp(path, "/run/", 5) == 0) {
		make_way(path, strlen("/run"));
	} else if (errno == EACCES && (locked = locked_at(path)) > 0) {
		path[locked] = '\0';
		const bool covered =
			mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") == 0;
		path[locked] = '/';
		if (covered)
			make_way(path, locked);
	}
}

/* In mountinfo a blank in a path is written \040, and so on, proc_pid_mountinfo(5). */
static void unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*to = '\0';
}

static void show_mounts(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, path[PATH_SIZE];
	size_t size = 0;

	while (mounts != NULL && getline(&line, &size, mounts) != -1) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1)
			continue;
		unescape(path);
		make_visible(path);
	}
	free(line);
	if (mounts != NULL)
		fclose(mounts);
}

/* ---- The network -------------------------------------------------------------------------- */

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = -1;

	if (fd == -1)
		return -1;
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
		result = ioctl(fd, SIOCSIFFLAGS, &request);
	}
	close(fd);
	return result;
}

/* On a busy machine an ACK may be overtaken by the FIN that was sent after it. TIME_WAIT answers
 * it, and to that answer a peer that has closed says RST, which would end TIME_WAIT at once (RFC
 * 1337). Where this cannot be set the room goes without. */
static void keep_time_wait(void)
{
	const int fd = open("/proc/sys/net/ipv4/tcp_rfc1337", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (write(fd, "1", 1) == -1)
		errno = 0;
	close(fd);
}

/* `ip netns exec` mounts a /sys for the other network; a container may refuse that (its own /sys is
 * covered in part, and a new one would show it all), or grant it only to be read, as its own is.
 * That is enough. Tried out of the way. */
static bool may_mount_sys(void)
{
	static const char place[] = "/run/sys";
	const bool may = mkdir(place, 0700) == 0 &&
			 (mount("sysfs", place, "sysfs", 0, NULL) == 0 ||
				 mount("sysfs", place, "sysfs", MS_RDONLY, NULL) == 0);

	if (may)
		umount2(place, MNT_DETACH);
	rmdir(place);
	return may;
}

/* ---- The whole ---------------------------------------------------------------------------- */

const char *furnish(bool own_pids, bool *hosts)
{
	const char *failed;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return "make mounts private";
	if (own_pids && (failed = mount_proc()) != NULL)
		return failed;
	if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") == -1)
		return "mount /run"; /* `ip netns` keeps its list there */
	show_mounts();
	if (loopback_up() == -1)
		return "bring up loopback";
	keep_time_wait();
	*hosts = may_mount_sys();
	return NULL;
}

#else /* not Linux: there are no rooms */

const char *furnish(bool own_pids, bool *hosts)
{
	(void)own_pids;
	*hosts = false;
	return "only Linux has namespaces";
}

#endif
