/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a collector keeps. */
#ifndef EMBER_COLLECTOR_STATE_H
#define EMBER_COLLECTOR_STATE_H

#include "base/loop.h"
#include "workstation/collect/disk.h"
#include "workstation/collect/front.h"
#include "workstation/collect/receiver.h"
#include "workstation/collect/indexer.h"

#define EMBER_COLLECT_LIVE_NS	120000000000ull	/* a board that was heard since is there */

struct ember_collector {		/* begins zeroed, but for the options */
	const char *folder;
	uint64_t keep;			/* bytes of logs */
	const char *names_file, *keys_file, *user;	/* NULL: not given */
	bool quiet, reindex;
	struct ember_signals signals;
	struct ember_loop loop;
	struct ember_names names;
	struct ember_keys keys;
	struct ember_store store;
	struct ember_state *state;
	struct ember_faults faults;
	struct ember_sources sources;
	struct ember_receiver inbox;
	struct ember_worker *disk, *syncer;
	struct ember_disk_batch batch;
	struct ember_disk_sync sync;
	struct ember_indexer indexer;
	struct ember_front front;	/* profiles over HTTP */
	uint64_t synced_ns, counted_ns;	/* CLOCK_MONOTONIC: the last sync; counters' last put */
	uint64_t unsynced;		/* bytes since the last sync */
	uint64_t synced;		/* batches whose logs are on the disk */
	uint64_t settled;		/* the state's pieces up to this one are on the disk */
	bool sync_failing;		/* said */
};

#endif
