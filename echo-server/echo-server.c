/*
 * echo-server - send back to every client exactly what it sends (the idea of RFC 862).
 *
 * The lesson: one TCP session from the server's side. A thread per connection reads in blocking
 * mode; read(2) returns data, or 0 when the peer's FIN has come (end of file), or an error. The
 * options hold a phase still so that it can be looked at with netstat, ss or tcpdump.
 *
 * See also echo-client, its other end, and upper-server, which changes what it sends back.
 */
#include "heartbeat.h"
#include "netutil.h"
#include "options.h"
#include "printable.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL = 2048, LARGE = 16384, NOTES_BUFFER = 100, SHOWN = 100 };

/* What the command line says, by the table at the end; read by all threads, changed by none. */
static struct {
	double pause_read, pause_close;
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
	char *data;   /* what was read: `small`, or a larger buffer */
	size_t room;
	char small[SMALL];
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
	/* Returns only if the listener no longer works. */
	return net_serve(listener, echo, NULL) == 0 ? 0 : 1;
}

/* A read has filled the small buffer. Most clients never do that, and an idle one costs 8 KiB. Take
 * what else has come into a larger buffer, as one read would have done; returns how much that is.
 */
static size_t grow(struct session *s)
{
	char *large = s->data == s->small ? malloc(LARGE) : NULL;
	ssize_t more;

	if (large == NULL)
		return 0;
	s->data = memcpy(large, s->small, SMALL);
	s->room = LARGE;
	more = recv(s->fd, s->data + SMALL, LARGE - SMALL, MSG_DONTWAIT);
	return more > 0 ? (size_t)more : 0;
}

/* Read what the client sends next, before --deadline. Returns 0 when that was all, having said why:
 * its FIN, its RST (RFC 9293 3.5.2), or the deadline. */
static size_t next(struct session *s)
{
	const bool timed = net_options.deadline > 0 || heartbeat > 0;
	const double wait = net_options.deadline > 0 ? net_options.deadline : NEVER;
	long again = set.read_again;
	double end = 0;
	ssize_t n;

	for (;;) {
		net_pause(set.pause_read);
		end = end > 0 ? end : net_now() + wait;
		const int ready = timed ? await(s->fd, s->peer, s->start, end) : 1;
		if (ready == -1)
			return 0;
		n = ready == 1 ? net_read(s->fd, s->data, s->room) : -1;
		if (n > 0)
			return (size_t)n + (n == SMALL ? grow(s) : 0);
		net_say(s->peer, s->start, "Error reading TCP session: ", net_reason(n));
		if (ready == 0 && again-- > 0)
			continue; /* a moment that has passed has passed for every later read too */
		if (ready == 1 || s->extend-- == 0)
			return 0;
		net_say(s->peer, s->start, "deadline moved on", "");
		end = 0;
		again = set.read_again;
	}
}

/* What the thread of one connection does; it owns `fd`. */
static void echo(int fd, const char *peer, void *unused)
{
	struct session s = {.fd = fd, .peer = peer, .extend = set.extend};
	char text[SHOWN];
	size_t size;

	(void)unused;
	s.start = set.elapsed ? net_now() : 0;
	s.data = s.small;
	s.room = set.whole_buffer ? NOTES_BUFFER : SMALL;
	net_say(peer, s.start, "TCP session open", "");
	while ((size = next(&s)) > 0) {
		printable(text, sizeof text, s.data, size);
		net_say(peer, s.start, "reading data from client: ", text);
		if (heartbeat > 0)
			continue; /* a sign of life is not an order to echo it */
		/* TCP carries bytes, not messages: only read(2) tells how many of those in the
		 * buffer the client has sent. The notes' server sends all 100. */
		if (net_write_all(fd, s.data, set.whole_buffer ? s.room : size) == -1) {
			net_say(peer, s.start, "Error writing TCP session: ", net_reason(-1));
			break;
		}
		/* If all processors are busy, the client's turn is now: when it is this thread's
		 * again, the next bytes may be there, and read need not wait to be woken. */
		sched_yield();
	}
	if (s.data != s.small)
		free(s.data);
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
	{"heartbeat", "send `ping` each SEC of silence; echo nothing", .seconds = &heartbeat},
	{"elapsed", "log the seconds since the session was opened", .flag = &set.elapsed},
	{0},
};

static const struct program program = {"echo-server", "[OPTION]... [ADDRESS]",
	"Send back what each client sends. ADDRESS is host:port, 127.0.0.1:8000 by default.\n",
	options, FOR_LISTENERS | FOR_SOCKETS, 1};
