/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a collector has the disk do at once: a batch of pieces for logs, logs to be removed or
 * renamed, and what the state has to remember of it. ember_disk_run() is a worker's job
 * (base/worker.h): until it has ended, the batch is the worker's.
 *
 * Pieces are written to their logs without a sync, and put into the state, whose one commit
 * makes them safe; see collect/state.h.
 */
#ifndef EMBER_DISK_H
#define EMBER_DISK_H

#include <stdatomic.h>

#include "base/proto.h"
#include "workstation/collect/state.h"
#include "workstation/collect/store.h"

struct ember_disk_piece {
	struct ember_stored_log *stored;	/* the owner's; the worker reads its copies alone */
	char *log, *was;		/* its name; NULL, or the one that it has until now */
	uint64_t at;			/* bytes that are before these */
	struct ember_buf bytes;
	bool last;			/* its stream goes on with another log */
	int err;			/* an errno: it could not be written */
};

struct ember_disk_stream {
	void *owner;			/* the owner's stream */
	struct ember_state_stream row;
	uint32_t first, nr;		/* its pieces */
	bool good;			/* they are written, and the row is put */
};

struct ember_disk_batch {		/* begins zeroed, but for the first two */
	const char *folder;
	struct ember_state *state;
	struct ember_disk_piece *piece;
	uint32_t nr_piece, piece_size;
	struct ember_disk_stream *stream;
	uint32_t nr_stream, stream_size;
	struct ember_state_session *session;
	uint32_t nr_session, session_size;
	struct ember_state_stream *dropped;	/* streams to be forgotten: key and number */
	uint32_t nr_dropped, dropped_size;
	char **removed;			/* names of logs to be removed */
	uint32_t nr_removed, removed_size;
	const char *const *name;	/* of counters */
	uint64_t *value;
	uint32_t nr_counters;
	uint64_t settled;		/* the state's pieces up to this one are on the disk */
	uint64_t last_piece;		/* out: the state's last one */
	bool safe;			/* out: committed, for the streams that are good */
	bool failing;			/* a log's failure has been said */
};

/* context: the batch. */
void ember_disk_run(void *batch);
/* Empties it for the next turn. */
void ember_disk_clear(struct ember_disk_batch *batch);
void ember_disk_free(struct ember_disk_batch *batch);

/*
 * After a crash: writes to their logs what the state has of them, without a sync: the state
 * keeps it until they are synced as any others. Between ember_store_open() and
 * ember_store_list(). False: it can't (said).
 */
bool ember_disk_replay(const char *folder, struct ember_state *state);

/* Logs that are to be on the disk itself, so that the state can forget their pieces. */
struct ember_disk_sync {		/* begins zeroed, but for the first */
	const char *folder;
	char **name;			/* of logs */
	uint32_t nr, size;
	atomic_bool stop;		/* the owner's wish: what is left is not synced */
	uint64_t piece, batch;		/* the owner's: the last ones when it was begun */
	int err;			/* out: 0, or an errno: not all of them are on the disk */
};

/* A worker's job; context: the struct. */
void ember_disk_sync(void *sync);
void ember_disk_sync_clear(struct ember_disk_sync *sync);

#endif
