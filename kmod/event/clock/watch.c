// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/tick.h>

#include "../../sample/session_state.h"
#include "../../sample/ticks.h"
#include "../../base/queue.h"
#include "../../compat/hrtimer.h"
#include "../../base/counter.h"
#include "../../base/probes.h"
#include "watch.h"

/* A timer's interrupt may have this much to do before it comes to us. */
#define EMBER_LATE_NS (20 * 1000)
/* Each late tick weighs as so many that aren't: one in 17 goes unnoticed for ever. */
#define EMBER_LATE_WEIGHT 16
#define EMBER_LATE_ENOUGH (3 * EMBER_LATE_WEIGHT)

/* So long an idle task is looked at, and so small a share of it was no sleep. */
#define EMBER_IDLE_LOOK_NS (250 * NSEC_PER_MSEC)
#define EMBER_IDLE_SHARE   16

/* Interrupts are counted for so long. So many a second are watched; once that was in vain,
 * twice as many as there were, for an hour.
 */
#define EMBER_RATE_NS	   (100 * NSEC_PER_MSEC)
#define EMBER_RATE	   50
#define EMBER_RATE_JIFFIES (3600 * HZ)

/* Watched for so long at least; then, if it took too small a share of each CPU's time, not
 * again before a pause.
 */
#define EMBER_WATCH_JIFFIES (10 * HZ)
#define EMBER_WATCH_PAUSE   (60 * HZ)

struct ember_ear {
	u32 late; /* EMBER_LATE_WEIGHT each */
	u32 interrupts; /* when they were counted last, */
	u64 counted; /* ns: then; 0: not yet */
	u64 idle_from; /* ns; 0: the idle task doesn't run */
	u64 idle_ns; /* that it ran since the last look */
	u64 slept_us; /* the kernel's account then, 0: none yet */
	u64 took[EMBER_WATCH_KINDS]; /* counts */
	u32 rate; /* interrupts a second, the most of late */
};
static DEFINE_PER_CPU(struct ember_ear, ember_ear);

static void ember_watch_do(struct work_struct *work);

#define EMBER_WATCH(kind, of) \
	[kind] = { \
		.share = (of), \
		.not_before = INITIAL_JIFFIES, \
		.work = __DELAYED_WORK_INITIALIZER(ember_watches[kind].work, ember_watch_do, \
						   TIMER_DEFERRABLE), \
	}

static struct ember_watch {
	u32 share; /* one in so many of a CPU's time is worth it */
	unsigned long not_before; /* jiffies */
	struct delayed_work work;
} ember_watches[EMBER_WATCH_KINDS] = {
	EMBER_WATCH(EMBER_WATCH_TIMERS, 50),
	EMBER_WATCH(EMBER_WATCH_HANDLERS, 200),
};

/* Interrupts a second from which on handlers are watched, and until when that holds. */
static u32 ember_watch_rate = EMBER_RATE;
static unsigned long ember_watch_rate_until = INITIAL_JIFFIES;

static unsigned long ember_watch_asked; /* bits: EMBER_WATCH_* */

static void ember_watch_start(struct irq_work *work)
{
	unsigned int kind;

	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++)
		if (test_and_clear_bit(kind, &ember_watch_asked))
			mod_delayed_work(ember_away_queue, &ember_watches[kind].work, 0);
}
static DEFINE_IRQ_WORK(ember_watch_irq_work, ember_watch_start);

/* From under the run queue's lock, too: hence by an interrupt of its own. */
static void ember_watch_ask(enum ember_watched kind)
{
	if (ember_probes_listen_to(kind) ||
	    time_before(jiffies, READ_ONCE(ember_watches[kind].not_before)))
		return;
	set_bit(kind, &ember_watch_asked);
	irq_work_queue(&ember_watch_irq_work);
}

static void ember_watch_ask_all(void)
{
	unsigned int kind;

	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++)
		ember_watch_ask(kind);
}

/* Whether it took its share of any CPU's time since the last call. */
static bool ember_watch_worth(enum ember_watched kind)
{
	u64 least = (u64)ember_counter_of_ns(NSEC_PER_SEC / ember_watches[kind].share) *
		    (EMBER_WATCH_JIFFIES / HZ);
	bool worth = false;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_ear *ear = per_cpu_ptr(&ember_ear, cpu);

		/* Only hints are lost in the race with the CPU itself. */
		worth |= READ_ONCE(ear->took[kind]) >= least;
		WRITE_ONCE(ear->took[kind], 0);
		WRITE_ONCE(ear->late, 0);
	}
	return worth;
}

/* So many interrupts as there are now aren't worth it. */
static void ember_watch_vain(void)
{
	u32 rate = EMBER_RATE / 2;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_ear *ear = per_cpu_ptr(&ember_ear, cpu);

		rate = max(rate, READ_ONCE(ear->rate));
		WRITE_ONCE(ear->rate, 0);
	}
	WRITE_ONCE(ember_watch_rate, 2 * rate);
	WRITE_ONCE(ember_watch_rate_until, jiffies + EMBER_RATE_JIFFIES);
}

static void ember_watch_do(struct work_struct *work)
{
	struct ember_watch *watch =
		container_of(to_delayed_work(work), struct ember_watch, work);
	enum ember_watched kind = watch - ember_watches;
	bool worth = ember_watch_worth(kind);

	if (ember_probes_listen_to(kind) && !worth) {
		WRITE_ONCE(watch->not_before, jiffies + EMBER_WATCH_PAUSE);
		if (kind == EMBER_WATCH_HANDLERS)
			ember_watch_vain();
		ember_probes_listen(kind, false);
		return;
	}
	if (ember_probes_listen(kind, true))
		queue_delayed_work(ember_away_queue, &watch->work, EMBER_WATCH_JIFFIES);
	else
		WRITE_ONCE(watch->not_before, jiffies + EMBER_WATCH_PAUSE);
}

/* Counts the interrupts that weren't the clock's. */
static void ember_watch_count(struct ember_ear *ear, u64 now)
{
	struct ember_cpu *ec = this_cpu_read(ember_ticks.cpu[0]);
	u64 passed = now - ear->counted;
	u32 interrupts, more;

	if (passed < EMBER_RATE_NS || !ec || ember_watch_always(EMBER_WATCH_HANDLERS))
		return;
	interrupts =
		kstat_cpu_irqs_sum(smp_processor_id()) - ember_hrtimer_interrupt(&ec->timer);
	more = interrupts - ear->interrupts;
	if (ear->counted && (s32)more > 0) {
		u32 rate = div64_u64((u64)more * NSEC_PER_SEC, passed);

		ear->rate = max(ear->rate, rate);
		if (time_after(jiffies, READ_ONCE(ember_watch_rate_until)))
			WRITE_ONCE(ember_watch_rate, EMBER_RATE);
		if (rate >= READ_ONCE(ember_watch_rate))
			ember_watch_ask(EMBER_WATCH_HANDLERS);
	}
	ear->interrupts = interrupts;
	ear->counted = now;
}

void ember_watch_late(u64 late, u64 now)
{
	struct ember_ear *ear = this_cpu_ptr(&ember_ear);

	ember_watch_count(ear, now);
	if (likely(late < EMBER_LATE_NS)) {
		ear->late -= !!ear->late;
		return;
	}
	ear->late += EMBER_LATE_WEIGHT;
	if (ear->late < EMBER_LATE_ENOUGH)
		return;
	ear->late = 0;
	ember_watch_ask_all();
}

static noinline void ember_watch_slept(struct ember_ear *ear, u64 now)
{
	unsigned int cpu = smp_processor_id();
	u64 slept_us = get_cpu_idle_time_us(cpu, NULL) + get_cpu_iowait_time_us(cpu, NULL);
	s64 awake = ear->idle_ns - (slept_us - ear->slept_us) * NSEC_PER_USEC;

	ember_watch_count(ear, now);
	if (ear->slept_us && awake * EMBER_IDLE_SHARE > (s64)ear->idle_ns)
		ember_watch_ask_all();
	ear->slept_us = slept_us;
	ear->idle_ns = 0;
}

void ember_watch_idle(u64 now)
{
	this_cpu_write(ember_ear.idle_from, now);
}

void ember_watch_busy(u64 now)
{
	struct ember_ear *ear = this_cpu_ptr(&ember_ear);

	if (unlikely(!ear->idle_from))
		return;
	ear->idle_ns += now - ear->idle_from;
	ear->idle_from = 0;
	if (unlikely(ear->idle_ns >= EMBER_IDLE_LOOK_NS || !ear->slept_us))
		ember_watch_slept(ear, now);
}

void ember_watch_took(enum ember_watched kind, unsigned long counts)
{
	this_cpu_add(ember_ear.took[kind], counts);
}

bool ember_watch_always(enum ember_watched kind)
{
	if (IS_ENABLED(CONFIG_X86) && kind == EMBER_WATCH_HANDLERS)
		return true;
	return get_cpu_idle_time_us(raw_smp_processor_id(), NULL) == -1ULL;
}

/* The first session has come. What was found out in the time of others is over. */
void ember_watch_begin(void)
{
	unsigned int kind;

	WRITE_ONCE(ember_watch_rate, EMBER_RATE);
	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++) {
		WRITE_ONCE(ember_watches[kind].not_before, jiffies);
		ember_watch_worth(kind);
		if (ember_probes_listen_to(kind) && !ember_watch_always(kind))
			mod_delayed_work(ember_away_queue, &ember_watches[kind].work,
					 EMBER_WATCH_JIFFIES);
	}
}

void ember_watch_end(void)
{
	unsigned int kind;

	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++)
		cancel_delayed_work(&ember_watches[kind].work);
}

void ember_watch_exit(void)
{
	unsigned int kind;

	irq_work_sync(&ember_watch_irq_work);
	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++)
		cancel_delayed_work_sync(&ember_watches[kind].work);
}

static int ember_watch_show(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", READ_ONCE(ember_probes_listening));
}

static int ember_watch_refuse(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops ember_watch_ops = {
	.set = ember_watch_refuse,
	.get = ember_watch_show,
};
module_param_cb(listening, &ember_watch_ops, NULL, 0444);
MODULE_PARM_DESC(
	listening,
	"to be read: what is watched for its time, 1 timers' callbacks and 2 interrupt handlers");
