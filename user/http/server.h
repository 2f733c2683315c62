/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles over HTTP, as Go's net/http/pprof serves them, in the loop of a program. */
#ifndef EMBER_HTTP_SERVER_H
#define EMBER_HTTP_SERVER_H

#include "base/loop.h"
#include "http/backend.h"

struct ember_http;

/* Whether this build serves. */
extern const bool ember_http_possible;

/*
 * Listens. address: see http/access.h. token_file: NULL: none. command: argv, up to NULL. The
 * backend and the command are to last as long. 0, or the exit status (said), and *http is NULL.
 */
int ember_http_open(struct ember_http **http, const char *address, const char *token_file,
		    char **command);
/* Answers from now on. */
void ember_http_serve(struct ember_http *http, const struct ember_http_backend *backend);
/* Add what the server waits for; NULL, as below: there is none. */
void ember_http_wait(struct ember_http *http, struct ember_loop *loop);
/* Do what is due. */
void ember_http_turn(struct ember_http *http, const struct ember_loop *loop);
void ember_http_close(struct ember_http *http);

#endif
