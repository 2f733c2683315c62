/* SPDX-License-Identifier: GPL-2.0-only */
/* From an occurrence of an event to a sample, or to none. */
#ifndef EMBER_OCCURRENCE_H
#define EMBER_OCCURRENCE_H

#include "../base/rule.h"
#include "event_state.h"
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

/*
 * Captures the sample of its event, within the budget, or counts it as lost, as where it is gone:
 * the task that it is of no longer runs. begun: of the handler, by ember_counter(). On the CPU
 * itself, in hard interrupt context.
 */
void ember_event_sample(const struct ember_sample_context *sample, unsigned long begun, bool gone);

#endif
