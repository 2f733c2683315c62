// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* A page asks for nothing from anywhere: its styles and scripts are its own. */
#define EMBER_HTTP_POLICY \
	"default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

void ember_http_header(struct evhttp_request *r, const char *name, const char *value)
{
	evhttp_remove_header(evhttp_request_get_output_headers(r), name);
	evhttp_add_header(evhttp_request_get_output_headers(r), name, value);
}

/* buf: freed. */
static void ember_http_send(struct evhttp_request *r, int status, const char *type,
			    struct evbuffer *buf)
{
	char length[24];

	/* What was asked for has ended with its connection. */
	if (!evhttp_request_get_connection(r)) {
		evhttp_request_free(r);
		evbuffer_free(buf);
		return;
	}
	ember_http_header(r, "X-Content-Type-Options", "nosniff");
	ember_http_header(r, "Cache-Control", "no-store");
	ember_http_header(r, "Content-Type", type);
	if (!strncmp(type, "text/html", 9) || !strncmp(type, "image/svg", 9))
		ember_http_header(r, "Content-Security-Policy", EMBER_HTTP_POLICY);
	snprintf(length, sizeof(length), "%zu", evbuffer_get_length(buf));
	if (evhttp_request_get_command(r) == EVHTTP_REQ_HEAD)
		evbuffer_drain(buf, evbuffer_get_length(buf));
	else
		ember_http_header(r, "Content-Length", length);
	evhttp_send_reply(r, status, NULL, buf);
	evbuffer_free(buf);
}

static struct evbuffer *ember_http_buffer(void)
{
	struct evbuffer *buf = evbuffer_new();

	if (!buf)
		ember_memory_end();
	return buf;
}

static void ember_http_line(struct evhttp_request *r, int status, const char *line)
{
	struct evbuffer *buf = ember_http_buffer();

	evbuffer_add_printf(buf, "%s\n", line);
	evhttp_remove_header(evhttp_request_get_output_headers(r), "Content-Disposition");
	ember_http_send(r, status, "text/plain; charset=utf-8", buf);
}

void ember_http_refuse(struct evhttp_request *r, int status, const char *line)
{
	ember_http_header(r, "X-Go-Pprof", "1");
	ember_http_line(r, status, line);
}

void ember_http_error(struct evhttp_request *r, int status, const char *line)
{
	ember_http_line(r, status, line);
}

void ember_http_bytes(struct evhttp_request *r, const char *type, const void *bytes, size_t n)
{
	struct evbuffer *buf = ember_http_buffer();

	evbuffer_add(buf, bytes, n);
	ember_http_send(r, 200, type, buf);
}

void ember_http_file(struct evhttp_request *r, const char *type, int fd, size_t n)
{
	struct evbuffer *buf = ember_http_buffer();

	/* It is sent from the file, not from memory of ours. */
	if (n && evbuffer_add_file(buf, fd, 0, n)) {
		evbuffer_free(buf);
		close(fd);
		ember_http_refuse(r, 500, "out of memory");
		return;
	}
	if (!n)
		close(fd);
	ember_http_send(r, 200, type, buf);
}

void ember_http_redirect(struct evhttp_request *r, int status, const char *to)
{
	struct evbuffer *buf = ember_http_buffer();

	ember_http_header(r, "Location", to);
	ember_http_send(r, status, "text/html; charset=utf-8", buf);
}

void ember_http_drop(struct evhttp_request *r)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(r);

	if (connection)
		evhttp_connection_free(connection);
	else
		evhttp_request_free(r);
}
