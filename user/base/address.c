// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/number.h"

static const char ember_address_form[] =
	"an address in digits and a port, as udp://192.0.2.1:4577 or tcp://[2001:db8::1]:4577 (no names are looked up)";

bool ember_address_is(const char *text)
{
	return !strncmp(text, "udp:", 4) || !strncmp(text, "tcp:", 4) ||
	       !strncmp(text, "serial:", 7);
}

static const char *ember_address_inet(struct ember_address *a, const char *text)
{
	const char *port = strrchr(text, ':'), *end = port;
	char host[INET6_ADDRSTRLEN];
	uint32_t number;
	bool six;

	if (!port || !ember_number(port + 1, &number) || !number || number > 65535)
		return ember_address_form;
	six = *text == '[';
	if (six && *--end != ']')
		return ember_address_form;
	text += six;
	if ((size_t)(end - text) >= sizeof(host))
		return ember_address_form;
	memcpy(host, text, end - text);
	host[end - text] = 0;
	if (six) {
		a->inet.six.sin6_family = AF_INET6;
		a->inet.six.sin6_port = htons(number);
		a->inet_bytes = sizeof(a->inet.six);
		return inet_pton(AF_INET6, host, &a->inet.six.sin6_addr) == 1 ?
			       NULL :
			       ember_address_form;
	}
	a->inet.four.sin_family = AF_INET;
	a->inet.four.sin_port = htons(number);
	a->inet_bytes = sizeof(a->inet.four);
	return inet_pton(AF_INET, host, &a->inet.four.sin_addr) == 1 ? NULL :
								       ember_address_form;
}

static const char *ember_address_serial(struct ember_address *a, const char *text)
{
	const char *form =
		"a serial line is serial:/dev/ttyS1,115200, or with ,console behind";
	const char *baud = strchr(text, ','), *rest;
	char digits[12] = "";
	size_t n;

	if (!baud || baud == text || (size_t)(baud - text) >= sizeof(a->device))
		return form;
	memcpy(a->device, text, baud - text);
	a->device[baud - text] = 0;
	rest = strchr(++baud, ',');
	n = rest ? (size_t)(rest - baud) : strlen(baud);
	if (n >= sizeof(digits))
		return form;
	memcpy(digits, baud, n);
	a->shared = rest;
	if (!ember_number(digits, &a->baud) || !a->baud || (rest && strcmp(rest, ",console")))
		return form;
	return NULL;
}

const char *ember_address_parse(struct ember_address *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	a->text = text;
	if (!strncmp(text, "serial:", 7)) {
		a->link = EMBER_LINK_SERIAL;
		return ember_address_serial(a, text + 7);
	}
	a->link = !strncmp(text, "tcp:", 4) ? EMBER_LINK_TCP : EMBER_LINK_UDP;
	return strncmp(text + 4, "//", 2) ? ember_address_form :
					    ember_address_inet(a, text + 6);
}
