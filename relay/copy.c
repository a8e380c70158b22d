/*
 * copy.c - copy one direction of a client's session, until it ends one way or another.
 */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>

enum { SMALL = 16384, LARGE = 262144 };

int finish(struct session *s, int fd, int error)
{
	const bool lost = error != 0 && error != EAGAIN;

	if (atomic_exchange(&s->over, true))
		return -1;
	s->ended_by = fd;
	s->error = error;
	/* The other thread may be blocked in read. shutdown wakes it; close on Linux would not. Of
	 * a lost session only the reading is shut, which sends nothing: close will send the reset.
	 * An upstream connection that may be kept is left alone: that copy waits in poll. */
	if (relay.mode != DEADLINE)
		shutdown(s->upstream, lost ? SHUT_RD : SHUT_RDWR);
	shutdown(s->client, lost ? SHUT_RD : SHUT_RDWR);
	return -1;
}

/* The same, when all that is known is that the connection has been lost. (The kernel gives the
 * reason to one call only; if that was the other thread's, it is almost certainly a reset.) */
static int finish_lost(struct session *s, int fd)
{
	int error = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
	return finish(s, fd, error == 0 || error == EPIPE ? ECONNRESET : error);
}

/* POLLHUP says that a connection has ended both ways (poll(2)). If we have not sent a FIN on it, it
 * has been lost. */
static bool is_lost(short events, bool fin_sent)
{
	return (events & POLLERR) != 0 || ((events & POLLHUP) != 0 && !fin_sent);
}

/* --mode deadline: wait until there is something to read, or the connection that it is copied to
 * has ended. So the copy from a silent upstream learns that its client has gone, without a word to
 * the upstream. Returns 0, or -1 if the session is over. */
static int await(struct direction *d)
{
	struct pollfd ends[] = {{.fd = d->from, .events = POLLIN}, {.fd = d->to}};
	const double deadline = net_options.deadline;
	int ready;

	do
		ready = poll(ends, 2, deadline > 0 ? net_milliseconds(net_now() + deadline) : -1);
	while (ready == -1 && errno == EINTR);
	if (ready == 0)
		return finish(d->s, d->from, EAGAIN);
	return ends[1].revents != 0 ? finish_lost(d->s, d->to) : 0;
}

/* Read a direction's next bytes. Returns 0 at the end of its input, which is the peer's FIN, and -1
 * if the session is over. */
static ssize_t take(struct direction *d, char *data, size_t room)
{
	struct pollfd end = {.fd = d->from};
	ssize_t n;

	if (d->s->over || (relay.mode == DEADLINE && await(d) == -1))
		return -1;
	n = net_read(d->from, data, room);
	if (n == -1)
		return finish(d->s, d->from, errno);
	if (n == 0 && d->s->over)
		return -1; /* the other thread has woken this one */
	if (n == 0 && !d->back->fin_sent && poll(&end, 1, 0) != -1 && is_lost(end.revents, false))
		return finish_lost(d->s, d->from);
	return n;
}

/*
 * Write all of it. If the reader is slow, its window and our send buffer fill up and we wait here,
 * reading no more from the other end: so that one's window fills up too, and it waits as well. That
 * is backpressure; to keep on reading would mean to store without limit. The wait ends as well when
 * the connection that the bytes came from is lost.
 */
static int put(struct direction *d, const char *data, size_t size)
{
	struct pollfd ends[] = {{.fd = d->to, .events = POLLOUT}, {.fd = d->from}};
	ssize_t n;

	while (size > 0) {
		n = send(d->to, data, size, MSG_DONTWAIT); /* this one call does not block */
		if (n >= 0) {
			data += n;
			size -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			poll(ends, 2, -1);
			if (is_lost(ends[1].revents, d->back->fin_sent))
				return finish_lost(d->s, d->from);
			if (ends[1].revents != 0)
				ends[1].fd = -1; /* ended both ways in order: nothing more to see */
		} else if (errno != EINTR) {
			return errno == EPIPE ? finish_lost(d->s, d->to)
					      : finish(d->s, d->to, errno);
		}
	}
	return 0;
}

/* The input has ended, and that is passed on: a FIN, no more bytes this way, but it can still be
 * read. The connection may be lost all the same, which the other thread does not see while it is
 * blocked in read: watch it, until either connection has ended both ways. */
static void pass_on_end(struct direction *d)
{
	const bool up = d->from == d->s->client;
	struct pollfd ends[] = {{.fd = d->from}, {.fd = d->to}};

	net_log(d->s->peer, "end of input from the %s, passed on to the %s",
		up ? "client" : "upstream", up ? "upstream" : "client");
	d->fin_sent = true;
	shutdown(d->to, SHUT_WR);
	if (d->back->fin_sent)
		return; /* both directions have ended in order */
	while (poll(ends, 2, -1) == -1 && errno == EINTR)
		;
	if (is_lost(ends[0].revents, d->back->fin_sent))
		finish_lost(d->s, d->from);
}

/* The buffer becomes large once a read has filled it: most sessions never need that. */
void copy(struct direction *d)
{
	char small[SMALL], *data = small, *large = NULL;
	size_t room = SMALL;
	ssize_t n;

	while ((n = take(d, data, room)) > 0 && put(d, data, (size_t)n) == 0) {
		sched_yield(); /* the answer may be there when it is this thread's turn again */
		d->bytes += n;
		if (n == SMALL && large == NULL && (large = malloc(LARGE)) != NULL) {
			data = large;
			room = LARGE;
		}
	}
	free(large);
	if (n == 0 && relay.mode == HALF_CLOSE)
		pass_on_end(d);
	else if (n == 0)
		finish(d->s, d->from, 0);
}
