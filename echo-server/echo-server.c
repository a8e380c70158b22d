/*
 * echo-server - send back to every client exactly what it sends (the idea of RFC 862).
 *
 * The lesson: one TCP session from the server's side. A thread per connection reads in blocking
 * mode; read(2) returns data, or 0 when the peer's FIN has come (end of file), or an error. The
 * options hold a phase still so that it can be looked at with netstat, ss or tcpdump.
 *
 * See also echo-client, its other end, and upper-server, which changes what it sends back.
 */
#include "netutil.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 16384, NOTES_BUFFER = 100, SHOWN = 100 };

#define NEVER 1e9 /* seconds: some thirty years */

/* What the command line says; read by all threads, changed by none. */
struct settings {
	struct net_options net;
	double pause_read, pause_close;
	double heartbeat;
	long extend;
	bool whole_buffer, elapsed;
};

/* One connection, on its thread's stack. */
struct session {
	const struct settings *set;
	int fd;
	const char *peer;
	double start; /* for --elapsed */
	long extend;  /* how often the deadline may still be moved on */
};

static void usage(FILE *out)
{
	fputs("usage: echo-server [OPTION]... [ADDRESS]\n"
	      "Send back what each client sends. ADDRESS is host:port, 127.0.0.1:8000 by default.\n\n"
	      "  --pause-read SEC       wait before each read\n"
	      "  --pause-close SEC      wait between the end of input and close\n"
	      "  --whole-buffer         read into 100 bytes and send all 100 back: the notes' bug\n"
	      "  --extend N             move an expired deadline on N times before giving up\n"
	      "  --heartbeat SEC        send `ping` each SEC of silence; echo nothing\n"
	      "  --elapsed              log the seconds since the session was opened\n"
	      NET_LISTEN_HELP NET_SOCKET_HELP
	      "  --help, --version\n", out);
}

static void echo(int fd, const char *peer, void *argument);

int main(int argc, char *argv[])
{
	enum { PAUSE_READ = 1, PAUSE_CLOSE, WHOLE_BUFFER, EXTEND, HEARTBEAT, ELAPSED, HELP, VERSION };
	static const struct option options[] = {
		{"pause-read", required_argument, NULL, PAUSE_READ},
		{"pause-close", required_argument, NULL, PAUSE_CLOSE},
		{"whole-buffer", no_argument, NULL, WHOLE_BUFFER},
		{"extend", required_argument, NULL, EXTEND},
		{"heartbeat", required_argument, NULL, HEARTBEAT},
		{"elapsed", no_argument, NULL, ELAPSED},
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		NET_SOCKET_OPTIONS,
		NET_LISTEN_OPTIONS,
		{0},
	};
	struct settings set = {.net = NET_DEFAULTS};
	const char *address = "127.0.0.1:8000";
	char own[NET_ADDRESS_SIZE];
	int option, wrong = 0, listener;

	net_start("echo-server");
	while ((option = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		switch (option) {
		case PAUSE_READ:
			wrong = net_seconds("pause-read", optarg, &set.pause_read);
			break;
		case PAUSE_CLOSE:
			wrong = net_seconds("pause-close", optarg, &set.pause_close);
			break;
		case WHOLE_BUFFER:
			set.whole_buffer = true;
			break;
		case EXTEND:
			wrong = net_count("extend", optarg, 0, 1000000, &set.extend);
			break;
		case HEARTBEAT:
			wrong = net_seconds("heartbeat", optarg, &set.heartbeat);
			break;
		case ELAPSED:
			set.elapsed = true;
			break;
		case HELP:
			usage(stdout);
			return 0;
		case VERSION:
			puts("echo-server (TCP Labs) " TCP_LABS_VERSION);
			return 0;
		default: /* a shared option, or one that getopt_long has complained about */
			wrong = net_option(&set.net, option, optarg) == 1 ? 0 : -1;
		}
		if (wrong)
			return 2;
	}
	if (argc - optind > 1) {
		fprintf(stderr, "echo-server: one address, not also %s\n", argv[optind + 1]);
		return 2;
	}
	if (optind < argc)
		address = argv[optind];
	if (net_check_address(address) == -1)
		return 2;

	if ((listener = net_listen(address, &set.net)) == -1) {
		net_complain();
		return 1;
	}
	printf("listening on %s\n", net_own(listener, own));
	net_serve(listener, &set.net, echo, &set); /* returns only if the listener is broken */
	net_complain();
	return 1;
}

/* One line of the log, with the time since the session was opened if that is wanted. */
static void say(const struct session *s, const char *what, const char *detail)
{
	if (s->set->elapsed)
		net_log(s->peer, "[%.1f s] %s%s", net_elapsed(s->start), what, detail);
	else
		net_log(s->peer, "%s%s", what, detail);
}

/*
 * Wait until there is something to read, and send `ping` each --heartbeat seconds meanwhile. On an
 * idle connection TCP itself sends nothing: a peer that has vanished without a FIN shows only in
 * that it answers no more, and to ask it is the application's business. Returns 1 once there is
 * something to read, 0 once --deadline has passed, -1 if the ping could not be sent.
 */
static int await(const struct session *s)
{
	const double deadline = s->set->net.deadline, heartbeat = s->set->heartbeat;
	const double begin = net_now(), end = begin + (deadline > 0 ? deadline : NEVER);
	double ping = begin + (heartbeat > 0 ? heartbeat : NEVER);
	struct pollfd readable = {.fd = s->fd, .events = POLLIN};

	if (deadline <= 0 && heartbeat <= 0)
		return 1; /* read(2) itself waits, as long as it takes */
	while (poll(&readable, 1, net_milliseconds(ping < end ? ping : end)) <= 0) {
		if (net_now() >= end)
			return 0;
		if (net_now() < ping)
			continue;
		say(s, "ping", "");
		if (net_write_all(s->fd, "ping", 4) == -1)
			return -1;
		ping += heartbeat;
	}
	return 1;
}

/* Read what the client sends next, at most `room` bytes. Returns 0 when that was all, having said
 * why: its FIN, its RST (RFC 9293 3.5.2), or the deadline. */
static size_t next(struct session *s, char *data, size_t room)
{
	ssize_t n;

	net_pause(s->set->pause_read);
	for (;;) {
		const int ready = await(s);
		if (ready == -1) {
			say(s, "Error writing TCP session: ", strerror(errno));
			return 0;
		}
		if (ready == 1) {
			if ((n = read(s->fd, data, room)) > 0)
				return (size_t)n;
			say(s, "Error reading TCP session: ", net_reason(n));
			return 0;
		}
		say(s, "Error reading TCP session: deadline exceeded", "");
		if (s->extend-- == 0)
			return 0;
		say(s, "deadline moved on", "");
	}
}

/* What the thread of one connection does; it owns `fd`. */
static void echo(int fd, const char *peer, void *argument)
{
	struct session s = {.set = argument, .fd = fd, .peer = peer, .start = net_now()};
	char data[BUFFER] = {0}, text[SHOWN];
	size_t room = s.set->whole_buffer ? NOTES_BUFFER : BUFFER, size;

	s.extend = s.set->extend;
	say(&s, "TCP session open", "");
	while ((size = next(&s, data, room)) > 0) {
		say(&s, "reading data from client: ", net_printable(text, sizeof text, data, size));
		if (s.set->heartbeat > 0)
			continue; /* a sign of life is not an order to echo it */
		/* TCP carries bytes, not messages: only read(2) tells how many of those in the
		 * buffer the client has sent. The notes' server sends all 100. */
		if (net_write_all(fd, data, s.set->whole_buffer ? room : size) == -1) {
			say(&s, "Error writing TCP session: ", strerror(errno));
			break;
		}
	}
	net_pause(s.set->pause_close);
	close(fd); /* sends our FIN; or a RST, if something has come that nobody has read */
}
