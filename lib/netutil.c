/*
 * netutil.c - see netutil.h. The order is the order of events: options, addresses, listen, dial,
 * serve, write, and then what is said about it.
 */
#define _DEFAULT_SOURCE /* beyond POSIX: SO_REUSEPORT and the three times of SO_KEEPALIVE */
#include "netutil.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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
	const char *reason;
} failure;

/* --errno: said once, for the whole process. */
static bool name_errors;

static int failed(const char *operation, const char *object, const char *reason)
{
	failure.operation = operation;
	snprintf(failure.object, sizeof failure.object, "%s", object);
	failure.reason = reason;
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

static int keepalive(const char *argument, int value[3])
{
	char rest;

	/* The bounds are Linux's: tcp(7). */
	if (sscanf(argument, "%6d,%6d,%6d%c", &value[0], &value[1], &value[2], &rest) == 3 &&
	    value[0] > 0 && value[0] <= 32767 && value[1] > 0 && value[1] <= 32767 &&
	    value[2] > 0 && value[2] <= 127)
		return 0;
	return refuse("keepalive", argument, "not IDLE,INTERVAL,COUNT (seconds, seconds, probes)");
}

static int taken(int result)
{
	return result == 0 ? 1 : -1;
}

int net_option(struct net_options *o, int option, const char *argument)
{
	switch (option) {
	case '4':
	case '6':
		o->family = option == '4' ? AF_INET : AF_INET6;
		return 1;
	case NET_REUSE_PORT:
		o->reuse_port = true;
		return 1;
	case NET_ERRNO:
		name_errors = true;
		return 1;
	case NET_NODELAY:
		o->nodelay = true;
		return 1;
	case NET_NO_REUSE_ADDR:
		o->reuse_addr = false;
		return 1;
	case NET_RCVBUF:
		return taken(net_count("rcvbuf", argument, 1, INT_MAX, &o->rcvbuf));
	case NET_SNDBUF:
		return taken(net_count("sndbuf", argument, 1, INT_MAX, &o->sndbuf));
	case NET_BACKLOG:
		return taken(net_count("backlog", argument, 0, INT_MAX, &o->backlog));
	case NET_LINGER:
		return taken(net_seconds("linger", argument, &o->linger));
	case NET_DEADLINE:
		return taken(net_seconds("deadline", argument, &o->deadline));
	case NET_PAUSE_ACCEPT:
		return taken(net_seconds("pause-accept", argument, &o->pause_accept));
	case NET_TIMEOUT:
		return taken(net_seconds("timeout", argument, &o->timeout));
	case NET_KEEPALIVE:
		return taken(keepalive(argument, o->keepalive));
	case NET_SOURCE:
		o->source = argument;
		return taken(net_check_address(argument));
	default:
		return 0;
	}
}

/* Set one number; 0 leaves the kernel's own. */
static int set(int fd, int level, int name, int value)
{
	return value == 0 ? 0 : setsockopt(fd, level, name, &value, sizeof value);
}

/* What must be set before bind and connect: the window scale is agreed in the SYN (RFC 7323 2.2), so
 * a buffer's size that comes later comes too late. */
static int configure_early(int fd, const struct net_options *o)
{
	if (set(fd, SOL_SOCKET, SO_REUSEPORT, o->reuse_port) == -1 ||
	    set(fd, SOL_SOCKET, SO_RCVBUF, (int)o->rcvbuf) == -1)
		return -1;
	return set(fd, SOL_SOCKET, SO_SNDBUF, (int)o->sndbuf);
}

int net_configure(int fd, const struct net_options *o)
{
	/* Rounded up: a short linger must not become a reset, nor a short deadline none at all. */
	const struct linger linger = {.l_onoff = 1, .l_linger = (int)(o->linger + 0.999999)};
	const long us = (long)(o->deadline * 1e6 + 0.999999);
	struct timeval wait = {.tv_sec = us / 1000000};

	wait.tv_usec = (suseconds_t)(us % 1000000);
	if (o->linger >= 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == -1)
		return -1;
	if (us > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == -1)
		return -1;
	if (set(fd, IPPROTO_TCP, TCP_NODELAY, o->nodelay) == -1 ||
	    set(fd, SOL_SOCKET, SO_KEEPALIVE, o->keepalive[0] > 0) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, o->keepalive[0]) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, o->keepalive[1]) == -1)
		return -1;
	return set(fd, IPPROTO_TCP, TCP_KEEPCNT, o->keepalive[2]);
}

/* ---- Addresses ---------------------------------------------------------------------------- */

/* Split "host:port" into `host` (brackets removed) and `port`. Returns
 * NULL, or what is wrong. */
static const char *split(const char *address, char host[256], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length;

	if (colon == NULL)
		return "the port is missing; write host:port, for instance 127.0.0.1:8000";
	*port = colon[1] == '\0' ? "0" : colon + 1; /* empty: the kernel picks, as with 0 */
	if ((*port)[strspn(*port, "0123456789")] == '\0' && strtol(*port, NULL, 10) > 65535)
		return "the port is above 65535";
	if (!isalnum((unsigned char)**port))
		return "the port is neither a number from 0 to 65535 nor the name of a service";
	length = (size_t)(colon - address);
	if (length > 0 && address[0] == '[') {
		if (length < 3 || address[length - 1] != ']')
			return "the brackets do not hold an address";
		address++;
		length -= 2;
	} else if (memchr(address, ':', length) != NULL) {
		return "an IPv6 address goes in brackets, for instance [::1]:8000";
	}
	if (length >= 256)
		return "the name of the host is too long";
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

struct addrinfo *net_resolve(const char *address, int family, int flags)
{
	const struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *list = NULL;
	char host[256];
	const char *port, *wrong = split(address, host, &port);
	int error;

	errno = EINVAL;
	if (wrong == NULL) {
		error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
		if (error == 0)
			return list;
		wrong = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
	}
	failed("resolve", address, wrong);
	return NULL;
}

/* An address as host:port, with brackets if it is IPv6. */
static const char *as_text(const struct sockaddr *sa, socklen_t length, char text[NET_ADDRESS_SIZE])
{
	char host[NET_ADDRESS_SIZE - 10], port[8];
	const char *form = sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", *name = host;

	snprintf(text, NET_ADDRESS_SIZE, "?");
	if (getnameinfo(sa, length, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return text;
	if (strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL) {
		name = host + 7; /* an IPv4 peer of an IPv6 socket: RFC 4291 2.5.5.2 */
		form = "%s:%s";
	}
	snprintf(text, NET_ADDRESS_SIZE, form, name, port);
	return text;
}

typedef int ask(int fd, struct sockaddr *address, socklen_t *length);

static const char *ask_address(ask *whose, int fd, char text[NET_ADDRESS_SIZE])
{
	struct sockaddr_storage sa = {0}; /* family 0, which is no address, if the call fails */
	socklen_t length = sizeof sa;

	whose(fd, (struct sockaddr *)&sa, &length);
	return as_text((struct sockaddr *)&sa, length, text);
}

const char *net_own(int fd, char text[NET_ADDRESS_SIZE])
{
	return ask_address(getsockname, fd, text);
}

const char *net_peer(int fd, char text[NET_ADDRESS_SIZE])
{
	return ask_address(getpeername, fd, text);
}

/* ---- Listen ------------------------------------------------------------------------------- */

static int close_failed(int fd)
{
	const int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* `only` keeps IPv4 out of an IPv6 socket, which otherwise takes it in on [::] (RFC 3493 5.3). */
static int listen_at(const struct addrinfo *a, int only, const struct net_options *o)
{
	const int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

	if (fd == -1)
		return -1;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR, o->reuse_addr) == 0 && configure_early(fd, o) == 0 &&
	    (a->ai_family != AF_INET6 ||
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0) &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, o->backlog < 0 ? SOMAXCONN : (int)o->backlog) == 0)
		return fd;
	return close_failed(fd);
}

int net_listen(const char *address, const struct net_options *o)
{
	const bool both = address[0] == ':' && o->family == AF_UNSPEC;
	struct addrinfo *list = net_resolve(address, both ? AF_INET6 : o->family, AI_PASSIVE);
	struct net_options ipv4 = *o;
	int fd;

	if (list == NULL)
		return -1;
	fd = listen_at(list, !both, o);
	freeaddrinfo(list);
	if (fd == -1 && both && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		ipv4.family = AF_INET; /* a host without IPv6 */
		return net_listen(address, &ipv4);
	}
	return fd == -1 ? failed("listen on", address, net_error(errno)) : fd;
}

/* ---- Dial --------------------------------------------------------------------------------- */

/* connect(2) that gives up after `timeout` seconds: start it without blocking, wait until the socket
 * can be written, then ask how it went (POSIX connect, EINPROGRESS). */
static int connect_within(int fd, const struct addrinfo *a, double timeout)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	const double end = net_now() + timeout;
	const int flags = fcntl(fd, F_GETFL);
	int ready, error = 0;

	if (timeout <= 0)
		return connect(fd, a->ai_addr, a->ai_addrlen);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
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
	return errno != 0 ? -1 : fcntl(fd, F_SETFL, flags);
}

/* One attempt: a socket, its options, its source address, the connection. */
static int dial_to(const char *address, const struct addrinfo *a, const struct net_options *o)
{
	struct addrinfo *source = NULL;
	int fd, bound = 0;

	if ((fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) == -1)
		return failed("open a socket for", address, net_error(errno));
	if (configure_early(fd, o) == -1 || net_configure(fd, o) == -1) {
		failed("set options for", address, net_error(errno));
		return close_failed(fd);
	}
	if (o->source != NULL) {
		if ((source = net_resolve(o->source, a->ai_family, AI_PASSIVE)) == NULL)
			return close_failed(fd);
		bound = bind(fd, source->ai_addr, source->ai_addrlen);
		if (bound == -1)
			failed("bind", o->source, net_error(errno));
		freeaddrinfo(source);
	}
	if (bound == 0 && connect_within(fd, a, o->timeout) == 0)
		return fd;
	if (bound == 0)
		failed("connect to", address, net_error(errno));
	return close_failed(fd);
}

int net_dial(const char *address, const struct net_options *o)
{
	struct addrinfo *list = net_resolve(address, o->family, 0);
	int fd = -1, error = errno;

	for (const struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
		fd = dial_to(address, a, o);
		error = errno;
	}
	if (list != NULL)
		freeaddrinfo(list);
	errno = error;
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

/* Hand the connection to a thread of its own. If that fails, only this connection ends. */
static void begin(struct connection connection, const struct net_options *o)
{
	struct connection *c = malloc(sizeof *c);

	if (c != NULL) {
		*c = connection;
		if (net_configure(c->fd, o) == 0 && net_thread(NULL, run_session, c) == 0)
			return;
	}
	net_warn("serve", connection.peer);
	free(c);
	close(connection.fd);
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

int net_serve(int listener, const struct net_options *o, net_session *session, void *argument)
{
	struct connection c = {.session = session, .argument = argument};
	struct pollfd waiting = {.fd = listener, .events = POLLIN};
	char own[NET_ADDRESS_SIZE];
	struct sockaddr_storage sa;
	bool told = false;

	net_own(listener, own);
	net_pause(o->pause_accept);
	for (;;) {
		socklen_t length = sizeof sa;
		c.fd = accept(listener, (struct sockaddr *)&sa, &length);
		if (c.fd != -1) {
			as_text((struct sockaddr *)&sa, length, c.peer);
			begin(c, o);
			if (told && poll(&waiting, 1, 0) == 0)
				told = false; /* the shortage is over: nobody waits any more */
			continue;
		}
		switch (errno) {
		case EMFILE: /* this process has no descriptor left */
		case ENFILE: /* or the whole system */
		case ENOBUFS:
		case ENOMEM:
			if (!told && poll(&waiting, 1, 0) == 0) {
				poll(&waiting, 1, -1); /* Linux says so even if nobody waits */
				break;
			}
			if (!told)
				net_warn("accept on", own);
			told = true;
			wait_for_descriptor();
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK: /* the listener itself is broken: give up */
			return failed("accept on", own, net_error(errno));
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

double net_elapsed(double start)
{
	return (double)(long)((net_now() - start) * 10) / 10;
}

int net_milliseconds(double moment)
{
	const double left = (moment - net_now()) * 1000 + 1;

	return left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0;
}

/* ---- What is said ------------------------------------------------------------------------- */

void net_start(const char *program)
{
	net_program = program;
	signal(SIGPIPE, SIG_IGN);
	tzset(); /* reads a file: do it now, not when no descriptor may be left */
	setvbuf(stdout, NULL, _IOLBF, 0); /* also when it is a pipe: a log is read as it grows */
}

void net_complain(void)
{
	const int error = errno;

	fprintf(stderr, "%s: %s %s: %s\n", net_program, failure.operation, failure.object,
		failure.reason);
	errno = error;
}

const char *net_failure(void)
{
	return failure.reason;
}

void net_warn(const char *operation, const char *object)
{
	failed(operation, object, net_error(errno));
	net_complain();
}

const char *net_error(int error)
{
	static const struct {
		int error;
		const char *name;
		bool timeout, temporary;
	} known[] = {
		{EAGAIN, "EAGAIN", true, true},
		{ETIMEDOUT, "ETIMEDOUT", true, true},
		{EINTR, "EINTR", false, true},
		{EMFILE, "EMFILE", false, true},
		{ENFILE, "ENFILE", false, true},
		{ECONNREFUSED, "ECONNREFUSED", false, false},
		{ECONNRESET, "ECONNRESET", false, false},
		{ECONNABORTED, "ECONNABORTED", false, false},
		{EPIPE, "EPIPE", false, false},
		{EHOSTUNREACH, "EHOSTUNREACH", false, false},
		{ENETUNREACH, "ENETUNREACH", false, false},
		{EADDRINUSE, "EADDRINUSE", false, false},
		{EADDRNOTAVAIL, "EADDRNOTAVAIL", false, false},
		{EACCES, "EACCES", false, false},
		{EBADF, "EBADF", false, false},
		{EINVAL, "EINVAL", false, false},
	};
	static _Thread_local char text[120];
	const char *reason = error == EAGAIN ? "deadline exceeded" : strerror(error);

	for (size_t i = 0; i < sizeof known / sizeof *known && name_errors; i++)
		if (known[i].error == error) {
			snprintf(text, sizeof text, "%s (%s: timeout %s, temporary %s)", reason,
				known[i].name, known[i].timeout ? "yes" : "no",
				known[i].temporary ? "yes" : "no");
			return text;
		}
	return reason;
}

const char *net_reason(long result)
{
	if (result == 0)
		return "EOF";
	return net_error(errno);
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
	const size_t more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
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

/* The first character of the data, or a run of equal control bytes, as text. Returns how many bytes
 * that is. */
static size_t printable_piece(char piece[32], const unsigned char *s, size_t left)
{
	const size_t character = utf8_length(s, left);
	size_t run = 1;

	if (character > 0) {
		snprintf(piece, 32, "%.*s", (int)character, (const char *)s);
		return character;
	}
	while (run < left && s[run] == s[0])
		run++;
	if (run >= 4) {
		snprintf(piece, 32, "\\x%02x{%zu}", s[0], run);
		return run;
	}
	if (s[0] == '\n' || s[0] == '\r' || s[0] == '\t')
		snprintf(piece, 32, "\\%c", s[0] == '\n' ? 'n' : s[0] == '\r' ? 'r' : 't');
	else
		snprintf(piece, 32, "\\x%02x", s[0]);
	return 1;
}

const char *net_printable(char *text, size_t room, const void *data, size_t size)
{
	const unsigned char *s = data;
	char piece[32], tail[40];
	const size_t need = (size_t)snprintf(tail, sizeof tail, " ... (%zu bytes)", size);
	size_t at = 0, cut = 0; /* the end of the text, and the last place where the tail fits */

	for (size_t i = 0; i < size; ) {
		i += printable_piece(piece, s + i, size - i);
		if (at + need < room)
			cut = at;
		if (at + strlen(piece) >= room) {
			at = cut + (size_t)snprintf(text + cut, room - cut, "%s", tail);
			break;
		}
		at += (size_t)snprintf(text + at, room - at, "%s", piece);
	}
	text[at] = '\0';
	return text;
}
