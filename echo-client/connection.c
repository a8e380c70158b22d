/* connection.c - see connection.h. */
#include "connection.h"
#include "payload.h"
#include "printable.h"

#include <stdio.h>
#include <unistd.h>

enum { BUFFER = 16384, SHOWN = 100 };

static void *writer(void *connection)
{
	struct connection *c = connection;
	char text[SHOWN];

	payload_text(text, sizeof text);
	for (long i = 0; i < set.repeat && !wait_for_end(i > 0 ? set.every : 0); i++) {
		if (set.repeat > 1)
			net_say(c->own, c->start, "writing data to server: ", text);
		if (payload_write(c->fd, &c->sent) == 0)
			continue;
		/* ECONNRESET: a RST has come. EPIPE: it has been reported once already, or our own
		 * direction is shut. The later writes are tried all the same: that is the lesson.
		 */
		net_say(c->own, c->start, "Error writing TCP session: ", net_reason(-1));
		c->write_failed = true;
	}
	pthread_mutex_lock(&lock);
	if (set.half_close && c->open)
		shutdown(c->fd, SHUT_WR); /* our FIN; what comes the other way still arrives */
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* What is done with the data of one read: log it, check it, answer it. */
static void take(struct connection *c, const char *data, size_t size, long reads)
{
	char text[SHOWN];

	net_say(c->own, c->start,
		"reading data from server: ", printable(text, sizeof text, data, size));
	if (payload.bytes > 0 && !payload_same(data, size, c->received))
		c->differs = true;
	c->received += (long)size;
	if (reads == set.pong_after || (set.pong_every > 0 && reads % set.pong_every == 0)) {
		net_say(c->own, c->start, "writing data to server: PONG!!!", "");
		if (net_write_all(c->fd, "PONG!!!", 7) == -1)
			net_say(c->own, c->start, "Error writing TCP session: ", net_reason(-1));
	}
}

static void tell_total(struct connection *c)
{
	const bool same = !c->differs && c->received == payload.bytes * set.repeat;
	char text[80];

	snprintf(text, sizeof text, "sent %ld bytes, received %ld, %s", c->sent, c->received,
		same         ? "all as sent"
		: c->differs ? "not as sent"
			     : "not all");
	net_say(c->own, c->start, text, "");
	c->failed |= !same;
}

void *reader(void *connection)
{
	struct connection *c = connection;
	const bool writing = net_thread(&c->writer, writer, c) == 0;
	long again = set.read_again;
	char data[BUFFER];
	ssize_t n;

	if (!writing)
		net_warn("start a writer for", c->own);
	for (long reads = 1;; reads++) {
		wait_for_end(set.pause_read);
		n = net_read(c->fd, data, sizeof data);
		if (n > 0)
			take(c, data, (size_t)n, reads);
		else if (n == 0 && again-- > 0)
			net_say(c->own, c->start, "Error reading TCP session: ", net_reason(n));
		else
			break;
	}
	/* EOF: the server's FIN, or our own shutdown. ECONNRESET: the server's RST. EBADF: our
	 * other thread has closed the descriptor. */
	if (n == 0 && set.reset && wait_for_end(0))
		net_say(c->own, c->start, "resetting TCP session", "");
	else
		net_say(c->own, c->start, "Error reading TCP session: ", net_reason(n));
	if (writing)
		pthread_join(c->writer, NULL);
	c->failed |= n == -1 || !writing || c->write_failed;
	if (payload.bytes > 0)
		tell_total(c);
	pthread_mutex_lock(&lock);
	if (c->open)
		close(c->fd);
	c->open = false;
	pthread_mutex_unlock(&lock);
	return NULL;
}
