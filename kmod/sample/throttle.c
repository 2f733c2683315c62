// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/mutex.h>
#include <linux/smp.h>

#include "throttle.h"
#include "../compat/hrtimer.h"
#include "../base/clock.h"
#include "ticks.h"

/* A throttled CPU is sampled once a second at least. */
#define EMBER_THROTTLE_MOST_NS NSEC_PER_SEC
/* Without a clock. */
#define EMBER_THROTTLE_EVENTS 10

/* Interrupts whose price is measured; how soon each comes, and how long it's waited for. */
#define EMBER_PRICE_TRIES 16
#define EMBER_PRICE_SOON  (20 * NSEC_PER_USEC)
#define EMBER_PRICE_WAIT  (100 * NSEC_PER_USEC)

unsigned long ember_throttle_price;

struct ember_trial {
	struct hrtimer timer;
	bool fired;
};
static struct ember_trial ember_trial;
static DEFINE_MUTEX(ember_trial_lock);

/* As a tick does, it stays queued: that is part of the price. */
static enum hrtimer_restart ember_trial_fired(struct hrtimer *timer)
{
	WRITE_ONCE(ember_trial.fired, true);
	hrtimer_set_expires(timer, ns_to_ktime(ember_clock() + NSEC_PER_SEC));
	return HRTIMER_RESTART;
}

/* Return the counts that this CPU lacks at the next interrupt of the trial's timer; 0: none came. */
static unsigned long ember_trial_run(void)
{
	unsigned long begun, count, last, earlier, took = 0;
	unsigned long wait = ember_counter_of_ns(EMBER_PRICE_WAIT);
	bool fired;

	ember_trial.fired = false;
	preempt_disable();
	hrtimer_start(&ember_trial.timer, ns_to_ktime(ember_clock() + EMBER_PRICE_SOON),
		      HRTIMER_MODE_ABS_PINNED_HARD);
	begun = earlier = last = ember_counter();
	do {
		fired = READ_ONCE(ember_trial.fired);
		barrier();
		count = ember_counter();
		/* It came behind `last`, or before that but behind the look at `fired`. */
		if (fired)
			took = count - earlier;
		earlier = last;
		last = count;
	} while (!fired && count - begun < wait);
	preempt_enable();
	hrtimer_cancel(&ember_trial.timer);
	return took;
}

/*
 * Return the counts that a timer's interrupt takes beside its handler, by the least of several; 0
 * without high resolution timers, which have no interrupt of their own. The trials interrupt the
 * kernel: from user mode the way in and out takes a third more.
 */
static unsigned long ember_throttle_measure(void)
{
	unsigned long took, least = 0;
	unsigned int i;

	ember_hrtimer_setup(&ember_trial.timer, ember_trial_fired);
	if (!ember_hrtimer_high(&ember_trial.timer))
		return 0;
	for (i = 0; i < EMBER_PRICE_TRIES; i++) {
		took = ember_trial_run();
		if (took && (!least || took < least))
			least = took;
	}
	return least + least / 3;
}

static u8 ember_throttle_most(const struct ember_session *s)
{
	u8 shift = 0;

	if (!s->hz)
		return EMBER_THROTTLE_EVENTS;
	while (shift < EMBER_BUCKET_SHIFT_MAX &&
	       s->period_ns << (shift + 1) <= EMBER_THROTTLE_MOST_NS)
		shift++;
	return shift;
}

/* Note for the probes of this CPU whether they are to be charged, or counters are read. */
static void ember_throttle_look(void)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	bool any = false;
	unsigned int i;

	for (i = 0; i < ticks->nr; i++)
		any |= ticks->cpu[i]->charged | ticks->cpu[i]->counted;
	ticks->extras = any;
}

/* The timer may be queued: on its own CPU it isn't about to run. */
static void ember_throttle_charge(struct ember_cpu *ec, bool charged)
{
	ec->charged = charged;
	ec->timer.function = ember_tick_handlers[charged];
	ember_throttle_look();
}

static void ember_throttle_take(struct ember_cpu *ec)
{
	const struct ember_session *s = ec->session;

	ember_bucket_set(&ec->bucket, READ_ONCE(s->budget_ppm),
			 ember_counter_of_ns(EMBER_BUCKET_MS * NSEC_PER_MSEC),
			 ember_throttle_most(s), ember_counter());
	if (ec->bucket.share) {
		ember_throttle_charge(ec, true);
		return;
	}
	/* With a clock its next tick ends the factor: points that it stands for are still to come. */
	if (!ec->ticking)
		ec->shift = 0;
	if (!ec->shift)
		ember_throttle_charge(ec, false);
}

static void ember_throttle_here(void *session)
{
	const struct ember_session *s = session;
	struct ember_cpu *ec = s->cpu[smp_processor_id()];

	if (ec->running)
		ember_throttle_take(ec);
}

int ember_throttle_set(struct ember_session *s, const struct ember_cpu_budget *budget)
{
	if (budget->ppm &&
	    (budget->ppm < EMBER_BUDGET_PPM_LEAST || budget->ppm > EMBER_BUDGET_PPM_MOST))
		return -EINVAL;
	mutex_lock(&ember_trial_lock);
	if (budget->ppm && !ember_throttle_price)
		ember_throttle_price = ember_throttle_measure();
	mutex_unlock(&ember_trial_lock);
	/* CPUs that are off line, or don't sample yet, find it as they start. */
	WRITE_ONCE(s->budget_ppm, budget->ppm);
	on_each_cpu_mask(s->cpus, ember_throttle_here, s, true);
	return 0;
}

void ember_throttle_start(struct ember_cpu *ec)
{
	ec->shift = 0;
	ec->bucket.shift = 0;
	ec->worked = atomic_long_read(&this_cpu_ptr(ec->session->spaces.workers.here)->took);
	if (ec->session->budget_ppm || ec->bucket.share)
		ember_throttle_take(ec);
}

void ember_throttle_stop(struct ember_cpu *ec)
{
	if (ec->bucket.share)
		ember_bucket_settle(&ec->bucket, ember_counter());
	ember_throttle_look();
}

/* What workers took since the last look, for which snapshots alone can't be throttled. */
static void ember_throttle_work(struct ember_cpu *ec)
{
	unsigned long took =
		atomic_long_read(&this_cpu_ptr(ec->session->spaces.workers.here)->took);
	unsigned long more = took - ec->worked;

	ec->worked = took;
	if (more)
		ember_bucket_owe(&ec->bucket,
				 ember_counter_of_ns(min_t(unsigned long, more, U32_MAX)));
}

void ember_throttle_settle(struct ember_cpu *ec, unsigned long now)
{
	struct ember_bucket *bucket = &ec->bucket;

	ember_throttle_work(ec);
	ember_bucket_settle(bucket, now);
	if (likely(bucket->shift == ec->shift && bucket->share))
		return;
	ec->shift = bucket->shift;
	ec->quiet = 0;
	if (!ec->ticking)
		return;
	ec->grid.period = ec->session->period_ns << ec->shift;
	ember_grid_place(&ec->grid);
	if (!bucket->share && !ec->shift)
		ember_throttle_charge(ec, false);
}

bool ember_throttle_owes(struct ember_cpu *ec, unsigned long now)
{
	if (likely(!ember_bucket_owes(&ec->bucket)))
		return false;
	ember_throttle_work(ec);
	ember_bucket_settle(&ec->bucket, now);
	if (!ember_bucket_owes(&ec->bucket))
		return false;
	ec->overdrawn += 1U << ec->shift;
	return true;
}

void ember_throttle_spend(struct ember_cpu *ec, unsigned long begun, unsigned long price)
{
	unsigned long now;

	if (!ec->bucket.share)
		return;
	now = ember_counter();
	/* With a clock its next tick settles: only between two cells points may be throttled. */
	if (ember_bucket_spend(&ec->bucket, ember_counter_since(now, begun) + price) &&
	    !ec->ticking)
		ember_throttle_settle(ec, now);
}

void ember_throttle_spend_all(struct ember_ticks *ticks, unsigned long begun)
{
	unsigned int i;

	for (i = 0; i < ticks->nr; i++)
		ember_throttle_spend(ticks->cpu[i], begun, 0);
}

void ember_throttle_event(struct ember_event_cpu *event, bool anyhow)
{
	const struct ember_cpu *ec = event->ec;
	u64 period = event->counters.period << ec->shift;

	while (period > U32_MAX)
		period >>= 1;
	if (likely(event->grid.period == period) ||
	    (event->total > event->grid.cell && !anyhow))
		return;
	if (event->total > event->grid.cell)
		event->grid.cell = event->total;
	event->grid.period = period;
	ember_grid_place(&event->grid);
}

void ember_throttle_status(const struct ember_session *s, unsigned int cpu,
			   struct ember_status_budget *budget)
{
	const struct ember_cpu *ec = s->cpu[cpu];
	u64 charged = READ_ONCE(ec->bucket.charged), before;

	/* Two halves where a register has 32 bits: as status.c's counters. */
	do {
		before = charged;
		barrier();
		charged = READ_ONCE(ec->bucket.charged);
	} while (BITS_PER_LONG == 32 && charged != before);
	budget->ppm = s->budget_ppm;
	budget->shift = max_t(u32, budget->shift, READ_ONCE(ec->shift));
	budget->charged_ns += ember_counter_to_ns_long(charged);
	budget->overdrawn += READ_ONCE(ec->overdrawn);
}
