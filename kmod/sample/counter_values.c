// SPDX-License-Identifier: GPL-2.0-only
/* What hardware counters counted in the period of each of the clock's samples. */
#include "../compat/perf.h"
#include "counter_values.h"
#include "put.h"
#include "session_state.h"
#include "ticks.h"

DEFINE_PER_CPU(struct ember_counters_here, ember_counters_here);

void ember_counter_read(struct ember_event_cpu *event)
{
	unsigned int kind = event->ops->type - EMBER_EVENT_CYCLES;
	struct perf_event *counter = this_cpu_read(ember_counters_here.kind[kind]);

	event->based = counter && ember_perf_read(counter, &event->total);
}

/* Adds what was counted since the last reading to what is pending. */
static void ember_counter_add(struct ember_event_cpu *event)
{
	bool based = event->based;
	u64 before = event->total;

	ember_counter_read(event);
	if (event->based && based)
		event->pending += event->total - before;
	else
		event->unknown = true;
}

/* Ends the period of a sample. Returns whether it is known what was counted in it. */
static bool ember_counter_period(struct ember_event_cpu *event)
{
	ember_counter_add(event);
	event->counters.occurred++;
	if (unlikely(event->unknown)) {
		event->unknown = false;
		event->pending = 0;
		return false;
	}
	event->counters.weight += event->pending;
	return true;
}

void ember_counters_take(struct ember_cpu *ec)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++) {
		struct ember_event_cpu *event = &ec->events[i];

		if (event->ops->counter && !ember_counter_period(event))
			ember_record_lost(event, 0);
	}
}

void ember_counters_drop(struct ember_cpu *ec)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++) {
		struct ember_event_cpu *event = &ec->events[i];

		if (!event->ops->counter)
			continue;
		ember_counter_period(event);
		event->pending = 0;
		event->counters.filtered++;
	}
}

/* Calls `each` with each counter of all sessions that tick on this CPU. */
static __always_inline void ember_counters_each(struct ember_ticks *ticks,
						void (*each)(struct ember_event_cpu *event))
{
	unsigned int i, k;

	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		for (k = 0; ec->counted && k < ec->session->nr_events; k++)
			if (ec->events[k].ops->counter)
				each(&ec->events[k]);
	}
}

void ember_counters_pause(struct ember_ticks *ticks)
{
	ember_counters_each(ticks, ember_counter_add);
}

void ember_counters_begin(struct ember_ticks *ticks)
{
	ember_counters_each(ticks, ember_counter_read);
}
