// SPDX-License-Identifier: GPL-2.0-only
/*
 * An idle CPU is left asleep. The timer is taken down at the switch to the idle
 * task, before the idle governor looks at the timers, and put up again on its grid
 * at the switch away.
 */
#include <linux/irqflags.h>
#include <linux/sched.h>

#include "clock.h"
#include "compat/tracepoint.h"
#include "record.h"
#include "tick.h"

/* Under the run queue's lock, interrupts off. */
static void ember_idle_enter(struct ember_ticks *ticks)
{
	u64 now = ember_clock();
	unsigned int i;

	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];
		u64 passed = ember_grid_pass(&ec->grid, now);

		/* A point that the timer was about to take: nobody's. */
		if (unlikely(passed))
			ember_record_skip(ec, passed);
		ec->idle = true;
		ember_tick_disarm(ec);
	}
}

static void ember_idle_leave(struct ember_ticks *ticks)
{
	u64 now = ember_clock();
	unsigned int i;

	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		ember_record_idle(ec, ember_grid_pass(&ec->grid, now));
		ec->idle = false;
		ember_tick_arm(ec);
	}
}

EMBER_SCHED_SWITCH_PROBE(ember_sched_switch)
{
	struct ember_ticks *ticks;

	/* Between busy tasks, the usual case, this is all. */
	if (likely(prev->pid && next->pid))
		return;
	ticks = this_cpu_ptr(&ember_ticks);
	if (!next->pid)
		ember_idle_enter(ticks);
	else
		ember_idle_leave(ticks);
}

struct ember_probe ember_idle_probes[] = {
	{
		.name = "sched_switch",
		.function = ember_sched_switch,
		.feature = EMBER_FEATURE_IDLE_STOP,
	},
	{ }
};
