/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the index of a store's logs up to date, in a thread that leaves the CPU to others. */
#ifndef EMBER_INDEXER_H
#define EMBER_INDEXER_H

#include <stdatomic.h>

#include "workstation/collect/worker.h"
#include "workstation/collect/catalog.h"

struct ember_indexer {			/* begins zeroed */
	const char *folder;
	struct ember_catalog *catalog;
	struct ember_worker *worker;	/* NULL: ember_indexer_sweep() is called directly */
	bool progress;			/* say on the terminal how far it is */
	atomic_bool stop;
};

/* fresh: without what the index held. 0, or 1 (said). */
int ember_indexer_open(struct ember_indexer *indexer, const char *folder, bool fresh);
/* Starts the thread. 0, or 1 (said). */
int ember_indexer_start(struct ember_indexer *indexer);
/* Looks at all logs in the thread, unless it does so already. */
void ember_indexer_begin(struct ember_indexer *indexer);
/* Looks at all logs below the folder, and enters those whose size has changed. */
void ember_indexer_sweep(struct ember_indexer *indexer);
/* Ends the thread after the slice that it is at. */
void ember_indexer_close(struct ember_indexer *indexer);

#endif
