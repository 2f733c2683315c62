/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of events other than the clock: Event, Weighted, EventCounts. */
#ifndef EMBER_LOG_WEIGHTED_H
#define EMBER_LOG_WEIGHTED_H

#include "log/columns.h"
#include "log/fields.h"
#include "model/event_set.h"

#define EMBER_STREAM_EVENTS	16	/* numbers of a stream's events are below this */

/* The weighted samples of a message, one after the other. */
struct ember_weighted_columns {
	struct ember_columns columns;
	uint64_t time, thread, stack;	/* of the one that was read last; time in Hello's units */
	uint64_t event, weight, detail;
};

/* What a stream says of an event's samples. */
struct ember_event_counted {
	struct ember_event_sum sent, lost, undefined, downsampled;
};

/* Read an Event. Return false if it makes no sense. */
bool ember_event_take(const struct ember_field *message, uint32_t *number,
		      struct ember_event_info *event);
void ember_event_put(struct ember_buf *to, struct ember_buf *part, uint32_t number,
		     const struct ember_event_info *event);

/* Return false if it is no message. */
bool ember_weighted_begin(struct ember_weighted_columns *columns,
			  const struct ember_field *message);
/* Read the next sample. Return false at the end, or if it is bad. */
bool ember_weighted_next(struct ember_weighted_columns *columns);
/* Return whether all of the message was read. */
bool ember_weighted_good(const struct ember_weighted_columns *columns);

/* Read EventCounts. Return false if it makes no sense. */
bool ember_counts_take(const struct ember_field *message, uint32_t *number,
		       struct ember_event_counted *counts);
/* Write them, unless all are 0. */
void ember_counts_put(struct ember_buf *to, struct ember_buf *part, uint32_t number,
		      const struct ember_event_counted *counts);

#endif
