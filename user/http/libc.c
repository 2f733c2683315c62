// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libevent asks the C library for, as small as a static tool needs it: of addresses in
 * digits alone, since name services come as shared libraries, and of numbers in digits, where
 * the library's own scanf() brings 120 kB of floating point. Shared builds have the library's.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdarg.h>
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

/* A number of %d, %u or %x. Returns what follows it; NULL: there is none, or it is too large. */
static const char *ember_scan_number(const char *text, char kind, void *to)
{
	unsigned int base = kind == 'x' ? 16 : 10, digit;
	bool minus = kind == 'd' && *text == '-';
	unsigned long long value = 0;
	const char *first = text += minus;

	for (;; text++) {
		if (*text >= '0' && *text <= '9')
			digit = *text - '0';
		else if (base == 16 && (*text | 0x20) >= 'a' && (*text | 0x20) <= 'f')
			digit = (*text | 0x20) - 'a' + 10;
		else
			break;
		value = value * base + digit;
		if (value > 0x7fffffff)
			return NULL;
	}
	*(int *)to = minus ? -(int)value : (int)value;
	return text > first ? text : NULL;
}

/* sscanf() of %d, %u, %x, %c and characters that are what they are. */
int ember_scan(const char *text, const char *format, ...)
{
	va_list to;
	int n = 0;

	va_start(to, format);
	for (; text && *format; format++) {
		if (*format != '%') {
			if (*text++ != *format)
				break;
		} else if (*++format == 'c') {
			if (!*text)
				break;
			*va_arg(to, char *) = *text++;
			n++;
		} else {
			text = ember_scan_number(text, *format, va_arg(to, int *));
			n += text != NULL;
		}
	}
	va_end(to);
	return n;
}

/* By the names that C libraries' headers have for it. */
int sscanf(const char *text, const char *format, ...) __attribute__((alias("ember_scan")));
int __isoc99_sscanf(const char *text, const char *format, ...)
	__attribute__((alias("ember_scan")));
int __isoc23_sscanf(const char *text, const char *format, ...)
	__attribute__((alias("ember_scan")));
