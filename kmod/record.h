/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a point, written down: each of these functions settles points in
 * exactly one counter. On the ring's own CPU, interrupts off.
 */
#ifndef EMBER_RECORD_H
#define EMBER_RECORD_H

#include "capture.h"
#include "session.h"

/* Wakes the reader, unless that was done just now. */
void ember_record_wake(struct ember_cpu *ec, u64 now);

/* As below, whatever there is to be told with it. */
void ember_record_full(struct ember_cpu *ec, struct ember_thread *thread,
		       union ember_stack stack, u64 hash, u64 now);

/* A sample of what's defined: false if there's no room. */
static __always_inline bool ember_record_known(struct ember_cpu *ec,
					       const struct ember_thread *thread,
					       u32 number, u64 now)
{
	struct ember_rec_sample *sample;

	sample = ember_ring_reserve(&ec->ring, EMBER_REC_SAMPLE, sizeof(*sample));
	if (unlikely(!sample))
		return false;
	sample->time = now;
	sample->thread = ember_threadmap_number(&ec->threads, thread);
	sample->stack = number;
	ember_ring_commit(&ec->ring);
	return true;
}

/* Nothing of it is to be counted: no interrupt's, and whole. */
static inline bool ember_stack_plain(union ember_stack stack)
{
	const union ember_stack odd = {
		.context = 0xff,
		.end_kernel = 0xff & ~EMBER_END_WHOLE,
		.end_user = 0xff & ~EMBER_END_WHOLE,
	};

	return !(stack.word & odd.word);
}

/*
 * A sample with the definitions that it needs, or a loss. The frames are ec's, `hash` is
 * theirs, from the session's seed on.
 *
 * Here is what nearly all of them are: of a thread and a stack that are known, and
 * nothing else is due.
 */
static __always_inline void ember_record_sample(struct ember_cpu *ec,
						struct ember_thread *thread,
						union ember_stack stack, u64 hash, u64 now)
{
	u64 whole = ember_hash_end(hash, stack.word);
	u32 number = ember_stackmap_first(&ec->stacks, whole);

	if (unlikely(ec->stacks.hash[number] != whole || !thread->defined ||
		     now >= ec->quiet || (!thread->space && thread->mm) ||
		     !ember_stack_plain(stack) ||
		     !ember_record_known(ec, thread, number, now))) {
		ember_record_full(ec, thread, stack, whole, now);
		return;
	}
	ec->counters->points++;
	ec->counters->points_sampled++;
	if (unlikely(ember_ring_waiting(&ec->ring) >= ec->session->watermark))
		ember_record_wake(ec, now);
}

/* Losses that no sample has told yet, as at the end of a run. */
void ember_record_losses(struct ember_cpu *ec);

static inline void ember_record_skip(struct ember_cpu *ec, u64 points)
{
	ec->counters->points += points;
	ec->counters->points_skipped += points;
	ec->skipped_pending += points;
	ec->quiet = 0;
}

static inline void ember_record_idle(struct ember_cpu *ec, u64 points)
{
	ec->counters->points += points;
	ec->counters->points_idle += points;
}

static inline void ember_record_filtered(struct ember_cpu *ec)
{
	ec->counters->points++;
	ec->counters->points_filtered++;
}

/* Interrupts are nobody's: they are asked for when everything is. */
static inline bool ember_record_wanted(const struct ember_cpu *ec,
				       const struct ember_thread *thread,
				       u8 context, bool user)
{
	const struct ember_session *s = ec->session;

	if (s->flags & (user ? EMBER_CONFIG_NO_USER : EMBER_CONFIG_NO_KERNEL))
		return false;
	if (s->filter.kind == EMBER_FILTER_NONE)
		return true;
	return context == EMBER_CONTEXT_TASK && thread->wanted;
}

#endif
