/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware counters counted in the period of each of the clock's samples, as further values of
 * it: the events that have `counter` in their table. Only where ec->counted.
 */
#ifndef EMBER_COUNTER_VALUES_H
#define EMBER_COUNTER_VALUES_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "event_state.h"

#define EMBER_COUNTERS (EMBER_EVENT_BRANCH_MISSES - EMBER_EVENT_CYCLES + 1)

struct ember_ticks;
struct perf_event;

/* Whose they are makes them (../event/counters.c), while no session on that CPU reads them. */
struct ember_counters_here {
	struct perf_event *kind[EMBER_COUNTERS];	/* NULL: there is none */
};
DECLARE_PER_CPU(struct ember_counters_here, ember_counters_here);

/* All below: on the CPU itself, interrupts off. */

/* Reads the counter, from which the next reading counts on, if it can be read. */
void ember_counter_read(struct ember_event_cpu *event);

/*
 * Reads all counters of a session for a sample of the clock, which is to be written: what was
 * counted since the last one is `pending` of each event.
 */
void ember_counters_take(struct ember_cpu *ec);
/* The same of a sample that was not asked for. */
void ember_counters_drop(struct ember_cpu *ec);

/*
 * The CPU becomes idle: keeps what was counted until now for its next sample. Without a probe of
 * switches it isn't known when that was, and counts of handlers on an idle CPU are kept, too.
 */
void ember_counters_pause(struct ember_ticks *ticks);
/* It is busy: counts from now on. */
void ember_counters_begin(struct ember_ticks *ticks);

#endif
