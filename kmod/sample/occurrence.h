/* SPDX-License-Identifier: GPL-2.0-only */
/* From an occurrence of an event to a sample, or to none. */
#ifndef EMBER_OCCURRENCE_H
#define EMBER_OCCURRENCE_H

#include "../base/rule.h"
#include "event_state.h"
#include "put.h"
#include "sample.h"

/*
 * Lays an occurrence's weight on the event's marks. Returns whether it becomes a sample; then
 * ember_event_due() returns that one's weight: of a period and more its own, of less a period for
 * each mark that it covers. It also follows the budget's factor.
 */
static __always_inline bool ember_event_lay(struct ember_event_cpu *event, u64 weight)
{
	event->counters.occurred++;
	event->counters.weight += weight;
	return ember_rule_lay(&event->grid, &event->total, weight);
}

u64 ember_event_due(struct ember_event_cpu *event, u64 weight);

/* What is pending is lost. On the CPU itself, interrupts off, as all below. */
static inline void ember_event_drop(struct ember_event_cpu *event)
{
	if (event->pending)
		ember_record_lost(event, event->pending);
	event->pending = 0;
}

/*
 * So much weight is to be sampled of that task, in an interrupt. What is pending of another one is
 * lost. Returns whether some of this one's was.
 */
static inline bool ember_event_pend(struct ember_event_cpu *event,
				    const struct task_struct *task, u64 weight)
{
	bool more;

	if (unlikely(event->pending && event->task != task))
		ember_event_drop(event);
	more = event->pending;
	event->pending += weight;
	event->task = task;
	return more;
}

/* The same of a wait of ns, which counts for as many as it stands for; kind: as in `detail`. */
static inline void ember_event_pend_wait(struct ember_event_cpu *event,
					 const struct task_struct *task, u64 weight, u64 ns,
					 u32 kind)
{
	u64 count = ember_rule_count(&event->grid, weight, ns);

	if (unlikely(ember_event_pend(event, task, weight)))
		count += EMBER_WAIT_COUNT(event->detail);
	event->detail = min_t(u64, count, EMBER_WAIT_COUNT_MAX) << 4 | kind;
}

/*
 * Captures the sample of its event, within the budget, or counts it as lost, as where it is gone:
 * the task that it is of no longer runs. begun: of the handler, by ember_counter(). On the CPU
 * itself, in hard interrupt context.
 */
void ember_event_sample(const struct ember_sample_context *sample, unsigned long begun, bool gone);

#endif
