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
#include "netutil.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void usage(FILE *out)
{
	fputs("usage: reuseport-demo serve [OPTION]... [ADDRESS]...\n"
	      "       reuseport-demo connect [OPTION]... [ADDRESS]...\n"
	      "Listen on each ADDRESS (127.0.0.1:9999 127.0.0.1:6666), or connect to each of them\n"
	      "(127.0.0.1:9999) from one source address and port, until interrupted.\n\n"
	      "connect:\n"
	      "  -4, -6                 use IPv4 only, or IPv6 only\n"
	      "  --source ADDRESS       the address and port to connect from (127.0.0.1:10789)\n"
	      "  --no-bind              no source: let connect pick a port for each connection\n"
	      "  --reuse-port           set SO_REUSEPORT before bind\n"
	      "  --reuse-addr           set SO_REUSEADDR before bind\n"
	      "  --linger 0             end with resets: no TIME_WAIT stays on the source port\n"
	      "  --every SEC            write to the servers every SEC (5); 0: greet them only\n"
	      "serve:\n" NET_LISTEN_HELP NET_SOCKET_HELP "  --help, --version\n",
		out);
}

static int serve(int argc, char *argv[]);
static int make_connections(int argc, char *argv[]);

int main(int argc, char *argv[])
{
	const char *mode = argc > 1 ? argv[1] : "";

	net_start("reuseport-demo");
	if (strcmp(mode, "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(mode, "--version") == 0) {
		puts("reuseport-demo (TCP Labs) " TCP_LABS_VERSION);
		return 0;
	}
	if (strcmp(mode, "serve") != 0 && strcmp(mode, "connect") != 0) {
		fprintf(stderr, "reuseport-demo: serve or connect? See reuseport-demo --help\n");
		return 2;
	}
	argv[1] = argv[0]; /* for getopt's messages */
	return strcmp(mode, "serve") == 0 ? serve(argc - 1, argv + 1)
	                                  : make_connections(argc - 1, argv + 1);
}

/* ---- serve -------------------------------------------------------------------------------- */

/* One listening socket, with a thread that accepts. */
struct listener {
	int fd;
	const struct net_options *net;
	pthread_t thread;
};

static void *accept_clients(void *argument);

static int serve(int argc, char *argv[])
{
	enum { HELP = 1 };
	static const struct option options[] = {
		{"help", no_argument, NULL, HELP},
		NET_SOCKET_OPTIONS,
		NET_LISTEN_OPTIONS,
		{0},
	};
	static char *notes[] = {"127.0.0.1:9999", "127.0.0.1:6666"};
	static struct net_options net = NET_DEFAULTS; /* static: the threads use it to the end */
	static struct listener *listeners;
	char own[NET_ADDRESS_SIZE], **addresses = notes;
	int option, count = 2;

	while ((option = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		if (option == HELP) {
			usage(stdout);
			return 0;
		}
		if (net_option(&net, option, optarg) != 1)
			return 2; /* what is wrong has been said */
	}
	if (optind < argc) {
		addresses = argv + optind;
		count = argc - optind;
	}
	for (int i = 0; i < count; i++)
		if (net_check_address(addresses[i]) == -1)
			return 2;

	if ((listeners = calloc((size_t)count, sizeof *listeners)) == NULL) {
		net_warn("serve", addresses[0]);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		listeners[i].net = &net;
		if ((listeners[i].fd = net_listen(addresses[i], &net)) == -1) {
			net_complain();
			return 1;
		}
		printf("listening on %s\n", net_own(listeners[i].fd, own));
	}
	puts("Server ready to read ...");
	for (int i = 0; i < count; i++)
		if (net_thread(&listeners[i].thread, accept_clients, &listeners[i]) == -1) {
			net_warn("accept on", addresses[i]);
			return 1;
		}
	for (int i = 0; i < count; i++)
		pthread_join(listeners[i].thread, NULL); /* ends only if its listener is broken */
	return 1;
}

/* Say what the other end sent, without the end of its last line. */
static void say(const char *peer, const char *data, ssize_t n)
{
	char text[512];

	if (data[n - 1] == '\n')
		n--;
	net_log(peer, "%s", net_printable(text, sizeof text, data, (size_t)n));
}

/* What the thread of one client does. */
static void answer(int fd, const char *peer, void *argument)
{
	static const char hello[] = "Server Say hello!\n";
	char data[512], own[NET_ADDRESS_SIZE];
	ssize_t n;

	(void)argument;
	net_log(peer, "A client connected to %s", net_own(fd, own));
	while ((n = read(fd, data, sizeof data)) > 0) {
		say(peer, data, n);
		if (net_write_all(fd, hello, sizeof hello - 1) == -1)
			break;
	}
	if (n == 0)
		net_log(peer, "client closed the connection");
	else
		net_log(peer, "Error: %s", net_reason(-1));
	close(fd);
}

static void *accept_clients(void *argument)
{
	struct listener *l = argument;

	net_serve(l->fd, l->net, answer, NULL);
	net_complain();
	return NULL;
}

/* ---- connect ------------------------------------------------------------------------------ */

struct settings {
	struct net_options net; /* of these: family, source, reuse_port, linger */
	bool bind, reuse_addr;
	double every;
};

/* One connection, with a thread of its own. */
struct connection {
	int fd;
	double every;
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

static int connect_to(const char *destination, const struct settings *set);
static void *talk(void *argument);

static int make_connections(int argc, char *argv[])
{
	enum { NO_BIND = 1, REUSE_ADDR, EVERY, HELP };
	static const struct option options[] = {
		{"source", required_argument, NULL, NET_SOURCE},
		{"no-bind", no_argument, NULL, NO_BIND},
		{"reuse-port", no_argument, NULL, NET_REUSE_PORT},
		{"reuse-addr", no_argument, NULL, REUSE_ADDR},
		{"linger", required_argument, NULL, NET_LINGER},
		{"every", required_argument, NULL, EVERY},
		{"help", no_argument, NULL, HELP},
		{0},
	};
	static char *notes[] = {"127.0.0.1:9999"};
	static struct connection *connections; /* static: the threads have them to the end */
	struct settings set = {.net = NET_DEFAULTS, .bind = true, .every = 5};
	char own[NET_ADDRESS_SIZE], **destinations = notes;
	int option, count = 1, made = 0;

	set.net.source = "127.0.0.1:10789";
	while ((option = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		switch (option) {
		case NO_BIND:
			set.bind = false;
			break;
		case REUSE_ADDR:
			set.reuse_addr = true;
			break;
		case EVERY:
			if (net_seconds("every", optarg, &set.every) == -1)
				return 2;
			break;
		case HELP:
			usage(stdout);
			return 0;
		default:
			if (net_option(&set.net, option, optarg) != 1)
				return 2; /* what is wrong has been said */
		}
	}
	if (optind < argc) {
		destinations = argv + optind;
		count = argc - optind;
	}
	for (int i = 0; i < count; i++)
		if (net_check_address(destinations[i]) == -1)
			return 2;

	if ((connections = calloc((size_t)count, sizeof *connections)) == NULL) {
		net_warn("connect to", destinations[0]);
		return 1;
	}
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	for (int i = 0; i < count; i++) {
		struct connection *c = &connections[made];
		if ((c->fd = connect_to(destinations[i], &set)) == -1) {
			status = 1; /* the others stay */
			continue;
		}
		c->every = set.every;
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
	const struct addrinfo *from, const struct addrinfo *to, const struct settings *set,
	const char *source, const char *destination)
{
	const int on = 1;
	char both[300];
	int fd;

	if ((fd = socket(to->ai_family, SOCK_STREAM, 0)) == -1)
		return give_up(fd, "open a socket for", destination);

	/* SO_REUSEPORT: the port is shared by all sockets that have set it before bind and belong
	 * to the same user. SO_REUSEADDR: on Linux it is shared by all that have set it, unless one
	 * of them listens. The first socket must have set it too: the port's owner has to agree. */
	if (set->net.reuse_port &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1)
		return give_up(fd, "set SO_REUSEPORT for", destination);
	if (set->reuse_addr &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
		return give_up(fd, "set SO_REUSEADDR for", destination);
	if (net_configure(fd, &set->net) == -1) /* --linger */
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
static int connect_to(const char *destination, const struct settings *set)
{
	struct addrinfo *to = net_resolve(destination, set->net.family, 0), *from = NULL;
	int fd = -1;

	if (to != NULL && set->bind)
		from = net_resolve(set->net.source, to->ai_family, AI_PASSIVE);
	if (to == NULL || (set->bind && from == NULL))
		net_complain();
	else
		fd = connect_from(from, to, set, set->net.source, destination);
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

	while (n > 0) {
		if (net_write_all(c->fd, line, strlen(line)) == -1)
			break;
		line = "write data to Server...\n";
		next = net_now() + c->every;
		while (n > 0 && poll(&readable, 1, c->every > 0 ? net_milliseconds(next) : -1) == 1)
			if ((n = read(c->fd, data, sizeof data)) > 0)
				say(c->peer, data, n);
	}
	if (n == 0)
		net_log(c->peer, "server closed the connection");
	else
		net_log(c->peer, "Error: %s", net_reason(-1));
	close(c->fd);
	return NULL;
}
