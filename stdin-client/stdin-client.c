/*
 * stdin-client - send standard input to a server, print what it answers.
 *
 * The lesson: the two directions of a connection are independent (RFC 9293 3.6). One thread carries
 * standard input to the server, the main thread prints the replies. The end of input closes one
 * direction only, with shutdown(2); the replies that are still on their way arrive all the same.
 *
 * See also upper-server, its other end, and relay, which carries both directions of others.
 */
#include "netutil.h"
#include "options.h"
#include "printable.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 4096 };

/* What the two threads share. */
struct input {
	int fd;
	const char *peer;
	pthread_mutex_t sending; /* held during a write and the report of its failure */
	bool failed;
};

static int talk(int fd);
static const struct program program;

int main(int argc, char *argv[])
{
	int first, fd;

	net_start(program.name);
	first = options_read(&program, argc, argv);
	if ((fd = net_dial(first < argc ? argv[first] : "127.0.0.1:8008", NULL)) == -1)
		return 1;
	return talk(fd) == 0 ? 0 : 1;
}

/* Send what one read of standard input returned: `n` bytes, or -1. Returns false after saying what
 * failed. */
static bool pass_on(struct input *in, const char *data, ssize_t n)
{
	pthread_mutex_lock(&in->sending);
	in->failed = n == -1 || net_write_all(in->fd, data, (size_t)n) == -1;
	if (in->failed && n == -1)
		net_warn("read", "standard input");
	else if (in->failed)
		net_warn("send to", in->peer);
	pthread_mutex_unlock(&in->sending);
	return !in->failed;
}

/* The thread that carries standard input to the server. */
static void *carry_input(void *argument)
{
	struct input *in = argument;
	char data[BUFFER];
	ssize_t n;

	while ((n = net_read(STDIN_FILENO, data, sizeof data)) != 0)
		if (!pass_on(in, data, n))
			break;
	/* End of input (Ctrl-D at a terminal): our FIN, "I have no more to send". Not close(2): the
	 * server may still answer, and the main thread still reads. */
	shutdown(in->fd, SHUT_WR);
	return NULL;
}

/*
 * Replies on a terminal: each line after a prefix, and made safe, for a server must not be able to
 * drive the terminal of its client (escape sequences). Returns how many bytes were printed: all of
 * them if they are the last.
 */
static size_t print_lines(const char *data, size_t size, bool last, bool *line_begins)
{
	static char text[4 * BUFFER + 64]; /* \xNN for each byte */
	size_t done = 0, length;
	const char *newline;

	if (!last)
		size -= utf8_unfinished(data, size);
	while (done < size) {
		newline = memchr(data + done, '\n', size - done);
		length = (newline != NULL ? (size_t)(newline - data) : size) - done;
		if (*line_begins)
			fputs("Client reads server postback: ", stdout);
		fputs(printable(text, sizeof text, data + done, length), stdout);
		if (newline != NULL)
			putchar('\n');
		*line_begins = newline != NULL;
		done += length + (newline != NULL);
	}
	return done;
}

/* Print replies until the server ends the connection. Returns 0, or -1 after saying what failed. */
static int print_replies(int fd, const char *peer)
{
	const bool terminal = isatty(STDOUT_FILENO);
	bool line_begins = true;
	char data[BUFFER];
	size_t kept = 0, done;
	ssize_t n;

	while ((n = net_read(fd, data + kept, sizeof data - kept)) > 0) {
		kept += (size_t)n;
		/* Into a file or a pipe go the server's bytes as they are. */
		done = terminal ? print_lines(data, kept, false, &line_begins)
				: fwrite(data, 1, kept, stdout);
		if (fflush(stdout) == EOF || ferror(stdout)) {
			net_warn("write", "standard output");
			return -1;
		}
		kept -= done;
		memmove(data, data + done, kept);
	}
	if (n == 0 && terminal)
		print_lines(data, kept, true, &line_begins);
	if (n == -1) /* ECONNRESET: the server's RST; or --deadline */
		fprintf(stderr, "stdin-client: read from %s: %s\n", peer, net_reason(n));
	else if (!line_begins)
		putchar('\n'); /* before the shell's prompt */
	return (int)n;
}

static int talk(int fd)
{
	static struct input in = {.sending = PTHREAD_MUTEX_INITIALIZER}; /* outlives this call */
	static char peer[NET_ADDRESS_SIZE];
	char own[NET_ADDRESS_SIZE];

	in.fd = fd;
	in.peer = net_peer(fd, peer);
	fprintf(stderr, "connected to %s from %s\n", peer, net_own(fd, own));
	if (net_thread(NULL, carry_input, &in) == -1) { /* detached: it may wait for a key */
		net_warn("start", "a thread for standard input");
		return -1;
	}
	if (print_replies(fd, peer) == -1)
		return -1;
	/* The server's FIN. A write that is still under way will not be read by anybody: wake it,
	 * and let it tell. (The kernel reports a reset once only: to the write or to the read.) */
	shutdown(fd, SHUT_RDWR);
	pthread_mutex_lock(&in.sending);
	if (in.failed)
		return -1;
	fprintf(stderr, "server closed the connection\n");
	return 0;
}

static const struct program program = {"stdin-client", "[OPTION]... [ADDRESS]",
	"Send standard input to a server and print its replies.\n"
	"ADDRESS is host:port, 127.0.0.1:8008 by default.\n",
	NULL, FOR_CLIENTS | FOR_SOCKETS, 1};
