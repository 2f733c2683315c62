/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's connections: bounded in number and in time. */
#ifndef EMBER_HTTP_CONNECTION_H
#define EMBER_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

#define EMBER_HTTP_CONNECTIONS	64

struct bufferevent;
struct event;
struct event_base;
struct evconnlistener;
struct evhttp_connection;
struct evhttp_request;

struct ember_http_connection {
	struct bufferevent *bev;	/* NULL: none */
	struct evhttp_connection *of;	/* whose that is; NULL: not known yet, and we have a reference */
	struct evhttp_request *request;	/* that waits for its answer; NULL: none */
	bool writing;			/* an answer is on its way */
	uint64_t since_ns;		/* CLOCK_MONOTONIC: when that began, or it waits for a request */
	uint32_t place;			/* in the loop's turn */
};

struct ember_http_connections {		/* begins zeroed */
	struct ember_http_connection item[EMBER_HTTP_CONNECTIONS];
	uint32_t nr;
	struct evconnlistener *listener;
	bool full;			/* nobody is accepted */
	struct event *adopt;		/* is due once evhttp has taken a new one */
	uint64_t accepted, expired;
	/* Called for a request that waits for an answer when its connection ends. */
	void (*ended)(void *context, struct evhttp_request *request);
	void *context;
};

/* False: there is no memory. The listener is to be set then. */
bool ember_http_connections_open(struct ember_http_connections *all, struct event_base *base);
/* evhttp calls it for the buffers of a new connection; context: the connections. */
struct bufferevent *ember_http_connection_new(struct event_base *base, void *context);
/* The request waits for its answer from now on. */
void ember_http_connection_asks(struct ember_http_connections *all,
				struct evhttp_request *request);
/* The answer is on its way. */
void ember_http_connection_answers(struct ember_http_connections *all,
				   struct evhttp_request *request);
/* Add the clients whose requests wait, which may go away, and the next deadline. */
void ember_http_connections_wait(struct ember_http_connections *all, struct ember_loop *loop);
/* Return a request that waits for an answer and whose client has gone; NULL: there is none. */
struct evhttp_request *ember_http_connections_gone(struct ember_http_connections *all,
						   const struct ember_loop *loop);
/* End those that take too long, accept again. */
void ember_http_connections_turn(struct ember_http_connections *all);
void ember_http_connections_free(struct ember_http_connections *all);

#endif
