/* log.c - errors on stderr, the log on stdout: see netutil.h. */
#include "netutil.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Errors --------------------------------------------------------------------------------- */

int net_failed(
	struct net_failure *why, const char *operation, const char *object, const char *reason)
{
	const int error = errno;

	if (why != NULL)
		*why = (struct net_failure){operation, object, reason};
	else
		fprintf(stderr, "%s: %s %s: %s\n", net_program, operation, object, reason);
	errno = error;
	return -1;
}

int net_warn(const char *operation, const char *object)
{
	return net_failed(NULL, operation, object, net_error(errno));
}

const char *net_error(int error)
{
	static const struct {
		const char *name;
		int error;
		bool timeout, temporary;
	} known[] = {
		{"EAGAIN", EAGAIN, true, true},
		{"ETIMEDOUT", ETIMEDOUT, true, true},
		{"EINTR", EINTR, false, true},
		{"EMFILE", EMFILE, false, true},
		{"ENFILE", ENFILE, false, true},
		{"ECONNREFUSED", ECONNREFUSED, false, false},
		{"ECONNRESET", ECONNRESET, false, false},
		{"ECONNABORTED", ECONNABORTED, false, false},
		{"EPIPE", EPIPE, false, false},
		{"EHOSTUNREACH", EHOSTUNREACH, false, false},
		{"ENETUNREACH", ENETUNREACH, false, false},
		{"EADDRINUSE", EADDRINUSE, false, false},
		{"EADDRNOTAVAIL", EADDRNOTAVAIL, false, false},
		{"EACCES", EACCES, false, false},
		{"EBADF", EBADF, false, false},
		{"EINVAL", EINVAL, false, false},
	};
	static _Thread_local char text[120];
	const char *reason = error == EAGAIN ? "deadline exceeded" : strerror(error);

	for (size_t i = 0; i < sizeof known / sizeof *known && net_options.name_errors; i++)
		if (known[i].error == error) {
			snprintf(text, sizeof text, "%s (%s: timeout %s, temporary %s)", reason,
				known[i].name, known[i].timeout ? "yes" : "no",
				known[i].temporary ? "yes" : "no");
			return text;
		}
	return reason;
}

const char *net_reason(ssize_t result)
{
	return result == 0 ? "EOF" : net_error(errno);
}

/* ---- The log -------------------------------------------------------------------------------- */

/* The date as it stands in the log; to work it out (time zone, summer time) takes longer than the
 * rest of a line, so it is done once a second for all threads. */
static void date(char text[32])
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char last[32];
	static time_t second = -1;
	const time_t now = time(NULL);
	struct tm local;

	pthread_mutex_lock(&lock);
	if (now != second) {
		localtime_r(&now, &local);
		strftime(last, sizeof last, "%Y/%m/%d %H:%M:%S ", &local);
		second = now;
	}
	memcpy(text, last, sizeof last);
	pthread_mutex_unlock(&lock);
}

void net_log(const char *peer, const char *format, ...)
{
	const int error = errno;
	char line[1400]; /* what is longer ends here: a program shortens what a peer has sent */
	va_list arguments;
	size_t size;
	int more;

	date(line);
	size = strlen(line);
	if (peer != NULL)
		size += (size_t)snprintf(line + size, sizeof line - size, "%s ", peer);
	va_start(arguments, format);
	more = vsnprintf(line + size, sizeof line - size, format, arguments);
	va_end(arguments);
	size += more > 0 ? (size_t)more : 0;
	if (size > sizeof line - 1)
		size = sizeof line - 1; /* in the place of vsnprintf's final NUL */
	line[size++] = '\n';
	net_write_all(STDOUT_FILENO, line, size);
	errno = error;
}

/* Most lines of a busy server come from here: to put the pieces together without printf(3) takes
 * half of its time, and half of the stack that each idle thread keeps. */
void net_say(const char *peer, double start, const char *what, const char *detail)
{
	const char *const pieces[] = {peer, " ", what, detail};
	const int error = errno;
	char line[400];
	size_t size, more;

	if (start != 0) {
		net_log(peer, "[%.1f s] %s%s", net_elapsed(start), what, detail);
		return;
	}
	date(line);
	size = strlen(line);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++, size += more) {
		more = strlen(pieces[i]);
		if (more > sizeof line - 1 - size)
			more = sizeof line - 1 - size;
		memcpy(line + size, pieces[i], more);
	}
	line[size++] = '\n';
	net_write_all(STDOUT_FILENO, line, size);
	errno = error;
}
