/* connection.h - one connection of echo-client, and what its two threads do. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "netutil.h"

/* What the command line says; only read once the threads run. */
extern struct settings {
	double close_after, every, pause_read;
	long connections, repeat, pong_after, pong_every, read_again;
	bool half_close, reset, elapsed;
	int close_with;
} set;

struct connection {
	int fd;
	bool open;                  /* does `fd` still name this connection? Guarded by `lock` */
	char own[NET_ADDRESS_SIZE]; /* asked for while there is a socket to ask */
	double start;               /* for --elapsed, else 0 */
	pthread_t reader, writer;
	long sent, received; /* bytes, of the writer and of the reader */
	bool write_failed, differs, failed;
};

/* Guards the descriptors: who ends a connection is another thread than who uses it. */
extern pthread_mutex_t lock;

/* Wait, but no longer than until the connections are to be ended. Returns whether they are. */
bool wait_for_end(double seconds);

/* The thread of a connection: it starts the writer, reads to the end, and closes. */
void *reader(void *connection);

#endif
