/*
 * netutil.c - see netutil.h. The order is the order of events: options, address, listen, dial,
 * accept, write, and then what is said about it.
 */
#define _DEFAULT_SOURCE /* beyond POSIX: SO_REUSEPORT and the three times of SO_KEEPALIVE */
#include "netutil.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE TCP_KEEPALIVE /* macOS */
#endif

const char *net_program = "netutil";

/* The call that failed last in this thread, for net_complain(). */
static _Thread_local struct {
	const char *operation;
	char object[256];
	int error; /* errno, or */
	int gai;   /* what getaddrinfo said, if not 0 */
} failure;

static int failed(const char *operation, const char *object, int error, int gai)
{
	failure.operation = operation;
	snprintf(failure.object, sizeof failure.object, "%s", object);
	failure.error = error;
	failure.gai = gai;
	errno = error;
	return -1;
}

/* ---- Options ------------------------------------------------------------------------------ */

static int refuse(const char *name, const char *argument, const char *reason)
{
	fprintf(stderr, "%s: --%s %s: %s\n", net_program, name, argument, reason);
	return -1;
}

int net_count(const char *name, const char *argument, long low, long high, long *count)
{
	char *end;
	char reason[80];

	errno = 0;
	*count = strtol(argument, &end, 10);
	if (errno == 0 && end != argument && *end == '\0' && *count >= low && *count <= high)
		return 0;
	snprintf(reason, sizeof reason, "not a whole number from %ld to %ld", low, high);
	return refuse(name, argument, reason);
}

int net_seconds(const char *name, const char *argument, double *seconds)
{
	char *end;

	*seconds = strtod(argument, &end);
	if (end != argument && *end == '\0' && *seconds >= 0 && *seconds <= 1e7)
		return 0;
	return refuse(name, argument, "not a number of seconds");
}

static int keepalive_times(const char *argument, int value[3])
{
	char rest;

	if (sscanf(argument, "%d,%d,%d%c", &value[0], &value[1], &value[2], &rest) == 3 &&
	    value[0] > 0 && value[0] <= 32767 && value[1] > 0 && value[1] <= 32767 &&
	    value[2] > 0 && value[2] <= 127)
		return 0;
	return refuse("keepalive", argument, "not IDLE,INTERVAL,COUNT (seconds, seconds, probes)");
}

int net_option(struct net_options *o, int option, const char *argument)
{
	/* The options whose argument is a number, and where it goes. */
	const struct {
		int option, low;
		const char *name;
		int *whole;
		double *seconds;
	} rows[] = {
		{NET_RCVBUF, 1, "rcvbuf", &o->rcvbuf, NULL},
		{NET_SNDBUF, 1, "sndbuf", &o->sndbuf, NULL},
		{NET_BACKLOG, 0, "backlog", &o->backlog, NULL},
		{NET_LINGER, 0, "linger", NULL, &o->linger},
		{NET_DEADLINE, 0, "deadline", NULL, &o->deadline},
		{NET_PAUSE_ACCEPT, 0, "pause-accept", NULL, &o->pause_accept},
		{NET_TIMEOUT, 0, "timeout", NULL, &o->timeout},
	};
	long count = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].option != option)
			continue;
		if (rows[i].seconds != NULL)
			return net_seconds(rows[i].name, argument, rows[i].seconds) == 0 ? 1 : -1;
		if (net_count(rows[i].name, argument, rows[i].low, INT_MAX, &count) == -1)
			return -1;
		*rows[i].whole = (int)count;
		return 1;
	}
	switch (option) {
	case '4':
	case '6':
		o->family = option == '4' ? AF_INET : AF_INET6;
		return 1;
	case NET_REUSE_PORT:
		o->reuse_port = true;
		return 1;
	case NET_NO_REUSE_ADDR:
		o->reuse_addr = false;
		return 1;
	case NET_KEEPALIVE:
		return keepalive_times(argument, o->keepalive) == 0 ? 1 : -1;
	case NET_SOURCE:
		o->source = argument;
		return net_check_address(argument) == 0 ? 1 : -1;
	default:
		return 0;
	}
}

/* Set one number; a value of 0 leaves the kernel's own. */
static int set(int fd, int level, int name, int value)
{
	return value == 0 ? 0 : setsockopt(fd, level, name, &value, sizeof value);
}

/* What must be set before bind and connect: the window scale is agreed in the SYN (RFC 7323 2.2),
 * so a buffer's size that comes later comes too late. */
static int set_before(int fd, const struct net_options *o)
{
	if (set(fd, SOL_SOCKET, SO_REUSEPORT, o->reuse_port) == -1 ||
	    set(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf) == -1)
		return -1;
	return set(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf);
}

int net_configure(int fd, const struct net_options *o)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = (int)(o->linger + 0.5)};
	struct timeval wait = {.tv_sec = (time_t)o->deadline};

	wait.tv_usec = (suseconds_t)((o->deadline - (double)wait.tv_sec) * 1e6);
	if (o->linger >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == -1)
		return -1;
	if (o->deadline > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == -1)
		return -1;
	if (set(fd, SOL_SOCKET, SO_KEEPALIVE, o->keepalive[0] > 0) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, o->keepalive[0]) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, o->keepalive[1]) == -1)
		return -1;
	return set(fd, IPPROTO_TCP, TCP_KEEPCNT, o->keepalive[2]);
}

/* ---- Addresses ---------------------------------------------------------------------------- */

/* Split "host:port" into `host` (brackets removed) and `port`, which points into `address`. Returns
 * NULL, or what is wrong. */
static const char *split(const char *address, char host[256], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length;
	char *end;

	if (colon == NULL)
		return "the port is missing; write host:port, for instance 127.0.0.1:8000";
	if (colon[1] == '\0')
		return "the port is missing after the colon; 0 lets the kernel pick one";
	*port = colon + 1;
	if ((strtol(*port, &end, 10) < 0 || strtol(*port, NULL, 10) > 65535) && *end == '\0')
		return "the port is not between 0 and 65535";
	length = (size_t)(colon - address);
	if (length > 0 && address[0] == '[') {
		if (address[length - 1] != ']')
			return "a [ without its ] before the port";
		address++;
		length -= 2;
	} else if (memchr(address, ':', length) != NULL) {
		return "an IPv6 address goes in brackets, for instance [::1]:8000";
	}
	if (length >= 256)
		return "the host's name is too long";
	memcpy(host, address, length);
	host[length] = '\0';
	return NULL;
}

int net_check_address(const char *address)
{
	char host[256];
	const char *port, *wrong = split(address, host, &port);

	if (wrong == NULL)
		return 0;
	fprintf(stderr, "%s: address %s: %s\n", net_program, address, wrong);
	return -1;
}

/* The list of socket addresses that `address` stands for; freeaddrinfo() it. */
static int resolve(const char *address, int family, int flags, struct addrinfo **list)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	char host[256];
	const char *port;
	int gai;

	if (split(address, host, &port) != NULL)
		return failed("resolve", address, EINVAL, 0);
	gai = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, list);
	if (gai != 0)
		return failed("resolve", address, gai == EAI_SYSTEM ? errno : EINVAL,
			gai == EAI_SYSTEM ? 0 : gai);
	return 0;
}

static const char *as_text(const struct sockaddr *sa, socklen_t length, char text[NET_ADDRESS_SIZE])
{
	char host[NET_ADDRESS_SIZE - 10], port[8];
	const char *form = "%s:%s", *name = host;

	strcpy(text, "?");
	if (getnameinfo(sa, length, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return text;
	if (strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL)
		name = host + 7; /* an IPv4 peer of an IPv6 socket: RFC 4291 2.5.5.2 */
	else if (sa->sa_family == AF_INET6)
		form = "[%s]:%s";
	snprintf(text, NET_ADDRESS_SIZE, form, name, port);
	return text;
}

const char *net_own(int fd, char text[NET_ADDRESS_SIZE])
{
	struct sockaddr_storage sa = {0};
	socklen_t length = sizeof sa;

	getsockname(fd, (struct sockaddr *)&sa, &length);
	return as_text((struct sockaddr *)&sa, length, text);
}

const char *net_peer(int fd, char text[NET_ADDRESS_SIZE])
{
	struct sockaddr_storage sa = {0};
	socklen_t length = sizeof sa;

	getpeername(fd, (struct sockaddr *)&sa, &length);
	return as_text((struct sockaddr *)&sa, length, text);
}

/* ---- Listen ------------------------------------------------------------------------------- */

static int listen_at(const struct addrinfo *a, bool every, const struct net_options *o)
{
	/* IPv6 alone if -6 was given; else [::] takes IPv4 in as well (RFC 3493 5.3). */
	const int only = !(every && o->family == AF_UNSPEC);
	int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	int error;

	if (fd == -1)
		return -1;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR, o->reuse_addr) == 0 && set_before(fd, o) == 0 &&
	    (a->ai_family != AF_INET6 ||
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0) &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, o->backlog < 0 ? SOMAXCONN : o->backlog) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int net_listen(const char *address, const struct net_options *o)
{
	/* Every address: one IPv6 socket serves both families where there is IPv6. */
	const bool every = address[0] == ':';
	const bool both = every && o->family == AF_UNSPEC;
	struct addrinfo *list;
	int fd;

	if (resolve(address, both ? AF_INET6 : o->family, AI_PASSIVE, &list) == -1)
		return -1;
	fd = listen_at(list, every, o);
	freeaddrinfo(list);
	if (fd == -1 && both && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		if (resolve(address, AF_INET, AI_PASSIVE, &list) == -1)
			return -1;
		fd = listen_at(list, every, o);
		freeaddrinfo(list);
	}
	return fd == -1 ? failed("listen on", address, errno, 0) : fd;
}

/* ---- Dial --------------------------------------------------------------------------------- */

/* connect(2) that gives up after `timeout` seconds: start it without blocking, wait until the socket
 * can be written, then ask how it went (POSIX connect, EINPROGRESS). */
static int connect_within(int fd, const struct addrinfo *a, double timeout)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	const double end = net_now() + timeout;
	const int flags = fcntl(fd, F_GETFL);
	socklen_t length = sizeof(int);
	int error = 0, ready;

	if (timeout <= 0)
		return connect(fd, a->ai_addr, a->ai_addrlen);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == -1) {
		if (errno != EINPROGRESS)
			return -1;
		do {
			double left = (end - net_now()) * 1000 + 1;
			ready = poll(&writable, 1, left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0);
		} while (ready == -1 && errno == EINTR);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
			return -1;
		if (error != 0) {
			errno = error;
			return -1;
		}
	}
	return fcntl(fd, F_SETFL, flags);
}

/* One attempt: a socket, its options, its source address, the connection. */
static int dial_to(const char *address, const struct addrinfo *a, const struct net_options *o)
{
	struct addrinfo *source = NULL;
	const char *operation = "connect to", *object = address;
	int fd, error;

	if (o->source != NULL && resolve(o->source, a->ai_family, AI_PASSIVE, &source) == -1)
		return -1;
	fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	if (fd != -1 && set_before(fd, o) == 0 && net_configure(fd, o) == 0) {
		if (source != NULL && bind(fd, source->ai_addr, source->ai_addrlen) == -1) {
			operation = "bind";
			object = o->source;
		} else if (connect_within(fd, a, o->timeout) == 0) {
			goto out;
		}
	}
	error = errno;
	if (fd != -1)
		close(fd);
	fd = failed(operation, object, error, 0);
out:
	if (source != NULL)
		freeaddrinfo(source);
	return fd;
}

int net_dial(const char *address, const struct net_options *o)
{
	struct addrinfo *list;
	int fd = -1;

	if (resolve(address, o->family, 0, &list) == -1)
		return -1;
	for (const struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next)
		fd = dial_to(address, a, o);
	freeaddrinfo(list);
	return fd;
}

/* ---- Serve -------------------------------------------------------------------------------- */

/* What a connection's thread is handed; it frees it. */
struct connection {
	int fd;
	char peer[NET_ADDRESS_SIZE];
	net_session *session;
	void *argument;
};

/* Waiting for a descriptor: a session that ends tells the accept loop. */
static pthread_mutex_t ended_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

static void *run_session(void *argument)
{
	struct connection *c = argument;

	c->session(c->fd, c->peer, c->argument);
	free(c);
	pthread_mutex_lock(&ended_lock);
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&ended_lock);
	return NULL;
}

int net_thread(pthread_t *thread, void *(*run)(void *), void *argument)
{
	const size_t small = PTHREAD_STACK_MIN > 65536 ? (size_t)PTHREAD_STACK_MIN : 65536;
	pthread_attr_t attributes;
	pthread_t unnamed;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, small);
	if (thread == NULL)
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(thread == NULL ? &unnamed : thread, &attributes, run, argument);
	pthread_attr_destroy(&attributes);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* No descriptor is free: wait until a session of ours ends, or a second (another process may hold
 * them). The connection that could not be accepted stays in the backlog meanwhile. */
static void wait_for_descriptor(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&ended_lock);
	pthread_cond_timedwait(&ended, &ended_lock, &until);
	pthread_mutex_unlock(&ended_lock);
}

static void begin(int fd, const struct net_options *o, net_session *session, void *argument)
{
	struct connection *c = malloc(sizeof *c);

	if (c != NULL) {
		*c = (struct connection){.fd = fd, .session = session, .argument = argument};
		net_peer(fd, c->peer);
		if (net_configure(fd, o) == 0 && net_thread(NULL, run_session, c) == 0)
			return;
		net_warn("serve", c->peer);
		free(c);
	} else {
		net_warn("serve", "a new connection");
	}
	close(fd);
}

int net_serve(int listener, const struct net_options *o, net_session *session, void *argument)
{
	struct pollfd waiting = {.fd = listener, .events = POLLIN};
	char own[NET_ADDRESS_SIZE];
	bool told = false;

	net_pause(o->pause_accept);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd != -1) {
			begin(fd, o, session, argument);
			if (told && poll(&waiting, 1, 0) == 0)
				told = false; /* the shortage is over: nobody waits any more */
			continue;
		}
		switch (errno) {
		case EMFILE: /* this process has no descriptor left */
		case ENFILE: /* or the whole system */
		case ENOBUFS:
		case ENOMEM:
			if (!told)
				net_warn("accept on", net_own(listener, own));
			told = true;
			wait_for_descriptor();
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK: /* the listener itself is broken: give up */
			return failed("accept on", net_own(listener, own), errno, 0);
		default: /* EINTR, ECONNABORTED, network errors of that one peer (accept(2)): go on */
			break;
		}
	}
}

/* ---- Write, pause, time ------------------------------------------------------------------- */

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

void net_pause(double seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	if (seconds <= 0)
		return;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

double net_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- What is said ------------------------------------------------------------------------- */

void net_start(const char *program)
{
	net_program = program;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0); /* also when it is a pipe: a log is read as it grows */
}

void net_complain(void)
{
	const int error = errno;

	fprintf(stderr, "%s: %s %s: %s\n", net_program, failure.operation, failure.object,
		failure.gai != 0 ? gai_strerror(failure.gai) : strerror(failure.error));
	errno = error;
}

void net_warn(const char *operation, const char *object)
{
	const int error = errno;

	fprintf(stderr, "%s: %s %s: %s\n", net_program, operation, object, strerror(error));
	errno = error;
}

void net_log(const char *peer, const char *format, ...)
{
	const int error = errno;
	const time_t now = time(NULL);
	struct tm local;
	char date[32];
	va_list arguments;

	localtime_r(&now, &local);
	strftime(date, sizeof date, "%Y/%m/%d %H:%M:%S", &local);
	va_start(arguments, format);
	flockfile(stdout);
	printf("%s %s%s", date, peer != NULL ? peer : "", peer != NULL ? " " : "");
	vprintf(format, arguments);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
	va_end(arguments);
	errno = error;
}

/* The length of the UTF-8 character at `s` (RFC 3629): 0 if it is none, or a control character. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	/* The least character that needs one byte more: what is written longer is not UTF-8. */
	static const unsigned long least[] = {0x20, 0xa0, 0x800, 0x10000};
	const size_t more = s[0] < 0x80 ? 0 : (s[0] & 0xe0) == 0xc0 ? 1 : (s[0] & 0xf0) == 0xe0 ? 2 : 3;
	unsigned long c = more == 0 ? s[0] : s[0] & (0x3fu >> more);

	if ((s[0] >= 0x80 && s[0] < 0xc0) || s[0] >= 0xf8 || more >= left)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[more] || c == 0x7f || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return more + 1;
}

const char *net_printable(char *text, size_t room, const void *data, size_t size)
{
	const unsigned char *s = data;
	char piece[40], tail[40];
	size_t at = 0, length, taken;

	snprintf(tail, sizeof tail, " ... (%zu bytes)", size);
	for (size_t i = 0; i < size; i += taken) {
		taken = 1;
		while (i + taken < size && s[i + taken] == s[i])
			taken++;
		if ((length = utf8_length(s + i, size - i)) > 0)
			snprintf(piece, sizeof piece, "%.*s", (int)(taken = length), s + i);
		else if (taken >= 4)
			snprintf(piece, sizeof piece, "\\x%02x{%zu}", s[i], taken);
		else if (taken = 1, s[i] == '\n' || s[i] == '\r' || s[i] == '\t')
			snprintf(piece, sizeof piece, "\\%c", s[i] == '\n' ? 'n' : s[i] == '\r' ? 'r' : 't');
		else
			snprintf(piece, sizeof piece, "\\x%02x", s[i]);
		if (at + strlen(piece) + strlen(tail) >= room) {
			at += (size_t)snprintf(text + at, room - at, "%s", tail);
			break;
		}
		at += (size_t)snprintf(text + at, room - at, "%s", piece);
	}
	text[at] = '\0';
	return text;
}
