// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grid points that fall into interrupt handlers. The sampling timer cannot fire during a
 * hard interrupt: it fires afterwards and would bill the handler's time to the interrupted
 * task. So the probe at the end of each handler checks the grid: a point that became due
 * since the handler began is sampled as one synthetic frame that names the handler. The
 * timer, already expired, then finds no point left to count.
 *
 * Mostly no point is due, which a counter cheaper than the clock shows.
 */
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/hrtimer.h>

#include <asm/irq_regs.h>

#include "../../sample/ticks.h"
#include "../../sample/capture.h"
#include "../../base/probes.h"
#include "../../sample/throttle.h"
#include "../../compat/tracepoint.h"
#include "interrupt.h"
#include "../../sample/record.h"
#include "watch.h"

/* Points of one handler that become samples of their own; the rest is skipped. */
#define EMBER_HANDLER_POINTS 32

struct ember_interrupt {
	unsigned long entered; /* counts */
	unsigned long outer; /* that called it: a demultiplexer, a timer */
	u8 context; /* EMBER_CONTEXT_*: of the handler, of outer */
	u8 outer_context;
};
static DEFINE_PER_CPU(struct ember_interrupt, ember_interrupt);

DEFINE_PER_CPU(struct ember_due, ember_due);

/* Not for longer than this, and an eighth less than that: the counter's rate was measured. */
#define EMBER_DUE_NS_MAX (NSEC_PER_SEC / 2)

void ember_due_set(unsigned long count, u64 now)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	u64 left = EMBER_DUE_NS_MAX;
	unsigned int i;

	for (i = 0; i < ticks->nr; i++) {
		u64 next = ticks->cpu[i]->grid.next;

		left = min(left, next > now ? next - now : 0);
	}
	left -= left / 8;
	this_cpu_write(ember_due.left, 0);
	barrier();
	this_cpu_write(ember_due.looked, count);
	barrier();
	this_cpu_write(ember_due.left, ember_counter_of_ns(left));
}

/*
 * Stop tracking the clock event device's handler. Where its interrupt is an ordinary one
 * (ARM), the sampling timer fires inside the handler that irq_handler_entry reported. The
 * hrtimer tracepoints attribute that handler's time to its callbacks; ember_irq_entry()
 * ignores it from the first tick on.
 */
void ember_interrupt_ticked(void)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);

	ticks->timer_handler = ticks->handler;
	ticks->handler = 0;
}

void ember_interrupt_begin(void)
{
	this_cpu_write(ember_ticks.handler, 0);
	this_cpu_write(ember_interrupt.outer, 0);
	this_cpu_write(ember_due.left, 0);
}

/* The handler ran since `entered` ns, until now. */
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
			ember_record_skip(ec, passed - 1);
			ember_capture(ec, get_irq_regs(), now);
		}
	}
	passed = ember_grid_pass(&ec->grid, now);
	for (n = 0; n < passed && n < EMBER_HANDLER_POINTS; n++)
		ember_capture_handler(ec, context, handler, vector, now);
	ember_record_skip(ec, passed - n);
	ec->counters->handler_ns += ember_clock() - now;
}

noinline void ember_interrupt_look(unsigned long entered, unsigned long count, u8 context,
				   unsigned long handler, u8 vector)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);
	u64 now = ember_clock(), ran;
	unsigned int i;

	for (i = 0; i < ticks->nr; i++) {
		if (ticks->cpu[i]->grid.next > now)
			continue;
		/* A counter that leapt forward is as wrong as one that stepped back. */
		ran = min(ember_counter_to_ns(ember_counter_since(count, entered)), now);
		ember_interrupt_points(ticks->cpu[i], now - ran, now, context, handler,
				       vector);
	}
	if (unlikely(ticks->extras))
		ember_throttle_spend_all(ticks, count);
	ember_due_set(count, now);
}

static void ember_interrupt_over(unsigned long count, u8 context, unsigned long handler)
{
	unsigned long entered = this_cpu_read(ember_interrupt.entered);

	ember_watch_took(context == EMBER_CONTEXT_HRTIMER ? EMBER_WATCH_TIMERS :
							    EMBER_WATCH_HANDLERS,
			 ember_counter_since(count, entered));
	if (unlikely(ember_due_by(count, 0)))
		ember_interrupt_look(entered, count, context, handler, 0);
}

static noinline void ember_interrupt_enter(struct ember_ticks *ticks, unsigned long handler)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);
	unsigned long count = ember_counter();

	if (unlikely(ticks->handler)) {
		ember_interrupt_over(count, in->context, ticks->handler);
		in->outer = ticks->handler;
		in->outer_context = in->context;
	}
	ticks->handler = handler;
	in->context = EMBER_CONTEXT_HARDIRQ;
	in->entered = count;
}

static noinline void ember_interrupt_leave(struct ember_ticks *ticks)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);
	unsigned long count = ember_counter();

	ember_interrupt_over(count, EMBER_CONTEXT_HARDIRQ, ticks->handler);
	ticks->handler = in->outer;
	if (unlikely(in->outer)) {
		in->outer = 0;
		in->context = in->outer_context;
		in->entered = count;
	}
}

/* On the way of each interrupt, of our own tick's where it's an ordinary one: what there is to
 * do is out of line.
 */
static void ember_irq_entry(void *data, int irq, struct irqaction *action)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);

	if (ticks->nr && (unsigned long)action->handler != ticks->timer_handler)
		ember_interrupt_enter(ticks, (unsigned long)action->handler);
}

static void ember_irq_exit(void *data, int irq, struct irqaction *action, int ret)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);

	if (ticks->handler)
		ember_interrupt_leave(ticks);
}

EMBER_HRTIMER_ENTRY_PROBE(ember_hrtimer_entry)
{
	struct ember_interrupt *in = this_cpu_ptr(&ember_interrupt);

	if (ember_tick_is_ours(timer) || !this_cpu_read(ember_ticks.nr))
		return;
	/* Soft timers run with interrupts on: they are softirqs. */
	if (!irqs_disabled() || timer->is_soft) {
		this_cpu_write(ember_ticks.handler, 0);
		return;
	}
	this_cpu_write(ember_ticks.handler, (unsigned long)timer->function);
	in->context = EMBER_CONTEXT_HRTIMER;
	in->entered = ember_counter();
}

static void ember_hrtimer_exit(void *data, struct hrtimer *timer)
{
	unsigned long handler = this_cpu_read(ember_ticks.handler);

	/* The timer may be freed by now: only its address is known to be good. */
	if (!handler || !irqs_disabled())
		return;
	ember_interrupt_over(ember_counter(), EMBER_CONTEXT_HRTIMER, handler);
	this_cpu_write(ember_ticks.handler, 0);
}

struct ember_probe ember_interrupt_probes[] = {
	{ "irq_handler_entry", ember_irq_entry, EMBER_FEATURE_HARDIRQ },
	{ "irq_handler_exit", ember_irq_exit, EMBER_FEATURE_HARDIRQ },
	{},
};

struct ember_probe ember_hrtimer_probes[] = {
	{ "hrtimer_expire_entry", EMBER_HRTIMER_ENTRY(ember_hrtimer_entry),
	  EMBER_FEATURE_HRTIMER },
	{ "hrtimer_expire_exit", ember_hrtimer_exit, EMBER_FEATURE_HRTIMER },
	{},
};
