// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/connection.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define EMBER_HTTP_NO_PLACE UINT32_MAX
#define EMBER_HTTP_SECOND   1000000000ull
#define EMBER_HTTP_READ_NS  (10 * EMBER_HTTP_SECOND) /* until a request is whole, */
#define EMBER_HTTP_BUSY_READ_NS \
	(2 * EMBER_HTTP_SECOND) /* and where others wait to be accepted */
#define EMBER_HTTP_WRITE_NS  (300 * EMBER_HTTP_SECOND) /* until an answer is read */
#define EMBER_HTTP_LINGER_NS (30 * EMBER_HTTP_SECOND) /* and where others wait */

/* Called when evhttp frees a connection. */
static void ember_http_connection_closed(struct evhttp_connection *of, void *context)
{
	struct ember_http_connections *all = context;
	struct evhttp_request *request;
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_CONNECTIONS; i++) {
		if (all->item[i].of != of)
			continue;
		request = all->item[i].request;
		all->item[i] = (struct ember_http_connection){};
		all->nr--;
		if (request)
			all->ended(all->context, request);
	}
}

/*
 * Called once evhttp has taken new connections, before anything comes from them: only now
 * there is a connection whose end evhttp will report.
 */
static void ember_http_connections_adopt(evutil_socket_t fd, short what, void *context)
{
	struct ember_http_connections *all = context;
	bufferevent_event_cb event;
	void *of;
	uint32_t i;

	(void)fd;
	(void)what;
	for (i = 0; i < EMBER_HTTP_CONNECTIONS; i++) {
		struct ember_http_connection *c = &all->item[i];

		if (!c->bev || c->of)
			continue;
		bufferevent_getcb(c->bev, NULL, NULL, &event, &of);
		bufferevent_decref(c->bev);
		if (event && evhttp_connection_get_bufferevent(of) == c->bev) {
			c->of = of;
			evhttp_connection_set_closecb(of, ember_http_connection_closed, all);
			continue;
		}
		/* evhttp had no memory for it. */
		c->bev = NULL;
		all->nr--;
	}
}

bool ember_http_connections_open(struct ember_http_connections *all, struct event_base *base)
{
	all->adopt = event_new(base, -1, 0, ember_http_connections_adopt, all);
	return all->adopt;
}

struct bufferevent *ember_http_connection_new(struct event_base *base, void *context)
{
	struct ember_http_connections *all = context;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
	uint32_t i;

	for (i = 0; bev && i < EMBER_HTTP_CONNECTIONS; i++) {
		if (all->item[i].bev)
			continue;
		bufferevent_incref(bev);
		all->item[i] = (struct ember_http_connection){
			.bev = bev,
			.since_ns = ember_clock_ns(CLOCK_MONOTONIC),
			.place = EMBER_HTTP_NO_PLACE,
		};
		all->nr++;
		all->accepted++;
		event_active(all->adopt, EV_TIMEOUT, 0);
		break;
	}
	/* The others wait in the listener's queue. */
	if (all->nr == EMBER_HTTP_CONNECTIONS) {
		evconnlistener_disable(all->listener);
		all->full = true;
	}
	return bev;
}

static struct ember_http_connection *
ember_http_connection_of(struct ember_http_connections *all, struct evhttp_request *request)
{
	struct evhttp_connection *of = evhttp_request_get_connection(request);
	uint32_t i;

	for (i = 0; of && i < EMBER_HTTP_CONNECTIONS; i++)
		if (all->item[i].of == of)
			return &all->item[i];
	return NULL;
}

void ember_http_connection_asks(struct ember_http_connections *all,
				struct evhttp_request *request)
{
	struct ember_http_connection *c = ember_http_connection_of(all, request);

	if (c)
		c->request = request;
}

/* Called when an answer is written. */
static void ember_http_connection_answered(struct evhttp_request *request, void *context)
{
	struct ember_http_connection *c = ember_http_connection_of(context, request);

	if (!c)
		return;
	c->writing = false;
	c->since_ns = ember_clock_ns(CLOCK_MONOTONIC);
}

void ember_http_connection_answers(struct ember_http_connections *all,
				   struct evhttp_request *request)
{
	struct ember_http_connection *c = ember_http_connection_of(all, request);

	if (!c)
		return;
	c->request = NULL;
	c->writing = true;
	c->since_ns = ember_clock_ns(CLOCK_MONOTONIC);
	evhttp_request_set_on_complete_cb(request, ember_http_connection_answered, all);
}

static uint64_t ember_http_connection_due(const struct ember_http_connections *all,
					  const struct ember_http_connection *c)
{
	uint64_t read = all->full ? EMBER_HTTP_BUSY_READ_NS : EMBER_HTTP_READ_NS;
	uint64_t write = all->full ? EMBER_HTTP_LINGER_NS : EMBER_HTTP_WRITE_NS;

	return c->since_ns + (c->writing ? write : read);
}

void ember_http_connections_wait(struct ember_http_connections *all, struct ember_loop *loop)
{
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_CONNECTIONS; i++) {
		struct ember_http_connection *c = &all->item[i];

		c->place = EMBER_HTTP_NO_PLACE;
		if (!c->bev)
			continue;
		if (c->request)
			c->place = ember_loop_fd(loop, bufferevent_getfd(c->bev), POLLRDHUP);
		else
			ember_loop_due(loop, ember_http_connection_due(all, c));
	}
}

struct evhttp_request *ember_http_connections_gone(struct ember_http_connections *all,
						   const struct ember_loop *loop)
{
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_CONNECTIONS; i++) {
		struct ember_http_connection *c = &all->item[i];

		if (!c->bev || !c->request || c->place == EMBER_HTTP_NO_PLACE ||
		    !(ember_loop_ready(loop, c->place) & (POLLRDHUP | POLLHUP | POLLERR)))
			continue;
		c->place = EMBER_HTTP_NO_PLACE;
		return c->request;
	}
	return NULL;
}

void ember_http_connections_turn(struct ember_http_connections *all)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_CONNECTIONS; i++) {
		struct ember_http_connection *c = &all->item[i];

		if (!c->of || c->request || now < ember_http_connection_due(all, c))
			continue;
		/* evhttp sees its end, and frees it. */
		shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
		c->since_ns = now;
		all->expired++;
	}
	if (all->full && all->nr < EMBER_HTTP_CONNECTIONS) {
		all->full = false;
		evconnlistener_enable(all->listener);
	}
}

void ember_http_connections_free(struct ember_http_connections *all)
{
	if (all->adopt)
		event_free(all->adopt);
	memset(all, 0, sizeof(*all));
}
