/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server keeps. */
#ifndef EMBER_HTTP_STATE_H
#define EMBER_HTTP_STATE_H

#include "http/access.h"
#include "http/backend.h"
#include "http/child.h"
#include "http/connection.h"
#include "http/query.h"

#define EMBER_HTTP_JOBS		56	/* requests that wait: a few connections fewer than there may be */
#define EMBER_HTTP_CHILDREN	4	/* of them in a process, at once */

enum ember_http_step {
	EMBER_HTTP_FREE,		/* the place is not taken */
	EMBER_HTTP_LATER,		/* for the end of `seconds` */
	EMBER_HTTP_SYNCING,		/* for what was sampled to become readable */
	EMBER_HTTP_QUEUED,		/* for a process */
	EMBER_HTTP_RUNNING,
};

struct ember_http_job {
	enum ember_http_step step;
	struct evhttp_request *request;
	struct ember_http_query query;	/* kind NULL: the start page */
	uint64_t begun_ns;		/* CLOCK_BOOTTIME */
	uint64_t until_ns;		/* CLOCK_BOOTTIME: EMBER_HTTP_LATER; MONOTONIC: RUNNING */
	uint64_t order;			/* in the queue */
	uint64_t sync;			/* what the backend returned */
	struct ember_http_child child;
	uint32_t place;			/* in the loop's turn */
};

struct ember_http {
	const struct ember_http_backend *backend;
	struct ember_http_access access;
	int fd;				/* listens, until the server has it */
	struct event_base *base;	/* NULL: it does not serve yet */
	struct evhttp *server;
	struct ember_http_connections connections;
	struct ember_http_job job[EMBER_HTTP_JOBS];
	uint64_t orders;
	uint64_t requests, refused, failed;	/* of the last two: 401, 403, 503; 500 */
	uint64_t children, killed, cpu_ns;	/* processes; those that took too long; all their CPU time */
	char *command;			/* what /debug/pprof/cmdline shows */
	size_t command_bytes;
};

#endif
