/*
 * netutil.h - what the six programs share: addresses, listen, dial, serve, write all, log.
 *
 * Nothing here ends the process. A function that fails returns -1 and keeps errno; net_complain()
 * says which call failed on which object, and main() decides what to do about it.
 */
#ifndef NETUTIL_H
#define NETUTIL_H

#include <getopt.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define TCP_LABS_VERSION "1.0"

/* Room for any address as text: "[" + IPv6 with scope + "]:" + port. */
enum { NET_ADDRESS_SIZE = 80 };

/* The name that stands before every error: set it first thing in main(). */
extern const char *net_program;

/* ---- Options ------------------------------------------------------------------------------ */

/* The options that every program understands. Start from NET_DEFAULTS; zero means "leave it to
 * the kernel" except where a comment says otherwise. */
struct net_options {
	int family;           /* AF_UNSPEC, or AF_INET (-4), or AF_INET6 (-6) */
	bool reuse_addr;      /* SO_REUSEADDR on a listener; on unless --no-reuse-addr */
	bool reuse_port;      /* SO_REUSEPORT */
	bool nodelay;         /* TCP_NODELAY: RFC 9293 3.7.4, Nagle switched off */
	long rcvbuf, sndbuf;  /* bytes, SO_RCVBUF and SO_SNDBUF (Linux doubles them, socket(7)) */
	double linger;        /* seconds, SO_LINGER; negative: not set; 0: close sends a reset */
	int keepalive[3];     /* idle and interval in seconds, count: tcp(7), SO_KEEPALIVE if idle > 0 */
	long backlog;         /* listen(2); negative: SOMAXCONN */
	double timeout;       /* seconds that connect may take; 0: as long as the kernel tries */
	double deadline;      /* seconds that a read may wait; 0: for ever */
	double pause_accept;  /* seconds between listen and the first accept */
	const char *source;   /* the address that a client binds before it connects, or NULL */
};

#define NET_DEFAULTS                                                                               \
	{                                                                                          \
		.reuse_addr = true, .linger = -1, .backlog = -1                                    \
	}

/* The values that getopt_long(3) returns for the shared options; -4 and -6 return '4' and '6'. */
enum {
	NET_REUSE_PORT = 0x1000,
	NET_NO_REUSE_ADDR,
	NET_RCVBUF,
	NET_SNDBUF,
	NET_LINGER,
	NET_KEEPALIVE,
	NET_NODELAY,
	NET_ERRNO,
	NET_DEADLINE,
	NET_BACKLOG,
	NET_PAUSE_ACCEPT,
	NET_TIMEOUT,
	NET_SOURCE
};

/* Rows for a program's own `struct option` table: for every socket, for listeners, for clients. */
#define NET_SOCKET_OPTIONS                                                                         \
	{"reuse-port", no_argument, NULL, NET_REUSE_PORT},                                         \
	{"rcvbuf", required_argument, NULL, NET_RCVBUF},                                           \
	{"sndbuf", required_argument, NULL, NET_SNDBUF},                                           \
	{"errno", no_argument, NULL, NET_ERRNO},                                                   \
	{"nodelay", no_argument, NULL, NET_NODELAY},                                               \
	{"linger", required_argument, NULL, NET_LINGER},                                           \
	{"keepalive", required_argument, NULL, NET_KEEPALIVE},                                     \
	{"deadline", required_argument, NULL, NET_DEADLINE}
#define NET_LISTEN_OPTIONS                                                                         \
	{"no-reuse-addr", no_argument, NULL, NET_NO_REUSE_ADDR},                                   \
	{"backlog", required_argument, NULL, NET_BACKLOG},                                         \
	{"pause-accept", required_argument, NULL, NET_PAUSE_ACCEPT}
#define NET_DIAL_OPTIONS                                                                           \
	{"timeout", required_argument, NULL, NET_TIMEOUT},                                         \
	{"source", required_argument, NULL, NET_SOURCE}

/* The same rows as lines of a --help text. */
#define NET_SOCKET_HELP                                                                            \
	"  -4, -6                 use IPv4 only, or IPv6 only\n"                                   \
	"  --reuse-port           share the port with other sockets that ask for it too\n"         \
	"  --rcvbuf N, --sndbuf N size of the receive or send buffer in bytes\n"                   \
	"  --nodelay              send small segments at once, without Nagle's algorithm\n"         \
	"  --linger SEC           let close wait for unsent data; 0: close with a reset\n"         \
	"  --keepalive IDLE,INTERVAL,COUNT\n"                                                      \
	"                         probe an idle connection, give it up after COUNT lost probes\n"  \
	"  --deadline SEC         give up a read that waits longer\n"                               \
	NET_ERRNO_HELP
#define NET_ERRNO_HELP                                                                             \
	"  --errno                name the errno of a failure, and whether it is a timeout\n"
#define NET_LISTEN_HELP                                                                            \
	"  --no-reuse-addr        refuse a port that still has connections in TIME_WAIT\n"         \
	"  --backlog N            connections that may wait to be accepted\n"                      \
	"  --pause-accept SEC     wait between listen and the first accept\n"
#define NET_DIAL_HELP                                                                              \
	"  --timeout SEC          give up connecting after SEC\n"                                  \
	"  --source ADDRESS       the address and port to connect from\n"

/*
 * Take one option that getopt_long(3) returned. Returns 1 if it was a shared one, 0 if it is the
 * program's own, -1 if its argument is wrong (the reason is on stderr: exit 2).
 */
int net_option(struct net_options *options, int option, const char *argument);

/*
 * Read a count from `low` to `high`, or seconds (decimals allowed, 0 to ten million), from an
 * option's argument. Return 0, or -1 after saying on stderr what is wrong with --`name`.
 */
int net_count(const char *name, const char *argument, long low, long high, long *count);
int net_seconds(const char *name, const char *argument, double *seconds);

/*
 * Is `address` of the form host:port, :port, [v6]:port, with a service name or a number from 0 to
 * 65535 as the port, or nothing, which is 0? Returns 0, or -1 after saying on stderr what is wrong (exit 2). Whether the
 * host exists shows later, in net_listen() or net_dial().
 */
int net_check_address(const char *address);

/* ---- Sockets ------------------------------------------------------------------------------ */

/* The socket addresses that `address` stands for, with the `flags` of getaddrinfo(3), to be given to
 * freeaddrinfo(); or NULL. For programs that call bind and connect themselves. */
struct addrinfo *net_resolve(const char *address, int family, int flags);

/*
 * Open a listening socket (socket, bind, listen: POSIX, RFC 9293 3.9.1.1 passive OPEN). A host left
 * empty means every address, IPv4 and IPv6; port 0 lets the kernel pick. Returns the descriptor.
 */
int net_listen(const char *address, const struct net_options *options);

/*
 * Connect to an address (socket, bind if options->source is set, connect: RFC 9293 3.9.1.1 active
 * OPEN), trying each address of a name in turn, each for at most options->timeout seconds (then
 * errno is ETIMEDOUT). A host left empty means this host. Returns a descriptor in blocking mode.
 */
int net_dial(const char *address, const struct net_options *options);

/* Set the options that belong to a connection rather than to its listener: --deadline, --linger,
 * --keepalive, --nodelay. net_dial() and net_serve() do it themselves. Returns 0 or -1. */
int net_configure(int fd, const struct net_options *options);

/* What a server does with one connection. It owns `fd` and closes it. `peer` is its address as
 * text and lasts as long as the call. */
typedef void net_session(int fd, const char *peer, void *argument);

/*
 * Accept for ever; run `session` in a detached thread with a small stack for each connection.
 * Running out of descriptors is said once and waited out without spinning. Returns -1 only if the
 * listener itself no longer works.
 */
int net_serve(int listener, const struct net_options *options, net_session *session, void *argument);

/* Start a thread with a small stack (64 KiB, so that thousands fit), detached if `thread` is NULL.
 * Returns 0 or -1. */
int net_thread(pthread_t *thread, void *(*run)(void *), void *argument);

/*
 * Write all of `size` bytes, however many write(2) takes at a time; EINTR is retried. Returns 0,
 * or -1 (EPIPE or ECONNRESET when the peer has gone; SIGPIPE must be ignored: net_start()).
 */
int net_write_all(int fd, const void *data, size_t size);

/* The address of this end (net_own) or of the other end (net_peer) of a socket as host:port, an
 * IPv4 address inside IPv6 as plain IPv4. Returns `text`, which holds "?" if there is none. */
const char *net_own(int fd, char text[NET_ADDRESS_SIZE]);
const char *net_peer(int fd, char text[NET_ADDRESS_SIZE]);

/* Sleep for a decimal number of seconds, through signals; not at all if it is not above zero. */
void net_pause(double seconds);

/* Seconds since some fixed moment in the past, for measuring (CLOCK_MONOTONIC). */
double net_now(void);

/* Seconds since that moment in whole tenths, rounded down: 5.0 is never said before five seconds have
 * passed. */
double net_elapsed(double start);

/* Milliseconds from now to that moment for poll(2), rounded up so that it does not wake too early. */
int net_milliseconds(double moment);

/* ---- What is said ------------------------------------------------------------------------- */

/* First thing in main(): remember the program's name, ignore SIGPIPE (a write to a connection that
 * has gone shall be an error, not the end of the process), make stdout line buffered. */
void net_start(const char *program);

/* Say on stderr "program: operation object: reason" for the last net_resolve(), net_listen(),
 * net_dial() or net_serve() that failed in this thread. errno is kept. */
void net_complain(void);

/* That reason alone, for a log line of your own. */
const char *net_failure(void);

/* The same for a call of your own, with the reason from errno. errno is kept. */
void net_warn(const char *operation, const char *object);

/*
 * strerror(3), and after --errno the error's name and the two words that Go's net package has for it:
 * timeout (EAGAIN and ETIMEDOUT: only time has run out) and temporary (these, EINTR, and descriptors
 * that are all in use), as in "Connection refused (ECONNREFUSED: timeout no, temporary no)". The text
 * lasts until the thread's next call.
 */
const char *net_error(int error);

/* Why a read or write that returned `result`, 0 or -1, was the last: "EOF" (the peer's FIN has come),
 * "deadline exceeded" (--deadline), or errno as text, such as "Connection reset by peer". */
const char *net_reason(long result);

/* One line of log on stdout, flushed and never mixed with another thread's:
 * "2026/11/20 12:01:00 127.0.0.1:46472 message". `peer` may be NULL. */
__attribute__((format(printf, 2, 3))) void net_log(const char *peer, const char *format, ...);

/*
 * Bytes from the network made safe to print: control characters, and what is not UTF-8, as \n, \r,
 * \t or \xNN; four or more equal ones as \xNN{count}. What does not fit into `room` bytes of text
 * is told by a last " ... (N bytes)". Returns `text`.
 */
const char *net_printable(char *text, size_t room, const void *data, size_t size);

#endif
