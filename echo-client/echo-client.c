/*
 * echo-client - send a message, print what comes back, and have another thread end the connection.
 *
 * The lesson: one TCP session from the client's side. Each connection has a thread that reads,
 * blocked in read(2), and one that writes, since an echo that nobody reads stops its writer too.
 * One more thread ends every connection after --close-after seconds: by shutdown(2), which sends
 * the FIN and wakes the reader, or by close(2), which on Linux does neither while a read is
 * blocked.
 *
 * Here are the connections from their beginning to their end; connection.c has what a reader and a
 * writer do, payload.c what is written. See also echo-server, its other end, and stdin-client,
 * which sends what one types.
 */
#include "connection.h"
#include "options.h"
#include "payload.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SHUTDOWN, CLOSE, SHUT_READ }; /* --close-with */

/* What the command line says, by the table at the end. */
struct settings set = {.close_after = 10, .connections = 1, .repeat = 1};
static const struct program program;

static struct connection *connections;
static long opened;

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ending = PTHREAD_COND_INITIALIZER;
static bool ended; /* the closer has begun; guarded by `lock` */

static int open_one(struct connection *c, const char *address);
static void *closer(void *unused);

int main(int argc, char *argv[])
{
	const char *address;
	bool failed = false;
	int first;

	net_start(program.name);
	first = options_read(&program, argc, argv);
	address = first < argc ? argv[first] : "127.0.0.1:8000";
	if ((connections = calloc((size_t)set.connections, sizeof *connections)) == NULL) {
		net_warn("allocate", "the connections");
		return 1;
	}
	for (; opened < set.connections && !failed; opened += !failed)
		failed = open_one(&connections[opened], address) == -1;
	if (failed && opened > 0)
		net_log(NULL, "connection %ld of %ld failed, %ld stay open", opened + 1,
			set.connections, opened);
	if (opened > 0 && net_thread(NULL, closer, NULL) == -1) {
		net_warn("start", "the closing thread");
		return 1;
	}
	for (long i = 0; i < opened; i++) {
		pthread_join(connections[i].reader, NULL);
		failed |= connections[i].failed;
	}
	return failed;
}

static int open_one(struct connection *c, const char *address)
{
	c->start = set.elapsed ? net_now() : 0;
	if ((c->fd = net_dial(address, NULL)) == -1)
		return -1;
	c->open = true;
	net_own(c->fd, c->own); /* the log begins with it: the port in netstat and in tcpdump */
	net_say(c->own, c->start, "TCP session open", "");
	if (net_thread(&c->reader, reader, c) == 0)
		return 0;
	net_warn("start a thread for", c->own);
	close(c->fd);
	return -1;
}

bool wait_for_end(double seconds)
{
	struct timespec until;
	bool answer;

	clock_gettime(CLOCK_REALTIME, &until);
	seconds += (double)until.tv_nsec / 1e9;
	until.tv_sec += (time_t)seconds;
	until.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9);
	pthread_mutex_lock(&lock);
	while (!ended && pthread_cond_timedwait(&ending, &lock, &until) == 0)
		;
	answer = ended;
	pthread_mutex_unlock(&lock);
	return answer;
}

/* ---- The end -------------------------------------------------------------------------------- */

/* End one connection while its reader is blocked in read(2). */
static void end(struct connection *c)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (set.reset) { /* wakes the reader without a FIN; its close(2) will send the RST */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
		shutdown(c->fd, SHUT_RD);
	} else if (set.close_with == SHUTDOWN) { /* sends our FIN; read(2) returns 0 */
		shutdown(c->fd, SHUT_RDWR);
	} else if (set.close_with ==
		   SHUT_READ) { /* sends nothing; read(2) returns 0 if nothing came */
		shutdown(c->fd, SHUT_RD);
		net_say(c->own, c->start, "shutdown(SHUT_RD) has returned", "");
	} else {
		/* Takes away the number, not the socket: the blocked read(2) holds that, so no FIN
		 * leaves before the read returns. And the number is free: had this process opened
		 * anything since, the reader's next read(2) would take from that instead. That is
		 * why one closes only what no other thread uses. */
		close(c->fd);
		c->open = false;
		net_say(c->own, c->start, "close has returned", "");
	}
}

/* The thread that ends all connections after --close-after. */
static void *closer(void *unused)
{
	(void)unused;
	net_pause(set.close_after);
	pthread_mutex_lock(&lock);
	/* With --close-with shut-rd the other direction goes on. */
	ended = set.close_with != SHUT_READ;
	pthread_cond_broadcast(&ending);
	for (long i = 0; i < opened; i++)
		if (connections[i].open)
			end(&connections[i]);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- Options -------------------------------------------------------------------------------- */

static const char *const calls[] = {"shutdown", "close", "shut-rd", NULL};

static const struct option_row options[] = {
	{"message", "send TEXT, not `Hi, beyondyyh`; nothing if it is empty",
		.text = &payload.message},
	{"bytes", "send N bytes of a pattern, check that they come back", .count = &payload.bytes,
		.least = 1, .most = 1L << 30},
	{"repeat", "send it N times, and log each time", .count = &set.repeat, .least = 1},
	{"split", "send the message in two writes, half of it in each", .flag = &payload.split},
	{"every", "wait between these writes", .seconds = &set.every},
	{"pong-after", "write `PONG!!!` once, after N reads", .count = &set.pong_after, .least = 1},
	{"pong-every", "write `PONG!!!` after every N reads", .count = &set.pong_every, .least = 1},
	{"write-deadline", "give up a write that waits longer", .seconds = &payload.write_deadline},
	{"pause-read", "wait before each read", .seconds = &set.pause_read},
	{"read-again", "after the end of input read N times more", .count = &set.read_again},
	{"connections", "open N connections at once", .count = &set.connections, .least = 1},
	{"half-close", "when all is sent end our direction alone, and read on",
		.flag = &set.half_close},
	{"close-after", "end the connection after SEC, 10 by default", .seconds = &set.close_after},
	{"close-with",
		"end it with shutdown (the default), or with close;\n"
		"shut-rd shuts only the direction that we read",
		.choice = &set.close_with, .words = calls},
	{"reset", "end it with a reset", .flag = &set.reset},
	{"elapsed", "log the seconds since the connection was begun", .flag = &set.elapsed},
	{0},
};

static const struct program program = {"echo-client", "[OPTION]... [ADDRESS]",
	"Send a message and print what comes back. ADDRESS is host:port, 127.0.0.1:8000 by\n"
	"default.\n",
	options, FOR_CLIENTS | FOR_SOCKETS, 1};
