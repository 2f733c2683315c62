// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without it has in place of the HTTP server. */
#include "base/message.h"
#include "http/server.h"

int ember_http_open(struct ember_http **http, const char *address, const char *token_file,
		    char **command)
{
	(void)address;
	(void)token_file;
	(void)command;
	*http = NULL;
	ember_error("--http: needs a tool built with WITH_HTTP=1");
	return 2;
}

void ember_http_serve(struct ember_http *http, const struct ember_http_backend *backend)
{
	(void)http;
	(void)backend;
}

void ember_http_wait(struct ember_http *http, struct ember_loop *loop)
{
	(void)http;
	(void)loop;
}

void ember_http_turn(struct ember_http *http, const struct ember_loop *loop)
{
	(void)http;
	(void)loop;
}

void ember_http_close(struct ember_http *http)
{
	(void)http;
}
