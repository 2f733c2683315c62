/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a daemon's recording goes: the store with [link], and each [destination]. */
#ifndef EMBER_DAEMON_DESTINATIONS_H
#define EMBER_DAEMON_DESTINATIONS_H

#include "base/loop.h"
#include "daemon/config.h"
#include "daemon/store.h"
#include "output/fanout.h"
#include "output/log.h"

struct ember_destination {
	const struct ember_destination_config *config;	/* NULL: the store alone */
	struct ember_log_output output;
	bool store, open;		/* the first one's folder is the store; it takes samples */
};

struct ember_destinations {		/* begins zeroed */
	const struct ember_daemon_config *config;
	struct ember_destination item[EMBER_DESTINATIONS_MAX + 1];
	uint32_t nr;
	struct ember_daemon_store store;
	struct ember_fanout fanout;
	uint64_t dropped;		/* bytes that found no room, of outputs that have ended */
};

/*
 * Open them, and let them have the samples of a recording that has begun. session: the module's
 * number of it. What cannot be opened is said and left out.
 */
void ember_destinations_begin(struct ember_destinations *to,
			      const struct ember_daemon_config *config,
			      struct ember_recording *recording, uint32_t session);
/* How often the rings are to be read, in ns. */
uint64_t ember_destinations_pace(const struct ember_daemon_config *config);
/* Whether one of them is due, before which the rings are to be read. */
bool ember_destinations_due(const struct ember_destinations *to);
/* Write and send what is due. Returns seconds until more is, or -1. */
double ember_destinations_turn(struct ember_destinations *to);
/* Settle and encode all that has been read, without writing to the disk. */
void ember_destinations_cut(struct ember_destinations *to);
/* Forget what can be defined again, to have less memory. */
void ember_destinations_shrink(struct ember_destinations *to);
/* Add what there is to wait for. */
void ember_destinations_wait(const struct ember_destinations *to, struct ember_loop *loop);
/* End all logs. stays: links have a second for what waits, as the daemon goes on. */
void ember_destinations_end(struct ember_destinations *to, bool stays);

#endif
