/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers: status, headers and texts, as Go's server has them. */
#ifndef EMBER_HTTP_ANSWER_H
#define EMBER_HTTP_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct evhttp_request;

void ember_http_header(struct evhttp_request *request, const char *name, const char *value);
/* One line of net/http/pprof's: `go tool pprof` prints it. */
void ember_http_refuse(struct evhttp_request *request, int status, const char *line);
/* One line of net/http's own, such as 404 page not found. */
void ember_http_error(struct evhttp_request *request, int status, const char *line);
/* status 200. */
void ember_http_bytes(struct evhttp_request *request, const char *type, const void *bytes,
		      size_t n);
/* The same of a file, which is closed. */
void ember_http_file(struct evhttp_request *request, const char *type, int fd, size_t n);
void ember_http_redirect(struct evhttp_request *request, int status, const char *to);
/* The client has gone: no answer, and the connection ends. */
void ember_http_drop(struct evhttp_request *request);

#endif
