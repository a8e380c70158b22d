/* serve.c - a thread for each connection, and what may stand in the way: see netutil.h. */
#include "netutil.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* What a connection's thread is handed; it frees it. */
struct connection {
	int fd;
	char peer[NET_ADDRESS_SIZE];
	net_session *session;
	void *argument;
};

atomic_int net_sessions;

static void *run_session(void *argument)
{
	struct connection *c = argument;

	c->session(c->fd, c->peer, c->argument);
	free(c);
	atomic_fetch_sub(&net_sessions, 1);
	return NULL;
}

/* Hand the connection to a thread of its own. If that fails, only this connection ends. */
static void begin(const struct connection *connection)
{
	struct connection *c = malloc(sizeof *c);

	if (c != NULL) {
		*c = *connection;
		atomic_fetch_add(&net_sessions, 1);
		if (net_configure(c->fd) == 0 && net_thread(NULL, run_session, c) == 0)
			return;
		atomic_fetch_sub(&net_sessions, 1);
	}
	net_warn("serve", connection->peer);
	free(c);
	close(connection->fd);
}

/* accept has found no free descriptor, nor whatever else it needs. The connection stays in the
 * backlog meanwhile. Linux says so also if nobody waits: then wait for somebody. */
static void wait_for_descriptor(struct pollfd *waiting, const char *own, bool *told)
{
	if (poll(waiting, 1, 0) == 0) {
		poll(waiting, 1, -1);
		return;
	}
	if (!*told)
		net_warn("accept on", own);
	*told = true;
	net_pause(0.1);
}

/* The thread that ends a blocked accept(2), for --stop-after. Only shutdown wakes it (on Linux).
 * close takes the number away, not the socket: the accept that is blocked holds that, and it still
 * takes the next connection. */
static void *stop(void *listener)
{
	const int fd = *(int *)listener;

	net_pause(net_options.stop_after);
	if (net_options.stop_with == NET_STOP_CLOSE)
		close(fd);
	else
		shutdown(fd, SHUT_RD);
	net_log(NULL, "%s of the listener has returned",
		net_options.stop_with == NET_STOP_CLOSE ? "close" : "shutdown");
	return NULL;
}

int net_serve(int listener, net_session *session, void *argument)
{
	struct connection c = {.session = session, .argument = argument};
	struct pollfd waiting = {.fd = listener, .events = POLLIN};
	char own[NET_ADDRESS_SIZE];
	const bool stops = net_options.stop_after > 0;
	struct sockaddr_storage sa;
	pthread_t stopper;
	bool told = false;

	net_own(listener, own);
	net_pause(net_options.pause_accept);
	if (stops && net_thread(&stopper, stop, &listener) == -1)
		return net_warn("stop", own);
	for (;;) {
		socklen_t length = sizeof sa;
		c.fd = accept(listener, (struct sockaddr *)&sa, &length);
		if (c.fd != -1) {
			net_text((struct sockaddr *)&sa, length, c.peer);
			begin(&c);
			if (told && poll(&waiting, 1, 0) == 0)
				told = false; /* the shortage is over: nobody waits any more */
			continue;
		}
		switch (errno) {
		case EMFILE: /* this process has no descriptor left */
		case ENFILE: /* or the whole system */
		case ENOBUFS:
		case ENOMEM:
			wait_for_descriptor(&waiting, own, &told);
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK: /* the listener itself is broken: give up */
			/* What the stopper says stands before what it has done. */
			if (stops)
				pthread_join(stopper, NULL);
			net_warn("accept on", own);
			if (!stops)
				return -1;
			/* A listener is not its connections: those go on to their end. */
			while (atomic_load(&net_sessions) > 0)
				net_pause(0.1);
			return 0;
		default: /* EINTR, ECONNABORTED, an error of that one peer's network (accept(2)) */
			break;
		}
	}
}
