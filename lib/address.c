/* address.c - host:port as text, and the socket addresses behind it: see netutil.h. */
#include "netutil.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Split "host:port" into `host` (brackets removed) and `port`. Returns NULL, or what is wrong. */
static const char *split(const char *address, char host[256], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length;

	if (colon == NULL)
		return "the port is missing; write host:port, for instance 127.0.0.1:8000";
	*port = colon[1] == '\0' ? "0" : colon + 1; /* empty: the kernel picks, as with 0 */
	if ((*port)[strspn(*port, "0123456789")] == '\0' && strtol(*port, NULL, 10) > 65535)
		return "the port is above 65535";
	if (!isalnum((unsigned char)**port))
		return "the port is neither a number from 0 to 65535 nor the name of a service";
	length = (size_t)(colon - address);
	if (length > 0 && address[0] == '[') {
		if (length < 3 || address[length - 1] != ']')
			return "the brackets do not hold an address";
		address++;
		length -= 2;
	} else if (memchr(address, ':', length) != NULL) {
		return "an IPv6 address goes in brackets, for instance [::1]:8000";
	}
	if (length >= 256)
		return "the name of the host is too long";
	memcpy(host, address, length);
	host[length] = '\0';
	return NULL;
}

int net_check_address(const char *address)
{
	char host[256];
	const char *port, *wrong = split(address, host, &port);

	return wrong == NULL ? 0 : net_failed(NULL, "address", address, wrong);
}

struct addrinfo *net_resolve(const char *address, int family, int flags, struct net_failure *why)
{
	const struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *list = NULL;
	char host[256];
	const char *port, *wrong = split(address, host, &port);
	int error;

	errno = EINVAL;
	if (wrong == NULL) {
		error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
		if (error == 0)
			return list;
		wrong = error == EAI_SYSTEM ? net_error(errno) : gai_strerror(error);
	}
	net_failed(why, "resolve", address, wrong);
	return NULL;
}

static char *put_number(char *at, unsigned number)
{
	if (number >= 10)
		at = put_number(at, number / 10);
	*at = (char)('0' + number % 10);
	return at + 1;
}

/* A busy server does this for each connection, and printf(3) takes longer. */
static const char *ipv4_text(const unsigned char *address, in_port_t port, char *text)
{
	char *at = text;

	for (int i = 0; i < 4; i++) {
		at = put_number(at, address[i]);
		*at++ = i < 3 ? '.' : ':';
	}
	*put_number(at, ntohs(port)) = '\0';
	return text;
}

const char *net_text(const struct sockaddr *sa, socklen_t length, char text[NET_ADDRESS_SIZE])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	char host[NET_ADDRESS_SIZE - 10], port[8];

	if (sa->sa_family == AF_INET)
		return ipv4_text((const unsigned char *)&in->sin_addr, in->sin_port, text);
	if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		/* An IPv4 peer of an IPv6 socket: RFC 4291 2.5.5.2. */
		return ipv4_text(in6->sin6_addr.s6_addr + 12, in6->sin6_port, text);
	snprintf(text, NET_ADDRESS_SIZE, "?");
	if (getnameinfo(sa, length, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(text, NET_ADDRESS_SIZE, "[%s]:%s", host, port);
	return text;
}

typedef int ask(int fd, struct sockaddr *address, socklen_t *length);

static const char *ask_address(ask *whose, int fd, char text[NET_ADDRESS_SIZE])
{
	struct sockaddr_storage sa = {0}; /* family 0, which is no address, if the call fails */
	socklen_t length = sizeof sa;

	whose(fd, (struct sockaddr *)&sa, &length);
	return net_text((struct sockaddr *)&sa, length, text);
}

const char *net_own(int fd, char text[NET_ADDRESS_SIZE])
{
	return ask_address(getsockname, fd, text);
}

const char *net_peer(int fd, char text[NET_ADDRESS_SIZE])
{
	return ask_address(getpeername, fd, text);
}
