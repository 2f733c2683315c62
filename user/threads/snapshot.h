/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All threads at one moment, from the module's EMBER_IOC_THREADS. */
#ifndef EMBER_SNAPSHOT_H
#define EMBER_SNAPSHOT_H

#include <stdint.h>

#include "record/session.h"

#define EMBER_LABEL_STATE	"state"	/* of a thread: what it does */

struct ember_snapshot {			/* begins zeroed */
	struct ember_record_session *session;
	uint64_t begun_ns;		/* CLOCK_MONOTONIC: samples from then on are its */
	uint64_t taken_ns;		/* that it took */
	const char *comm;		/* count these threads alone; NULL: any name */
	const struct ember_only *only;	/* the same of their processes; NULL: any */
	uint32_t threads, unreached, vanished;	/* as in struct ember_thread_list, of all its calls */
};

/*
 * Take a snapshot with a session that is configured and whose recording has begun: a first pass
 * finds out which files are mapped, so that their unwind tables can be loaded, and its
 * samples are dropped; the second one counts. Each thread has its state as a label. The
 * session is stopped behind it. `patience`: seconds that tables may take. Return 0, or 1 (said).
 */
int ember_snapshot_take(struct ember_snapshot *snapshot, double patience);

/* Return the name of a state: EMBER_WAIT_* or EMBER_THREADS_*. */
const char *ember_snapshot_state(uint32_t detail);

#endif
