// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points that fall into interrupts. A timer can't interrupt a hard interrupt: it
 * fires when that is over and would bill its time to whoever was interrupted. So
 * the ends of handlers look at the grid themselves: a point that passed since the
 * beginning is the handler's, one synthetic frame that names it. The timer, due
 * already, then finds nothing left to count.
 *
 * On an idle CPU the timer rests; for softirqs it is put up when the next point is
 * near enough to fall into one, which gives a real stack.
 */
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/hrtimer.h>

#include <asm/irq_regs.h>

#include "capture.h"
#include "clock.h"
#include "compat/tracepoint.h"
#include "record.h"
#include "tick.h"

/* How near is near: a start and cancel of the timer costs more than most softirqs
 * do, and few are longer than this. Where one was, its like is expected to be.
 */
#define EMBER_SOFTIRQ_NEAR_NS (1000 * 1000)

/* Points of one handler that become samples of their own; the rest is skipped. */
#define EMBER_HANDLER_POINTS 32

struct ember_interrupt {
	u64 entered; /* ns */
	unsigned long handler; /* that runs; 0: none that is watched */
	unsigned long outer; /* that called it: a demultiplexer, a timer */
	u8 context; /* EMBER_CONTEXT_*: of handler, of outer */
	u8 outer_context;
	unsigned long timer_handler; /* the clock's own interrupt */
	u64 tick; /* ns: the kernel's time for the tick that begins */
	u64 softirq_entered;
	u32 softirq_took[NR_SOFTIRQS]; /* ns: the longest of late on an idle CPU */
};
static DEFINE_PER_CPU(struct ember_interrupt, ember_interrupt);

/*
 * Where the clock's interrupt is an ordinary one (ARM), our tick runs inside of
 * what irq_handler_entry saw. Its time is told by the timers' own tracepoints; from
 * the first tick on it's left out here, which saves each tick two looks at the clock.
 */
u64 ember_interrupt_ticked(void)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);
	u64 now = in->tick;

	if (unlikely(in->handler)) {
		in->timer_handler = in->handler;
		in->handler = 0;
	}
	in->tick = 0;
	return now ?: ember_clock();
}

/* The handler ran since `entered`, until now. */
static void ember_interrupt_points(struct ember_cpu *ec, u64 entered, u64 now, u8 context,
				   unsigned long handler, u8 vector)
{
	u64 passed;
	u64 n;

	passed = ember_grid_pass(&ec->grid, entered);
	if (unlikely(passed)) {
		/* Older than the handler: of what it interrupted. */
		if (ec->idle) {
			ember_record_idle(ec, passed);
		} else {
			if (passed > 1)
				ember_record_skip(ec, passed - 1);
			ember_capture(ec, get_irq_regs(), now);
		}
	}
	passed = ember_grid_pass(&ec->grid, now);
	for (n = 0; n < passed && n < EMBER_HANDLER_POINTS; n++)
		ember_capture_handler(ec, context, handler, vector, now);
	if (unlikely(passed > n))
		ember_record_skip(ec, passed - n);
}

static void ember_interrupt_over(u64 entered, u8 context, unsigned long handler)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	u64 now = ember_clock();
	unsigned int i;

	for (i = 0; i < ticks->nr; i++)
		if (unlikely(ticks->cpu[i]->grid.next <= now))
			ember_interrupt_points(ticks->cpu[i], entered, now, context, handler,
					       0);
}

static void ember_irq_entry(void *data, int irq, struct irqaction *action)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);

	if (!this_cpu_ptr(&ember_ticks)->nr ||
	    (unsigned long)action->handler == in->timer_handler)
		return;
	if (unlikely(in->handler)) {
		ember_interrupt_over(in->entered, in->context, in->handler);
		in->outer = in->handler;
		in->outer_context = in->context;
	}
	in->handler = (unsigned long)action->handler;
	in->context = EMBER_CONTEXT_HARDIRQ;
	in->entered = ember_clock();
}

static void ember_irq_exit(void *data, int irq, struct irqaction *action, int ret)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);

	if (this_cpu_ptr(&ember_ticks)->nr && in->handler)
		ember_interrupt_over(in->entered, EMBER_CONTEXT_HARDIRQ, in->handler);
	in->handler = in->outer;
	if (unlikely(in->outer)) {
		in->outer = 0;
		in->context = in->outer_context;
		in->entered = ember_clock();
	}
}

/* *now is the kernel's own reading, made for all timers that expire together. */
static void ember_hrtimer_entry(void *data, struct hrtimer *timer, ktime_t *now)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);
	u64 entered = ktime_to_ns(*now);

	if (ember_tick_is_ours(timer)) {
		in->tick = entered;
		return;
	}
	if (!this_cpu_ptr(&ember_ticks)->nr)
		return;
	/* Soft timers run with interrupts on: they are softirqs. */
	if (!irqs_disabled() || timer->is_soft) {
		in->handler = 0;
		return;
	}
	if (unlikely(timer->base->clockid != CLOCK_MONOTONIC))
		entered = ember_clock();
	in->handler = (unsigned long)timer->function;
	in->context = EMBER_CONTEXT_HRTIMER;
	in->entered = max(entered, in->entered);
}

static void ember_hrtimer_exit(void *data, struct hrtimer *timer)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);
	u64 now;

	/* The timer may be freed by now: only its address is known to be good. */
	if (!in->handler || !irqs_disabled())
		return;
	now = ember_clock();
	ember_interrupt_over(in->entered, EMBER_CONTEXT_HRTIMER, in->handler);
	in->entered = now;
	in->handler = 0;
}

static void ember_softirq_entry(void *data, unsigned int vector)
{
	struct ember_ticks *ticks;
	unsigned long flags;
	unsigned int i;
	u32 near;
	u64 now;

	local_irq_save(flags);
	ticks = this_cpu_ptr(&ember_ticks);
	if (!ticks->nr || !ticks->cpu[0]->idle)
		goto out;
	now = ember_clock();
	this_cpu_ptr(&ember_interrupt)->softirq_entered = now;
	near = max_t(u32, EMBER_SOFTIRQ_NEAR_NS,
		     this_cpu_ptr(&ember_interrupt)->softirq_took[vector]);
	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		ember_record_idle(ec, ember_grid_pass(&ec->grid, now));
		if (ec->grid.next - now < near)
			ember_tick_arm(ec);
	}
out:
	local_irq_restore(flags);
}

/* A running maximum that forgets slowly: twice what the longest took, for room. */
static void ember_softirq_took(u32 *took, u64 ns)
{
	u32 twice = 2 * min_t(u64, ns, NSEC_PER_SEC);

	*took -= *took / 64;
	*took = max(*took, twice);
}

static void ember_softirq_exit(void *data, unsigned int vector)
{
	struct ember_interrupt *in;
	struct ember_ticks *ticks;
	unsigned long flags;
	unsigned int i;
	u64 now;

	local_irq_save(flags);
	ticks = this_cpu_ptr(&ember_ticks);
	if (!ticks->nr || !ticks->cpu[0]->idle)
		goto out;
	now = ember_clock();
	in = this_cpu_ptr(&ember_interrupt);
	ember_softirq_took(&in->softirq_took[vector], now - in->softirq_entered);
	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		if (unlikely(ec->grid.next <= now))
			ember_interrupt_points(ec, in->softirq_entered, now,
					       EMBER_CONTEXT_SOFTIRQ, 0, vector);
		ember_tick_disarm(ec);
	}
out:
	local_irq_restore(flags);
}

struct ember_probe ember_interrupt_probes[] = {
	{ "irq_handler_entry", ember_irq_entry, EMBER_FEATURE_HARDIRQ },
	{ "irq_handler_exit", ember_irq_exit, EMBER_FEATURE_HARDIRQ },
	{ "hrtimer_expire_entry", ember_hrtimer_entry, EMBER_FEATURE_HRTIMER },
	{ "hrtimer_expire_exit", ember_hrtimer_exit, EMBER_FEATURE_HRTIMER },
	{ "softirq_entry", ember_softirq_entry, EMBER_FEATURE_SOFTIRQ },
	{ "softirq_exit", ember_softirq_exit, EMBER_FEATURE_SOFTIRQ },
	{},
};
