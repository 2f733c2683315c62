/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a point, written down: each of these functions settles points in
 * exactly one counter. On the ring's own CPU, interrupts off.
 */
#ifndef EMBER_RECORD_H
#define EMBER_RECORD_H

#include "capture.h"
#include "session.h"

/* A sample with the definitions that it needs, or a loss. The frames are ec's, `hash`
 * is theirs, from the session's seed on.
 */
void ember_record_sample(struct ember_cpu *ec, struct ember_thread *thread,
			 const struct ember_stack *stack, u64 hash, u64 now);

/* Losses that no sample has told yet, as at the end of a run. */
void ember_record_losses(struct ember_cpu *ec);

static inline void ember_record_skip(struct ember_cpu *ec, u64 points)
{
	ec->counters->points += points;
	ec->counters->points_skipped += points;
	ec->skipped_pending += points;
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
				       const struct ember_stack *stack, bool user)
{
	const struct ember_session *s = ec->session;

	if (s->flags & (user ? EMBER_CONFIG_NO_USER : EMBER_CONFIG_NO_KERNEL))
		return false;
	if (s->filter.kind == EMBER_FILTER_NONE)
		return true;
	return stack->context == EMBER_CONTEXT_TASK && thread->wanted;
}

#endif
