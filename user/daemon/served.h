/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon serves over HTTP: its store, and what is sampled now. */
#ifndef EMBER_DAEMON_SERVED_H
#define EMBER_DAEMON_SERVED_H

#include "http/server.h"

struct ember_daemon;

struct ember_served {			/* begins zeroed */
	struct ember_http *http;	/* NULL: nothing listens */
	struct ember_http_backend backend;
};

/*
 * Listen where the daemon's configuration says, in place of where it did before. Returns 0, or
 * the exit status (said): then nothing listens.
 */
int ember_served_open(struct ember_served *served, struct ember_daemon *daemon, char **command);
void ember_served_wait(struct ember_served *served, struct ember_loop *loop);
void ember_served_turn(struct ember_served *served, const struct ember_loop *loop);
void ember_served_close(struct ember_served *served);

#endif
