// SPDX-License-Identifier: GPL-2.0-only
/* The timer of one CPU and session. */
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include <asm/irq_regs.h>

#include "../../sample/capture.h"
#include "../../base/clock.h"
#include "../../compat/hrtimer.h"
#include "../../base/counter.h"
#include "../../sample/plain.h"
#include "../../base/probes.h"
#include "../../sample/throttle.h"
#include "../../sample/ticks.h"
#include "idle.h"
#include "interrupt.h"
#include "../../sample/record.h"
#include "tick.h"
#include "watch.h"
#include "../../task/worker.h"
#include "../../unwind/user.h"

/* Handlers whose time is measured: one in so many, which then counts for all. */
#define EMBER_PRICE_ONE_IN 16

static noinline void ember_tick_price(struct ember_cpu *ec, u64 due)
{
	u64 begun = ember_clock();

	ec->turn = EMBER_PRICE_ONE_IN;
	ember_watch_late(begun - due, begun);
	ember_workers_late(&ec->session->spaces, begun);
	ec->ticks->priced = ember_counter();
}

static noinline void ember_tick_priced(struct ember_cpu *ec)
{
	unsigned long took = ember_counter_since(ember_counter(), ec->ticks->priced);

	ec->counters->handler_ns += ember_counter_to_ns(took) * EMBER_PRICE_ONE_IN;
}

static __always_inline bool ember_tick_has_price(const struct ember_cpu *ec)
{
	return unlikely(ec->turn == EMBER_PRICE_ONE_IN);
}

/*
 * A second time in the same interrupt: the point passed since it came. If it's one, as
 * jitter has them close together at high rates, it's like any other. If interrupts were
 * off for several, what comes first after them was sampled, and the others are known only
 * to have passed.
 */
static void ember_tick_again(struct ember_cpu *ec)
{
	u64 now = ember_clock(), due = ec->grid.next;
	u64 passed = ember_grid_pass(&ec->grid, now);

	if (passed)
		ember_watch_late(now - due, now);
	if (passed > 1 && ember_hrtimer_high(&ec->timer)) {
		ember_record_skip(ec, passed);
	} else if (passed) {
		ember_record_skip(ec, passed - 1);
		ember_capture(ec, get_irq_regs(), now);
	}
}

/* Not the first tick of its interrupt: a tick's share of that one's time is what is left. */
static noinline void ember_tick_further(struct ember_cpu *ec, u32 interrupt, u64 due)
{
	struct ember_ticks *ticks = ec->ticks;

	if (!ember_tick_begin(ticks, interrupt) && !ember_walk_look(ticks->begun, 1))
		ticks->room = 1;
	if (interrupt == ec->interrupt) {
		ember_tick_again(ec);
		return;
	}
	ec->interrupt = interrupt;
	ember_grid_step(&ec->grid);
	if (unlikely(!--ec->turn))
		ember_tick_price(ec, due);
	ember_capture(ec, get_irq_regs(), due);
	if (ember_tick_has_price(ec))
		ember_tick_priced(ec);
}

/* Charge what began at `begun`; if that's more than there is, the factor follows from it. */
static __always_inline void ember_tick_charge(struct ember_cpu *ec, unsigned long begun,
					      unsigned long price)
{
	unsigned long count = ember_counter();

	if (unlikely(ember_bucket_spend(&ec->bucket,
					ember_counter_since(count, begun) + price)))
		ember_throttle_settle(ec, count);
}

/* The budget is spent: the point is skipped. */
static noinline void ember_tick_skip(struct ember_cpu *ec, u32 interrupt)
{
	ec->interrupt = interrupt;
	ember_grid_step(&ec->grid);
	ember_record_skip(ec, 1);
}

static noinline void ember_tick_further_charged(struct ember_cpu *ec, u32 interrupt, u64 due)
{
	unsigned long begun = ember_counter();

	if (ember_throttle_owes(ec, begun))
		ember_tick_skip(ec, interrupt);
	else
		ember_tick_further(ec, interrupt, due);
	ember_tick_charge(ec, begun, 0);
}

/*
 * A sample bears its point's own time, so the clock needn't be read: the timer never fires
 * before that, and what fell into an interrupt's handler was taken at that one's end
 * (interrupt.c), which moved the grid on. charged: the session has a budget.
 */
static __always_inline enum hrtimer_restart ember_tick_run(struct hrtimer *timer,
							   const bool charged)
{
	struct ember_cpu *ec = container_of(timer, struct ember_cpu, timer);
	u32 interrupt = ember_hrtimer_interrupt(timer);
	struct ember_ticks *ticks = ec->ticks;
	u64 due = ec->grid.next;
	unsigned long begun;

	if (unlikely(ticks->handler))
		ember_interrupt_ticked();
	if (unlikely(ec->ticking != EMBER_TICKING)) {
		ec->armed = READ_ONCE(ec->ticking);
		if (!ec->armed)
			return HRTIMER_NORESTART;
		if (ember_idle_hit(ec)) {
			ec->armed = !ec->idle;
			if (!ec->armed)
				return HRTIMER_NORESTART;
			goto next;
		}
	}
	if (unlikely(ktime_to_ns(hrtimer_get_expires(timer)) != due))
		goto next;
	/* Both are 0 without high resolution. */
	if (unlikely(ticks->interrupt == interrupt)) {
		if (charged)
			ember_tick_further_charged(ec, interrupt, due);
		else
			ember_tick_further(ec, interrupt, due);
		goto next;
	}
	begun = ember_tick_first(ticks, interrupt);
	if (charged && unlikely(ember_bucket_owes(&ec->bucket)) &&
	    ember_throttle_owes(ec, begun)) {
		ember_tick_skip(ec, interrupt);
		goto charge;
	}
	ec->interrupt = interrupt;
	ember_grid_step(&ec->grid);
	if (unlikely(!--ec->turn))
		ember_tick_price(ec, due);
	if (unlikely(!ember_plain_sample(ec, get_irq_regs(), due, begun)))
		ember_capture(ec, get_irq_regs(), due);
	if (ember_tick_has_price(ec))
		ember_tick_priced(ec);
charge:
	if (charged)
		ember_tick_charge(ec, begun, ember_throttle_price);
next:
	/* It was left queued (idle.c): the switch away from the idle task starts it. */
	if (charged && unlikely(ec->idle) && !in_serving_softirq()) {
		ec->armed = false;
		return HRTIMER_NORESTART;
	}
	hrtimer_set_expires(timer, ns_to_ktime(ec->grid.next));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart ember_tick(struct hrtimer *timer)
{
	return ember_tick_run(timer, false);
}

static enum hrtimer_restart ember_tick_charged(struct hrtimer *timer)
{
	return ember_tick_run(timer, true);
}

/*
 * Where the first cell begins, within a period from now: grids of one period are the
 * CPU's and the session's share of it apart, whenever they were started.
 */
static u64 ember_tick_origin(const struct ember_cpu *ec, u64 now)
{
	const struct ember_session *s = ec->session;
	u64 phase = div_u64(s->period_ns * ec->cpu, nr_cpu_ids) +
		    s->period_ns * s->phase / EMBER_SESSIONS_MAX;
	u64 since;

	div64_u64_rem(now, s->period_ns, &since);
	div64_u64_rem(phase, s->period_ns, &phase);
	/* In the period that runs, unless that's over there. */
	return now - since + phase + (phase < since ? s->period_ns : 0);
}

static void ember_tick_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	struct ember_session *s = ec->session;

	if (ec->ticking || WARN_ON_ONCE(ticks->nr == EMBER_SESSIONS_MAX))
		return;
	ember_grid_init(&ec->grid, ember_tick_origin(ec, ember_clock()), s->period_ns,
			ec->seed);
	ember_interrupt_begin();
	ec->idle = ember_probe_idle && is_idle_task(current);
	ec->ticking = ember_probe_idle ? EMBER_TICKING : EMBER_TICKING_BLIND;
	ticks->cpu[ticks->nr++] = ec;
	ticks->extras |= ec->charged | ec->counted;
	if (!ec->idle)
		ember_tick_arm(ec);
}

static void ember_tick_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	unsigned int i;
	u64 passed;

	if (!ec->ticking)
		return;
	passed = ember_grid_pass(&ec->grid, ember_clock());
	if (ec->idle)
		ember_record_idle(ec, passed);
	else if (passed)
		ember_record_skip(ec, passed);
	ember_tick_disarm(ec);
	ember_idle_exit(ec);
	ec->ticking = 0;
	/* Where the CPU comes again its points differ from the last. */
	ec->seed = ec->grid.state;
	for (i = 0; i < ticks->nr; i++)
		if (ticks->cpu[i] == ec)
			break;
	ticks->cpu[i] = ticks->cpu[--ticks->nr];
	ticks->cpu[ticks->nr] = NULL;
}

const struct ember_event_ops ember_clock_event = {
	.type = EMBER_EVENT_CPU,
	.unit = EMBER_UNIT_NANOSECONDS,
	.start = ember_tick_start,
	.stop = ember_tick_stop,
};

void ember_tick_init(struct ember_cpu *ec)
{
	ec->ticks = per_cpu_ptr(&ember_ticks, ec->cpu);
	ec->turn = EMBER_PRICE_ONE_IN;
	ember_hrtimer_setup(&ec->timer, ember_tick);
	ember_idle_init(ec);
}

void ember_tick_module_init(void)
{
	ember_tick_handlers[false] = ember_tick;
	ember_tick_handlers[true] = ember_tick_charged;
}
