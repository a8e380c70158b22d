/*
 * reuseport-demo - how many connections can have one port?
 *
 * The lesson: a connection is known by its two ends together, the four-tuple of source address and
 * port, destination address and port (RFC 9293 3.4.1). A server's port serves any number of
 * clients; a client's port can serve any number of connections too, as long as they go to different
 * destinations. What stands in the way is bind(2), which is called before these are known.
 *
 *	serve      listens on several addresses at once
 *	connect    makes one connection to each destination, all from one source address and port,
 *	           and says at which call that fails
 *
 * connect calls socket, setsockopt, bind and connect itself: they are what is to be seen.
 */
#define _DEFAULT_SOURCE /* beyond POSIX: SO_REUSEPORT */
#include "demo.h"
#include "netutil.h"
#include "options.h"
#include "printable.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct program connecting;

static int make_connections(char **destinations, int count);

int main(int argc, char *argv[])
{
	static char *to_serve[] = {"127.0.0.1:9999", "127.0.0.1:6666"};
	const char *mode = argc > 1 ? argv[1] : "";
	int first;

	net_start("reuseport-demo");
	if (strcmp(mode, "serve") == 0) {
		first = 1 + options_read(&serving, argc - 1, argv + 1);
		return first < argc ? serve(argv + first, argc - first) : serve(to_serve, 2);
	}
	if (strcmp(mode, "connect") == 0) {
		first = 1 + options_read(&connecting, argc - 1, argv + 1);
		return first < argc ? make_connections(argv + first, argc - first)
				    : make_connections(to_serve, 1);
	}
	if (strcmp(mode, "--help") != 0 && strcmp(mode, "--version") != 0) {
		fprintf(stderr, "reuseport-demo: serve or connect? See reuseport-demo --help\n");
		return 2;
	}
	if (strcmp(mode, "--help") == 0) {
		options_help(&serving);
		putchar('\n');
	}
	options_read(&connecting, argc, argv); /* answers --help or --version, and ends */
	return 0;
}

/* Say what the other end sent, without the end of its last line. */
void say(const char *peer, const char *data, ssize_t n)
{
	char text[512];

	if (data[n - 1] == '\n')
		n--;
	net_log(peer, "%s", printable(text, sizeof text, data, (size_t)n));
}

/* ---- connect ------------------------------------------------------------------------------ */

/* What the command line says, besides net_options. */
static struct {
	bool no_bind, reuse_addr;
	double every;
} set = {.every = 5};

/* One connection, with a thread of its own. */
struct connection {
	int fd;
	char peer[NET_ADDRESS_SIZE];
	pthread_t thread;
};

/* The exit status, also when a signal ends the program: 1 if a connection could not be made. */
static volatile sig_atomic_t status;

static void interrupted(int signal)
{
	(void)signal;
	_exit(status);
}

static int connect_to(const char *destination);
static void *talk(void *argument);

static int make_connections(char **destinations, int count)
{
	static struct connection *connections; /* static: the threads have them to the end */
	char own[NET_ADDRESS_SIZE];
	int made = 0;

	if (net_options.source == NULL)
		net_options.source = "127.0.0.1:10789";
	if ((connections = calloc((size_t)count, sizeof *connections)) == NULL) {
		net_warn("connect to", destinations[0]);
		return 1;
	}
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	for (int i = 0; i < count; i++) {
		struct connection *c = &connections[made];
		if ((c->fd = connect_to(destinations[i])) == -1) {
			status = 1; /* the others stay */
			continue;
		}
		net_log(net_peer(c->fd, c->peer), "Client connected from %s", net_own(c->fd, own));
		made++;
	}
	for (int i = 0; i < made; i++)
		if (net_thread(&connections[i].thread, talk, &connections[i]) == -1) {
			net_warn("talk to", connections[i].peer);
			return 1;
		}
	for (int i = 0; i < made; i++)
		pthread_join(connections[i].thread, NULL); /* ends when its server closes */
	return status;
}

/* Say which call failed on what; returns -1. */
static int give_up(int fd, const char *call, const char *object)
{
	net_warn(call, object);
	if (fd != -1)
		close(fd);
	return -1;
}

/* socket, setsockopt, bind, connect. `from` is NULL with --no-bind. */
static int connect_from(
	const struct addrinfo *from, const struct addrinfo *to, const char *destination)
{
	const char *source = net_options.source;
	const int on = 1;
	char both[300];
	int fd;

	if ((fd = socket(to->ai_family, SOCK_STREAM, 0)) == -1)
		return give_up(fd, "open a socket for", destination);

	/* SO_REUSEPORT: the port is shared by all sockets that have set it before bind and belong
	 * to the same user. SO_REUSEADDR: on Linux it is shared by all that have set it, unless one
	 * of them listens. The first socket must have set it too: the port's owner has to agree. */
	if (net_options.reuse_port &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1)
		return give_up(fd, "set SO_REUSEPORT for", destination);
	if (set.reuse_addr && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
		return give_up(fd, "set SO_REUSEADDR for", destination);
	if (net_configure(fd) == -1) /* --linger */
		return give_up(fd, "set options for", destination);

	/* bind knows one half of the four-tuple only. Without these options it refuses a port that
	 * another socket has, wherever that one is connected to. */
	if (from != NULL && bind(fd, from->ai_addr, from->ai_addrlen) == -1)
		return give_up(fd, "bind", source);

	/* Now the four-tuple is whole, and only an equal one is refused. Without bind it is here
	 * that the kernel picks a port: one that is free towards this destination. */
	if (connect(fd, to->ai_addr, to->ai_addrlen) == -1) {
		snprintf(both, sizeof both, "%s%s%s", destination, from != NULL ? " from " : "",
			from != NULL ? source : "");
		return give_up(fd, "connect to", both);
	}
	return fd;
}

/* A connected socket, or -1 after saying what failed. Of a name only the first address is tried. */
static int connect_to(const char *destination)
{
	struct addrinfo *to = net_resolve(destination, net_options.family, 0, NULL);
	struct addrinfo *from = NULL;
	int fd = -1;

	if (to != NULL && !set.no_bind)
		from = net_resolve(net_options.source, to->ai_family, AI_PASSIVE, NULL);
	if (to != NULL && (set.no_bind || from != NULL))
		fd = connect_from(from, to, destination);
	if (to != NULL)
		freeaddrinfo(to);
	if (from != NULL)
		freeaddrinfo(from);
	return fd;
}

/* Greet the server, then write to it every so often; say what it answers until it closes. */
static void *talk(void *argument)
{
	struct connection *c = argument;
	struct pollfd readable = {.fd = c->fd, .events = POLLIN};
	const char *line = "Say hello to Server...\n";
	char data[512];
	double next = 0;
	ssize_t n = 1;
	int ready;

	while (n > 0) {
		if (net_write_all(c->fd, line, strlen(line)) == -1)
			break;
		line = "write data to Server...\n";
		next = net_now() + set.every;
		while (n > 0 && (ready = poll(&readable, 1,
					 set.every > 0 ? net_milliseconds(next) : -1)) != 0)
			if (ready == 1 && (n = net_read(c->fd, data, sizeof data)) > 0)
				say(c->peer, data, n);
	}
	if (n == 0)
		net_log(c->peer, "server closed the connection");
	else
		net_log(c->peer, "Error: %s", net_reason(-1));
	close(c->fd);
	return NULL;
}

/* ---- Options -------------------------------------------------------------------------------- */

static const struct option_row for_connect[] = {
	{"source", "the address and port to connect from (127.0.0.1:10789)",
		.address = &net_options.source},
	{"no-bind", "no source: let connect pick a port for each connection", .flag = &set.no_bind},
	{"reuse-port", "set SO_REUSEPORT before bind", .flag = &net_options.reuse_port},
	{"reuse-addr", "set SO_REUSEADDR before bind", .flag = &set.reuse_addr},
	{"linger", "0: end with resets, no TIME_WAIT stays on the source port",
		.seconds = &net_options.linger},
	{"every", "write to the servers every SEC (5); 0: greet them only", .seconds = &set.every},
	{0},
};

static const struct program connecting = {"reuseport-demo", "connect [OPTION]... [ADDRESS]...",
	"Connect to each ADDRESS (127.0.0.1:9999) from one source address and port, until\n"
	"interrupted.\n",
	for_connect, 0, INT_MAX};
