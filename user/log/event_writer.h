/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighted samples into chunks, and the events that define what they are of. */
#ifndef EMBER_EVENT_WRITER_H
#define EMBER_EVENT_WRITER_H

#include "log/weighted.h"
#include "model/recording.h"

/* Weighted samples of one CPU that wait for the next chunk. */
struct ember_event_columns {
	struct ember_buf column[EMBER_WEIGHTED_DETAIL + 1];	/* by field */
	uint64_t start, last_time, last_thread, last_stack;
	bool details;			/* one of them isn't 0 */
};

struct ember_event_writer {		/* begins zeroed, but for the first two */
	const struct ember_recording *recording;
	uint32_t nr_cpus;
	struct ember_event_columns *cpu;	/* [nr_cpus], once there are any */
	uint32_t emitted;		/* events that the stream defines */
	struct ember_event_counted counts[EMBER_EVENTS_MAX];	/* but for `lost` */
};

/*
 * Add a sample, whose time is in the log's units, with the stream's numbers of its thread and
 * stack. Return by how many bytes the columns that wait have grown.
 */
uint32_t ember_event_writer_add(struct ember_event_writer *writer,
				const struct ember_weighted_resolved *sample, uint64_t time,
				uint64_t thread, uint64_t stack);
/* Append events that the stream doesn't define yet. Return whether there were any. */
bool ember_event_writer_define(struct ember_event_writer *writer, struct ember_buf *to,
			       struct ember_buf *part);
/* Append what waits, and the counts. */
void ember_event_writer_put(struct ember_event_writer *writer, struct ember_buf *to,
			    struct ember_buf *part);
/* Return the samples that are sent, or left out for a link, of all events. */
uint64_t ember_event_writer_sent(const struct ember_event_writer *writer);
uint64_t ember_event_writer_downsampled(const struct ember_event_writer *writer);
void ember_event_writer_free(struct ember_event_writer *writer);

#endif
