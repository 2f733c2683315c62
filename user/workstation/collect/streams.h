/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streams that a collector knows, by key and number, within a bound. When it is full,
 * those go first that have stored nothing, then those that were there only briefly, each
 * least heard first: who forges streams pushes out forged ones.
 */
#ifndef EMBER_STREAMS_H
#define EMBER_STREAMS_H

#include "workstation/collect/source.h"
#include "workstation/collect/store.h"
#include "link/ack_window.h"
#include "log/stream_header.h"
#include "model/index.h"

#define EMBER_STREAMS_MAX	8192

struct ember_stream_in {
	uint32_t stream;
	uint32_t key;			/* the number of its key + 1; 0: it is not sealed */
	struct ember_ack_window arrived;	/* chunks that came, */
	struct ember_ack_window safe;	/* and of them those that are on the disk */
	char board[EMBER_BOARD_MAX];
	char boot[EMBER_BOOT_MAX];
	bool named;			/* it has sent a HELLO, or its key names the board */
	struct ember_peer peer;		/* where its last chunk came from */
	bool listens, due;		/* it reads acknowledgements; one is due */
	bool shown;			/* it has sent samples, or what may be some */
	bool busy;			/* in the disk's batch */
	struct ember_stored_log *stored;	/* the log that it is written to; NULL: none yet */
	bool moved;			/* the log belongs into the board's folder, and is not there yet */
	struct ember_buf waiting;	/* chunks that are not in the log */
	uint32_t saved;			/* bytes of them that are in the state */
	uint32_t flying;		/* bytes of them that are in the disk's batch */
	uint32_t hello_at;		/* where in `waiting` a HELLO begins, + 1; 0: nowhere */
	uint32_t first;			/* sequence number of the first chunk that waits */
	uint32_t chunks;		/* that came */
	uint64_t begun_ns, heard_ns;	/* CLOCK_MONOTONIC: its log; its last chunk */
	uint64_t since_ns;		/* its first chunk in this life */
	uint64_t sent;			/* samples, by its last chunk */
	uint64_t bytes, answered;	/* that came; of acknowledgements */
};

/* A stream goes: what it holds elsewhere is to be given back. */
typedef void ember_streams_gone(void *context, struct ember_stream_in *stream);

struct ember_streams {			/* begins zeroed, but for the first two */
	ember_streams_gone *gone;
	void *context;
	struct ember_stream_in **item;
	uint32_t nr, size;
	struct ember_index index;
};

/* NULL: not there. */
struct ember_stream_in *ember_streams_find(const struct ember_streams *streams, uint32_t key,
					   uint32_t stream);
/* A new one. *forgotten: how many had to go for it. NULL: all are busy. */
struct ember_stream_in *ember_streams_add(struct ember_streams *streams, uint32_t key,
					  uint32_t stream, uint64_t now_ns,
					  uint32_t *forgotten);
void ember_streams_free(struct ember_streams *streams);

#endif
