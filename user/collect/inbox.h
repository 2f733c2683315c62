/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams as they come in: each chunk once, into its board's log, and acknowledged when
 * it's on the disk.
 */
#ifndef EMBER_INBOX_H
#define EMBER_INBOX_H

#include "collect/keys.h"
#include "collect/source.h"
#include "collect/store.h"
#include "link/arrived.h"
#include "log/hello.h"

struct ember_stream_in {
	uint32_t stream;
	struct ember_arrived arrived;
	uint32_t board;			/* a number of boards, + 1; 0: it hasn't told */
	char boot[EMBER_BOOT_MAX];
	struct ember_peer peer;		/* where its last chunk came from */
	bool listens, due;		/* it reads answers; one is due */
	uint32_t key;			/* the number of its key, + 1; 0: what it sends isn't sealed */
	uint32_t shelf;			/* the log it's written to; EMBER_NO_NUMBER: none */
	uint64_t begun_ns;		/* that */
	struct ember_proto waiting;	/* chunks that aren't written yet */
	uint64_t heard_ns;		/* CLOCK_MONOTONIC */
	uint64_t sent;			/* samples, as it told last */
};

struct ember_board {
	char id[EMBER_BOARD_MAX];
	char boot[EMBER_BOOT_MAX];	/* of the stream that was heard last */
	uint64_t conflicts;		/* times that another boot took over and the first came back */
	uint64_t heard_ns;
};

/* A log has come to its end, for now: its number in the store. */
typedef void ember_inbox_filed(void *context, uint32_t shelf);

struct ember_inbox {			/* begins zeroed, but for the first ones */
	struct ember_sources *sources;
	struct ember_store *store;
	const struct ember_names *names;
	struct ember_keys *keys;	/* NULL: what comes isn't sealed */
	ember_inbox_filed *filed;
	void *filed_context;
	struct ember_stream_in **stream;
	uint32_t nr, size;
	struct ember_index index;
	struct ember_board *board;
	uint32_t nr_board, board_size;
	struct ember_proto room, answer;
	uint64_t held;			/* bytes that wait, of all streams */
	uint64_t chunks, twice;
	uint64_t newer;			/* of a later version */
	uint64_t refused;		/* there was no room for them */
	uint64_t conflicts;
	uint64_t sealed;		/* for which there are no keys here */
	uint64_t strangers;		/* of a board or stream that isn't their key's */
	uint64_t samples;		/* that senders told of */
};

/* An ember_source_got. Where there are keys, what isn't sealed by one is refused. */
void ember_inbox_packet(void *context, const struct ember_peer *peer,
			const struct ember_packet *packet);
/* Writes what waits and answers. True: all is on the disk. */
bool ember_inbox_flush(struct ember_inbox *inbox);
/* Boards that were heard of in the last two minutes. */
uint32_t ember_inbox_boards(const struct ember_inbox *inbox);
void ember_inbox_free(struct ember_inbox *inbox);

#endif
