/*
 * relay - pass a connection on to another server and copy both ways.
 *
 * The lesson: what a relay does when one of its two connections ends. The two directions of a TCP
 * connection end separately (RFC 9293 3.6), so there are four endings here, one for each --mode:
 *
 *	basic       whichever end closes first, both connections are closed: a reply that comes
 *	            after the client's FIN is lost
 *	pool        the upstream connection is kept for the next client, and nobody sees that it
 *	            has died
 *	deadline    the pool mended: the copy that waits for the upstream is woken when the client
 *	            leaves, and only a connection that is alive is kept
 *	half-close  the end of one direction is passed on, and the other direction goes on until
 *	            it ends too
 *
 * Each client has two threads, one for each direction. Nothing is queued: who does not read is not
 * sent more than one buffer and what the kernel holds, and TCP's window tells the sender to wait.
 *
 * The order: usage, main, one client's session, the copying, the upstream connections, and last the
 * notes' pool, which is a program within the program.
 */
#include "netutil.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 16384, DIAL_TIMEOUT = 10 /* seconds */ };

enum mode { BASIC, POOL, DEADLINE, HALF_CLOSE, MODES };
static const char *const mode_names[] = {"basic", "pool", "deadline", "half-close"};

/* A connection to the upstream, with its two addresses as netstat shows them. */
struct leg {
	int fd;
	char own[NET_ADDRESS_SIZE], peer[NET_ADDRESS_SIZE];
	struct leg *next; /* while it is kept for the next client */

	/* For --mode pool only: */
	pthread_mutex_t lock; /* guards the rest */
	int client;           /* who gets what the upstream says, or -1: nobody */
	bool copied;          /* a thread reads from it */
	long long bytes;      /* that this client got */
};

/* What all sessions share. */
struct relay {
	enum mode mode;
	const char *upstream;
	struct net_options net;
	pthread_mutex_t lock; /* guards the list of kept connections */
	struct leg *kept;
};

static void usage(FILE *out)
{
	fputs("usage: relay [OPTION]... [LISTEN [UPSTREAM]]\n"
	      "Pass each connection to LISTEN (127.0.0.1:8848) on to UPSTREAM (127.0.0.1:8849).\n\n"
	      "  --mode basic           either end closes: both connections are closed\n"
	      "  --mode pool            lend the upstream connection to the next client: the leak\n"
	      "  --mode deadline        the same, but wake the blocked copy and keep no dead one\n"
	      "  --mode half-close      pass the end of each direction on (the default)\n"
	      NET_LISTEN_HELP NET_DIAL_HELP NET_SOCKET_HELP "  --help, --version\n",
		out);
}

static void serve_client(int client, const char *peer, void *argument);

int main(int argc, char *argv[])
{
	enum { MODE = 1, HELP, VERSION };
	static const struct option options[] = {
		{"mode", required_argument, NULL, MODE},
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		NET_SOCKET_OPTIONS,
		NET_LISTEN_OPTIONS,
		NET_DIAL_OPTIONS,
		{0},
	};
	static struct relay r = { /* static: all threads use it */
		.mode = HALF_CLOSE,
		.upstream = "127.0.0.1:8849",
		.net = NET_DEFAULTS,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	const char *listen = "127.0.0.1:8848";
	char own[NET_ADDRESS_SIZE];
	int option, taken, listener;

	net_start("relay");
	r.net.timeout = DIAL_TIMEOUT; /* an upstream that never answers must not hold its client */
	while ((option = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		if ((taken = net_option(&r.net, option, optarg)) == 1)
			continue;
		switch (option) {
		case MODE:
			for (r.mode = BASIC; r.mode < MODES; r.mode++)
				if (strcmp(optarg, mode_names[r.mode]) == 0)
					break;
			if (r.mode < MODES)
				break;
			fprintf(stderr,
				"relay: --mode %s: not basic, pool, deadline or half-close\n",
				optarg);
			return 2;
		case HELP:
			usage(stdout);
			return 0;
		case VERSION:
			puts("relay (TCP Labs) " TCP_LABS_VERSION);
			return 0;
		default: /* what is wrong has been said */
			return 2;
		}
	}
	if (optind < argc)
		listen = argv[optind++];
	if (optind < argc)
		r.upstream = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "relay: two addresses, not also %s\n", argv[optind]);
		return 2;
	}
	if (net_check_address(listen) == -1 || net_check_address(r.upstream) == -1)
		return 2;
	if (r.mode == POOL && r.net.deadline > 0) {
		fprintf(stderr, "relay: --deadline: not with --mode pool, which waits for ever\n");
		return 2;
	}

	if ((listener = net_listen(listen, &r.net)) == -1) {
		net_complain();
		return 1;
	}
	printf("listening on %s\n", net_own(listener, own));
	net_serve(listener, &r.net, serve_client, &r); /* returns only if the listener is broken */
	net_complain();
	return 1;
}

/* ---- One client's session ----------------------------------------------------------------- */

struct session {
	const struct relay *relay;
	int client, upstream;
	const char *peer;
	atomic_bool over;
	int ended_by, error; /* once it is over: the connection that ended it; 0: in order */
};

/* One of its two directions, with a thread of its own. */
struct direction {
	struct session *s;
	struct direction *back; /* the other one */
	int from, to;
	long long bytes;
	atomic_bool fin_sent; /* on `to`, because the input from `from` has ended */
};

static struct leg *take_leg(struct relay *r, const char *peer);
static void keep_leg(struct relay *r, struct leg *l);
static bool is_idle(int fd);
static void copy_both_ways(struct relay *r, struct leg *l, int client, const char *peer);
static void *copy(void *argument);
static int finish(struct session *s, int fd, int error);
static void lend_leg(struct relay *r, struct leg *l, int client, const char *peer);

/* What the thread of one client does; it owns `client`. */
static void serve_client(int client, const char *peer, void *argument)
{
	struct relay *r = argument;
	struct leg *l = take_leg(r, peer);

	if (l == NULL)
		close(client);
	else if (r->mode == POOL)
		lend_leg(r, l, client, peer);
	else
		copy_both_ways(r, l, client, peer);
}

static void log_end(const char *peer, const char *who, int error, long long up, long long down)
{
	const char *how = error == EAGAIN ? "deadline exceeded" : strerror(error);

	net_log(peer, "session ended: %s%s%s; %lld bytes to the upstream, %lld bytes to the client",
		who, error == 0 ? " closed" : ": ", error == 0 ? "" : how, up, down);
}

/* If one connection was lost, the other must not look as if it had been closed in order: SO_LINGER
 * with a time of 0 makes close(2) send a reset instead of a FIN (socket(7)). */
static void close_connection(int fd, bool with_reset)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (with_reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
}

static void copy_both_ways(struct relay *r, struct leg *l, int client, const char *peer)
{
	struct session s = {.relay = r, .client = client, .upstream = l->fd, .peer = peer};
	struct direction up = {.s = &s, .from = client, .to = l->fd};
	struct direction down = {.s = &s, .from = l->fd, .to = client, .back = &up};
	const char *who = "both ends";
	pthread_t thread;
	bool lost;

	up.back = &down;
	if (net_thread(&thread, copy, &down) == 0) {
		copy(&up);
		/* Both threads use both descriptors, so only now may they be closed: the kernel
		 * gives a closed descriptor's number to the next connection. */
		pthread_join(thread, NULL);
	} else {
		net_log(peer, "start a thread: %s", strerror(errno));
		finish(&s, client, 0);
	}
	if (s.over)
		who = s.ended_by == client ? "client" : "upstream";
	lost = s.error != 0 && s.error != EAGAIN;
	close_connection(client, lost);
	if (r->mode == DEADLINE && s.ended_by == client && is_idle(l->fd)) {
		keep_leg(r, l);
	} else {
		close_connection(l->fd, lost);
		free(l);
	}
	log_end(peer, who, s.error, up.bytes, down.bytes);
}

/* ---- Copying ------------------------------------------------------------------------------ */

/* The connection `fd` ends the session: in order (0), or because it is lost (an errno). The first
 * call counts. Always returns -1. */
static int finish(struct session *s, int fd, int error)
{
	if (atomic_exchange(&s->over, true))
		return -1;
	s->ended_by = fd;
	s->error = error;
	if (error != 0 && error != EAGAIN)
		return -1; /* the other thread sees it too, and close will send the reset */
	/* shutdown sends our FIN and wakes the other thread; close would do neither on Linux while
	 * that thread waits. An upstream connection that may be kept is left alone. */
	shutdown(s->client, SHUT_RDWR);
	if (s->relay->mode != DEADLINE)
		shutdown(s->upstream, SHUT_RDWR);
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

/*
 * Read a direction's next bytes. Returns 0 at the end of its input, which is the peer's FIN, and -1
 * if the session is over. It waits in poll, not in read, so as to see the end of the connection
 * that it copies to as well: so the copy from a silent upstream learns that its client has gone.
 */
static ssize_t take(struct direction *d, char *data, size_t room)
{
	const double deadline = d->s->relay->net.deadline;
	struct pollfd ends[] = {{.fd = d->from, .events = POLLIN}, {.fd = d->to}};
	int ready;
	ssize_t n;

	do
		ready = poll(ends, 2, deadline > 0 ? net_milliseconds(net_now() + deadline) : -1);
	while (ready == -1 && errno == EINTR);
	if (ready == 0)
		return finish(d->s, d->from, EAGAIN);
	if (ends[1].revents != 0)
		return finish_lost(d->s, d->to);
	n = read(d->from, data, room);
	if (n == -1)
		return finish(d->s, d->from, errno);
	if (n == 0 && poll(ends, 1, 0) != -1 && is_lost(ends[0].revents, d->back->fin_sent))
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

/* Copy one direction until its input ends or the session is over. */
static void *copy(void *argument)
{
	struct direction *d = argument;
	const bool up = d->from == d->s->client;
	char data[BUFFER];
	ssize_t n;

	while ((n = take(d, data, sizeof data)) > 0 && put(d, data, (size_t)n) == 0)
		d->bytes += n;
	if (n != 0)
		return NULL;
	if (d->s->relay->mode != HALF_CLOSE) {
		finish(d->s, d->from, 0);
		return NULL;
	}
	net_log(d->s->peer, "end of input from the %s, passed on to the %s",
		up ? "client" : "upstream", up ? "upstream" : "client");
	d->fin_sent = true;
	shutdown(d->to, SHUT_WR); /* a FIN: no more bytes this way, but it can still be read */
	return NULL;
}

/* ---- The upstream's connections ----------------------------------------------------------- */

static struct leg *take_kept(struct relay *r)
{
	struct leg *l;

	pthread_mutex_lock(&r->lock);
	if ((l = r->kept) != NULL)
		r->kept = l->next;
	pthread_mutex_unlock(&r->lock);
	return l;
}

static void keep_leg(struct relay *r, struct leg *l)
{
	pthread_mutex_lock(&r->lock);
	l->next = r->kept;
	r->kept = l;
	pthread_mutex_unlock(&r->lock);
}

/* Open, and nothing to read: a FIN or a reset would show, and so would bytes that belong to the
 * client before. (Those still on their way do not, for TCP does not know whose bytes they are.) */
static bool is_idle(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* A connection to the upstream for a new client: one that was kept, or else a new one. */
static struct leg *take_leg(struct relay *r, const char *peer)
{
	struct leg *l;
	int fd;

	while ((l = take_kept(r)) != NULL) {
		/* Here mode pool makes its mistake: it does not look. */
		if (r->mode == POOL || is_idle(l->fd)) {
			net_log(peer, "relayed to %s from %s, kept from an earlier client",
				l->peer, l->own);
			return l;
		}
		net_log(peer, "kept connection from %s has ended: closed", l->own);
		close(l->fd);
		free(l);
	}
	if ((fd = net_dial(r->upstream, &r->net)) == -1) {
		net_log(peer, "upstream %s: %s", r->upstream, net_failure());
		return NULL;
	}
	if ((l = malloc(sizeof *l)) == NULL) {
		net_log(peer, "upstream %s: %s", r->upstream, strerror(errno));
		close(fd);
		return NULL;
	}
	*l = (struct leg){.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER, .client = -1};
	net_log(peer, "relayed to %s from %s", net_peer(fd, l->peer), net_own(fd, l->own));
	return l;
}

/* ---- The notes' pool ---------------------------------------------------------------------- */

/*
 * The copy from the upstream when nobody wakes it: it is blocked in read when its client leaves,
 * and stays there. In the notes' program, in Go, the next client's session starts a copy of its
 * own, so that two read from one connection; which of them gets the bytes is luck, and the old one
 * writes them to a client that has left. Here the old copy goes on for the next client: what the
 * notes saw comes out every time. The mistake stays the same: the session does not wait for this
 * copy, so that nobody hears of it when the upstream ends.
 */
static void *copy_for_any_client(void *argument)
{
	struct leg *l = argument;
	char data[BUFFER];
	ssize_t n;

	do {
		n = read(l->fd, data, sizeof data);
		pthread_mutex_lock(&l->lock);
		if (n > 0 && l->client != -1 && net_write_all(l->client, data, (size_t)n) == 0)
			l->bytes += n;
		if (n <= 0) {
			l->copied = false;
			if (l->client != -1)
				shutdown(l->client, SHUT_RDWR);
			/* No close(l->fd): the kernel has answered the upstream's FIN with an ACK
			 * and waits for ours, in CLOSE_WAIT (RFC 9293 3.3.2), for ever. */
		}
		pthread_mutex_unlock(&l->lock);
	} while (n > 0);
	return NULL;
}

/* Lend a connection to the upstream to one client, and put it back, dead or alive. */
static void lend_leg(struct relay *r, struct leg *l, int client, const char *peer)
{
	long long up = 0, down;
	char data[BUFFER];
	bool alive;
	ssize_t n;
	int error;

	pthread_mutex_lock(&l->lock);
	l->client = client;
	l->bytes = 0;
	if (!l->copied && !(l->copied = net_thread(NULL, copy_for_any_client, l) == 0)) {
		net_log(peer, "start a thread: %s", strerror(errno));
		shutdown(client, SHUT_RDWR);
	}
	pthread_mutex_unlock(&l->lock);

	while ((n = read(client, data, sizeof data)) > 0 &&
	       net_write_all(l->fd, data, (size_t)n) == 0)
		up += n;
	error = n == -1 ? errno : 0;
	shutdown(client, SHUT_RDWR); /* the copy may wait for this client to read */

	pthread_mutex_lock(&l->lock);
	l->client = -1;
	alive = l->copied;
	down = l->bytes;
	pthread_mutex_unlock(&l->lock);
	close(client);
	keep_leg(r, l);
	log_end(peer, alive ? "client" : "upstream", alive ? error : 0, up, down);
}
