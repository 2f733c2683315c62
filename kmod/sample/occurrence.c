// SPDX-License-Identifier: GPL-2.0-only
#include "../base/clock.h"
#include "capture.h"
#include "occurrence.h"
#include "record.h"
#include "throttle.h"

u64 ember_event_due(struct ember_event_cpu *event, u64 weight)
{
	weight = ember_rule_due(&event->grid, event->total, weight);
	ember_throttle_event(event, false);
	return weight;
}

void ember_event_sample(const struct ember_sample_context *sample, unsigned long begun,
			bool gone)
{
	struct ember_event_cpu *event = sample->event;

	event->pending = 0;
	if (unlikely(gone || ember_throttle_owes(event->ec, begun)))
		ember_record_lost(event, sample->weight);
	else
		ember_capture_event(event->ec, sample);
	event->ec->counters->handler_ns += ember_clock() - sample->time;
	/* Where marks have had no part in a while. */
	ember_throttle_event(event, true);
	ember_throttle_spend(event->ec, begun, ember_throttle_price);
}
