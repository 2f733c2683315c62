/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's relay: `emberprof relay --follow` of its store, a process that is started again. */
#ifndef EMBER_DAEMON_RELAYED_H
#define EMBER_DAEMON_RELAYED_H

#include <sys/types.h>

#include "base/loop.h"
#include "daemon/config.h"

struct ember_relayed {			/* begins zeroed */
	pid_t pid;			/* 0: it does not run */
	bool wrong;			/* it does not know what to do: until the next configuration */
	uint64_t begun_ns, again_ns;	/* CLOCK_MONOTONIC: when it began, or may begin again */
	uint64_t backoff_ns;
};

/* Whether this build has the relay. */
bool ember_relayed_possible(void);
/* Start the relay where the configuration has one and it is due, and note the next time in the loop. */
void ember_relayed_turn(struct ember_relayed *relayed, const struct ember_daemon_config *config,
			struct ember_loop *loop);
/* End it: what it has not sent waits in the spool. */
void ember_relayed_close(struct ember_relayed *relayed);

#endif
