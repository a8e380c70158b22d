/*
 * netutil.h - what the six programs share: listen, dial, serve, read, write, addresses, the log.
 *
 * Nothing here ends the process: a function that fails returns -1 with errno kept, and main()
 * decides what to do about it. net_listen(), net_dial() and net_serve() say on stderr why they have
 * failed.
 *
 *	netutil.c    listen, dial, read, write
 *	serve.c      a thread for each connection
 *	thread.c     threads with small stacks, new ones and waiting ones
 *	sockopt.c    the socket options, and when they are set
 *	address.c    host:port as text, and the socket addresses behind it
 *	log.c        errors on stderr, the log on stdout
 *	clock.c      the clock, and pauses
 */
#ifndef NETUTIL_H
#define NETUTIL_H

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Room for any address as text: "[" + IPv6 with scope + "]:" + port. */
enum { NET_ADDRESS_SIZE = 80 };

enum { NET_STOP_SHUTDOWN, NET_STOP_CLOSE };

/*
 * What the shared options say (options.h): written before the first thread starts, only read after.
 * Zero means "leave it to the kernel" except where a comment says otherwise.
 */
extern struct net_options {
	int family;          /* AF_UNSPEC, or AF_INET (-4), or AF_INET6 (-6) */
	bool no_reuse_addr;  /* a listener sets SO_REUSEADDR, but for this */
	bool reuse_port;     /* SO_REUSEPORT */
	bool nodelay;        /* TCP_NODELAY: Nagle's algorithm (RFC 9293 3.7.4) switched off */
	bool name_errors;    /* net_error() names the errno */
	long rcvbuf, sndbuf; /* bytes, SO_RCVBUF and SO_SNDBUF (Linux doubles them, socket(7)) */
	long backlog;        /* listen(2); negative, as at first: SOMAXCONN */
	int keepalive[3];    /* idle, interval (seconds), count: SO_KEEPALIVE if idle > 0, tcp(7) */
	double linger;   /* seconds, SO_LINGER; negative, as at first: not set; 0: close resets */
	double timeout;  /* seconds that connect may take; 0: as long as the kernel tries */
	double deadline; /* seconds that a read may wait; 0: for ever */
	double pause_accept; /* seconds between listen and the first accept */
	double stop_after;   /* seconds after which another thread ends accept; 0: never */
	int stop_with;       /* NET_STOP_SHUTDOWN or NET_STOP_CLOSE */
	const char *source;  /* the address that a client binds before it connects, or NULL */
} net_options;

/* ---- Sockets -------------------------------------------------------------------------------- */

/* First thing in main(): remember the name that stands before every error, ignore SIGPIPE (a write
 * to a connection that has gone shall be an error, not the end of the process), make stdout line
 * buffered, also when it is a pipe. */
void net_start(const char *program);

/*
 * Open a listening socket (socket, bind, listen: POSIX; a passive OPEN, RFC 9293 3.9.1.1). A host
 * left empty means every address, IPv4 and IPv6; port 0 lets the kernel pick. Returns the
 * descriptor, or -1 (EADDRINUSE, EADDRNOTAVAIL, EACCES: bind(2)).
 */
int net_listen(const char *address);

/* Which call failed on what, and why: "connect to", "127.0.0.1:8000", "Connection refused". */
struct net_failure {
	const char *operation, *object, *reason;
};

/*
 * Connect to an address (socket, bind if there is a source, connect: an active OPEN, RFC 9293
 * 3.9.1.1), trying each address of a name in turn, each for at most net_options.timeout seconds
 * (then errno is ETIMEDOUT). A host left empty means this host. Returns a descriptor in blocking
 * mode, or -1 (ECONNREFUSED, ETIMEDOUT, EADDRINUSE, EADDRNOTAVAIL: connect(2)). `why` may be NULL:
 * then a failure is said on stderr, otherwise nothing is said and `*why` is set.
 */
int net_dial(const char *address, struct net_failure *why);

/* Set the options that must be set before bind and connect: --reuse-port, and the sizes of the
 * buffers, for the window scale is agreed in the SYN (RFC 7323 2.2). net_listen() and net_dial() do
 * it. Returns 0 or -1. */
int net_configure_early(int fd);

/* Set the options that belong to a connection rather than to its listener: --deadline, --linger,
 * --keepalive, --nodelay. net_dial() and net_serve() do it themselves. Returns 0 or -1. */
int net_configure(int fd);

/* What a server does with one connection. It owns `fd` and closes it. `peer` is its address as text
 * and lasts as long as the call. */
typedef void net_session(int fd, const char *peer, void *argument);

/*
 * Accept for ever; run `session` in a detached thread with a small stack for each connection.
 * Running out of descriptors is said once and waited out without spinning. Returns only if the
 * listener no longer works: -1, or 0 if that is because of --stop-after, once the sessions that are
 * open have come to their end.
 */
int net_serve(int listener, net_session *session, void *argument);

/* How many sessions go on; one that outlives the call of its net_session counts itself as well. */
extern atomic_int net_sessions;

/*
 * Let a thread with a small stack (64 KiB, so that thousands fit) call `run` with `argument`. With
 * `thread` it is a new one, to be joined (pthread_join(3)); if that is NULL, nobody hears of its
 * end, and it may be one that has done the same before: such a thread waits 20 ms for more to do.
 * Returns 0, or -1 (EAGAIN: the system has no room for another, pthread_create(3); ENOMEM).
 */
int net_thread(pthread_t *thread, void *(*run)(void *), void *argument);

/*
 * read(2), again if a signal has interrupted it: with --deadline (SO_RCVTIMEO) even to be stopped
 * and continued, ^Z and fg, interrupts a read (signal(7)), whose deadline then begins anew. Returns
 * the number of bytes; 0 at the end of the input, the peer's FIN; -1: EAGAIN once the deadline has
 * passed, ECONNRESET at the peer's RST.
 */
ssize_t net_read(int fd, void *data, size_t room);

/* Write all of `size` bytes, however many write(2) takes at a time; EINTR is retried. Returns 0, or
 * -1 (EPIPE or ECONNRESET when the peer has gone). */
int net_write_all(int fd, const void *data, size_t size);

/* ---- The clock ------------------------------------------------------------------------------ */

/* Sleep for a decimal number of seconds, through signals; not at all if it is not above zero. */
void net_pause(double seconds);

/* Seconds since some fixed moment in the past, for measuring (CLOCK_MONOTONIC). */
double net_now(void);

/* Seconds since that moment in whole tenths, rounded down: 5.0 is never said before five seconds
 * have passed. */
double net_elapsed(double start);

/* Milliseconds from now to that moment for poll(2), rounded up: it shall not wake too early. */
int net_milliseconds(double moment);

/* ---- Addresses ------------------------------------------------------------------------------ */

/*
 * Is `address` of the form host:port, :port, [v6]:port, with a service name or a number from 0 to
 * 65535 as the port, or nothing, which is 0? Returns 0, or -1 after saying on stderr what is wrong.
 * Whether the host exists shows later, in net_listen() or net_dial().
 */
int net_check_address(const char *address);

/* The socket addresses that `address` stands for, with the `flags` of getaddrinfo(3), to be given
 * to freeaddrinfo(); or NULL, and `*why` is set or, if that is NULL, it is said on stderr. */
struct addrinfo *net_resolve(const char *address, int family, int flags, struct net_failure *why);

/* A socket address as host:port, an IPv4 address inside IPv6 as plain IPv4; "?" if it is none.
 * Returns `text`. */
const char *net_text(const struct sockaddr *sa, socklen_t length, char text[NET_ADDRESS_SIZE]);

/* The same of this end (net_own) or of the other end (net_peer) of a socket. */
const char *net_own(int fd, char text[NET_ADDRESS_SIZE]);
const char *net_peer(int fd, char text[NET_ADDRESS_SIZE]);

/* ---- What is said --------------------------------------------------------------------------- */

/* The name that net_start() was given. */
extern const char *net_program;

/* Say on stderr "program: operation object: reason", the reason from errno. errno is kept. Returns
 * -1. */
int net_warn(const char *operation, const char *object);

/* The same with a reason of your own, or set `*why` instead if that is not NULL. Returns -1. */
int net_failed(
	struct net_failure *why, const char *operation, const char *object, const char *reason);

/*
 * strerror(3), but "deadline exceeded" for EAGAIN. After --errno also the error's name and the two
 * words that Go's net package has for it: timeout (EAGAIN and ETIMEDOUT: only time has run out) and
 * temporary (these, EINTR, and descriptors that are all in use), as in "Connection refused
 * (ECONNREFUSED: timeout no, temporary no)". The text lasts until the thread's next call.
 */
const char *net_error(int error);

/* Why a read or write that returned `result`, 0 or -1, was the last: "EOF" (the peer's FIN has
 * come), or net_error(errno). */
const char *net_reason(ssize_t result);

/* One line of log on stdout, in one write(2) and so never mixed with another thread's:
 * "2026/11/20 12:01:00 127.0.0.1:46472 message". `peer` may be NULL. errno is kept. */
__attribute__((format(printf, 2, 3))) void net_log(const char *peer, const char *format, ...);

/* The same of two pieces, at most 300 bytes together, with "[1.5 s] " before them, the time since
 * `start`, if that is not 0. `peer` is not NULL. */
void net_say(const char *peer, double start, const char *what, const char *detail);

#endif
