/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One stream of a log that is still being written: its chunks in the order of their numbers, and
 * the samples that no profile has had yet. Chunks behind a missing one wait, since the missing
 * one may define what they refer to.
 */
#ifndef EMBER_RELAY_FEED_H
#define EMBER_RELAY_FEED_H

#include "log/chunk.h"
#include "log/stream.h"
#include "relay/clocks.h"

#define EMBER_FEED_GAPS		64
#define EMBER_FEED_LATE		256	/* late chunks that are read, each once; more are not */
#define EMBER_FEED_PENDING	(4u << 20)	/* samples without a clock, of which the oldest go */

/* All samples of chunks up to `sequence` that are older than `cut_ns` are in profiles. */
struct ember_feed_cursor {
	bool any;
	uint32_t sequence;
	uint64_t cut_ns;		/* CLOCK_MONOTONIC of the stream */
};

struct ember_feed_chunk {
	struct ember_chunk chunk;	/* payload: an allocated copy */
};

struct ember_feed {			/* begins as ember_feed_begin() makes it; stays where it is */
	uint32_t number;		/* the stream's */
	struct ember_stream stream;	/* its times stay CLOCK_MONOTONIC */
	struct ember_tally tally;
	struct ember_relay_clocks clocks;
	struct ember_feed_cursor cursor;
	struct ember_feed_chunk *wait;	/* by number, each once */
	uint32_t nr_wait, wait_size;
	bool begun;
	uint32_t next, first;		/* the number that is expected, and the one it began with */
	uint32_t fed;			/* all payloads up to there are read */
	struct {
		uint32_t from, to;	/* numbers that were given up, up to before `to` */
	} gap[EMBER_FEED_GAPS];
	uint32_t nr_gap;
	uint32_t late[EMBER_FEED_LATE], nr_late;	/* of them, and before the first: that came */
	struct ember_buf whole;		/* of a payload that is spread over chunks: what came of it */
	uint8_t whole_flags;
	uint32_t whole_next;
	struct ember_buf room, stripped;
	uint64_t seen_ns;		/* CLOCK_MONOTONIC: as far as samples or clocks came */
	uint64_t oldest_ns;		/* of the pending samples; UINT64_MAX: there are none */
	uint64_t missing, wrong, behind;	/* chunks; samples older than a cut before them */
	uint64_t dropped;		/* samples without a clock that had no room */
};

void ember_feed_begin(struct ember_feed *feed, uint32_t number,
		      const struct ember_feed_cursor *cursor);
/* Take a chunk or a receiver's note, of this stream. Its bytes are copied. */
void ember_feed_put(struct ember_feed *feed, const struct ember_chunk *chunk);
/*
 * Read what can be read. past_gaps: what is missing will not come. most: stop once so many
 * samples are pending. Return whether a chunk waits still.
 */
bool ember_feed_read(struct ember_feed *feed, bool past_gaps, uint32_t most);
/* Return how many samples no profile has had. */
uint32_t ember_feed_pending(const struct ember_feed *feed);
/* Some of them were taken out of the tally: find the oldest of the others. */
void ember_feed_taken(struct ember_feed *feed);
void ember_feed_free(struct ember_feed *feed);

#endif
