/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the HTTP server asks of the daemon or the collector that it serves. */
#ifndef EMBER_HTTP_BACKEND_H
#define EMBER_HTTP_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "import/input.h"
#include "import/logs.h"

struct ember_http_query;

struct ember_http_board {
	const char *id, *name;		/* its own name for itself; what people call it */
	uint64_t seen_ns;		/* since 1970: when its last log was written */
	uint64_t bytes;			/* of its logs */
};

typedef void ember_http_board_fn(void *context, const struct ember_http_board *board);

struct ember_http_backend {
	void *context;
	const char *service;		/* "daemon", "collector" */
	uint64_t lag_ns;		/* until what was sampled has come here */
	uint64_t child_bytes;		/* of address space that a request's process may have */
	/*
	 * Begins to make readable what was sampled up to now, and returns a number for
	 * synced(), which returns whether that is done. synced NULL: sync() does all of it.
	 */
	uint64_t (*sync)(void *context);
	bool (*synced)(void *context, uint64_t number);
	/* Write this service's metrics: http/metrics.h. */
	void (*metrics)(void *context, FILE *out);
	/* Return whether samples come in and are kept; if not, *why: static storage. */
	bool (*healthy)(void *context, const char **why);
	/*
	 * Set how many samples there are of an event, NULL: of the clock; or how many threads.
	 * False: unknown. NULL: all are.
	 */
	bool (*count)(void *context, const char *event, uint64_t *count);
	/* The rest is called in a request's process. Add the logs. False: they can't be read (said). */
	bool (*logs)(void *context, struct ember_logs *logs,
		     const struct ember_log_filter *filter);
	/* Set where names come from: 0, or an exit status (said). NULL: this machine alone. */
	int (*names)(void *context, struct ember_input *input);
	/*
	 * Write the threads of now that a query asks for to stdout. 0, or an exit status (said).
	 * NULL: it lists none.
	 */
	int (*snapshot)(void *context, const struct ember_http_query *query);
	/* List boards in any order. NULL: it has one board, and so no start page. */
	void (*boards)(void *context, ember_http_board_fn *each, void *to);
};

#endif
