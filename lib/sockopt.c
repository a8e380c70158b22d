/* sockopt.c - the socket options, and when they are set: see netutil.h. */
#define _DEFAULT_SOURCE /* beyond POSIX: SO_REUSEPORT and the three times of SO_KEEPALIVE */
#include "netutil.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE TCP_KEEPALIVE /* macOS */
#endif

struct net_options net_options = {.linger = -1, .backlog = -1};

/* Set one number; 0 leaves the kernel's own. */
static int set(int fd, int level, int name, int value)
{
	return value == 0 ? 0 : setsockopt(fd, level, name, &value, sizeof value);
}

int net_configure_early(int fd)
{
	if (set(fd, SOL_SOCKET, SO_REUSEPORT, net_options.reuse_port) == -1 ||
		set(fd, SOL_SOCKET, SO_RCVBUF, (int)net_options.rcvbuf) == -1)
		return -1;
	return set(fd, SOL_SOCKET, SO_SNDBUF, (int)net_options.sndbuf);
}

int net_configure(int fd)
{
	/* Rounded up: a short linger must not become a reset, nor a short deadline none at all. */
	const struct linger linger = {
		.l_onoff = 1, .l_linger = (int)(net_options.linger + 0.999999)};
	const long long us = (long long)(net_options.deadline * 1e6 + 0.999999);
	const struct timeval wait = {
		.tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)};
	const int *const k = net_options.keepalive;

	if (net_options.linger >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == -1)
		return -1;
	if (us > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == -1)
		return -1;
	if (set(fd, IPPROTO_TCP, TCP_NODELAY, net_options.nodelay) == -1 ||
		set(fd, SOL_SOCKET, SO_KEEPALIVE, k[0] > 0) == -1 ||
		set(fd, IPPROTO_TCP, TCP_KEEPIDLE, k[0]) == -1 ||
		set(fd, IPPROTO_TCP, TCP_KEEPINTVL, k[1]) == -1)
		return -1;
	return set(fd, IPPROTO_TCP, TCP_KEEPCNT, k[2]);
}
