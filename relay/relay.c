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
 * Here are a client and its two connections; copy.c copies one direction, pool.c has the
 * connections to the upstream.
 */
#include "relay.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DIAL_TIMEOUT = 10 /* seconds */ };

struct relay relay = {.mode = HALF_CLOSE, .upstream = "127.0.0.1:8849"};

static const struct program program;
static void serve_client(int client, const char *peer, void *unused);
static void copy_both_ways(struct leg *l, int client, const char *peer);

int main(int argc, char *argv[])
{
	char own[NET_ADDRESS_SIZE];
	int first, listener;

	net_start(program.name);
	net_options.timeout = DIAL_TIMEOUT; /* a silent upstream must not hold its client */
	first = options_read(&program, argc, argv);
	if (first + 1 < argc)
		relay.upstream = argv[first + 1];
	if (relay.mode == POOL && net_options.deadline > 0) {
		fprintf(stderr, "relay: --deadline: not with --mode pool, which waits for ever\n");
		return 2;
	}
	if ((listener = net_listen(first < argc ? argv[first] : "127.0.0.1:8848")) == -1)
		return 1;
	printf("listening on %s\n", net_own(listener, own));
	/* Returns only if the listener no longer works. */
	return net_serve(listener, serve_client, NULL) == 0 ? 0 : 1;
}

/* What the thread of one client does; it owns `client`. */
static void serve_client(int client, const char *peer, void *unused)
{
	struct leg *l = take_leg(peer);

	(void)unused;
	if (l == NULL)
		close(client);
	else if (relay.mode == POOL)
		lend_leg(l, client, peer);
	else
		copy_both_ways(l, client, peer);
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

/* Both threads use both descriptors, so only the one that ends last may close them: the kernel
 * gives a closed descriptor's number to the next connection. */
static void close_session(struct session *s)
{
	const bool lost = s->error != 0 && s->error != EAGAIN;
	const char *who = !s->over ? "both ends" : s->ended_by == s->client ? "client" : "upstream";

	close_connection(s->client, lost);
	if (relay.mode == DEADLINE && s->ended_by == s->client && is_idle(s->upstream)) {
		keep_leg(s->leg);
	} else {
		close_connection(s->upstream, lost);
		free(s->leg);
	}
	log_end(s->peer, who, s->error, s->up.bytes, s->down.bytes);
	free(s);
	atomic_fetch_sub(&net_sessions, 1);
}

static void *copy_then_leave(void *argument)
{
	struct direction *d = argument;
	struct session *s = d->s;

	copy(d);
	if (atomic_fetch_sub(&s->threads, 1) == 1)
		close_session(s);
	return NULL;
}

static void copy_both_ways(struct leg *l, int client, const char *peer)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL) {
		net_log(peer, "start a session: %s", net_error(errno));
		close(client);
		close(l->fd);
		free(l);
		return;
	}
	s->client = client;
	s->upstream = l->fd;
	s->leg = l;
	s->up = (struct direction){.s = s, .back = &s->down, .from = client, .to = l->fd};
	s->down = (struct direction){.s = s, .back = &s->up, .from = l->fd, .to = client};
	s->threads = 2;
	atomic_fetch_add(&net_sessions, 1); /* the thread that ends last may not be this one */
	snprintf(s->peer, sizeof s->peer, "%s", peer);
	if (net_thread(NULL, copy_then_leave, &s->down) == -1) {
		net_log(peer, "start a thread: %s", net_error(errno));
		s->threads = 1;
		finish(s, client, 0);
	}
	copy_then_leave(&s->up);
}

void log_end(const char *peer, const char *who, int error, long long up, long long down)
{
	net_log(peer, "session ended: %s%s%s; %lld bytes to the upstream, %lld bytes to the client",
		who, error == 0 ? " closed" : ": ", error == 0 ? "" : net_error(error), up, down);
}

/* ---- Options -------------------------------------------------------------------------------- */

static const char *const modes[] = {"basic", "pool", "deadline", "half-close", NULL};

static const struct option_row options[] = {
	{"mode",
		"basic: either end closes, both connections are closed;\n"
		"pool: lend the upstream connection to the next client: the leak;\n"
		"deadline: the same, but wake the blocked copy, keep no dead one;\n"
		"half-close: pass the end of each direction on (the default)",
		.choice = &relay.mode, .words = modes},
	{0},
};

static const struct program program = {"relay", "[OPTION]... [LISTEN [UPSTREAM]]",
	"Pass each connection to LISTEN (127.0.0.1:8848) on to UPSTREAM (127.0.0.1:8849).\n",
	options, FOR_LISTENERS | FOR_CLIENTS | FOR_SOCKETS, 2};
