/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From logs to a tally. Chunks may come in any order, several times, or not at all: they
 * are sorted by stream and number first, and nothing is counted that isn't certain.
 */
#ifndef EMBER_LOG_READER_H
#define EMBER_LOG_READER_H

#include "log/chunk.h"
#include "log/filter.h"
#include "log/stream_header.h"
#include "log/stream_events.h"
#include "model/tally.h"

/* What a log lacked, or had too much of. */
struct ember_log_account {
	struct ember_stream_header first;	/* of the first stream that has one */
	bool mixed;			/* there are streams of several boards */
	uint64_t streams, chunks;
	uint64_t others;		/* streams of other boards than what was asked for */
	uint64_t unset;			/* streams that no clock places in time, if that's asked */
	uint64_t skipped_bytes;		/* that are in no chunk, */
	uint64_t torn_bytes;		/* of them at the end */
	uint64_t newer;			/* chunks of a later version */
	uint64_t wrong;			/* chunks that made no sense inside, */
	const uint8_t *wrong_at;	/* of them the last one's payload */
	uint64_t twice;			/* chunks that were there already */
	uint64_t missing;		/* chunks between others */
	uint64_t samples;		/* counted, */
	struct ember_throttled throttled;	/* of them */
	uint64_t unwanted;		/* left out by the filter, */
	uint64_t gaps;			/* of them for what their stacks may lack */
	uint64_t undefined;		/* left out: of a stack or thread that's missing */
	bool full;			/* or that was more than a tally holds */
	uint64_t underway;		/* sent, but in a chunk that's missing */
	uint64_t downsampled;		/* left out by the recorder, for a link too slow for them */
	uint64_t before;		/* sent before the first chunk: in an earlier log? */
	uint64_t unfinished;		/* streams without their end */
	struct ember_log_events events;	/* weighted samples: none of them is above */
	uint32_t cpus_least, cpus_most;	/* that were on line at once in one of the streams */
};

/* A log's bytes begin with a chunk, or have one soon. */
bool ember_log_is(const uint8_t *bytes, size_t n);

/*
 * Adds to a tally that begins zeroed, and to the account. filter: NULL: all. False: *why
 * says that there's nothing to be read, in static storage.
 */
bool ember_log_read(const uint8_t *bytes, size_t n, const struct ember_log_filter *filter,
		    struct ember_tally *tally, struct ember_log_account *account,
		    const char **why);

#endif
