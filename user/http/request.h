/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each path answers. */
#ifndef EMBER_HTTP_REQUEST_H
#define EMBER_HTTP_REQUEST_H

struct evhttp_request;

/* evhttp calls it for each request; context: the server. */
void ember_http_request(struct evhttp_request *request, void *context);

#endif
