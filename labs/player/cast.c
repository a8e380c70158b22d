/* cast.c - see cast.h. Writing, then reading. */
#define _XOPEN_SOURCE 700 /* openat, fdopen, clock_gettime */
#include "cast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A regular file of ours with one name, never reached through a link. */
static int open_own(int folder, const char *name, int flags)
{
	struct stat st;
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		st.st_nlink == 1)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/* ---- Writing ------------------------------------------------------------------------------ */

static bool has_head(int fd, double *begin)
{
	char head[512] = "";
	const char *at;

	if (pread(fd, head, sizeof head - 1, 0) <= 0 || strchr(head, '\n') == NULL)
		return false;
	at = strstr(head, "\"timestamp\": ");
	return at != NULL && (*begin = strtod(at + strlen("\"timestamp\": "), NULL)) > 0;
}

/* All of a line, or nothing: what was written of one that found no room is taken back. */
static int write_whole(struct cast *r, const char *line, size_t size)
{
	const off_t end = lseek(r->fd, 0, SEEK_END);
	ssize_t n = write(r->fd, line, size);
	const ssize_t rest =
		n >= 0 && (size_t)n < size ? write(r->fd, line + n, size - (size_t)n) : 0;
	const int error = n == -1 || rest == -1 ? errno : ENOSPC;

	n += rest > 0 ? rest : 0;
	if (n >= 0 && (size_t)n == size) {
		r->cut = false;
		return 0;
	}
	r->cut = r->cut || (n > 0 && ftruncate(r->fd, end) == -1);
	errno = error;
	return -1;
}

int cast_open(struct cast *r, int folder, const char *name, unsigned long long version, int columns,
	int rows)
{
	char head[160], last = '\n';
	int size;

	/* A whole second, as the head has it: the times of several terminals are compared. */
	*r = (struct cast){.begin = (double)time(NULL),
		.fd = open_own(folder, name, O_RDWR | O_CREAT | O_APPEND)};
	if (r->fd == -1) {
		fprintf(stderr, "lab: open the recording %s: %s\n", name,
			errno == EPERM || errno == ELOOP ? "not a file of ours; remove it"
							 : strerror(errno));
		return -1;
	}
	if (has_head(r->fd, &r->begin)) {
		/* A recording that was cut off in the middle of a line goes on in the next one. */
		r->cut = lseek(r->fd, -1, SEEK_END) != -1 && read(r->fd, &last, 1) == 1 &&
			 last != '\n';
		return 0;
	}
	r->is_new = true;
	size = snprintf(head, sizeof head,
		"{\"version\": 2, \"width\": %d, \"height\": %d, \"timestamp\": %.0f, "
		"\"worksheet\": \"%016llx\"}\n",
		columns, rows, r->begin, version);
	if (ftruncate(r->fd, 0) == 0 && write_whole(r, head, (size_t)size) == 0)
		return 0;
	fprintf(stderr, "lab: write the recording %s: %s\n", name, strerror(errno));
	cast_close(r);
	return -1;
}

/* The length of the UTF-8 character at `s`: 0 if it is none, -1 if it is only its beginning. */
static int character(const unsigned char *s, size_t left)
{
	const int length = s[0] < 0x80   ? 1
			   : s[0] < 0xc2 ? 0
			   : s[0] < 0xe0 ? 2
			   : s[0] < 0xf0 ? 3
			   : s[0] < 0xf5 ? 4
					 : 0;

	for (int i = 1; i < length; i++) {
		if ((size_t)i >= left)
			return -1;
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

size_t cast_text(FILE *file, const char *bytes, size_t size, bool all)
{
	const unsigned char *s = (const unsigned char *)bytes;

	for (size_t i = 0; i < size;) {
		const int length = character(s + i, size - i);
		if (length == -1 && !all)
			return size - i;
		if (length <= 0) { /* asciicasts are UTF-8 */
			fputs("\\ufffd", file);
			i++;
		} else if (s[i] < 0x20 || s[i] == 0x7f) {
			fprintf(file, "\\u%04x", s[i++]);
		} else if (s[i] == 0xc2 && s[i + 1] < 0xa0) { /* control characters of 8 bits */
			fprintf(file, "\\u%04x", s[i + 1]);
			i += 2;
		} else {
			if (s[i] == '"' || s[i] == '\\')
				fputc('\\', file);
			fwrite(s + i, 1, (size_t)length, file);
			i += (size_t)length;
		}
	}
	return 0;
}

int cast_write(struct cast *r, char kind, const char *bytes, size_t size)
{
	char *line = NULL, *all = malloc(r->rest_size + size + 1);
	size_t length = 0, left;
	FILE *to = open_memstream(&line, &length);
	int result = -1;

	if (all == NULL || to == NULL) {
		free(all);
		return -1;
	}
	if (kind == 'o') {
		memcpy(all, r->rest, r->rest_size);
		memcpy(all + r->rest_size, bytes, size);
		size += r->rest_size;
		bytes = all;
	}
	fprintf(to, "%s[%.6f, \"%c\", \"", r->cut ? "\n" : "", wall_clock() - r->begin, kind);
	left = cast_text(to, bytes, size, kind != 'o');
	if (kind == 'o') {
		r->rest_size = left;
		memcpy(r->rest, bytes + size - left, left);
	}
	fputs("\"]\n", to);
	if (fclose(to) == 0)
		result = write_whole(r, line, length);
	free(line);
	free(all);
	return result;
}

void cast_close(struct cast *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* A code point of a \uXXXX as UTF-8. */
static size_t put_code(char *to, unsigned long code)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3f));
	to[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* The JSON string at `*s`, in place; sets `*s` behind it. Returns its length, or -1. */
static long read_string(char **s)
{
	char *from = *s, *to = *s, *begin = *s;

	if (*from++ != '"')
		return -1;
	while (*from != '"') {
		if (*from == '\0')
			return -1;
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (*from == 'u' && strspn(from + 1, "0123456789abcdefABCDEF") >= 4) {
			char digits[5] = {from[1], from[2], from[3], from[4], '\0'};
			to += put_code(to, strtoul(digits, NULL, 16));
			from += 5;
		} else if (*from != '\0') {
			const char *which = strchr("n\nr\rt\tb\bf\f", *from);
			*to++ = which != NULL ? which[1] : *from;
			from++;
		}
	}
	*s = from + 1;
	return to - begin;
}

/* One line: [1.5, "o", "text"]. Returns false if it is not that. */
static bool read_event(char *line, cast_event *told, void *reader)
{
	char *at;
	const double seconds = strtod(line + 1, &at);
	char kind;
	char *text;
	long length;

	if (line[0] != '[' || at == line + 1)
		return false;
	at += strspn(at, ", ");
	if (at[0] != '"' || at[1] == '\0' || at[2] != '"')
		return false;
	kind = at[1];
	at += 3;
	at += strspn(at, ", ");
	text = at;
	length = read_string(&at);
	if (length < 0 || at[strspn(at, " ")] != ']')
		return false;
	told(reader, seconds, kind, text, (size_t)length);
	return true;
}

/* An event of ours is at most some 50 KB; what is longer is none. */
enum { EVENT_SIZE = 1 << 18 };

static bool read_head(char *line, struct cast_head *head)
{
	const char *version = strstr(line, "\"worksheet\": \""),
		   *begin = strstr(line, "\"timestamp\": ");

	if (line[0] != '{' || version == NULL || begin == NULL)
		return false;
	head->version = strtoull(version + strlen("\"worksheet\": \""), NULL, 16);
	head->begin = strtod(begin + strlen("\"timestamp\": "), NULL);
	return true;
}

/* Tell of all whole lines in `size` bytes. Returns how many bytes they are; or -2. */
static long read_lines(char *bytes, size_t size, bool at_head, struct cast_head *head, int *cut,
	cast_event *told, void *reader)
{
	char *line = bytes, *end;

	for (; (end = memchr(line, '\n', size - (size_t)(line - bytes))) != NULL; line = end + 1) {
		*end = '\0';
		if (at_head && !read_head(line, head))
			return -2;
		if (!at_head &&
			(strlen(line) != (size_t)(end - line) || !read_event(line, told, reader)))
			*cut = 1;
		at_head = false;
	}
	return line - bytes;
}

int cast_read(int folder, const char *name, struct cast_head *head, off_t *from, cast_event *told,
	void *reader)
{
	const int fd = open_own(folder, name, O_RDONLY);
	char *bytes = fd == -1 ? NULL : malloc(EVENT_SIZE);
	size_t size = 0;
	int cut = 0;
	bool too_long = false; /* in the middle of a line that is no event */
	ssize_t n;
	long whole;

	if (bytes == NULL) {
		if (fd != -1)
			close(fd);
		return errno == EPERM || errno == ELOOP ? -2 : -1;
	}
	lseek(fd, *from, SEEK_SET);
	while ((n = read(fd, bytes + size, EVENT_SIZE - size)) > 0) {
		size += (size_t)n;
		if (too_long) {
			const char *end = memchr(bytes, '\n', size);
			const size_t rest = end == NULL ? size : (size_t)(end + 1 - bytes);
			too_long = end == NULL;
			*from += (off_t)rest;
			size -= rest;
			memmove(bytes, bytes + rest, size);
		}
		whole = read_lines(bytes, size, *from == 0, head, &cut, told, reader);
		if (whole == 0 && size == EVENT_SIZE) {
			too_long = true;
			whole = EVENT_SIZE;
		}
		if (whole < 0 || (too_long && *from == 0)) {
			cut = -2;
			break;
		}
		cut = too_long ? 1 : cut;
		*from += whole;
		size -= (size_t)whole;
		memmove(bytes, bytes + whole, size);
	}
	free(bytes);
	close(fd);
	if (*from > 0 || cut == -2)
		return cut == 0 && size > 0 ? 1 : cut;
	errno = ENOENT; /* nothing stands there yet */
	return size > 0 ? -2 : -1;
}
