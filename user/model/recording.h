/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session's records become: threads, stacks and mappings that don't depend on
 * ring numbers, and how often each was seen together.
 */
#ifndef EMBER_RECORDING_H
#define EMBER_RECORDING_H

#include <emberprof.h>

#include "base/dates.h"
#include "model/event_set.h"
#include "model/index.h"
#include "model/sample_set.h"
#include "model/spaces.h"
#include "model/stacks.h"

#define EMBER_PENDING_NS	2000000000ull	/* that a sample waits for its mappings, */
#define EMBER_PENDING_MAX	8192	/* and how many of them do at most */

/* A sample whose generation may still be under way. */
struct ember_unresolved {
	uint64_t time;
	uint32_t cpu, thread, stack;
};

/* One whose generation is known by now, or never will be. */
struct ember_resolved {
	uint64_t time;
	uint32_t cpu, thread, stack;
	uint32_t generation;		/* as in struct ember_count */
};
typedef void ember_resolved_fn(void *context, const struct ember_resolved *sample);

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
	uint64_t lost, skipped;		/* sums of LOST records */
	uint64_t ignored;		/* records that made no sense */
};

void ember_recording_init(struct ember_recording *recording, unsigned int nr_rings,
			  uint64_t period_ns);
void ember_recording_free(struct ember_recording *recording);

/* Sampling begins: notes the clocks. */
void ember_recording_start(struct ember_recording *recording);
/* Notes the clocks that may be set. To be called whenever it is awake. */
void ember_recording_look(struct ember_recording *recording);
/*
 * Settle the samples that were taken up to `until` (CLOCK_MONOTONIC, ns), even if records of
 * their mappings may still arrive.
 */
void ember_recording_resolve(struct ember_recording *recording, uint64_t until);
/* All has been read: notes the duration and settles what is pending. */
void ember_recording_stop(struct ember_recording *recording);

/* The number in `names` of what the ring calls `number`; 0: nothing. */
static inline uint32_t ember_named(const uint32_t *names, uint32_t nr, uint32_t number)
{
	return number < nr ? names[number] : 0;
}

/* The thread's number, old or new. */
uint32_t ember_recording_thread(struct ember_recording *recording,
				const struct ember_thread *thread);

/*
 * One record, an ember_record_fn; context is the recording. Its `size` bytes must be
 * there, be what they may: what makes no sense is counted in `ignored`.
 */
void ember_recording_record(void *context, unsigned int ring,
			    const struct ember_record *record);

/*
 * Records in a row, 8-byte aligned, as a ring's data hold them. False: it broke off at
 * a size that can't be.
 */
bool ember_recording_bytes(struct ember_recording *recording, unsigned int ring,
			   const void *bytes, size_t n);

#endif
