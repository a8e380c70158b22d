/*
 * upper-server - answer every line of every client in upper case.
 *
 * The lesson: one server, many clients. Each connection has a thread of its own, so that one
 * client's silence keeps no other waiting; and what ends one session (the line `exit`, a FIN, a
 * reset) ends that session alone.
 *
 * See also stdin-client, its other end, and echo-server, which knows nothing of lines.
 */
#include "netutil.h"
#include "options.h"
#include "printable.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A line that is longer than BUFFER is answered in pieces: memory does not grow with a client. */
enum { BUFFER = 4096, SHOWN = 1024 };

static void serve_client(int fd, const char *peer, void *unused);
static const struct program program;

int main(int argc, char *argv[])
{
	char own[NET_ADDRESS_SIZE];
	int first, listener;

	net_start(program.name);
	first = options_read(&program, argc, argv);
	if ((listener = net_listen(first < argc ? argv[first] : "127.0.0.1:8008")) == -1)
		return 1;
	printf("listening on %s\n", net_own(listener, own));
	/* Returns only if the listener no longer works. */
	return net_serve(listener, serve_client, NULL) == 0 ? 0 : 1;
}

/* One connection, on its thread's stack. */
struct client {
	int fd;
	const char *peer;
	char buffer[BUFFER]; /* what has come and is not answered yet */
	size_t used;
	bool inside; /* of a line whose beginning is answered already */
	bool over;   /* the session is, and the log says why */
};

static ssize_t receive(struct client *c)
{
	const ssize_t n = net_read(c->fd, c->buffer + c->used, BUFFER - c->used);

	if (n > 0)
		c->used += (size_t)n;
	return n;
}

static bool is_exit(const char *line, size_t size)
{
	return (size == 5 && memcmp(line, "exit\n", 5) == 0) ||
	       (size == 6 && memcmp(line, "exit\r\n", 6) == 0); /* telnet ends lines with CR LF */
}

/* ASCII only, whatever the locale says: the bytes of a UTF-8 character pass unchanged. */
static void log_and_raise(const char *peer, char *line, size_t size)
{
	char text[SHOWN];

	net_log(peer, "Server reads data: %s", printable(text, sizeof text, line, size));
	for (size_t i = 0; i < size; i++)
		if (line[i] >= 'a' && line[i] <= 'z')
			line[i] = (char)(line[i] - 'a' + 'A');
}

/*
 * Raise the whole lines in the buffer up to `exit`; returns how many bytes they are.
 *
 * TCP carries a stream of bytes: one read may return half a line or three lines. So a line is what
 * ends with a newline, in however many segments it came, and only a whole line can be `exit`. (The
 * notes' server compares what one read returned: an `exit` in two segments passes it by.)
 */
static size_t whole_lines(struct client *c, bool *leaving)
{
	size_t done = 0, size;
	char *newline;

	while ((newline = memchr(c->buffer + done, '\n', c->used - done)) != NULL) {
		size = (size_t)(newline + 1 - (c->buffer + done));
		*leaving = !c->inside && is_exit(c->buffer + done, size);
		if (*leaving)
			return done;
		log_and_raise(c->peer, c->buffer + done, size);
		c->inside = false;
		done += size;
	}
	if (done > 0 || c->used < BUFFER)
		return done;                        /* the rest of the line will come */
	log_and_raise(c->peer, c->buffer, c->used); /* no room for the rest: answer this piece */
	c->inside = true;
	return c->used;
}

static void answer(struct client *c, size_t size)
{
	if (net_write_all(c->fd, c->buffer, size) == -1) {
		net_log(c->peer, "Error writing: %s", net_reason(-1));
		c->over = true;
	}
	c->used -= size;
	memmove(c->buffer, c->buffer + size, c->used);
}

/* What the thread of one connection does; it owns `fd`. */
static void serve_client(int fd, const char *peer, void *unused)
{
	struct client c = {.fd = fd, .peer = peer};
	bool leaving = false;
	ssize_t n = 0;

	(void)unused;
	net_log(peer, "Successful client connection!");
	while (!c.over && !leaving && (n = receive(&c)) > 0)
		answer(&c, whole_lines(&c, &leaving));
	if (n == 0 && c.used > 0) { /* the last line has no newline */
		log_and_raise(peer, c.buffer, c.used);
		answer(&c, c.used);
	}
	if (leaving)
		net_log(peer, "client asked to exit");
	else if (n == 0) /* the client's FIN: it sends no more, but may still read (RFC 9293 3.6) */
		net_log(peer, "client closed the connection");
	else if (n == -1) /* ECONNRESET: the client's RST, all is over at once (RFC 9293 3.5.3) */
		net_log(peer, "Error reading: %s", net_reason(n));
	close(fd); /* our FIN; or a RST, if something has come that we have not read */
}

static const struct program program = {"upper-server", "[OPTION]... [ADDRESS]",
	"Answer each client's lines in upper case; the line `exit` ends its session.\n"
	"ADDRESS is host:port, 127.0.0.1:8008 by default.\n",
	NULL, FOR_LISTENERS | FOR_SOCKETS, 1};
