/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may ask: by a token, or from this machine alone. */
#ifndef EMBER_HTTP_ACCESS_H
#define EMBER_HTTP_ACCESS_H

#include <stdbool.h>

#include "base/address.h"

#define EMBER_HTTP_TOKEN_MAX	128

struct ember_http_access {
	struct ember_address address;	/* to listen at */
	char text[96];			/* it, as address.text */
	char token[EMBER_HTTP_TOKEN_MAX + 1];	/* "": none is needed */
	char host[65];			/* this machine's name */
};

enum ember_http_verdict {
	EMBER_HTTP_WELCOME,
	EMBER_HTTP_UNAUTHORIZED,	/* no token, or a wrong one */
	EMBER_HTTP_FOREIGN,		/* the name of another host: a page elsewhere may have asked */
};

/*
 * text: ADDR:PORT, :PORT or PORT (of 127.0.0.1), with `,insecure` behind for an address of
 * others without a token. token_file: NULL: none. 0, or the exit status (said).
 */
int ember_http_access_read(struct ember_http_access *access, const char *text,
			   const char *token_file);
/* authorization, host: the request's headers; NULL: it has none. */
enum ember_http_verdict ember_http_access_check(const struct ember_http_access *access,
						const char *authorization, const char *host);

#endif
