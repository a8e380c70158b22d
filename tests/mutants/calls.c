/*
 * calls.c - a library to preload: the programs' own calls do something else than they should.
 *
 * MUTANT names what (tests/mutate-calls lists them). Only the six programs are changed, and only
 * what they do with sockets; the shell, netstat and tcpdump see the truth.
 */
#define _DEFAULT_SOURCE /* syscall(2): the call itself, which the library has hidden */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Is this program one of ours, and the mutant of this name the one that is asked for? */
static bool is(const char *name)
{
	static const char *const programs[] = {"echo-server", "echo-client", "upper-server",
		"stdin-client", "relay", "reuseport-demo"};
	const char *mutant = getenv("MUTANT");
	char program[16] = ""; /* the kernel keeps 15 letters of it */

	if (mutant == NULL || strcmp(mutant, name) != 0)
		return false;
	prctl(PR_GET_NAME, program);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (strcmp(programs[i], program) == 0)
			return true;
	return false;
}

static bool is_connection(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;

	return syscall(SYS_getpeername, fd, &peer, &size) == 0;
}

static void wait_a_moment(void)
{
	syscall(SYS_nanosleep, &(struct timespec){.tv_sec = 1, .tv_nsec = 500000000}, NULL);
}

/* ---- Ending ------------------------------------------------------------------------------- */

int shutdown(int fd, int how)
{
	if (is("shutdown-nothing"))
		return 0;
	if (is("shutdown-late"))
		wait_a_moment();
	if (is("shutdown-both"))
		how = SHUT_RDWR;
	if (is("shutdown-write-only") && how == SHUT_RDWR)
		how = SHUT_WR;
	if (is("shutdown-read-only") && how == SHUT_RDWR)
		how = SHUT_RD;
	return (int)syscall(SYS_shutdown, fd, how);
}

int close(int fd)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	if (is("close-nothing") && is_connection(fd))
		return 0;
	if (is("close-resets") && is_connection(fd))
		syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (is("close-shuts-first") && is_connection(fd))
		syscall(SYS_shutdown, fd, SHUT_RDWR);
	if (is("close-late") && is_connection(fd))
		wait_a_moment();
	return (int)syscall(SYS_close, fd);
}

/* ---- Options ------------------------------------------------------------------------------ */

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	static const struct {
		const char *mutant;
		int level, option;
	} ignored[] = {{"no-linger", SOL_SOCKET, SO_LINGER},
		{"no-reuse-addr", SOL_SOCKET, SO_REUSEADDR},
		{"no-reuse-port", SOL_SOCKET, SO_REUSEPORT},
		{"no-keepalive", SOL_SOCKET, SO_KEEPALIVE}, {"no-rcvbuf", SOL_SOCKET, SO_RCVBUF},
		{"no-sndbuf", SOL_SOCKET, SO_SNDBUF}, {"no-nodelay", IPPROTO_TCP, TCP_NODELAY},
		{"no-v6only", IPPROTO_IPV6, IPV6_V6ONLY},
		{"no-receive-deadline", SOL_SOCKET, SO_RCVTIMEO},
		{"no-keepalive-idle", IPPROTO_TCP, TCP_KEEPIDLE},
		{"no-keepalive-interval", IPPROTO_TCP, TCP_KEEPINTVL},
		{"no-keepalive-count", IPPROTO_TCP, TCP_KEEPCNT}};
	const int one = 1;

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		if (level == ignored[i].level && option == ignored[i].option &&
			is(ignored[i].mutant))
			return 0;
	if (is("always-reuse-port"))
		syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (is("always-reuse-addr"))
		syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

/* ---- Opening ------------------------------------------------------------------------------ */

int listen(int fd, int backlog)
{
	return (int)syscall(SYS_listen, fd,
		is("backlog-plus-one") ? backlog + 1
		: is("backlog-none")   ? 0
				       : backlog);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_storage other;

	if (is("bind-nothing"))
		return 0;
	memcpy(&other, address, size);
	if (is("bind-any-address") && address->sa_family == AF_INET)
		((struct sockaddr_in *)&other)->sin_addr.s_addr = htonl(INADDR_ANY);
	if (is("bind-any-port") && address->sa_family == AF_INET)
		((struct sockaddr_in *)&other)->sin_port = 0;
	return (int)syscall(SYS_bind, fd, (struct sockaddr *)&other, size);
}

/* Nagle's algorithm is switched off where nobody has asked for it; an error is another one. */
int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	const int one = 1;
	int result;

	if (is("always-nodelay"))
		syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (is("connect-late"))
		wait_a_moment();
	result = (int)syscall(SYS_connect, fd, address, size);
	if (result == -1 && errno == ECONNREFUSED && is("connect-other-error"))
		errno = ETIMEDOUT;
	return result;
}

/* The address, with a port that is one more. */
static int next_port(int result, struct sockaddr *address)
{
	struct sockaddr_in *a = (struct sockaddr_in *)address;

	if (result != -1 && address != NULL && address->sa_family == AF_INET)
		a->sin_port = htons((in_port_t)(ntohs(a->sin_port) + 1));
	return result;
}

int accept(int fd, struct sockaddr *address, socklen_t *size)
{
	int result;

	if (is("accept-late"))
		wait_a_moment();
	result = (int)syscall(SYS_accept4, fd, address, size, 0);
	return is("accept-other-port") ? next_port(result, address) : result;
}

int getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	const int result = (int)syscall(SYS_getsockname, fd, address, size);

	return is("getsockname-other-port") ? next_port(result, address) : result;
}

int getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	const int result = (int)syscall(SYS_getpeername, fd, address, size);

	return is("getpeername-other-port") ? next_port(result, address) : result;
}

/* ---- Waiting ------------------------------------------------------------------------------- */

int poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
	struct timespec limit;

	/* By half would hide behind the half second that lab 15's buffers take to be full. */
	if (milliseconds > 0 && is("poll-short"))
		milliseconds /= 4;
	if (milliseconds > 0 && is("poll-long"))
		milliseconds *= 2;
	limit = (struct timespec){
		.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
	return (int)syscall(
		SYS_ppoll, fds, count, milliseconds < 0 ? NULL : &limit, NULL, (size_t)0);
}

int nanosleep(const struct timespec *pause, struct timespec *left)
{
	struct timespec half = {
		.tv_sec = pause->tv_sec / 2, .tv_nsec = pause->tv_sec % 2 * 500000000L};

	half.tv_nsec += pause->tv_nsec / 2;
	return is("sleep-none")
		       ? 0
		       : (int)syscall(SYS_nanosleep, is("sleep-half") ? &half : pause, left);
}

/* glibc's, for those who define _GNU_SOURCE: what stands behind pthread_cond_timedwait(3). */
int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
	const struct timespec *end);

int pthread_cond_timedwait(
	pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *end)
{
	struct timespec now = *end;

	if (is("timer-at-once"))
		return ETIMEDOUT;
	if (is("timer-late"))
		now.tv_sec++;
	return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &now);
}

/* ---- Reading and writing ------------------------------------------------------------------- */

ssize_t read(int fd, void *bytes, size_t size)
{
	ssize_t n;

	if (is("read-byte") && is_connection(fd) && size > 1)
		size = 1;
	if (is("read-late") && is_connection(fd))
		wait_a_moment();
	n = syscall(SYS_read, fd, bytes, size);
	return n == -1 && errno == ECONNRESET && is("read-reset-as-end") ? 0 : n;
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	if (is("recv-nothing") && (flags & MSG_DONTWAIT) != 0) {
		errno = EAGAIN;
		return -1;
	}
	return syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

static ssize_t write_socket(int fd, const void *bytes, size_t size, int flags)
{
	if (is("write-last-byte-lost") && size > 1)
		return syscall(SYS_sendto, fd, bytes, size - 1, flags, NULL, 0) == -1
			       ? -1
			       : (ssize_t)size;
	if (is("write-twice"))
		syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
	if (is("write-in-two") && size > 1)
		size = 1; /* what is left goes with the next call */
	return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	return is_connection(fd) ? write_socket(fd, bytes, size, 0)
				 : syscall(SYS_write, fd, bytes, size);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	return write_socket(fd, bytes, size, flags);
}
