/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot of all threads in a session of its own, with names. */
#ifndef EMBER_SHOT_H
#define EMBER_SHOT_H

#include "base/signals.h"
#include "model/profile.h"
#include "model/tally.h"
#include "threads/snapshot.h"

#define EMBER_SHOT_PATIENCE	2	/* seconds that unwind tables may take, twice */

struct ember_shot {			/* begins zeroed, and is large */
	struct ember_request request;	/* which threads, and where debug files are */
	struct ember_signals signals;
	struct ember_snapshot snapshot;	/* what it came to, and what more is asked of threads */
	struct ember_watch watch;
	struct ember_record_session session;
	struct ember_symbols *symbols;
	struct ember_tally tally;
};

/* Make the request one for threads. Before its options are set. */
void ember_shot_begin(struct ember_shot *shot);
/* Take the snapshot; the session is gone behind it. Return 0, or an exit status (said). */
int ember_shot_take(struct ember_shot *shot);
/* Return the snapshot's profile, which shows how many threads there are. The caller frees it. */
struct ember_profile *ember_shot_profile(struct ember_shot *shot);
void ember_shot_free(struct ember_shot *shot);

#endif
