/* relay.h - what relay.c, copy.c and pool.c share. */
#ifndef RELAY_H
#define RELAY_H

#include "netutil.h"

#include <stdatomic.h>

enum mode { BASIC, POOL, DEADLINE, HALF_CLOSE };

/* What the command line says; written before the threads start, only read after. */
extern struct relay {
	int mode;
	const char *upstream;
} relay;

/* ---- copy.c ---------------------------------------------------------------------------------- */

/* One direction of a client's session, with a thread of its own. */
struct direction {
	struct session *s;
	struct direction *back; /* the other one */
	int from, to;
	long long bytes;
	atomic_bool fin_sent; /* on `to`, because the input from `from` has ended */
};

/* The two connections of a client. */
struct session {
	int client, upstream;
	struct leg *leg; /* that of the upstream */
	struct direction up, down;
	atomic_int threads; /* that still copy */
	atomic_bool over;
	int ended_by, error; /* once it is over: the connection that ended it; 0: in order */
	char peer[NET_ADDRESS_SIZE];
};

/* The connection `fd` ends the session: in order (0), or because it is lost (an errno). The first
 * call counts. Always returns -1. */
int finish(struct session *s, int fd, int error);

/* Copy a direction until its input ends or the session is over. */
void copy(struct direction *d);

/* ---- pool.c ---------------------------------------------------------------------------------- */

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

/* A connection to the upstream for a new client: one that was kept, or else a new one. NULL if
 * there is none, which the log tells. `peer` is the client. */
struct leg *take_leg(const char *peer);

/* Keep it for the next client. */
void keep_leg(struct leg *l);

/* Is it open, and is there nothing to read? A FIN or a reset would show, and so would bytes that
 * belong to the client before. (Those still on their way do not, for TCP does not know whose bytes
 * they are.) */
bool is_idle(int fd);

/* The whole session of a client in --mode pool: lend it the connection, put that back, dead or
 * alive. Closes `client`. */
void lend_leg(struct leg *l, int client, const char *peer);

/* ---- relay.c --------------------------------------------------------------------------------- */

/* The last line about a session: who ended it and how (an errno, or 0: in order), and the bytes. */
void log_end(const char *peer, const char *who, int error, long long up, long long down);

#endif
