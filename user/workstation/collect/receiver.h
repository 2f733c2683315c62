/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams as they come in: whose chunks they are, and each chunk once. collect/filing.h brings
 * them into logs.
 */
#ifndef EMBER_RECEIVER_H
#define EMBER_RECEIVER_H

#include "workstation/collect/keys.h"
#include "workstation/collect/names.h"
#include "workstation/collect/state.h"
#include "workstation/collect/streams.h"

struct ember_receiver {			/* begins zeroed, but for the first ones */
	struct ember_sources *sources;
	struct ember_store *store;
	const struct ember_names *names;
	struct ember_keys *keys;	/* NULL: what comes isn't sealed */
	struct ember_streams streams;
	struct ember_state_stream *dropped;	/* streams that the state is to forget */
	uint32_t nr_dropped, dropped_size;
	struct ember_conflict {		/* of a board, by its id's hash */
		uint64_t board, boot;	/* hashes; of the stream that was heard last */
		uint32_t times;		/* that another boot took over and the first came back */
	} *conflict;			/* [EMBER_STREAMS_MAX]; what shares one gives way */
	struct ember_buf room, answer;
	uint64_t held;			/* bytes that wait, of all streams */
	uint64_t taken;			/* bytes that ever waited */
	uint64_t chunks, twice;		/* that came; of them those that had come before */
	uint64_t samples;		/* that boards have sent, by their own count */
	uint64_t batches;		/* that were gathered */
	uint64_t filed;			/* logs that came to their end */
};

/*
 * What the state has of streams, after the other members are set. state: NULL: nothing. False:
 * it can't be read (said).
 */
bool ember_receiver_load(struct ember_receiver *inbox, struct ember_state *state);
/* An ember_source_got. Where there are keys, what isn't sealed by one is refused. */
void ember_receiver_packet(void *context, const struct ember_peer *peer,
			const struct ember_packet *packet);
/* The board that a stream is, by its key or else its HELLO; "" where neither is known. */
const char *ember_receiver_board(const struct ember_receiver *inbox,
			      const struct ember_stream_in *stream);
/* Boards that were heard in the last `ns`. */
uint32_t ember_receiver_boards(const struct ember_receiver *inbox, uint64_t ns);
void ember_receiver_free(struct ember_receiver *inbox);

#endif
