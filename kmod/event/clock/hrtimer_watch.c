// SPDX-License-Identifier: GPL-2.0-only
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/tick.h>

#include "../../core/counter.h"
#include "../../core/probes.h"
#include "hrtimer_watch.h"
#include "../../task/mm.h"
#include "tick.h"

/* A timer's interrupt may have this much to do before it comes to us. */
#define EMBER_LATE_NS (20 * 1000)
/* Each late tick weighs as so many that aren't: one in 17 goes unnoticed for ever. */
#define EMBER_LATE_WEIGHT 16
#define EMBER_LATE_ENOUGH (3 * EMBER_LATE_WEIGHT)

/* So long an idle task is looked at, and so small a share of it was no sleep. */
#define EMBER_IDLE_LOOK_NS (250 * NSEC_PER_MSEC)
#define EMBER_IDLE_SHARE   16

/* Listened to for so long at least; then, if callbacks took no 50th of any CPU, not again
 * before a pause.
 */
#define EMBER_WATCH_JIFFIES (10 * HZ)
#define EMBER_WATCH_PAUSE   (60 * HZ)
#define EMBER_WATCH_SHARE   50

struct ember_ear {
	u32 late; /* EMBER_LATE_WEIGHT each */
	u64 idle_from; /* ns; 0: the idle task doesn't run */
	u64 idle_ns; /* that it ran since the last look */
	u64 slept_us; /* the kernel's account then, 0: none yet */
	u64 took; /* by callbacks; counts */
};
static DEFINE_PER_CPU(struct ember_ear, ember_ear);

static unsigned long ember_hrtimer_watch_not_before = INITIAL_JIFFIES;

static void ember_hrtimer_watch_work_do(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(ember_hrtimer_watch_work, ember_hrtimer_watch_work_do);

static void ember_hrtimer_watch_asked(struct irq_work *work)
{
	mod_delayed_work(ember_away_queue, &ember_hrtimer_watch_work, 0);
}
static DEFINE_IRQ_WORK(ember_hrtimer_watch_ask_work, ember_hrtimer_watch_asked);

/* From under the run queue's lock, too: hence by an interrupt of its own. */
static void ember_hrtimer_watch_ask(void)
{
	if (READ_ONCE(ember_probes_listening) ||
	    time_before(jiffies, READ_ONCE(ember_hrtimer_watch_not_before)))
		return;
	irq_work_queue(&ember_hrtimer_watch_ask_work);
}

static bool ember_hrtimer_watch_worth(void)
{
	unsigned long least = ember_counter_of_ns(NSEC_PER_SEC / EMBER_WATCH_SHARE) *
			      (EMBER_WATCH_JIFFIES / HZ);
	bool worth = false;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_ear *ear = per_cpu_ptr(&ember_ear, cpu);

		/* Only hints are lost in the race with the CPU itself. */
		worth |= READ_ONCE(ear->took) >= least;
		WRITE_ONCE(ear->took, 0);
		WRITE_ONCE(ear->late, 0);
	}
	return worth;
}

static void ember_hrtimer_watch_work_do(struct work_struct *work)
{
	bool worth = ember_hrtimer_watch_worth();

	if (ember_probes_listening && !worth) {
		WRITE_ONCE(ember_hrtimer_watch_not_before, jiffies + EMBER_WATCH_PAUSE);
		ember_probes_listen(false);
		return;
	}
	if (ember_probes_listen(true))
		queue_delayed_work(ember_away_queue, &ember_hrtimer_watch_work,
				   EMBER_WATCH_JIFFIES);
}

void ember_hrtimer_watch_late(u64 late)
{
	struct ember_ear *ear = this_cpu_ptr(&ember_ear);

	if (likely(late < EMBER_LATE_NS)) {
		ear->late -= !!ear->late;
		return;
	}
	ear->late += EMBER_LATE_WEIGHT;
	if (ear->late < EMBER_LATE_ENOUGH)
		return;
	ear->late = 0;
	ember_hrtimer_watch_ask();
}

static noinline void ember_hrtimer_watch_slept(struct ember_ear *ear)
{
	unsigned int cpu = smp_processor_id();
	u64 slept_us = get_cpu_idle_time_us(cpu, NULL) + get_cpu_iowait_time_us(cpu, NULL);
	s64 awake = ear->idle_ns - (slept_us - ear->slept_us) * NSEC_PER_USEC;

	if (ear->slept_us && awake * EMBER_IDLE_SHARE > (s64)ear->idle_ns)
		ember_hrtimer_watch_ask();
	ear->slept_us = slept_us;
	ear->idle_ns = 0;
}

void ember_hrtimer_watch_idle(u64 now)
{
	this_cpu_write(ember_ear.idle_from, now);
}

void ember_hrtimer_watch_busy(u64 now)
{
	struct ember_ear *ear = this_cpu_ptr(&ember_ear);

	if (unlikely(!ear->idle_from))
		return;
	ear->idle_ns += now - ear->idle_from;
	ear->idle_from = 0;
	if (unlikely(ear->idle_ns >= EMBER_IDLE_LOOK_NS || !ear->slept_us))
		ember_hrtimer_watch_slept(ear);
}

void ember_hrtimer_watch_took(unsigned long counts)
{
	this_cpu_add(ember_ear.took, counts);
}

bool ember_hrtimer_watch_always(void)
{
	return get_cpu_idle_time_us(raw_smp_processor_id(), NULL) == -1ULL;
}

/* The first session has come. What was found out in the time of others is over. */
void ember_hrtimer_watch_begin(void)
{
	WRITE_ONCE(ember_hrtimer_watch_not_before, jiffies);
	ember_hrtimer_watch_worth();
	if (READ_ONCE(ember_probes_listening) && !ember_hrtimer_watch_always())
		mod_delayed_work(ember_away_queue, &ember_hrtimer_watch_work,
				 EMBER_WATCH_JIFFIES);
}

void ember_hrtimer_watch_end(void)
{
	cancel_delayed_work(&ember_hrtimer_watch_work);
}

void ember_hrtimer_watch_exit(void)
{
	irq_work_sync(&ember_hrtimer_watch_ask_work);
	cancel_delayed_work_sync(&ember_hrtimer_watch_work);
}

static int ember_hrtimer_watch_show(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", READ_ONCE(ember_probes_listening));
}

static int ember_hrtimer_watch_refuse(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops ember_hrtimer_watch_ops = {
	.set = ember_hrtimer_watch_refuse,
	.get = ember_hrtimer_watch_show,
};
module_param_cb(listening, &ember_hrtimer_watch_ops, NULL, 0444);
MODULE_PARM_DESC(listening, "to be read: hard timers' callbacks are listened to");
