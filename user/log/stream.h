/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream's chunks, in the order of their numbers, and what they define. */
#ifndef EMBER_LOG_STREAM_H
#define EMBER_LOG_STREAM_H

#include "log/hello.h"
#include "model/tally.h"

/* By a stream's number what the tally calls it. */
struct ember_numbers {			/* begins zeroed */
	struct ember_number {
		uint32_t number, is;
	} *item;
	uint32_t nr, size;
	struct ember_index index;
};

struct ember_stream {			/* begins zeroed, but for its tally */
	struct ember_tally *tally;
	struct ember_hello hello;	/* period_ns 0: not seen yet */
	struct ember_numbers files, extents, threads, stacks;
	uint64_t samples;		/* counted */
	uint64_t undefined;		/* of a thread or stack that isn't known */
	uint64_t sent, sent_before;	/* up to the last chunk; up to before the first */
	bool any, last;			/* chunks; the stream's end */
	uint64_t lost, skipped, left_out;	/* on the board */
	uint64_t since_ns, until_ns;	/* CLOCK_MONOTONIC of the first clocks, and the last */
	uint64_t realtime_ns;		/* of the first; 0: it wasn't set */
	uint64_t boottime_ns;		/* of the first */
};

/* Of a chunk's plain payload, its HELLO alone. */
void ember_stream_hello(struct ember_stream *stream, const uint8_t *plain, uint32_t n);
/* All of it; false: not all made sense, and what didn't was left out. */
bool ember_stream_chunk(struct ember_stream *stream, const uint8_t *plain, uint32_t n);
void ember_stream_free(struct ember_stream *stream);

#endif
