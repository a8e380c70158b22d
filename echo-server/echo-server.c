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
	long extend, read_again;
	double stop_after;
	enum { SHUTDOWN, CLOSE } stop_with;
	int listener;
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
	      "  --read-again N         after an expired deadline read N times more before that\n"
	      "  --stop-after SEC       end accept after SEC; sessions go on\n"
	      "  --stop-with CALL       by shutdown (the default) or close of the listener\n"
	      "  --heartbeat SEC        send `ping` each SEC of silence; echo nothing\n"
	      "  --elapsed              log the seconds since the session was opened\n"
	      NET_LISTEN_HELP NET_SOCKET_HELP
	      "  --help, --version\n", out);
}

static void *stop(void *argument);
static void echo(int fd, const char *peer, void *argument);

int main(int argc, char *argv[])
{
	enum { PAUSE_READ = 1, PAUSE_CLOSE, WHOLE_BUFFER, EXTEND, READ_AGAIN, STOP_AFTER,
		STOP_WITH, HEARTBEAT, ELAPSED, HELP, VERSION };
	static const struct option options[] = {
		{"pause-read", required_argument, NULL, PAUSE_READ},
		{"pause-close", required_argument, NULL, PAUSE_CLOSE},
		{"whole-buffer", no_argument, NULL, WHOLE_BUFFER},
		{"extend", required_argument, NULL, EXTEND},
		{"read-again", required_argument, NULL, READ_AGAIN},
		{"stop-after", required_argument, NULL, STOP_AFTER},
		{"stop-with", required_argument, NULL, STOP_WITH},
		{"heartbeat", required_argument, NULL, HEARTBEAT},
		{"elapsed", no_argument, NULL, ELAPSED},
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		NET_SOCKET_OPTIONS,
		NET_LISTEN_OPTIONS,
		{0},
	};
	static struct settings set = {.net = NET_DEFAULTS};
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
		case READ_AGAIN:
			wrong = net_count("read-again", optarg, 0, 1000000, &set.read_again);
			break;
		case STOP_AFTER:
			wrong = net_seconds("stop-after", optarg, &set.stop_after);
			break;
		case STOP_WITH:
			set.stop_with = strcmp(optarg, "close") == 0 ? CLOSE : SHUTDOWN;
			if (set.stop_with == SHUTDOWN && strcmp(optarg, "shutdown") != 0) {
				fprintf(stderr, "echo-server: --stop-with %s: "
						"neither shutdown nor close\n", optarg);
				wrong = -1;
			}
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
	set.listener = listener;
	if (set.stop_after > 0 && net_thread(NULL, stop, &set) == -1) {
		net_warn("start", "the stopping thread");
		return 1;
	}
	net_serve(listener, &set.net, echo, &set); /* returns only if the listener is broken */
	net_complain();
	if (set.stop_after > 0)
		pthread_exit(NULL); /* a listener is not its connections: those go on to their end */
	return 1;
}

/* The thread that ends a blocked accept(2). Only shutdown wakes it. close takes the number away, not
 * the socket: the accept that is blocked holds that, and it still takes the next connection. */
static void *stop(void *argument)
{
	const struct settings *set = argument;

	net_pause(set->stop_after);
	if (set->stop_with == CLOSE)
		close(set->listener);
	else
		shutdown(set->listener, SHUT_RD);
	net_log(NULL, "%s of the listener has returned",
		set->stop_with == CLOSE ? "close" : "shutdown");
	return NULL;
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
 * Wait until there is something to read, at most until `end`, and send `ping` each --heartbeat seconds meanwhile. On an
 * idle connection TCP itself sends nothing: a peer that has vanished without a FIN shows only in
 * that it answers no more, and to ask it is the application's business. Returns 1 once there is
 * something to read, 0 once `end` has passed, -1 if the ping could not be sent.
 */
static int await(const struct session *s, double end)
{
	const double heartbeat = s->set->heartbeat;
	double ping = net_now() + (heartbeat > 0 ? heartbeat : NEVER);
	struct pollfd readable = {.fd = s->fd, .events = POLLIN};

	if (s->set->net.deadline <= 0 && heartbeat <= 0)
		return 1; /* read(2) itself waits, as long as it takes */
	if (net_now() >= end)
		return 0;
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
	const double deadline = s->set->net.deadline > 0 ? s->set->net.deadline : NEVER;
	double end = 0;
	long again = s->set->read_again;
	ssize_t n;

	for (;;) {
		net_pause(s->set->pause_read);
		if (end == 0)
			end = net_now() + deadline;
		const int ready = await(s, end);
		if (ready == -1) {
			say(s, "Error writing TCP session: ", net_reason(-1));
			return 0;
		}
		if (ready == 1) {
			if ((n = read(s->fd, data, room)) > 0)
				return (size_t)n;
			say(s, "Error reading TCP session: ", net_reason(n));
			return 0;
		}
		say(s, "Error reading TCP session: ", net_error(EAGAIN));
		if (again-- > 0)
			continue; /* a moment that has passed has passed for every later read too */
		if (s->extend-- == 0)
			return 0;
		say(s, "deadline moved on", "");
		end = 0;
		again = s->set->read_again;
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
			say(&s, "Error writing TCP session: ", net_reason(-1));
			break;
		}
	}
	net_pause(s.set->pause_close);
	close(fd); /* sends our FIN; or a RST, if something has come that nobody has read */
}
