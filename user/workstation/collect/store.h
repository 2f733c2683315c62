/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which logs a collector's folder holds, within a bound of bytes:
 *
 *	DIR/boards/BOARD/TIME-STREAM-SEQUENCE.ember	BOARD as ember_names_folder() encodes it
 *	DIR/unknown/TIME-STREAM-SEQUENCE.ember		of streams without a HELLO
 *
 * TIME is when the log's first chunk came, UTC. The store knows names and sizes alone: who
 * writes and removes files is collect/disk.h.
 */
#ifndef EMBER_STORE_H
#define EMBER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "log/folder.h"
#include "model/index.h"

#define EMBER_STORE_BOARDS	"boards"
#define EMBER_STORE_UNKNOWN	"unknown"
#define EMBER_STORE_LOG		4096	/* bytes that a log counts for besides its own */
#define EMBER_STORE_LOGS	65536	/* logs at most, whatever their sizes */
#define EMBER_STORE_LOG_MAX	(16u << 20)	/* bytes of a log after which the next may begin */

struct ember_stored_log {			/* a log */
	char *name;			/* below the store's folder */
	uint64_t bytes;			/* written, and safe */
	bool held;			/* a stream writes it */
	bool busy;			/* it is in the disk's batch, and stays as long */
	uint64_t written;		/* the number of the batch that wrote to it last, */
	uint64_t written_ns;		/* and when: CLOCK_MONOTONIC; 0: not in this life */
	uint32_t times;			/* batches of this life that wrote to it */
	uint32_t board;			/* the number of its folder */
	bool gone;			/* removed to make room; freed once nobody holds it */
	struct ember_stored_log *next;	/* a later one */
};

struct ember_store_board {		/* a folder of logs */
	char *folder;
	uint64_t bytes;			/* of its logs, as they count */
	uint32_t logs;
};

struct ember_store {			/* lock is -1 before it is opened */
	const char *path;
	int lock;			/* a descriptor: nobody else writes there */
	struct ember_log_bound bound;	/* of all logs, as they count, and on their way */
	struct ember_stored_log *first, **end;	/* logs that are there, oldest first */
	uint32_t nr;
	struct ember_stored_log **listed;	/* by file name, until one is removed; NULL: since then */
	uint32_t nr_listed;
	struct ember_store_board *board;
	uint32_t nr_board, board_size, with_logs;	/* folders; those that have logs */
	struct ember_index board_index;
	uint64_t removed;		/* logs that had to go */
};

/* Makes the folder if it is not there, and takes its lock. 0, or 1 (said). */
int ember_store_open(struct ember_store *store, const char *path, uint64_t keep);
/* Lists the logs that are there. 0, or 1 (said). */
int ember_store_list(struct ember_store *store);
/* The log of that name, of those that ember_store_list() found; NULL: none, or removed. */
struct ember_stored_log *ember_store_find(const struct ember_store *store, const char *name);
/*
 * A new log, which its stream holds. folder: "" for streams without a HELLO. seconds: since
 * 1970.
 */
struct ember_stored_log *ember_store_new(struct ember_store *store, const char *folder,
				    uint32_t stream, uint32_t sequence, uint64_t seconds);
/* The log's name in another board's folder, for the caller to free. */
char *ember_store_name(const struct ember_stored_log *stored, const char *folder);
/* n bytes are on their way to a log: they count from now on, and the log stays meanwhile. */
void ember_store_begin(struct ember_store *store, struct ember_stored_log *stored, uint64_t n);
/* They are safe there, or not. */
void ember_store_end(struct ember_store *store, struct ember_stored_log *stored, uint64_t n,
		     bool safe);
/* It is in another board's folder now; the name becomes the stored's. */
void ember_store_rename(struct ember_store *store, struct ember_stored_log *stored, char *name);
/* Only so many of its bytes count: what is behind them was never safe. */
void ember_store_cut(struct ember_store *store, struct ember_stored_log *stored, uint64_t bytes);
/* Its stream writes no more to it. */
void ember_store_release(struct ember_stored_log *stored);
/* Counts bytes of a log's board; logs: one more, one less, or as many. */
void ember_store_count(struct ember_store *store, const struct ember_stored_log *stored,
		       int64_t bytes, int logs);
/* Frees a log that is out of the list. */
void ember_stored_log_free(struct ember_stored_log *stored);
void ember_store_free(struct ember_store *store);

#endif
