/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of boards in folders, as many bytes as a bound allows:
 * DIR/BOARD/TIME-STREAM-SEQUENCE.ember, the time being when its first chunk came, UTC.
 */
#ifndef EMBER_STORE_H
#define EMBER_STORE_H

#include "collect/names.h"
#include "model/index.h"

#define EMBER_STORE_NAME	256
#define EMBER_STORE_UNKNOWN	"unknown"	/* the folder of what has told no board yet */

struct ember_shelf {			/* a log that is there */
	char name[EMBER_STORE_NAME];	/* below the store's folder */
	uint32_t stream;
	uint64_t bytes;			/* written and whole */
	bool gone;
};

struct ember_store {			/* lock is -1 before it is opened */
	const char *path;
	int lock;			/* nobody else writes there */
	uint64_t keep;			/* bytes of all logs, at most */
	struct ember_shelf *shelf;	/* by number; a gone one's is never used again */
	uint32_t nr, size;
	uint64_t bytes;
	uint64_t removed;		/* logs that had to go */
	bool failing;			/* said */
};

/* Makes the folder if it isn't there, and looks at what is in it. 0, or 1 (said). */
int ember_store_open(struct ember_store *store, const char *path, uint64_t keep);
/* The latest log of a stream; EMBER_NO_NUMBER: there's none. */
uint32_t ember_store_find(const struct ember_store *store, uint32_t stream);
/* A new one, whose file is made when something is written; seconds since 1970. */
uint32_t ember_store_new(struct ember_store *store, const char *folder, uint32_t stream,
			 uint32_t sequence, uint64_t seconds);
/* To another folder; false: it can't be, and it's where it was. */
bool ember_store_move(struct ember_store *store, uint32_t shelf, const char *folder);
/* Behind what is whole, and to the disk. False: it isn't (said once). */
bool ember_store_write(struct ember_store *store, uint32_t shelf, const void *bytes,
		       uint32_t n);
/* Its path, for the caller to free. */
char *ember_store_path(const struct ember_store *store, uint32_t shelf);
void ember_store_free(struct ember_store *store);

#endif
