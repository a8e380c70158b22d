/*
 * echo-client - send a message, print what comes back, and have another thread end the connection.
 *
 * The lesson: one TCP session from the client's side. Each connection has a thread that reads,
 * blocked in read(2), and one that writes, since an echo that nobody reads stops its writer too.
 * One more thread ends every connection after --close-after seconds: by shutdown(2), which sends the
 * FIN and wakes the reader, or by close(2), which on Linux does neither while a read is blocked.
 *
 * See also echo-server, its other end, and stdin-client, which sends what one types.
 */
#include "netutil.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 16384, SHOWN = 100 };

/* What the command line says; written before the threads start, only read after. */
static struct {
	struct net_options net;
	const char *message;
	double close_after, every, pause_read, write_deadline;
	long connections, read_again, repeat, bytes, pong_after, pong_every;
	bool half_close, elapsed, split;
	enum { SHUTDOWN, CLOSE, SHUT_READ, RESET } close_with;
} set = {
	.net = NET_DEFAULTS,
	.message = "Hi, beyondyyh",
	.close_after = 10,
	.connections = 1,
	.repeat = 1,
};

struct connection {
	int fd;
	bool open; /* does `fd` still name this connection? Guarded by `lock` */
	char own[NET_ADDRESS_SIZE]; /* asked for while there is a socket to ask */
	double start;
	pthread_t reader, writer;
	long sent, received; /* bytes, of the writer and of the reader */
	bool write_failed, differs, failed;
};

static struct connection *connections;
static long opened;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ending = PTHREAD_COND_INITIALIZER;
static bool ended; /* the closer has begun; guarded by `lock` */

static int options(int argc, char *argv[], const char **address);
static int open_one(struct connection *c, const char *address);
static void *reader(void *argument);
static void *closer(void *unused);

int main(int argc, char *argv[])
{
	const char *address = "127.0.0.1:8000";
	bool failed = false;
	int done;

	net_start("echo-client");
	if ((done = options(argc, argv, &address)) != 0)
		return done == 1 ? 0 : 2;
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

static void usage(FILE *out)
{
	fputs("usage: echo-client [OPTION]... [ADDRESS]\n"
	      "Send a message and print what comes back. ADDRESS is host:port, 127.0.0.1:8000 by\n"
	      "default.\n\n"
	      "  --message TEXT         send TEXT, not `Hi, beyondyyh`; nothing if it is empty\n"
	      "  --bytes N              send N bytes of a pattern, check that they come back\n"
	      "  --repeat N             send it N times, and log each time\n"
	      "  --split                send the message in two writes, half of it in each\n"
	      "  --every SEC            wait between these writes\n"
	      "  --pong-after N         write `PONG!!!` once, after N reads\n"
	      "  --pong-every N         write `PONG!!!` after every N reads\n"
	      "  --write-deadline SEC   give up a write that waits longer\n"
	      "  --pause-read SEC       wait before each read\n"
	      "  --read-again N         after the end of input read N times more\n"
	      "  --connections N        open N connections at once\n"
	      "  --half-close           when all is sent end our direction alone, and read on\n"
	      "  --close-after SEC      end the connection after SEC, 10 by default\n"
	      "  --close-with CALL      end it with shutdown (the default) or with close;\n"
	      "                         shut-rd shuts only the direction that we read\n"
	      "  --reset                end it with a reset\n"
	      "  --elapsed              log the seconds since the connection was begun\n"
	      NET_DIAL_HELP NET_SOCKET_HELP
	      "  --help, --version\n", out);
}

/* Read the command line. Returns 0 to go on, 1 if all is said and done, -1 if it is wrong. */
static int options(int argc, char *argv[], const char **address)
{
	enum {
		MESSAGE = 1, BYTES, REPEAT, SPLIT, EVERY, PONG_AFTER, PONG_EVERY, WRITE_DEADLINE, PAUSE_READ,
		READ_AGAIN, CONNECTIONS, HALF_CLOSE, CLOSE_AFTER, CLOSE_WITH, RESET_IT, ELAPSED, HELP, VERSION
	};
	static const struct option table[] = {
		{"message", required_argument, NULL, MESSAGE},
		{"bytes", required_argument, NULL, BYTES},
		{"repeat", required_argument, NULL, REPEAT},
		{"split", no_argument, NULL, SPLIT},
		{"every", required_argument, NULL, EVERY},
		{"pong-after", required_argument, NULL, PONG_AFTER},
		{"pong-every", required_argument, NULL, PONG_EVERY},
		{"write-deadline", required_argument, NULL, WRITE_DEADLINE},
		{"pause-read", required_argument, NULL, PAUSE_READ},
		{"read-again", required_argument, NULL, READ_AGAIN},
		{"connections", required_argument, NULL, CONNECTIONS},
		{"half-close", no_argument, NULL, HALF_CLOSE},
		{"close-after", required_argument, NULL, CLOSE_AFTER},
		{"close-with", required_argument, NULL, CLOSE_WITH},
		{"reset", no_argument, NULL, RESET_IT},
		{"elapsed", no_argument, NULL, ELAPSED},
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		NET_SOCKET_OPTIONS,
		NET_DIAL_OPTIONS,
		{0},
	};
	int option, wrong = 0;

	while ((option = getopt_long(argc, argv, "46", table, NULL)) != -1) {
		switch (option) {
		case MESSAGE:
			set.message = optarg;
			break;
		case BYTES:
			wrong = net_count("bytes", optarg, 1, 1L << 30, &set.bytes);
			break;
		case REPEAT:
			wrong = net_count("repeat", optarg, 1, 1000000, &set.repeat);
			break;
		case SPLIT:
			set.split = true;
			break;
		case EVERY:
			wrong = net_seconds("every", optarg, &set.every);
			break;
		case PONG_AFTER:
			wrong = net_count("pong-after", optarg, 1, 1000000, &set.pong_after);
			break;
		case PONG_EVERY:
			wrong = net_count("pong-every", optarg, 1, 1000000, &set.pong_every);
			break;
		case WRITE_DEADLINE:
			wrong = net_seconds("write-deadline", optarg, &set.write_deadline);
			break;
		case PAUSE_READ:
			wrong = net_seconds("pause-read", optarg, &set.pause_read);
			break;
		case READ_AGAIN:
			wrong = net_count("read-again", optarg, 0, 1000000, &set.read_again);
			break;
		case CONNECTIONS:
			wrong = net_count("connections", optarg, 1, 1000000, &set.connections);
			break;
		case HALF_CLOSE:
			set.half_close = true;
			break;
		case CLOSE_AFTER:
			wrong = net_seconds("close-after", optarg, &set.close_after);
			break;
		case CLOSE_WITH:
			set.close_with = strcmp(optarg, "close") == 0 ? CLOSE
				: strcmp(optarg, "shut-rd") == 0 ? SHUT_READ : SHUTDOWN;
			if (set.close_with == SHUTDOWN && strcmp(optarg, "shutdown") != 0) {
				fprintf(stderr, "echo-client: --close-with %s: "
						"not shutdown, close or shut-rd\n", optarg);
				wrong = -1;
			}
			break;
		case RESET_IT:
			set.close_with = RESET;
			break;
		case ELAPSED:
			set.elapsed = true;
			break;
		case HELP:
			usage(stdout);
			return 1;
		case VERSION:
			puts("echo-client (TCP Labs) " TCP_LABS_VERSION);
			return 1;
		default: /* a shared option, or one that getopt_long has complained about */
			wrong = net_option(&set.net, option, optarg) == 1 ? 0 : -1;
		}
		if (wrong)
			return -1;
	}
	if (argc - optind > 1) {
		fprintf(stderr, "echo-client: one address, not also %s\n", argv[optind + 1]);
		return -1;
	}
	if (optind < argc)
		*address = argv[optind];
	return net_check_address(*address);
}

/* One line of the log. It begins with our own address: the port in netstat and in tcpdump. */
static void say(const struct connection *c, const char *what, const char *detail)
{
	if (set.elapsed)
		net_log(c->own, "[%.1f s] %s%s", net_elapsed(c->start), what, detail);
	else
		net_log(c->own, "%s%s", what, detail);
}

static int open_one(struct connection *c, const char *address)
{
	c->start = net_now();
	if ((c->fd = net_dial(address, &set.net)) == -1) {
		net_complain();
		return -1;
	}
	c->open = true;
	net_own(c->fd, c->own);
	say(c, "TCP session open", "");
	if (net_thread(&c->reader, reader, c) == 0)
		return 0;
	net_warn("start a thread for", c->own);
	close(c->fd);
	return -1;
}

/* Wait, but no longer than until the closer begins. Returns whether it has. */
static bool wait_for_end(double seconds)
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

/* ---- Writing ------------------------------------------------------------------------------ */

/* Byte number `i` of the pattern: a lost or doubled block shows, since 23 divides no block's size. */
static char pattern(long i)
{
	return (char)('a' + i % 23);
}

/* Write all, but give up with EAGAIN when --write-deadline passes before the send buffer has room
 * for the rest: the server reads no more, and its window is closed. */
static int write_within(int fd, const char *data, size_t size)
{
	const double end = net_now() + set.write_deadline;
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	if (set.write_deadline <= 0)
		return net_write_all(fd, data, size);
	for (; size > 0; data += n, size -= (size_t)n) {
		if (poll(&writable, 1, net_milliseconds(end)) == 0) {
			errno = EAGAIN;
			return -1;
		}
		if ((n = send(fd, data, size, MSG_DONTWAIT)) == -1) {
			if (errno != EAGAIN && errno != EINTR)
				return -1;
			n = 0;
		}
	}
	return 0;
}

static int write_pattern(struct connection *c)
{
	char data[BUFFER];

	for (long left = set.bytes, n; left > 0; left -= n) {
		n = left < BUFFER ? left : BUFFER;
		for (long i = 0; i < n; i++)
			data[i] = pattern(c->sent + i);
		if (write_within(c->fd, data, (size_t)n) == -1)
			return -1;
		c->sent += n;
	}
	return 0;
}

/* Nagle's algorithm holds the second write back until the first one is acknowledged, if it is less
 * than a full segment (RFC 9293 3.7.4, RFC 896). */
static int write_message(int fd, size_t size)
{
	const size_t first = set.split ? size / 2 : 0;

	if (first > 0 && write_within(fd, set.message, first) == -1)
		return -1;
	return write_within(fd, set.message + first, size - first);
}

static void *writer(void *argument)
{
	struct connection *c = argument;
	const size_t size = strlen(set.message);
	char text[SHOWN];
	int result;

	net_printable(text, sizeof text, set.message, size);
	if (set.bytes > 0)
		snprintf(text, sizeof text, "%ld bytes", set.bytes);
	for (long i = 0; i < set.repeat && !wait_for_end(i > 0 ? set.every : 0); i++) {
		if (set.repeat > 1)
			say(c, "writing data to server: ", text);
		result = set.bytes > 0 ? write_pattern(c) : write_message(c->fd, size);
		if (result == 0)
			continue;
		/* ECONNRESET: a RST has come. EPIPE: it has been reported once already, or our own
		 * direction is shut. The later writes are tried all the same: that is the lesson. */
		say(c, "Error writing TCP session: ", net_reason(-1));
		c->write_failed = true;
	}
	pthread_mutex_lock(&lock);
	if (set.half_close && c->open)
		shutdown(c->fd, SHUT_WR); /* our FIN; what comes the other way still arrives */
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* What is done with the data of one read: log it, check it, answer it. */
static void take(struct connection *c, const char *data, size_t size, long reads)
{
	char text[SHOWN];

	say(c, "reading data from server: ", net_printable(text, sizeof text, data, size));
	for (size_t i = 0; i < size && set.bytes > 0; i++)
		c->differs |= data[i] != pattern(c->received + (long)i);
	c->received += (long)size;
	if (reads == set.pong_after || (set.pong_every > 0 && reads % set.pong_every == 0)) {
		say(c, "writing data to server: PONG!!!", "");
		if (net_write_all(c->fd, "PONG!!!", 7) == -1)
			say(c, "Error writing TCP session: ", net_reason(-1));
	}
}

static void tell_total(struct connection *c)
{
	char text[80];
	const bool same = !c->differs && c->received == set.bytes * set.repeat;

	snprintf(text, sizeof text, "sent %ld bytes, received %ld, %s", c->sent, c->received,
		same ? "all as sent" : c->differs ? "not as sent" : "not all");
	say(c, text, "");
	c->failed |= !same;
}

/* The thread of a connection: it starts the writer, reads to the end, and closes. */
static void *reader(void *argument)
{
	struct connection *c = argument;
	const bool writing = net_thread(&c->writer, writer, c) == 0;
	char data[BUFFER];
	long again = set.read_again;
	ssize_t n;

	if (!writing)
		net_warn("start a writer for", c->own);
	for (long reads = 1;; reads++) {
		wait_for_end(set.pause_read);
		n = read(c->fd, data, sizeof data);
		if (n > 0)
			take(c, data, (size_t)n, reads);
		else if (n == 0 && again-- > 0)
			say(c, "Error reading TCP session: ", net_reason(n));
		else
			break;
	}
	/* EOF: the server's FIN, or our own shutdown. ECONNRESET: the server's RST. EBADF: our
	 * other thread has closed the descriptor. */
	if (n == 0 && set.close_with == RESET && wait_for_end(0))
		say(c, "resetting TCP session", "");
	else
		say(c, "Error reading TCP session: ", net_reason(n));
	if (writing)
		pthread_join(c->writer, NULL);
	c->failed |= n == -1 || !writing || c->write_failed;
	if (set.bytes > 0)
		tell_total(c);
	pthread_mutex_lock(&lock);
	if (c->open)
		close(c->fd);
	c->open = false;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- The end ------------------------------------------------------------------------------ */

/* The thread that ends every connection while its reader is blocked in read(2). */
static void *closer(void *unused)
{
	const struct linger abort_it = {.l_onoff = 1, .l_linger = 0};

	(void)unused;
	net_pause(set.close_after);
	pthread_mutex_lock(&lock);
	ended = set.close_with != SHUT_READ; /* that leaves the other direction as it is */
	pthread_cond_broadcast(&ending);
	for (struct connection *c = connections; c < connections + opened; c++) {
		if (!c->open)
			continue;
		switch (set.close_with) {
		case SHUTDOWN: /* sends our FIN; read(2) returns 0 */
			shutdown(c->fd, SHUT_RDWR);
			break;
		case SHUT_READ: /* sends nothing; read(2) returns what is queued, or 0 at once */
			shutdown(c->fd, SHUT_RD);
			say(c, "shutdown(SHUT_RD) has returned", "");
			break;
		case CLOSE:
			/* Takes away the number, not the socket: the blocked read(2) holds that, so
			 * no FIN leaves before the read returns. And the number is free: had this
			 * process opened anything since, the reader's next read(2) would take from
			 * that instead. That is why one closes only what no other thread uses. */
			close(c->fd);
			c->open = false;
			say(c, "close has returned", "");
			break;
		case RESET: /* wakes the reader without a FIN; its close(2) will send the RST */
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
			shutdown(c->fd, SHUT_RD);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}
