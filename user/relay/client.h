/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posts requests by libcurl. TLS is verified, redirects are not followed, so credentials go to no
 * other host, no proxy is asked, and what a server sends is bounded in bytes and time.
 */
#ifndef EMBER_RELAY_HTTP_H
#define EMBER_RELAY_HTTP_H

#include "relay/answer.h"

struct ember_client_config {
	enum ember_relay_form form;
	const char *url;		/* http:// or https://, without the form's path */
	const char *ca;			/* PEM file of what signs servers; NULL: the system's */
	const char *user, *password_file;	/* NULL: no Basic authentication */
	const char *token_file;		/* NULL: no Bearer token */
	double timeout;			/* seconds, for all of a request */
};

struct ember_client_outcome {
	enum ember_verdict verdict;
	char why[EMBER_ANSWER_WHY];
	double retry_after;		/* seconds that the server asks for; 0: none */
	bool busy;			/* AGAIN: it has asked for a later try */
};

struct ember_client;

/* Return NULL: it can't be set up (said). *err: 1, or 2 for wrong usage. */
struct ember_client *ember_client_open(const struct ember_client_config *config, int *err);
/* Post a body. A signal that ends us ends the wait for an answer after some seconds. */
void ember_client_post(struct ember_client *http, const struct ember_buf *body, bool gzip,
		     struct ember_client_outcome *outcome);
/* Return the host that requests go to, for messages. */
const char *ember_client_host(const struct ember_client *http);
void ember_client_close(struct ember_client *http);

#endif
