// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without it has in place of the HTTP server. */
#include "base/message.h"
#include "daemon/daemon.h"
#include "http/server.h"
#include "workstation/collect/front_backend.h"

const bool ember_http_possible = false;

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

int ember_served_open(struct ember_served *served, struct ember_daemon *daemon, char **command)
{
	(void)served;
	(void)daemon;
	(void)command;
	return 0;
}

void ember_served_wait(struct ember_served *served, struct ember_loop *loop)
{
	(void)served;
	(void)loop;
}

void ember_served_turn(struct ember_served *served, const struct ember_loop *loop)
{
	(void)served;
	(void)loop;
}

void ember_served_close(struct ember_served *served)
{
	(void)served;
}

void ember_front_backend_set(struct ember_front_backend *backend,
			     const struct ember_front *front, const char *folder,
			     const struct ember_names *names, int fd)
{
	(void)backend;
	(void)front;
	(void)folder;
	(void)names;
	(void)fd;
}
