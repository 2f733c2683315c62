// SPDX-License-Identifier: GPL-2.0-only
#include <linux/smp.h>

#include "../base/clock_ref.h"
#include "../base/counter.h"
#include "../compat/sched.h"
#include "../event/block_switch.h"
#include "../event/clock/idle.h"
#include "../event/clock/interrupt.h"
#include "../event/clock/watch.h"
#include "../event/growth.h"
#include "../event/mutex_switch.h"
#include "../task/exits.h"
#include "../unwind/walk.h"
#include "tracepoints.h"

#ifdef EMBER_THREAD_NOTIFIER
#define EMBER_FEATURES_ELSEWHERE EMBER_FEATURE_IDLE_STOP
#else
#define EMBER_FEATURES_ELSEWHERE 0
#endif

static bool ember_tracepoints_notified;

static struct ember_probe *const ember_tracepoints_tables[] = {
	ember_idle_probes,  ember_interrupt_probes, ember_softirq_probes,
	ember_exit_probes,  ember_hrtimer_probes,   ember_growth_probes,
	ember_block_probes, ember_mutex_probes,	    NULL,
};

static bool ember_tracepoints_always(const struct ember_probe *table)
{
	if (table == ember_hrtimer_probes)
		return ember_watch_always(EMBER_WATCH_TIMERS);
	if (table == ember_interrupt_probes)
		return ember_watch_always(EMBER_WATCH_HANDLERS);
	return table != ember_growth_probes && table != ember_block_probes &&
	       table != ember_mutex_probes;
}

static void ember_tracepoints_calibrate(void)
{
	ember_counter_calibrate();
	ember_clock_ref_calibrate();
	ember_walk_limit();
}

static void ember_tracepoints_attached(void)
{
	if (!ember_idle_probes[0].attached)
		ember_tracepoints_notified = ember_idle_notify();
	ember_probe_idle = ember_idle_probes[0].attached || ember_tracepoints_notified;
}

static void ember_tracepoints_detached(void)
{
	if (ember_tracepoints_notified)
		ember_idle_unnotify();
	ember_tracepoints_notified = false;
	ember_probe_idle = false;
	ember_watch_end();
}

static void ember_tracepoints_forget(void *unused)
{
	ember_interrupt_begin();
}

/* What runs elsewhere just now began while it was watched, and ends unseen. */
static void ember_tracepoints_unwatched(void)
{
	on_each_cpu(ember_tracepoints_forget, NULL, true);
}

const struct ember_probes_ops ember_tracepoints_ops = {
	.tables = ember_tracepoints_tables,
	.watched = {
		[EMBER_WATCH_TIMERS] = ember_hrtimer_probes,
		[EMBER_WATCH_HANDLERS] = ember_interrupt_probes,
	},
	.elsewhere = EMBER_FEATURES_ELSEWHERE,
	.always = ember_tracepoints_always,
	.calibrate = ember_tracepoints_calibrate,
	.attached = ember_tracepoints_attached,
	.begin = ember_watch_begin,
	.detached = ember_tracepoints_detached,
	.unwatched = ember_tracepoints_unwatched,
};
