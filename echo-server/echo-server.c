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
#include "options.h"
#include "printable.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 16384, NOTES_BUFFER = 100, SHOWN = 100 };

#define NEVER 1e9 /* seconds: some thirty years */

/* What the command line says, by the table at the end; read by all threads, changed by none. */
static struct {
	double pause_read, pause_close, heartbeat;
	long extend, read_again;
	bool whole_buffer, elapsed;
} set;
static const struct program program;

/* One connection, on its thread's stack. */
struct session {
	int fd;
	const char *peer;
	double start; /* for --elapsed, else 0 */
	long extend;  /* how often the deadline may still be moved on */
};

static void echo(int fd, const char *peer, void *unused);

int main(int argc, char *argv[])
{
	char own[NET_ADDRESS_SIZE];
	int first, listener;

	net_start(program.name);
	first = options_read(&program, argc, argv);
	if ((listener = net_listen(first < argc ? argv[first] : "127.0.0.1:8000")) == -1)
		return 1;
	printf("listening on %s\n", net_own(listener, own));
	net_serve(listener, echo, NULL); /* returns only if the listener is broken */
	return 1;
}

/*
 * Wait until there is something to read, at most until `end`, and send `ping` each --heartbeat
 * seconds meanwhile. On an idle connection TCP itself sends nothing: a peer that has vanished
 * without a FIN shows only in that it answers no more, and to ask it is the application's business.
 * Returns 1 once there is something to read, 0 once `end` has passed, -1 if the ping could not be
 * sent.
 */
static int await(const struct session *s, double end)
{
	double ping = net_now() + (set.heartbeat > 0 ? set.heartbeat : NEVER);
	struct pollfd readable = {.fd = s->fd, .events = POLLIN};

	if (net_now() >= end)
		return 0;
	while (poll(&readable, 1, net_milliseconds(ping < end ? ping : end)) <= 0) {
		if (net_now() >= end)
			return 0;
		if (net_now() < ping)
			continue;
		net_say(s->peer, s->start, "ping", "");
		if (net_write_all(s->fd, "ping", 4) == -1)
			return -1;
		ping += set.heartbeat;
	}
	return 1;
}

/* Read what the client sends next, at most `room` bytes, before --deadline. Returns 0 when that was
 * all, having said why: its FIN, its RST (RFC 9293 3.5.2), or the deadline. */
static size_t next(struct session *s, char *data, size_t room)
{
	const bool timed = net_options.deadline > 0 || set.heartbeat > 0;
	long again = set.read_again;
	double end = 0;
	int ready = 1;
	ssize_t n;

	for (;;) {
		net_pause(set.pause_read);
		if (end == 0)
			end = net_now() + (net_options.deadline > 0 ? net_options.deadline : NEVER);
		if (timed && (ready = await(s, end)) == -1) {
			net_say(s->peer, s->start, "Error writing TCP session: ", net_reason(-1));
			return 0;
		}
		if (ready == 1) {
			if ((n = net_read(s->fd, data, room)) > 0)
				return (size_t)n;
			net_say(s->peer, s->start, "Error reading TCP session: ", net_reason(n));
			return 0;
		}
		net_say(s->peer, s->start, "Error reading TCP session: ", net_error(EAGAIN));
		if (again-- > 0)
			continue; /* a moment that has passed has passed for every later read too */
		if (s->extend-- == 0)
			return 0;
		net_say(s->peer, s->start, "deadline moved on", "");
		end = 0;
		again = set.read_again;
	}
}

/* What the thread of one connection does; it owns `fd`. */
static void echo(int fd, const char *peer, void *unused)
{
	struct session s = {fd, peer, set.elapsed ? net_now() : 0, set.extend};
	char data[BUFFER], text[SHOWN];
	size_t room = set.whole_buffer ? NOTES_BUFFER : BUFFER, size;

	(void)unused;
	if (set.whole_buffer)
		memset(data, 0, room);
	net_say(peer, s.start, "TCP session open", "");
	while ((size = next(&s, data, room)) > 0) {
		net_say(peer, s.start,
			"reading data from client: ", printable(text, sizeof text, data, size));
		if (set.heartbeat > 0)
			continue; /* a sign of life is not an order to echo it */
		/* TCP carries bytes, not messages: only read(2) tells how many of those in the
		 * buffer the client has sent. The notes' server sends all 100. */
		if (net_write_all(fd, data, set.whole_buffer ? room : size) == -1) {
			net_say(peer, s.start, "Error writing TCP session: ", net_reason(-1));
			break;
		}
	}
	net_pause(set.pause_close);
	close(fd); /* sends our FIN; or a RST, if something has come that nobody has read */
}

static const struct option_row options[] = {
	{"pause-read", "wait before each read", .seconds = &set.pause_read},
	{"pause-close", "wait between the end of input and close", .seconds = &set.pause_close},
	{"whole-buffer", "read into 100 bytes and send all 100 back: the notes' bug",
		.flag = &set.whole_buffer},
	{"extend", "move an expired deadline on N times before giving up", .count = &set.extend},
	{"read-again", "after an expired deadline read N times more before that",
		.count = &set.read_again},
	{"heartbeat", "send `ping` each SEC of silence; echo nothing", .seconds = &set.heartbeat},
	{"elapsed", "log the seconds since the session was opened", .flag = &set.elapsed},
	{0},
};

static const struct program program = {"echo-server", "[OPTION]... [ADDRESS]",
	"Send back what each client sends. ADDRESS is host:port, 127.0.0.1:8000 by default.\n",
	options, FOR_LISTENERS | FOR_SOCKETS, 1};
