/*
 * pool.c - the connections to the upstream, and --mode pool: the notes' mistake.
 *
 * A connection is kept when its client has left, for the next client to have. --mode deadline does
 * that too, but looks whether the connection is still alive; --mode pool does not.
 */
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER = 16384 };

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct leg *kept; /* a list, the last one first */

static struct leg *take_kept(void)
{
	struct leg *l;

	pthread_mutex_lock(&kept_lock);
	if ((l = kept) != NULL)
		kept = l->next;
	pthread_mutex_unlock(&kept_lock);
	return l;
}

void keep_leg(struct leg *l)
{
	pthread_mutex_lock(&kept_lock);
	l->next = kept;
	kept = l;
	pthread_mutex_unlock(&kept_lock);
}

bool is_idle(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

static struct leg *new_leg(const char *peer)
{
	struct leg *l = malloc(sizeof *l);
	struct net_failure why;
	int fd;

	if (l == NULL) {
		net_log(peer, "upstream %s: %s", relay.upstream, net_error(errno));
		return NULL;
	}
	if ((fd = net_dial(relay.upstream, &why)) == -1) {
		net_log(peer, "upstream %s: %s", relay.upstream, why.reason);
		free(l);
		return NULL;
	}
	*l = (struct leg){.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER, .client = -1};
	net_log(peer, "relayed to %s from %s", net_peer(fd, l->peer), net_own(fd, l->own));
	return l;
}

struct leg *take_leg(const char *peer)
{
	struct leg *l;

	while ((l = take_kept()) != NULL) {
		/* Here mode pool makes its mistake: it does not look. */
		if (relay.mode == POOL || is_idle(l->fd)) {
			net_log(peer, "relayed to %s from %s, kept from an earlier client", l->peer,
				l->own);
			return l;
		}
		net_log(peer, "kept connection from %s has ended: closed", l->own);
		close(l->fd);
		free(l);
	}
	return new_leg(peer);
}

/* ---- The notes' mistake --------------------------------------------------------------------- */

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
		n = net_read(l->fd, data, sizeof data);
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

void lend_leg(struct leg *l, int client, const char *peer)
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
		net_log(peer, "start a thread: %s", net_error(errno));
		shutdown(client, SHUT_RDWR);
	}
	pthread_mutex_unlock(&l->lock);

	while ((n = net_read(client, data, sizeof data)) > 0 &&
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
	keep_leg(l);
	log_end(peer, alive ? "client" : "upstream", alive ? error : 0, up, down);
}
