/* state.c - see state.h. */
#define _XOPEN_SOURCE 700 /* gethostname, mkdirat and their kind */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *operation, const char *object)
{
	fprintf(stderr, "lab: %s %s: %s\n", operation, object, strerror(errno));
	return -1;
}

unsigned long long state_version(const struct worksheet *w)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < w->size; i++)
		hash = (hash ^ (unsigned char)w->text[i]) * 0x100000001b3;
	return hash;
}

/* ---- The folder --------------------------------------------------------------------------- */

static int base_path(char path[PATH_SIZE])
{
	const char *own = getenv("TCP_LABS_STATE"), *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int length = -1;

	if (own != NULL && own[0] == '/')
		length = snprintf(path, PATH_SIZE, "%s", own);
	else if (state != NULL && state[0] == '/')
		length = snprintf(path, PATH_SIZE, "%s/tcp-labs", state);
	else if (home != NULL && home[0] == '/')
		length = snprintf(path, PATH_SIZE, "%s/.local/state/tcp-labs", home);
	if (length > 0 && length < 3800)
		return 0;
	fputs("lab: no folder for recordings: set HOME, or TCP_LABS_STATE to a folder of yours\n", stderr);
	return -1;
}

/* Make the folders on the way, as mkdir -p does. */
static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

/* Open a folder that must be ours alone; it is never reached through a link. */
static int open_private(const char *path, bool make)
{
	struct stat st;
	int fd;

	if (make && mkdir(path, 0700) == -1 && errno != EEXIST)
		return complain("make the folder", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		if (errno == ENOENT && !make)
			return -1;
		if (errno == ELOOP || errno == ENOTDIR)
			fprintf(stderr, "lab: %s: not a folder but a link or a file; remove it\n", path);
		else
			complain("open the folder", path);
		errno = 0;
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return fd;
	fprintf(stderr, "lab: %s: not private (owner %ld, mode %03o); remove it, or chmod 700 your own\n",
		path, (long)st.st_uid, (unsigned)st.st_mode & 0777);
	close(fd);
	errno = 0;
	return -1;
}

int state_open(struct state *s, const struct worksheet *w, bool make)
{
	char base[PATH_SIZE];
	int fd;

	*s = (struct state){.folder = -1, .lock = -1};
	if (base_path(base) == -1)
		return -1;
	if (make)
		make_parents(base);
	fd = open_private(base, make);
	if (fd != -1) {
		close(fd);
		snprintf(s->path, sizeof s->path, "%.3800s/%.200s", base, w->name);
		s->folder = open_private(s->path, make);
	}
	if (s->folder == -1 && errno == ENOENT && !make)
		fprintf(stderr, "lab: no recording of %s; `lab term %s T1` makes one\n", w->name, w->name);
	return s->folder == -1 ? -1 : 0;
}

/* ---- The room ----------------------------------------------------------------------------- */

/* Open a file of ours in the lab's folder: a regular one with one name, or none at all. */
static int open_file(struct state *s, const char *name)
{
	struct stat st;
	int fd = openat(s->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd == -1)
		return complain("open", name);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1)
		return fd;
	fprintf(stderr, "lab: %s/%s: not a file of ours; remove it\n", s->path, name);
	close(fd);
	return -1;
}

static int lock_file(int fd, short type)
{
	struct flock all = {.l_type = type, .l_whence = SEEK_SET};
	int result;

	do
		result = fcntl(fd, F_SETLKW, &all);
	while (result == -1 && errno == EINTR);
	return result;
}

/* What a session leaves is kept once more, so that a new one does not lose it. */
static void put_aside(struct state *s)
{
	DIR *entries;
	const struct dirent *entry;
	char to[300];
	int copy = dup(s->folder);

	mkdirat(s->folder, "before", 0700);
	entries = copy == -1 ? NULL : fdopendir(copy);
	if (entries == NULL)
		return;
	rewinddir(entries);
	while ((entry = readdir(entries)) != NULL) {
		const size_t length = strlen(entry->d_name);
		if (length < 6 || strcmp(entry->d_name + length - 5, ".cast") != 0)
			continue;
		snprintf(to, sizeof to, "before/%s", entry->d_name);
		renameat(s->folder, entry->d_name, s->folder, to);
	}
	closedir(entries);
}

/* The file holds "first own_pids" while the room lives; its first process empties it at the end. */
static bool read_room(int fd, struct room *room)
{
	char text[64] = "", path[64];
	struct stat ours, theirs;
	long first = 0;
	int own = 0;

	if (pread(fd, text, sizeof text - 1, 0) <= 0 || sscanf(text, "%ld %d", &first, &own) != 2)
		return false;
	*room = (struct room){.lifeline = -1, .first = (pid_t)first, .own_pids = own != 0};
	/* After a restart of the machine the number may be another process's. */
	snprintf(path, sizeof path, "/proc/%ld/ns/net", first);
	return first > 1 && stat("/proc/self/ns/net", &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_ino != theirs.st_ino;
}

/* Is any other process in the room? Each holds a read lock. */
static bool is_alone(int lock)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(lock, F_GETLK, &all) == 0 && all.l_type == F_UNLCK;
}

static int make_room(struct state *s)
{
	char text[64];
	int length;

	if (room_open(&s->room, s->lock, &s->refusal) == -1)
		return -1;
	length = snprintf(text, sizeof text, "%ld %d\n", (long)s->room.first, s->room.own_pids);
	return pwrite(s->lock, text, (size_t)length, 0) == length ? 0 : -1;
}

int state_enter(struct state *s)
{
	char host[128] = "here", name[160];
	int door;

	gethostname(host, sizeof host - 1);
	snprintf(name, sizeof name, "room-%.128s", host);
	/* One at a time at the door: two terminals must not both make the room. */
	door = open_file(s, "door");
	if (door == -1 || lock_file(door, F_WRLCK) == -1)
		return -1;
	s->lock = open_file(s, name);
	if (s->lock == -1 || lock_file(s->lock, F_RDLCK) == -1)
		return -1;
	s->has_room = read_room(s->lock, &s->room);
	if (!s->has_room && is_alone(s->lock)) {
		s->is_first = true;
		s->has_room = make_room(s) == 0;
		put_aside(s);
	}
	mkdirat(s->folder, "desk", 0700);
	close(door);
	return 0;
}

void state_close(struct state *s)
{
	if (s->folder != -1)
		close(s->folder);
	if (s->lock != -1)
		close(s->lock);
}
