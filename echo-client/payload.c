/* payload.c - see payload.h. */
#include "payload.h"
#include "netutil.h"
#include "printable.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER = 16384 };

struct payload payload = {.message = "Hi, beyondyyh"};

const char *payload_text(char *text, size_t room)
{
	if (payload.bytes == 0)
		return printable(text, room, payload.message, strlen(payload.message));
	snprintf(text, room, "%ld bytes", payload.bytes);
	return text;
}

/* Byte number `i` of the pattern: a lost or doubled block shows, as 23 divides no block's size. */
static char pattern(long i)
{
	return (char)('a' + i % 23);
}

bool payload_same(const char *data, size_t size, long at)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != pattern(at + (long)i))
			return false;
	return true;
}

/* Write all, but give up with EAGAIN when --write-deadline passes before the send buffer has room
 * for the rest: the server reads no more, and its window is closed. */
static int write_within(int fd, const char *data, size_t size)
{
	const double end = net_now() + payload.write_deadline;
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	if (payload.write_deadline <= 0)
		return net_write_all(fd, data, size);
	for (; size > 0; data += n, size -= (size_t)n) {
		if (poll(&writable, 1, net_milliseconds(end)) == 0) {
			errno = EAGAIN;
			return -1;
		}
		if ((n = send(fd, data, size, MSG_DONTWAIT)) == -1) {
			if (errno != EAGAIN && errno != EINTR)
				return -1;
			n = 0;
		}
	}
	return 0;
}

/* The second write is held back by Nagle's algorithm until the first one is acknowledged, if it is
 * less than a full segment (RFC 9293 3.7.4, RFC 896); --nodelay switches that off. */
static int write_message(int fd)
{
	const size_t size = strlen(payload.message), half = payload.split ? size / 2 : 0;

	if (half > 0 && write_within(fd, payload.message, half) == -1)
		return -1;
	return write_within(fd, payload.message + half, size - half);
}

int payload_write(int fd, long *sent)
{
	char data[BUFFER];

	if (payload.bytes == 0)
		return write_message(fd);
	for (long left = payload.bytes, n; left > 0; left -= n) {
		n = left < BUFFER ? left : BUFFER;
		for (long i = 0; i < n; i++)
			data[i] = pattern(*sent + i);
		if (write_within(fd, data, (size_t)n) == -1)
			return -1;
		*sent += n;
	}
	return 0;
}
