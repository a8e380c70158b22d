/* serve.c - the other side of the lesson: one server on several addresses. See reuseport-demo.c. */
#include "demo.h"
#include "netutil.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One listening socket, with a thread that accepts. */
struct listener {
	int fd;
	pthread_t thread;
};

static void *accept_clients(void *argument);

int serve(char **addresses, int count)
{
	static struct listener *listeners; /* static: the threads have them to the end */
	char own[NET_ADDRESS_SIZE];

	if ((listeners = calloc((size_t)count, sizeof *listeners)) == NULL) {
		net_warn("serve", addresses[0]);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if ((listeners[i].fd = net_listen(addresses[i])) == -1)
			return 1;
		printf("listening on %s\n", net_own(listeners[i].fd, own));
	}
	puts("Server ready to read ...");
	for (int i = 0; i < count; i++)
		if (net_thread(&listeners[i].thread, accept_clients, &listeners[i]) == -1) {
			net_warn("accept on", addresses[i]);
			return 1;
		}
	for (int i = 0; i < count; i++)
		pthread_join(listeners[i].thread, NULL); /* ends only if its listener is broken */
	return 1;
}

/* What the thread of one client does. */
static void answer(int fd, const char *peer, void *argument)
{
	static const char hello[] = "Server Say hello!\n";
	char data[512], own[NET_ADDRESS_SIZE];
	ssize_t n;

	(void)argument;
	net_log(peer, "A client connected to %s", net_own(fd, own));
	while ((n = net_read(fd, data, sizeof data)) > 0) {
		say(peer, data, n);
		if (net_write_all(fd, hello, sizeof hello - 1) == -1)
			break;
	}
	if (n == 0)
		net_log(peer, "client closed the connection");
	else
		net_log(peer, "Error: %s", net_reason(-1));
	close(fd);
}

static void *accept_clients(void *argument)
{
	struct listener *l = argument;

	net_serve(l->fd, answer, NULL);
	return NULL;
}

const struct program serving = {"reuseport-demo", "serve [OPTION]... [ADDRESS]...",
	"Listen on each ADDRESS (127.0.0.1:9999 127.0.0.1:6666) and answer.\n", NULL,
	FOR_LISTENERS | FOR_SOCKETS, INT_MAX};
