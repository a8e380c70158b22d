/*
 * heartbeat.c - see heartbeat.h.
 *
 * On an idle connection TCP itself sends nothing: a peer that has vanished without a FIN shows only
 * in that it answers no more, and to ask it is the application's business.
 */
#include "heartbeat.h"
#include "netutil.h"

#include <errno.h>
#include <poll.h>

double heartbeat;

int await(int fd, const char *peer, double start, double end)
{
	double ping = net_now() + (heartbeat > 0 ? heartbeat : NEVER);
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	while (net_now() < end) {
		if (poll(&readable, 1, net_milliseconds(ping < end ? ping : end)) > 0)
			return 1;
		if (net_now() < ping || net_now() >= end)
			continue;
		net_say(peer, start, "ping", "");
		if (net_write_all(fd, "ping", 4) == -1) {
			net_say(peer, start, "Error writing TCP session: ", net_reason(-1));
			return -1;
		}
		ping += heartbeat;
	}
	errno = EAGAIN;
	return 0;
}
