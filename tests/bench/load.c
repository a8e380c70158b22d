/*
 * load - the driver of the benchmarks: it makes the traffic, and it is the other end.
 *
 * usage: load sink ADDRESS                      read all, then answer with the number of bytes
 *        load echo ADDRESS                      send everything back
 *        load bulk ADDRESS STREAMS MIB          send MIB mebibytes on each: prints MiB/s
 *        load ping ADDRESS CONNECTIONS SECONDS  64 bytes to and fro: prints requests/s, p99 in us
 *        load setup ADDRESS CLIENTS SECONDS     connect, 64 bytes to and fro, close: how many/s
 *        load idle ADDRESS CONNECTIONS PID      prints how many KiB each costs the process PID
 *
 * ADDRESS is an IPv4 address and a port. bulk goes to a sink, the others to an echo. A thread for
 * each connection, as in the programs; whoever sends stops when the answer is not what it must be:
 * "lost".
 */
#define _DEFAULT_SOURCE /* beyond POSIX: IP_BIND_ADDRESS_NO_PORT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 64, BLOCK = 262144, SLOTS = 100000 /* microseconds that the histogram holds */ };

static struct sockaddr_in address;

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	errno = pthread_create(&thread, &attributes, run, argument);
	if (errno != 0)
		die("start a thread");
	pthread_attr_destroy(&attributes);
	return thread;
}

/* ---- Read and write all ---------------------------------------------------------------------- */

static int put(int fd, const char *data, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(fd, data, size);
		if (n <= 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int take(int fd, char *data, size_t size)
{
	while (size > 0) {
		const ssize_t n = read(fd, data, size);
		if (n <= 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Connect, on Linux from the loopback address 127.0.0.`host`. Each address has ports of its own: of
 * a single one all 28,232 are soon in TIME_WAIT, and to look for a free one is what is measured. */
static int dial(unsigned host)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
#ifdef IP_BIND_ADDRESS_NO_PORT /* the port is chosen by connect: only the whole tuple must be new */
	const struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK - 1 + host)}};

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&from, sizeof from) == -1)
		die("bind");
#else
	(void)host;
#endif
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

/* ---- The other end --------------------------------------------------------------------------- */

static void be_sink(int fd)
{
	char *data = malloc(BLOCK);
	uint64_t total = 0;
	ssize_t n;

	while ((n = read(fd, data, BLOCK)) > 0)
		total += (uint64_t)n;
	put(fd, (char *)&total, sizeof total);
	close(fd);
	free(data);
}

static void be_echo(int fd)
{
	char data[4096];
	ssize_t n;

	while ((n = read(fd, data, sizeof data)) > 0 && put(fd, data, (size_t)n) == 0)
		;
	close(fd);
}

static void (*session)(int fd);
static int listener;
static atomic_int waiting; /* threads in accept */
enum { SPARE = 16 /* of them, at most, for long */ };

/* Each thread accepts for itself, and the last one that has waited starts another: seldom is a
 * thread begun for a connection, or woken by another thread, and measured with the programs. */
static void *accept_and_serve(void *unused)
{
	const int on = 1;

	while (atomic_fetch_add(&waiting, 1) < SPARE) {
		const int fd = accept(listener, NULL, NULL);
		if (fd == -1)
			die("accept");
		if (atomic_fetch_sub(&waiting, 1) == 1)
			pthread_detach(start(accept_and_serve, NULL));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		session(fd);
	}
	atomic_fetch_sub(&waiting, 1);
	return unused;
}

static void serve(void (*what)(int fd))
{
	const int on = 1;

	session = what;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1 ||
		listen(listener, SOMAXCONN) == -1)
		die("listen");
	start(accept_and_serve, NULL);
	for (;;)
		pause();
}

/* ---- The load -------------------------------------------------------------------------------- */

/* One client, with a thread of its own. */
struct client {
	pthread_t thread;
	unsigned host; /* the address that it connects from */
	long mib;
	double end; /* when to stop */
	long done;  /* exchanges or sessions */
	int lost;
	unsigned *histogram; /* exchanges by microseconds; the last slot has the slower ones */
};

/* Send, end our direction, and read how much has arrived: whoever relays must pass that end on and
 * still bring the answer. */
static void *bulk(void *argument)
{
	struct client *c = argument;
	char *data = calloc(1, BLOCK);
	const int fd = dial(c->host);
	uint64_t total = 0;

	for (long i = 0; i < c->mib * 1048576 / BLOCK && !c->lost; i++)
		c->lost = put(fd, data, BLOCK) == -1;
	shutdown(fd, SHUT_WR);
	if (take(fd, (char *)&total, sizeof total) == -1 || total != (uint64_t)c->mib * 1048576)
		c->lost = 1;
	close(fd);
	free(data);
	return NULL;
}

static int exchange(int fd)
{
	char data[MESSAGE + 1] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ. ";

	return put(fd, data, MESSAGE) == -1 || take(fd, data, MESSAGE) == -1;
}

static void *ping(void *argument)
{
	struct client *c = argument;
	const int fd = dial(c->host);
	double begin = now(), end;

	for (; begin < c->end && !c->lost; begin = end, c->done++) {
		c->lost = exchange(fd);
		end = now();
		const long us = (long)((end - begin) * 1e6);
		c->histogram[us < SLOTS ? us : SLOTS - 1]++;
	}
	close(fd);
	return NULL;
}

static void *set_up(void *argument)
{
	struct client *c = argument;
	char byte;

	for (; now() < c->end && !c->lost; c->done++) {
		const int fd = dial(c->host);
		c->lost = exchange(fd);
		shutdown(fd, SHUT_WR);
		if (read(fd, &byte, 1) != 0)
			c->lost = 1;
		close(fd);
	}
	return NULL;
}

static unsigned sum[SLOTS];

/* Run them all; returns how many exchanges or sessions they had, -1 if any was lost. */
static long run(void *(*work)(void *), long count, long mib, double seconds)
{
	struct client *clients = calloc((size_t)count, sizeof *clients);
	const double end = now() + seconds;
	long done = 0;

	for (long i = 0; i < count; i++) {
		clients[i].host = 1 + (unsigned)i % 64;
		clients[i].mib = mib;
		clients[i].end = end;
		clients[i].histogram = calloc(SLOTS, sizeof *clients[i].histogram);
		clients[i].thread = start(work, &clients[i]);
	}
	for (long i = 0; i < count; i++) {
		pthread_join(clients[i].thread, NULL);
		done = done < 0 || clients[i].lost ? -1 : done + clients[i].done;
		for (size_t us = 0; us < SLOTS; us++)
			sum[us] += clients[i].histogram[us];
		free(clients[i].histogram);
	}
	free(clients);
	return done;
}

/* The microseconds that 99 of 100 exchanges do not exceed. */
static long p99(long done)
{
	long seen = 0, us = 0;

	while (us < SLOTS - 1 && (seen += sum[us]) < done - done / 100)
		us++;
	return us;
}

/* The private memory of a process in KiB: Linux only. */
static long memory(const char *pid)
{
	char path[64], line[200];
	long kib = 0, more;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid);
	if ((file = fopen(path, "r")) == NULL)
		die(path);
	while (fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "Private_%*[a-zA-Z]: %ld", &more) == 1)
			kib += more;
	fclose(file);
	return kib;
}

static void idle(long count, const char *pid)
{
	const long before = memory(pid);

	for (long i = 0; i < count; i++)
		if (exchange(dial(1)) != 0)
			die("exchange");
	printf("%.1f\n", (double)(memory(pid) - before) / (double)count);
}

int main(int argc, char *argv[])
{
	const char *what = argc > 2 ? argv[1] : "";
	char *colon = argc > 2 ? strchr(argv[2], ':') : NULL;
	const long count = argc > 3 ? atol(argv[3]) : 0, more = argc > 4 ? atol(argv[4]) : 0;
	double begin;
	long done;

	signal(SIGPIPE, SIG_IGN);
	if (colon != NULL) {
		*colon = '\0';
		address.sin_family = AF_INET;
		address.sin_port = htons((uint16_t)atoi(colon + 1));
	}
	if (colon == NULL || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: load sink|echo|bulk|ping|setup|idle ADDRESS ...\n");
		return 2;
	}
	begin = now();
	if (strcmp(what, "sink") == 0) {
		serve(be_sink);
	} else if (strcmp(what, "echo") == 0) {
		serve(be_echo);
	} else if (strcmp(what, "bulk") == 0) {
		if (run(bulk, count, more, 0) == -1)
			puts("lost");
		else
			printf("%.0f\n", (double)(count * more) / (now() - begin));
	} else if (strcmp(what, "ping") == 0) {
		done = run(ping, count, 0, (double)more);
		printf(done == -1 ? "lost\n" : "%.0f %ld\n", (double)done / (now() - begin),
			p99(done));
	} else if (strcmp(what, "setup") == 0) {
		done = run(set_up, count, 0, (double)more);
		printf(done == -1 ? "lost\n" : "%.0f\n", (double)done / (now() - begin));
	} else if (strcmp(what, "idle") == 0) {
		idle(count, argc > 4 ? argv[4] : "self");
	} else {
		fprintf(stderr, "load: no %s\n", what);
		return 2;
	}
	return 0;
}
