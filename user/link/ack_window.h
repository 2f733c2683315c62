/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracks which chunks of a stream have arrived and builds acknowledgements. An
 * acknowledgement is a chunk with EMBER_CHUNK_ACK: chunks before its sequence number have
 * arrived or are given up; its payload has a bit for each chunk from there on, lowest first.
 */
#ifndef EMBER_ACK_WINDOW_H
#define EMBER_ACK_WINDOW_H

#include "log/chunk.h"

/*
 * Chunks from the first missing one to the latest, at most. Older missing chunks are given up
 * and acknowledged like those that arrived: a sender must not keep more chunks than this.
 */
#define EMBER_ACK_WINDOW_WINDOW	1024

struct ember_ack_window {			/* begins zeroed */
	uint32_t base;			/* all before it came, or are given up */
	uint32_t end;			/* the last one's number + 1 */
	uint8_t bit[EMBER_ACK_WINDOW_WINDOW / 8];	/* by number % EMBER_ACK_WINDOW_WINDOW */
};

/* False: it came before, or was given up. */
bool ember_ack_window_add(struct ember_ack_window *arrived, uint32_t sequence);
/* The acknowledgement, appended to `to`. */
void ember_ack_window_put(const struct ember_ack_window *arrived, uint32_t stream,
		       struct ember_buf *to);
/* Whether an acknowledgement says so of a chunk. */
bool ember_ack_window_says(const struct ember_chunk *ack, uint32_t sequence);

#endif
