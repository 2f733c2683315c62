/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording keeps, for the files of model/ that fill it. */
#ifndef EMBER_RECORDING_STATE_H
#define EMBER_RECORDING_STATE_H

#include <emberprof.h>

#include "base/dates.h"
#include "model/event_set.h"
#include "model/blob_table.h"
#include "model/dictionary.h"
#include "model/index.h"
#include "model/sample_set.h"
#include "model/spaces.h"
#include "model/stacks.h"
#include "model/throttled.h"

#define EMBER_PENDING_NS	2000000000ull	/* that a sample waits for its mappings, */
#define EMBER_PENDING_MAX	8192	/* and how many of them do at most */
#define EMBER_RELABEL_NS	30000000000ull	/* a process's labels are looked up again so often */

/* A sample whose generation may still be under way. */
struct ember_unresolved {
	uint64_t time;
	uint32_t cpu, thread, stack;
	uint32_t points;		/* that it counts for */
};

/* One whose generation is known by now, or never will be. */
struct ember_resolved {
	uint64_t time;
	uint32_t cpu, thread, stack;
	uint32_t generation;		/* as in struct ember_count */
	uint32_t points;		/* that it counts for: 1 but where the CPU was throttled */
};
typedef void ember_resolved_fn(void *context, const struct ember_resolved *sample);

struct ember_recording;

/*
 * Return the labels of the process that a thread is of: a set of the recording's `labels`; 0:
 * none, or the process has ended.
 */
typedef uint32_t ember_labels_fn(void *context, struct ember_recording *recording,
				 const struct ember_thread *thread);

/* A weighted sample whose generation may still be under way. */
struct ember_weighted_unresolved {
	uint64_t time, weight;
	uint32_t cpu, thread, stack;
	uint32_t event, detail;		/* event: a number of the recording's */
};

/* One whose generation is known by now, or never will be. */
struct ember_weighted_resolved {
	struct ember_resolved sample;
	uint64_t weight;
	uint32_t event, detail;
};
typedef void ember_weighted_fn(void *context, const struct ember_weighted_resolved *sample);

/* What became of an event's samples. */
struct ember_event_counts {
	struct ember_event_sum sampled;	/* WEIGHTED records */
	struct ember_event_sum undefined;	/* of them, left out: see `undefined` below */
	struct ember_event_sum lost;	/* sums of EVENT_LOST records */
};

struct ember_ring_names {
	uint64_t time;			/* of the last record that has one */
	uint8_t shift;			/* of the last RATE record */
	uint32_t *stack;		/* by ring number: a number of `stacks` + 1 */
	uint32_t nr_stack;
	uint32_t *thread;		/* by ring number: a number of `thread` + 1 */
	uint32_t nr_thread;
	uint8_t event[EMBER_EVENTS_MAX];	/* by ring number: a number of `events` + 1 */
};

struct ember_recording {
	unsigned int nr_rings;
	uint64_t period_ns;		/* 0: the clock doesn't run */
	uint64_t time_ns;		/* CLOCK_REALTIME at start; 0: no clock was set */
	uint64_t duration_ns;
	uint64_t started_ns;		/* CLOCK_MONOTONIC */
	struct ember_dates dates;	/* since then */
	struct ember_ring_names *ring;
	struct ember_spaces spaces;
	struct ember_blob_table stacks;	/* struct ember_stack */
	struct ember_thread *thread;
	uint32_t nr_thread, thread_size;
	struct ember_index thread_index;
	struct ember_blob_table labels;	/* of threads */
	ember_labels_fn *labelled;	/* NULL: threads have none */
	void *labelled_context;
	uint64_t relabelled_ns;		/* CLOCK_MONOTONIC: when all were looked up */
	struct ember_sample_set counts;	/* by generation */
	ember_resolved_fn *settled;	/* instead of `counts`, where somebody wants each */
	void *settled_context;
	struct ember_event_set events;	/* weighted samples; counted by generation */
	struct ember_event_counts event[EMBER_EVENTS_MAX];	/* by number in `events` */
	ember_weighted_fn *weighted;	/* instead of counts in `events`, with settled_context */
	struct ember_weighted_unresolved *weighted_pending;
	uint32_t nr_weighted_pending, weighted_pending_size;
	struct ember_unresolved *pending;	/* a queue: nr_pending from first_pending on */
	uint32_t nr_pending, first_pending, pending_size;
	uint64_t newest;		/* time of the newest sample */
	uint64_t samples;		/* SAMPLE records */
	uint64_t undefined;		/* of them, left out: of a stack or thread that
					 * wasn't defined */
	struct ember_throttled throttled;	/* of `samples` */
	uint64_t lost, skipped;		/* sums of LOST records */
	uint64_t ignored;		/* records that made no sense */
};

/* The number in `names` of what the ring calls `number`; 0: nothing. */
static inline uint32_t ember_named(const uint32_t *names, uint32_t nr, uint32_t number)
{
	return number < nr ? names[number] : 0;
}

#endif
