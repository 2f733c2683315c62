/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stream has come to, for the files of log/ that read it. */
#ifndef EMBER_LOG_STREAM_STATE_H
#define EMBER_LOG_STREAM_STATE_H

#include "log/filter.h"
#include "log/stream_header.h"
#include "log/kernel.h"
#include "log/numbers.h"
#include "log/weighted.h"
#include "model/tally.h"
#include "model/throttled.h"

/* An event of the stream, by its number there. */
struct ember_stream_event {
	bool defined;			/* first of all; `is` is EMBER_NO_NUMBER without room */
	bool known, fresh;		/* there are counts; the first of them are in this payload */
	uint32_t is;			/* the tally's number */
	uint32_t type;			/* EMBER_EVENT_* */
	struct ember_event_counted counts;	/* the latest */
	struct ember_event_sum sent_before;	/* up to before the first chunk */
	struct ember_event_sum got;	/* all that came; of them: */
	struct ember_event_sum counted, unwanted;
};

struct ember_stream {			/* begins zeroed, but for the first two */
	struct ember_tally *tally;
	const struct ember_log_filter *filter;	/* NULL: all are wanted */
	struct ember_stream_header hello;	/* period_ns 0: not seen yet */
	struct ember_numbers files, extents, threads, stacks, labels;
	struct {
		uint32_t files, extents, threads, stacks, labels;
	} left;				/* that the payload may still define */
	struct ember_stream_event event[EMBER_STREAM_EVENTS];
	uint32_t machine;		/* as in struct ember_file */
	uint16_t board;			/* the tally's */
	struct ember_log_kernel kernel;	/* of another machine's stream, or zeroed */
	uint64_t samples;		/* counted, */
	struct ember_throttled throttled;	/* of them */
	uint64_t undefined;		/* of a thread or stack that isn't known */
	uint64_t unwanted;		/* that the filter leaves out */
	uint64_t gaps;			/* of them for what its stack may lack */
	uint64_t sent, sent_before;	/* up to the last chunk; up to before the first */
	bool any, last;			/* chunks; the stream's end */
	uint64_t lost, skipped, left_out, downsampled;	/* on the board */
	uint32_t cpus_least, cpus_most;	/* that were on line at once; 0: unknown */
	struct ember_dates dates;	/* of that machine */
	uint64_t since_ns, until_ns;	/* CLOCK_MONOTONIC of the first clocks, and the last */
	uint64_t boottime_ns;		/* of the first */
	uint64_t realtime_ns;		/* then, by a clock that was set; 0: none was */
	uint64_t to_real_ns;		/* from the stream's times to that, by the latest */
};

#endif
