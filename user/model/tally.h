/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many samples there are of what. Made of a recording (model/normalize.h) or of a log
 * (log/reader.h); what is named (symbolize/naming.h) is this.
 */
#ifndef EMBER_TALLY_H
#define EMBER_TALLY_H

#include "base/dates.h"
#include "model/dictionary.h"
#include "model/event_set.h"
#include "model/sample_set.h"
#include "model/timestamp.h"

/* Bounds of what a log's reader adds, besides EMBER_FRAME_NODES frames and stacks. */
#define EMBER_TALLY_FILES	(1u << 18)
#define EMBER_TALLY_EXTENTS	(1u << 22)
#define EMBER_TALLY_THREADS	(1u << 22)
#define EMBER_TALLY_LABELS	(1u << 16)
#define EMBER_TALLY_COUNTS	(1u << 24)
#define EMBER_TALLY_MOMENTS	(1u << 27)
/* A sample takes 2 to 5 bytes of a log; a log of the same sample again and again, fewer. */
#define EMBER_TALLY_MOMENTS_BYTE	32	/* moments for each byte of log, */
#define EMBER_TALLY_MOMENTS_LEAST	(1u << 20)	/* and so many for any log */

struct ember_tally {			/* begins zeroed */
	uint64_t period_ns;
	uint64_t time_ns;		/* CLOCK_REALTIME at its begin; 0: no clock was set */
	uint64_t duration_ns;
	uint64_t lost, skipped;
	bool here;			/* of this machine, since it was booted */
	struct ember_dates dates;	/* then: since it began */
	struct ember_dictionary dict;
	struct ember_sample_set counts;	/* by CPU */
	bool timed;			/* of logs: moments are wanted, too */
	struct ember_timestamp *moment;
	uint32_t nr_moment, moment_size;
	uint32_t most_moments;		/* that a reader adds */
	bool clocked;			/* the clock ran: there are CPU samples, or could be */
	struct ember_event_set events;	/* weighted samples, by CPU */
	/* Whether waits of a kind are named; NULL: all are. */
	bool (*wants_wait)(const void *context, const char *kind);
	const void *wants_context;
};

void ember_tally_timestamp(struct ember_tally *tally, const struct ember_timestamp *moment);
/* Keep the values of one event alone, which there may be none of: "cpu", or its name. */
void ember_tally_only(struct ember_tally *tally, const char *event);
/* Drop the clock's samples. */
void ember_tally_unclocked(struct ember_tally *tally);
void ember_tally_free(struct ember_tally *tally);

#endif
