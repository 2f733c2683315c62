// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libevent asks the C library for, of addresses in digits alone: a static tool has no
 * use for name services, which come as shared libraries. Shared builds have the library's.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	(void)node;
	(void)service;
	(void)hints;
	*found = NULL;
	return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
	(void)info;
}

int getnameinfo(const struct sockaddr *address, socklen_t n, char *host, socklen_t host_room,
		char *port, socklen_t port_room, int flags)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	bool is_six = address->sa_family == AF_INET6;

	(void)n;
	(void)flags;
	if ((!is_six && address->sa_family != AF_INET) ||
	    !inet_ntop(address->sa_family,
		       is_six ? (const void *)&six->sin6_addr : &four->sin_addr, host,
		       host_room))
		return EAI_FAMILY;
	snprintf(port, port_room, "%u", ntohs(is_six ? six->sin6_port : four->sin_port));
	return 0;
}

/* Names of services and protocols, which nobody asks for. */
struct servent *getservbyname(const char *name, const char *protocol)
{
	(void)name;
	(void)protocol;
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return NULL;
}
