/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a point, written down: each of these functions settles points in
 * exactly one counter. On the ring's own CPU, interrupts off.
 */
#ifndef EMBER_RECORD_H
#define EMBER_RECORD_H

#include "counter_values.h"
#include "session_state.h"
#include "event_state.h"
#include "put.h"
#include "stack.h"

/* Wakes the reader, unless that was done just now. */
void ember_record_wake(struct ember_cpu *ec, u64 now);

/* Slow path of ember_record_sample(): also writes the other records that are due. */
void ember_record_full(struct ember_cpu *ec, struct ember_thread_slot *thread,
		       union ember_stack stack, u64 hash, u64 now);

static __always_inline void ember_record_fill(struct ember_rec_sample *sample,
					      const struct ember_thread_slot *thread, u32 number,
					      u64 now)
{
	sample->time = now;
	sample->thread = thread->number;
	sample->stack = number;
}

/*
 * Here is what nearly all samples are: of a thread and a plain stack (the caller's look) that
 * are known, and nothing else is due. False where that isn't so, and nothing was done.
 */
static __always_inline bool ember_record_known(struct ember_cpu *ec,
					       const struct ember_thread_slot *thread,
					       u64 hash, u64 now)
{
	u32 number = ember_stackmap_first(&ec->stacks, hash);
	struct ember_counters *counters = ec->counters;
	struct ember_rec_sample *sample;

	BUILD_BUG_ON(sizeof(*sample) != EMBER_RING_QUICK);
	if (unlikely(ec->stacks.hash[number] != hash || now >= ec->quiet ||
		     !ember_ring_is_quick(&ec->ring)))
		return false;
	sample = ember_ring_quick(&ec->ring, EMBER_REC_SAMPLE);
	ember_record_fill(sample, thread, number, now);
	ember_ring_quick_commit(&ec->ring, sample);
	counters->points++;
	counters->points_sampled++;
	return true;
}

/*
 * A sample with the definitions that it needs, or a loss. The frames are ec's, `hash` is
 * theirs, from the session's seed on.
 */
static __always_inline void ember_record_sample(struct ember_cpu *ec,
						struct ember_thread_slot *thread,
						union ember_stack stack, u64 hash, u64 now)
{
	hash = ember_hash_end(hash, stack.word, ec->session->hash_key);
	if (unlikely(!thread->defined || (!thread->space && thread->mm) ||
		     !ember_stack_plain(stack) ||
		     !ember_record_known(ec, thread, hash, now)))
		ember_record_full(ec, thread, stack, hash, now);
}

/* The same of a sample that has an event. */
void ember_record_weighted(struct ember_cpu *ec, struct ember_thread_slot *thread,
			   union ember_stack stack, u64 hash,
			   const struct ember_sample_context *sample);

/* Return whether the ring has room for any sample with all that must come before it. */
bool ember_record_room(const struct ember_cpu *ec);

/* Count the points that a sampled, lost or filtered one counts for, but for itself. */
static inline void ember_record_throttled(struct ember_cpu *ec)
{
	u32 points = (1U << ec->shift) - 1;

	ec->counters->points += points;
	ec->counters->points_throttled += points;
}

/* Points that the grid has passed, of which each counts for the throttled ones around it; the
 * same below.
 */
static inline void ember_record_skip(struct ember_cpu *ec, u64 points)
{
	points <<= ec->shift;
	ec->counters->points += points;
	ec->counters->points_skipped += points;
	ec->skipped_pending += points;
	ec->quiet = 0;
}

static inline void ember_record_idle(struct ember_cpu *ec, u64 points)
{
	points <<= ec->shift;
	ec->counters->points += points;
	ec->counters->points_idle += points;
}

/* event: NULL for the clock's points; the same below. */
static inline void ember_record_filtered(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	if (event) {
		event->counters.filtered++;
		return;
	}
	if (unlikely(ec->counted))
		ember_counters_drop(ec);
	ec->counters->points++;
	ec->counters->points_filtered++;
	ember_record_throttled(ec);
}

/* Interrupts are nobody's: they are asked for when everything is. */
static inline bool ember_record_wanted(struct ember_cpu *ec, struct ember_thread_slot *thread,
				       u8 context, bool user,
				       const struct ember_event_cpu *event, u64 now)
{
	struct ember_session *s = ec->session;

	if (!event &&
	    s->flags & (user ? EMBER_CONFIG_NO_USER : EMBER_CONFIG_NO_KERNEL))
		return false;
	if (s->filter.kind == EMBER_FILTER_NONE)
		return true;
	if (context != EMBER_CONTEXT_TASK)
		return false;
	if (s->filter.kind == EMBER_FILTER_CGROUP)
		return ember_threadmap_member(&ec->threads, &s->spaces, &s->filter, thread,
					      now);
	return thread->wanted;
}

#endif
