/* netutil.c - listen, dial, read, write: see netutil.h. */
#include "netutil.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

const char *net_program = "netutil";

void net_start(const char *program)
{
	net_program = program;
	signal(SIGPIPE, SIG_IGN);
	tzset(); /* reads a file: do it now, not when no descriptor may be left */
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static int close_failed(int fd)
{
	const int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* ---- Listen --------------------------------------------------------------------------------- */

/* `only` keeps IPv4 out of an IPv6 socket, which otherwise takes it in on [::] (RFC 3493 5.3). */
static int listen_at(const struct addrinfo *a, int only)
{
	const int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	const int reuse = !net_options.no_reuse_addr;
	const int backlog = net_options.backlog < 0 ? SOMAXCONN : (int)net_options.backlog;

	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) == 0 &&
		net_configure_early(fd) == 0 &&
		(a->ai_family != AF_INET6 ||
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0) &&
		bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, backlog) == 0)
		return fd;
	return close_failed(fd);
}

static int listen_family(const char *address, int family, int only)
{
	struct addrinfo *list = net_resolve(address, family, AI_PASSIVE, NULL);
	int fd;

	if (list == NULL)
		return -1;
	fd = listen_at(list, only);
	freeaddrinfo(list);
	if (fd == -1 && !only && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		return listen_family(address, AF_INET, 1); /* a host without IPv6 */
	return fd == -1 ? net_warn("listen on", address) : fd;
}

int net_listen(const char *address)
{
	if (address[0] == ':' && net_options.family == AF_UNSPEC)
		return listen_family(address, AF_INET6, 0); /* every address, of both families */
	return listen_family(address, net_options.family, 1);
}

/* ---- Dial ----------------------------------------------------------------------------------- */

/* connect(2) that gives up after --timeout: start it without blocking, wait until the socket can be
 * written, then ask how it went (POSIX connect, EINPROGRESS). */
static int connect_within(int fd, const struct addrinfo *a)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	const double end = net_now() + net_options.timeout;
	int ready, error = 0;

	if (net_options.timeout <= 0)
		return connect(fd, a->ai_addr, a->ai_addrlen);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == -1 && errno != EINPROGRESS)
		return -1;
	do {
		ready = poll(&writable, 1, net_milliseconds(end));
	} while (ready == -1 && errno == EINTR);
	if (ready == -1 ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error}) == -1)
		return -1;
	errno = ready == 0 ? ETIMEDOUT : error;
	return errno != 0 ? -1 : fcntl(fd, F_SETFL, 0);
}

/* One attempt: a socket, its options, its source address, the connection. */
static int dial_to(const char *address, const struct addrinfo *a, struct net_failure *why)
{
	const int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	const char *call = "connect to", *object = address;
	struct addrinfo *source = NULL;
	int result;

	if (fd == -1)
		return net_failed(why, "open a socket for", address, net_error(errno));
	if (net_options.source != NULL) {
		source = net_resolve(net_options.source, a->ai_family, AI_PASSIVE, why);
		if (source == NULL)
			return close_failed(fd);
	}
	if (net_configure_early(fd) == -1 || net_configure(fd) == -1) {
		result = -1;
		call = "set options for";
	} else if (source != NULL && bind(fd, source->ai_addr, source->ai_addrlen) == -1) {
		result = -1;
		call = "bind";
		object = net_options.source;
	} else {
		result = connect_within(fd, a);
	}
	if (source != NULL)
		freeaddrinfo(source);
	if (result == 0)
		return fd;
	net_failed(why, call, object, net_error(errno));
	return close_failed(fd);
}

int net_dial(const char *address, struct net_failure *why)
{
	struct net_failure last = {0};
	struct addrinfo *list = net_resolve(address, net_options.family, 0, &last);
	int fd = -1, error = errno;

	for (const struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
		fd = dial_to(address, a, &last);
		error = errno;
	}
	if (list != NULL)
		freeaddrinfo(list);
	errno = error;
	return fd == -1 ? net_failed(why, last.operation, last.object, last.reason) : fd;
}

/* ---- Read and write ------------------------------------------------------------------------- */

ssize_t net_read(int fd, void *data, size_t room)
{
	ssize_t n;

	do
		n = read(fd, data, room);
	while (n == -1 && errno == EINTR);
	return n;
}

int net_write_all(int fd, const void *data, size_t size)
{
	const char *next = data;

	while (size > 0) {
		ssize_t n = write(fd, next, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		next += n;
		size -= (size_t)n;
	}
	return 0;
}
