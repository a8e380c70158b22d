/* state.c - see state.h. The folder, then its attempts, then the room and its terminals. */
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
	fputs("lab: no folder for recordings: set HOME, or TCP_LABS_STATE to a folder of yours\n",
		stderr);
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
			fprintf(stderr, "lab: %s: not a folder but a link or a file; remove it\n",
				path);
		else
			complain("open the folder", path);
		errno = 0;
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return fd;
	fprintf(stderr,
		"lab: %s: not private (owner %ld, mode %03o); remove it, or chmod 700 your own\n",
		path, (long)st.st_uid, (unsigned)st.st_mode & 0777);
	close(fd);
	errno = 0;
	return -1;
}

static int open_lab_folder(struct state *s, const struct worksheet *w, bool make)
{
	char base[PATH_SIZE];
	int fd;

	*s = (struct state){.folder = -1, .recordings = -1, .lock = -1, .claim = -1};
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
	if (s->folder != -1)
		return 0;
	return errno == ENOENT && !make ? 1 : -1;
}

int state_look(struct state *s, const struct worksheet *w)
{
	const int result = open_lab_folder(s, w, false);

	return result != 0 ? result : state_choose(s, NULL);
}

int state_open(struct state *s, const struct worksheet *w, bool make)
{
	const int result = make ? open_lab_folder(s, w, true) : state_look(s, w);

	if (result == 1)
		fprintf(stderr, "lab: no recording of %s; `lab open %s` makes one\n", w->name,
			w->call);
	return result == 0 ? 0 : -1;
}

void state_close(struct state *s)
{
	const int fds[] = {s->claim, s->recordings, s->lock, s->folder};

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
		if (fds[i] != -1)
			close(fds[i]);
	s->claim = s->recordings = s->lock = s->folder = -1;
}

/* ---- Attempts ----------------------------------------------------------------------------- */

/* Open a file of ours in a folder: a regular one with one name, or none at all. */
static int open_file(int folder, const char *name)
{
	struct stat st;
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd == -1)
		return complain("open", name);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		st.st_nlink == 1)
		return fd;
	fprintf(stderr, "lab: %s: not a file of ours; remove it\n", name);
	close(fd);
	return -1;
}

static int open_folder(int in, const char *name)
{
	return openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Is there a recording in the folder? Tells when the latest one was changed. */
static bool has_recording(int folder, const char *place, time_t *first, time_t *last)
{
	struct stat st;
	char name[ATTEMPT_SIZE + 32];
	bool any = false;

	*first = *last = 0;
	for (int n = 1; n <= TERMINALS_MAX; n++) {
		snprintf(name, sizeof name, "%s/T%d.cast", place, n);
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (!any || st.st_mtime < *first)
			*first = st.st_mtime;
		if (!any || st.st_mtime > *last)
			*last = st.st_mtime;
		any = true;
	}
	return any;
}

static const char name_form[] = "%Y-%m-%dT%H.%M.%S";

static void name_of_time(time_t when, char name[ATTEMPT_SIZE])
{
	struct tm parts;

	if (localtime_r(&when, &parts) == NULL ||
		strftime(name, ATTEMPT_SIZE, name_form, &parts) == 0)
		snprintf(name, ATTEMPT_SIZE, "%lld", (long long)when);
}

static time_t time_of_name(const char *name, time_t otherwise)
{
	struct tm parts = {.tm_isdst = -1};
	time_t when;

	if (sscanf(name, "%d-%d-%dT%d.%d.%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
		    &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
		return otherwise;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	when = mktime(&parts);
	return when == (time_t)-1 ? otherwise : when;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct attempt *)a)->name, ((const struct attempt *)b)->name);
}

/* Which attempt is open on this machine: its name, or "". */
static void read_open_attempt(const struct state *s, char name[ATTEMPT_SIZE]);

static size_t add_attempt(const struct state *s, struct attempt **list, size_t count,
	const char *name, const char *place)
{
	struct attempt *longer, a = {0};
	time_t first;

	if (!has_recording(s->folder, place, &first, &a.last))
		return count;
	if (name == NULL)
		name_of_time(first, a.name);
	else
		snprintf(a.name, sizeof a.name, "%s", name);
	snprintf(a.place, sizeof a.place, "%s", place);
	a.begun = time_of_name(a.name, first);
	longer = realloc(*list, (count + 1) * sizeof **list);
	if (longer == NULL)
		return count;
	*list = longer;
	longer[count] = a;
	return count + 1;
}

size_t state_attempts(const struct state *s, struct attempt **list)
{
	char place[ATTEMPT_SIZE + 16], open_now[ATTEMPT_SIZE];
	const struct dirent *entry;
	const int fd = open_folder(s->folder, "attempts");
	DIR *entries = fd == -1 ? NULL : fdopendir(fd);
	size_t count = 0;

	*list = NULL;
	count = add_attempt(s, list, count, NULL, "before");
	count = add_attempt(s, list, count, NULL, ".");
	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= ATTEMPT_SIZE)
			continue;
		snprintf(place, sizeof place, "attempts/%.31s", entry->d_name);
		count = add_attempt(s, list, count, entry->d_name, place);
	}
	if (entries != NULL)
		closedir(entries);
	if (count > 0)
		qsort(*list, count, sizeof **list, by_name);
	read_open_attempt(s, open_now);
	for (size_t i = 0; i < count; i++)
		(*list)[i].is_open = strcmp((*list)[i].name, open_now) == 0;
	return count;
}

static int choose(struct state *s, const char *name, const char *place)
{
	if (s->recordings != -1)
		close(s->recordings);
	snprintf(s->attempt, sizeof s->attempt, "%s", name);
	s->recordings = open_folder(s->folder, place);
	if (s->recordings != -1)
		return 0;
	fprintf(stderr, "lab: open %s/%s: %s\n", s->path, place, strerror(errno));
	return -1;
}

int state_choose(struct state *s, const char *which)
{
	struct attempt *list;
	const size_t count = state_attempts(s, &list);
	size_t found = count;
	char *end = NULL;
	const long number = which == NULL ? (long)count : strtol(which, &end, 10);
	int result = -1;

	if (which == NULL || (*end == '\0' && end != which))
		found = number >= 1 && (size_t)number <= count ? (size_t)number - 1 : count;
	else
		for (size_t i = count; i > 0 && found == count; i--)
			if (strncmp(list[i - 1].name, which, strlen(which)) == 0)
				found = i - 1;
	if (found < count)
		result = choose(s, list[found].name, list[found].place);
	else if (which == NULL)
		result = 1;
	else if (count == 0)
		fprintf(stderr, "lab: no attempt %s: nothing is recorded yet\n", which);
	else
		fprintf(stderr, "lab: no attempt %s; there are %zu, 1 of %s to %zu of %s\n", which,
			count, list[0].name, count, list[count - 1].name);
	free(list);
	return result;
}

/* A new attempt: a folder that was not there before, be it two begin in one second. */
static int begin_attempt(struct state *s)
{
	const time_t now = time(NULL);
	char name[ATTEMPT_SIZE], place[ATTEMPT_SIZE + 16];
	int made = -1;

	mkdirat(s->folder, "attempts", 0700);
	name_of_time(now, name);
	for (int again = 2; again < 100; again++) {
		snprintf(place, sizeof place, "attempts/%s", name);
		made = mkdirat(s->folder, place, 0700);
		if (made == 0 || errno != EEXIST)
			break;
		name_of_time(now, name);
		snprintf(name + strlen(name), sizeof name - strlen(name), ".%d", again);
	}
	return made == -1 ? complain("make the folder", place) : choose(s, name, place);
}

static int go_on_with_attempt(struct state *s, const char *name)
{
	char place[ATTEMPT_SIZE + 16];

	snprintf(place, sizeof place, "attempts/%s", name);
	return choose(s, name, place);
}

/* ---- The room ----------------------------------------------------------------------------- */

/* What the room's file says as long as the room lives; the room's first process empties it at the
 * end. Where the system refuses rooms `first` is 0, and `why` the reason. */
struct entry {
	long first;
	int own_pids;
	unsigned long long network; /* the inode number of its network namespace */
	char boot[40]; /* since which start of the machine: the numbers mean nothing later */
	char attempt[ATTEMPT_SIZE];
	char why[200];
};

static unsigned long long network_of(const char *process)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof path, "/proc/%s/ns/net", process);
	return stat(path, &st) == 0 ? (unsigned long long)st.st_ino : 0;
}

static void read_boot(char boot[40])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

	if (file == NULL || fscanf(file, "%39s", boot) != 1)
		snprintf(boot, 40, "-");
	if (file != NULL)
		fclose(file);
}

static bool read_entry(int fd, struct entry *e)
{
	char text[600] = "", boot[40];
	int at = 0;

	*e = (struct entry){0};
	read_boot(boot);
	return pread(fd, text, sizeof text - 1, 0) > 0 &&
	       sscanf(text, "%ld %d %llu %39s %31s %n", &e->first, &e->own_pids, &e->network,
		       e->boot, e->attempt, &at) == 5 &&
	       sscanf(text + at, "%199[^\n]", e->why) >= 0 && strchr(e->attempt, '/') == NULL &&
	       strcmp(boot, e->boot) == 0;
}

static int write_entry(const struct state *s)
{
	char text[600], boot[40];
	char first[32];
	int length;

	read_boot(boot);
	snprintf(first, sizeof first, "%ld", (long)s->room.first);
	length = snprintf(text, sizeof text, "%s %d %llu %s %s %s\n", s->has_room ? first : "0",
		s->room.own_pids, s->has_room ? network_of(first) : 0, boot, s->attempt,
		s->has_room ? "-" : s->refusal.why);
	return ftruncate(s->lock, 0) == 0 && pwrite(s->lock, text, (size_t)length, 0) == length
		       ? 0
		       : complain("write", "the room's file");
}

static void room_file(char name[160])
{
	char host[128] = "here";

	gethostname(host, sizeof host - 1);
	snprintf(name, 160, "room-%.128s", host);
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

/* Who else has a lock on the file: his number, 0 if it is not known here, -1: nobody. */
static long holder(int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_GETLK, &all) == 0 && all.l_type == F_UNLCK ? -1 : (long)all.l_pid;
}

static void read_open_attempt(const struct state *s, char attempt[ATTEMPT_SIZE])
{
	char name[160];
	struct entry e;
	int fd;

	attempt[0] = '\0';
	/* Closing another descriptor of a file drops a process's locks on it: never while we hold
	 * it. */
	if (s->lock != -1) {
		snprintf(attempt, ATTEMPT_SIZE, "%s", s->attempt);
		return;
	}
	room_file(name);
	fd = openat(s->folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	if (holder(fd) != -1 && read_entry(fd, &e))
		snprintf(attempt, ATTEMPT_SIZE, "%s", e.attempt);
	close(fd);
}

/* The room of the file, if it lives; else why there is none. */
static bool find_room(struct state *s, const struct entry *e)
{
	char first[32];

	snprintf(first, sizeof first, "%ld", e->first);
	s->room = (struct room){
		.lifeline = -1, .first = (pid_t)e->first, .own_pids = e->own_pids != 0};
	s->is_inside = e->network != 0 && network_of("self") == e->network;
	if (s->is_inside || (e->network != 0 && network_of(first) == e->network))
		return true;
	snprintf(s->refusal.why, sizeof s->refusal.why, "%s",
		e->first == 0 ? e->why : "its first process was ended");
	return false;
}

/* Inside the room of another lab there is no making or joining one. */
static int refuse_other_room(const struct state *s, const struct worksheet *w)
{
	char where[128];

	if (s->is_inside || !state_inside(where, sizeof where))
		return 0;
	fprintf(stderr,
		"lab: this is the room of another lab (%s): `exit` first, or type `lab open %s` in "
		"a new window\n",
		where, w->call);
	return -1;
}

int state_enter(struct state *s, const struct worksheet *w)
{
	char name[160];
	struct entry e;
	bool alone;
	int door, result;

	room_file(name);
	/* One at a time at the door: two terminals must not both make the room. */
	door = open_file(s->folder, "door");
	if (door == -1 || lock_file(door, F_WRLCK) == -1)
		return -1;
	s->lock = open_file(s->folder, name);
	if (s->lock == -1 || lock_file(s->lock, F_RDLCK) == -1)
		return -1;
	alone = holder(s->lock) == -1;
	s->is_first = !read_entry(s->lock, &e) || (alone && e.first == 0);
	if (!s->is_first) {
		s->has_room = find_room(s, &e);
		s->is_first = !s->has_room && alone;
	}
	if (refuse_other_room(s, w) == -1)
		return -1;
	if (s->is_first) {
		result = begin_attempt(s);
		s->has_room = result == 0 && room_open(&s->room, s->lock, &s->refusal) == 0;
		result = result == 0 ? write_entry(s) : -1;
	} else {
		result = go_on_with_attempt(s, e.attempt);
	}
	if (result == 0)
		mkdirat(s->recordings, "desk", 0700);
	close(door);
	return result;
}

/* ---- A terminal --------------------------------------------------------------------------- */

static void claim_file(int number, char name[16])
{
	snprintf(name, 16, "T%d.open", number);
}

/* Who has the file: "process 4711 on /dev/pts/3". */
static void tell_holder(int fd, long pid, char *where, size_t size)
{
	char text[200] = "", tty[128] = "another terminal";

	if (pread(fd, text, sizeof text - 1, 0) > 0)
		sscanf(text, "%127[^\n]", tty);
	if (pid > 0)
		snprintf(where, size, "process %ld on %s", pid, tty);
	else
		snprintf(where, size, "on %s", tty);
}

int state_claim(struct state *s, const struct worksheet *w, int number)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[16], where[200];
	const char *tty = ttyname(STDIN_FILENO);
	int length;

	claim_file(number, name);
	s->claim = open_file(s->recordings, name);
	if (s->claim == -1)
		return -1;
	if (fcntl(s->claim, F_SETLK, &all) == -1) {
		const long pid = holder(s->claim);
		tell_holder(s->claim, pid, where, sizeof where);
		fprintf(stderr,
			"lab: T%d of %s is open already: %s; use it there, or close it first\n",
			number, w->name, where);
		return -1;
	}
	length = snprintf(where, sizeof where, "%s\n", tty == NULL ? "another terminal" : tty);
	if (ftruncate(s->claim, 0) == -1 || pwrite(s->claim, where, (size_t)length, 0) != length)
		return complain("write", name);
	return 0;
}

bool state_is_open(const struct state *s, int number, char *where, size_t size)
{
	char name[16];
	int fd;
	long pid;

	claim_file(number, name);
	fd = s->recordings == -1
		     ? -1
		     : openat(s->recordings, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return false;
	pid = holder(fd);
	if (pid != -1)
		tell_holder(fd, pid, where, size);
	close(fd);
	return pid != -1;
}

void state_room_variable(
	const struct state *s, const struct worksheet *w, int number, char *value, size_t size)
{
	snprintf(value, size, "%llu T%d of %s", s->has_room ? network_of("self") : 0, number,
		w->name);
}

bool state_inside(char *where, size_t size)
{
	const char *value = getenv(ROOM_VARIABLE);
	char *end;
	const unsigned long long network = value == NULL ? 0 : strtoull(value, &end, 10);

	if (network == 0 || network != network_of("self"))
		return false;
	snprintf(where, size, "%s", end + (*end == ' '));
	return true;
}
