/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks on their way out: each is sent once, and kept as long as there's room, so that
 * it can be sent again once the other end has said what came. Until it does, and after
 * it has been silent for EMBER_SENDER_SILENCE_NS, the way is one way.
 *
 * The sender has no sockets: their owner calls ember_sender_next() for the chunk to send.
 * Times are CLOCK_MONOTONIC, ns.
 */
#ifndef EMBER_SENDER_H
#define EMBER_SENDER_H

#include "log/chunk.h"

#define EMBER_SENDER_SILENCE_NS	30000000000ull
#define EMBER_SENDER_CHUNKS	1000	/* kept at most: within EMBER_ACK_WINDOW_WINDOW */

struct ember_outgoing {
	uint8_t *bytes;
	uint32_t n, sequence;
	uint64_t sent_ns;		/* the last time; 0: never */
	uint64_t wait_ns;		/* until it's to be sent again */
	uint32_t times;
};

struct ember_sender {
	uint32_t stream;
	uint32_t end;			/* the last chunk's number + 1 */
	uint32_t keep;			/* bytes, at most */
	uint32_t rate;			/* bytes a second */
	uint32_t burst;			/* bytes at once, after a pause */
	bool reliable;			/* the carrier sends again by itself (TCP) */
	struct ember_outgoing *item;	/* by sequence, oldest first */
	uint32_t nr, size, bytes;
	uint32_t due;			/* the one that next() named */
	int64_t allowance;		/* bytes that may go out now */
	uint64_t reckoned_ns;
	uint64_t heard_ns;		/* when the last acknowledgement came; 0: none */
	uint64_t round_ns;		/* from sending to that, smoothed; 0: unknown */
	bool stale;			/* something that hasn't arrived is kept no more */
	uint64_t unsent;		/* chunks that were never sent, for want of room */
	uint64_t resent;		/* chunks */
};

void ember_sender_init(struct ember_sender *sender, uint32_t keep, uint32_t rate,
		       uint32_t burst, uint64_t now_ns);
/* An ember_log_emit: it's copied. */
void ember_sender_chunk(void *context, const void *chunk, uint32_t n);
/*
 * What is to go out now, until the next call here; NULL: nothing, and *wait_ns says for
 * how long at least (UINT64_MAX: until something comes).
 */
const struct ember_outgoing *ember_sender_next(struct ember_sender *sender, uint64_t now_ns,
					       uint64_t *wait_ns);
/* The one that next() named is out. */
void ember_sender_gone(struct ember_sender *sender, uint64_t now_ns);
/* False: it's none of ours. */
bool ember_sender_heard(struct ember_sender *sender, const struct ember_chunk *ack,
			uint64_t now_ns);
/* A connection is new: what hasn't been acknowledged is sent once more. */
void ember_sender_restart(struct ember_sender *sender);
/* Bytes that were never sent yet. */
uint32_t ember_sender_waiting(const struct ember_sender *sender);
bool ember_sender_two_way(const struct ember_sender *sender, uint64_t now_ns);
void ember_sender_free(struct ember_sender *sender);

#endif
