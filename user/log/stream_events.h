/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of a stream, and their weighted samples, into the tally. */
#ifndef EMBER_STREAM_EVENTS_H
#define EMBER_STREAM_EVENTS_H

#include "log/stream_state.h"

/* One field each. Return false if some of it made no sense; that is left out. */
bool ember_stream_event(struct ember_stream *stream, const struct ember_field *field);
bool ember_stream_weighted(struct ember_stream *stream, const struct ember_field *field);
bool ember_stream_counts(struct ember_stream *stream, const struct ember_field *field);
/* All fields of a payload were read. */
void ember_stream_events_chunk(struct ember_stream *stream);

/* What became of the weighted samples of all events. */
struct ember_log_events {
	struct ember_event_sum samples;	/* counted */
	struct ember_event_sum unwanted, undefined, underway, downsampled;
};
/* Add to that, and to what the tally's events lost, once all of the stream was read. */
void ember_stream_events_settle(const struct ember_stream *stream,
				struct ember_log_events *events);

#endif
