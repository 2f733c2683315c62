// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "http/answer.h"
#include "http/job.h"
#include "http/request.h"

#define EMBER_HTTP_BACKLOG     128
#define EMBER_HTTP_HEADERS_MAX 16384 /* bytes of a request's line and headers, */
#define EMBER_HTTP_BODY_MAX    65536 /* and of its body, which nobody reads */

const bool ember_http_possible = true;

/* ---- libevent ---- */

/* What it says of single connections is of no interest. */
static void ember_http_log(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		ember_error("http: %s", text);
}

static void ember_http_fatal(int err)
{
	(void)err;
	exit(1);
}

static struct event_base *ember_http_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(ember_http_log);
	event_set_fatal_callback(ember_http_fatal);
	if (config && !event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK))
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

/* ---- the server ---- */

static int ember_http_listen(const struct ember_address *address)
{
	int fd = socket(address->inet.any.sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (!bind(fd, &address->inet.any, address->inet_bytes) &&
		    !listen(fd, EMBER_HTTP_BACKLOG))
			return fd;
	}
	ember_error("--http %s: %s", address->text + 6, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void ember_http_command(struct ember_http *h, char **command)
{
	size_t n;

	for (; *command; command++) {
		n = strlen(*command);
		h->command = ember_xrealloc(h->command, h->command_bytes + n + 2, 1);
		/* Between two arguments. */
		if (h->command_bytes)
			h->command[h->command_bytes++] = 0;
		memcpy(h->command + h->command_bytes, *command, n);
		h->command_bytes += n;
	}
}

int ember_http_open(struct ember_http **http, const char *address, const char *token_file,
		    char **command)
{
	struct ember_http *h = ember_xrealloc(NULL, 1, sizeof(*h));
	struct ember_http_access access;
	int err = ember_http_access_read(&access, address, token_file);

	memset(h, 0, sizeof(*h));
	*http = NULL;
	h->fd = -1;
	if (!err) {
		h->access = access;
		h->access.address.text = h->access.text;
		h->fd = ember_http_listen(&h->access.address);
		err = h->fd < 0;
	}
	if (err) {
		free(h);
		return err;
	}
	ember_http_command(h, command);
	*http = h;
	return 0;
}

void ember_http_serve(struct ember_http *h, const struct ember_http_backend *backend)
{
	h->backend = backend;
	h->base = ember_http_base();
	h->server = h->base ? evhttp_new(h->base) : NULL;
	if (h->server)
		h->connections.listener = evconnlistener_new(
			h->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0,
			h->fd);
	if (!h->connections.listener ||
	    !ember_http_connections_open(&h->connections, h->base) ||
	    !evhttp_bind_listener(h->server, h->connections.listener))
		ember_memory_end();
	h->fd = -1;
	h->connections.ended = ember_http_job_ended;
	h->connections.context = h;
	evhttp_set_bevcb(h->server, ember_http_connection_new, &h->connections);
	evhttp_set_gencb(h->server, ember_http_request, h);
	/* What a path does not take is its own to say. */
	evhttp_set_allowed_methods(h->server, UINT16_MAX);
	evhttp_set_max_headers_size(h->server, EMBER_HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(h->server, EMBER_HTTP_BODY_MAX);
}

/* Add an event of libevent's to the loop. */
static int ember_http_add(const struct event_base *base, const struct event *event,
			  void *context)
{
	short wanted = event_get_events(event);
	struct ember_loop *loop = context;

	(void)base;
	wanted = event_pending(event, EV_READ | EV_WRITE, NULL) & wanted;
	if (wanted && event_get_fd(event) >= 0)
		ember_loop_fd(loop, event_get_fd(event),
			      (wanted & EV_READ ? POLLIN : 0) |
				      (wanted & EV_WRITE ? POLLOUT : 0));
	return 0;
}

void ember_http_wait(struct ember_http *h, struct ember_loop *loop)
{
	if (!h || !h->base)
		return;
	event_base_foreach_event(h->base, ember_http_add, loop);
	if (event_base_get_num_events(h->base, EVENT_BASE_COUNT_ACTIVE))
		ember_loop_due(loop, 0);
	ember_http_connections_wait(&h->connections, loop);
	ember_http_jobs_wait(h, loop);
}

void ember_http_turn(struct ember_http *h, const struct ember_loop *loop)
{
	struct evhttp_request *gone;

	if (!h || !h->base)
		return;
	/* Before libevent's turn, which may give their descriptors to others. */
	while ((gone = ember_http_connections_gone(&h->connections, loop)))
		ember_http_drop(gone);
	event_base_loop(h->base, EVLOOP_NONBLOCK);
	ember_http_jobs_turn(h, loop);
	ember_http_connections_turn(&h->connections);
}

void ember_http_close(struct ember_http *h)
{
	if (!h)
		return;
	if (h->base) {
		ember_http_jobs_free(h);
		evhttp_free(h->server);
		ember_http_connections_free(&h->connections);
		event_base_free(h->base);
	}
	if (h->fd >= 0)
		close(h->fd);
	free(h->command);
	free(h);
}
