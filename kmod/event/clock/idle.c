// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cancel the sampling timer on the switch to the idle task, before the idle governor picks
 * a state, and rearm it on the same grid on the switch back: sampling must not wake an idle
 * CPU.
 *
 * Without the sched_switch tracepoint, ARM uses a thread notifier. Other architectures stop
 * the timer once ticks have found the CPU idle for a jiffy (at low rates: at the first such
 * tick). A deferrable timer, which does not wake the CPU and runs within a jiffy after
 * something else did, restarts it.
 */
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/tick.h>

#include "../../base/clock.h"
#include "../../base/probes.h"
#include "../../sample/ticks.h"
#include "../../sample/throttle.h"
#include "idle.h"
#include "../../sample/counter_values.h"
#include "../../compat/sched.h"
#include "../../compat/timer.h"
#include "../../compat/tracepoint.h"
#include "../../sample/record.h"
#include "watch.h"

/*
 * Where the budget is short the timer stays as it is, unless it would wake the CPU this soon: to
 * stop and start it takes as long as a sample, and many CPUs are idle thousands of times a
 * second. It fires once at most while the CPU is idle.
 */
#define EMBER_IDLE_FAR_NS (4 * NSEC_PER_MSEC)

bool ember_probe_idle;

/* Under the run queue's lock, interrupts off. */
static void ember_idle_enter(struct ember_ticks *ticks)
{
	unsigned long begun = unlikely(ticks->extras) ? ember_counter() : 0;
	u64 now = ember_clock();
	unsigned int i;

	ember_watch_idle(now);
	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];
		u64 passed = ember_grid_pass(&ec->grid, now);

		/* A point that the timer was about to take: nobody's. */
		if (unlikely(passed))
			ember_record_skip(ec, passed);
		ec->idle = true;
		if (!ember_throttle_short(ec) || ec->grid.next - now < EMBER_IDLE_FAR_NS)
			ember_tick_disarm(ec);
	}
	if (unlikely(ticks->extras)) {
		ember_counters_pause(ticks);
		ember_throttle_spend_all(ticks, begun);
	}
}

static void ember_idle_leave(struct ember_ticks *ticks)
{
	unsigned long begun = unlikely(ticks->extras) ? ember_counter() : 0;
	u64 now = ember_clock();
	unsigned int i;

	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		ember_record_idle(ec, ember_grid_pass(&ec->grid, now));
		ec->idle = false;
		ember_tick_arm(ec);
	}
	ember_watch_busy(now);
	if (unlikely(ticks->extras)) {
		ember_counters_begin(ticks);
		ember_throttle_spend_all(ticks, begun);
	}
}

#ifdef EMBER_THREAD_NOTIFIER
/* Interrupts off, as in the scheduler. @thread runs next; the previous one is not passed. */
static int ember_idle_notified(struct notifier_block *block, unsigned long what, void *thread)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	bool idle;

	if (what != THREAD_NOTIFY_SWITCH || !ticks->nr)
		return NOTIFY_DONE;
	idle = !ember_thread_task(thread)->pid;
	if (idle == ticks->cpu[0]->idle)
		return NOTIFY_DONE;
	if (idle)
		ember_idle_enter(ticks);
	else
		ember_idle_leave(ticks);
	return NOTIFY_DONE;
}

static struct notifier_block ember_idle_notifier = {
	.notifier_call = ember_idle_notified,
};

bool ember_idle_notify(void)
{
	return !thread_register_notifier(&ember_idle_notifier);
}

void ember_idle_unnotify(void)
{
	thread_unregister_notifier(&ember_idle_notifier);
	/* The chain is walked under RCU. */
	synchronize_rcu();
}
#else
bool ember_idle_notify(void)
{
	return false;
}

void ember_idle_unnotify(void)
{
}
#endif

/*
 * Returns whether the CPU has been idle since the last look. `look` interrupts what is
 * current, but with PREEMPT_RT a thread runs it: there the CPU was idle if it slept for more
 * than half of that time.
 */
static bool ember_idle_still(struct ember_cpu *ec, u64 now)
{
	u64 slept_us, slept, passed;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		return is_idle_task(current) && !need_resched();
	slept_us = get_cpu_idle_time_us(ec->cpu, NULL) + get_cpu_iowait_time_us(ec->cpu, NULL);
	slept = (slept_us - ec->looked_slept_us) * NSEC_PER_USEC;
	passed = now - ec->looked;
	ec->looked = now;
	ec->looked_slept_us = slept_us;
	return slept > passed / 2;
}

bool ember_idle_hit(struct ember_cpu *ec)
{
	u64 now = ember_clock();

	if (!is_idle_task(current) || in_serving_softirq()) {
		ec->idle_since = 0;
		return false;
	}
	ember_record_idle(ec, ember_grid_pass(&ec->grid, now));
	if (!ec->idle_since)
		ec->idle_since = now;
	if (ec->grid.next - ec->idle_since < TICK_NSEC)
		return true;
	ec->idle = true;
	ec->idle_since = 0;
	/* What it looks at next time begins here. */
	ember_idle_still(ec, now);
	mod_timer(&ec->look, jiffies + 1);
	return true;
}

/* In the timers' softirq, interrupts off. */
static void ember_idle_look(struct timer_list *look)
{
	struct ember_cpu *ec = container_of(look, struct ember_cpu, look);
	u64 now;

	if (!ec->ticking || !ec->idle)
		return;
	now = ember_clock();
	if (ember_idle_still(ec, now)) {
		mod_timer(look, jiffies + 1);
		return;
	}
	/* When within this jiffy it was left isn't known. */
	ember_record_idle(ec, ember_grid_pass(&ec->grid, now - TICK_NSEC));
	ember_record_skip(ec, ember_grid_pass(&ec->grid, now));
	ec->idle = false;
	ember_tick_arm(ec);
}

void ember_idle_init(struct ember_cpu *ec)
{
	/* Safe: an interrupt that stops it never comes upon it half-way. */
	timer_setup(&ec->look, ember_idle_look,
		    TIMER_DEFERRABLE | TIMER_PINNED | TIMER_IRQSAFE);
}

void ember_idle_exit(struct ember_cpu *ec)
{
	ember_timer_delete_sync(&ec->look);
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
	{ "sched_switch", EMBER_SCHED_SWITCH(ember_sched_switch), EMBER_FEATURE_IDLE_STOP },
	{},
};
