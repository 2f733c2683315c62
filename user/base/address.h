/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people type for an end of a link. */
#ifndef EMBER_ADDRESS_H
#define EMBER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum ember_link {
	EMBER_LINK_UDP,
	EMBER_LINK_TCP,
	EMBER_LINK_SERIAL
};

union ember_inet {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

struct ember_address {
	const char *text;		/* as it was typed */
	enum ember_link link;
	union ember_inet inet;		/* of UDP and TCP */
	socklen_t inet_bytes;
	char device[256];		/* of a serial line, as the rest */
	uint32_t baud;
	bool shared;			/* with a console: one way, and nobody's settings are changed */
};

/* Whether it's one at all: udp:, tcp: or serial:. */
bool ember_address_is(const char *text);

/*
 * udp://ADDR:PORT, tcp://ADDR:PORT with ADDR in digits, an IPv6 one in brackets;
 * serial:DEVICE,BAUD[,console]. NULL, or what is wrong with it. `text` is kept.
 */
const char *ember_address_parse(struct ember_address *address, const char *text);

#endif
