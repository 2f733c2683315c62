/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of logs: on the disk, or in memory while that cannot be written. */
#ifndef EMBER_DAEMON_STORE_H
#define EMBER_DAEMON_STORE_H

#include "daemon/config.h"
#include "output/log.h"

struct ember_daemon_store {			/* begins zeroed */
	const struct ember_daemon_config *config;
	const char *path;		/* where logs go now; NULL: nowhere */
	uint64_t keep, per_day;		/* of that */
	bool fallback;			/* it is not the one that was asked for; said */
	uint64_t look_ns;		/* CLOCK_MONOTONIC: when to look again whether that is back */
};

/* Choose the folder to begin with. */
void ember_daemon_store_begin(struct ember_daemon_store *store, const struct ember_daemon_config *config);
/*
 * Move to the fallback from a folder that takes nothing, and back once it does again. Returns
 * seconds until it looks again, or -1.
 */
double ember_daemon_store_turn(struct ember_daemon_store *store, struct ember_log_output *output);

#endif
