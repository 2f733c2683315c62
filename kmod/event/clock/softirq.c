// SPDX-License-Identifier: GPL-2.0-only
/*
 * Softirqs on top of an idle CPU, where the timer rests: it's put up when the next point
 * is near enough to fall into one, which gives a real stack. Elsewhere it runs anyway.
 */
#include <linux/interrupt.h>
#include <linux/irqflags.h>

#include "../../base/clock.h"
#include "../../base/probes.h"
#include "../../sample/ticks.h"
#include "../../sample/throttle.h"
#include "interrupt.h"
#include "../../sample/record.h"

/* How near is near: a start and cancel of the timer costs more than most softirqs
 * do, and few are longer than this. Where one was, its like is expected to be.
 */
#define EMBER_SOFTIRQ_NEAR_NS (100 * 1000)

struct ember_softirq {
	unsigned long entered; /* counts */
	bool armed; /* for this one */
	unsigned long took[NR_SOFTIRQS]; /* counts: the longest of late, and room */
};
static DEFINE_PER_CPU(struct ember_softirq, ember_softirq);

static bool ember_softirq_ours(void)
{
	const struct ember_cpu *ec = this_cpu_read(ember_ticks.cpu[0]);

	return ec && ec->idle;
}

static noinline void ember_softirq_near(unsigned long count, unsigned long near)
{
	struct ember_ticks *ticks;
	unsigned long flags;
	unsigned int i;
	u64 now, near_ns;

	local_irq_save(flags);
	ticks = this_cpu_ptr(&ember_ticks);
	now = ember_clock();
	near_ns = ember_counter_to_ns(near);
	for (i = 0; i < ticks->nr; i++) {
		struct ember_cpu *ec = ticks->cpu[i];

		ember_record_idle(ec, ember_grid_pass(&ec->grid, now));
		if (ec->grid.next - now >= near_ns)
			continue;
		ember_tick_arm(ec);
		this_cpu_write(ember_softirq.armed, true);
	}
	if (unlikely(ticks->extras))
		ember_throttle_spend_all(ticks, count);
	ember_due_set(count, now);
	local_irq_restore(flags);
}

static void ember_softirq_entry(void *data, unsigned int vector)
{
	struct ember_softirq *softirq = this_cpu_ptr(&ember_softirq);
	unsigned long count, near;

	if (!ember_softirq_ours())
		return;
	count = ember_counter();
	softirq->entered = count;
	near = max(softirq->took[vector], ember_counter_of_ns(EMBER_SOFTIRQ_NEAR_NS));
	if (unlikely(ember_due_by(count, near)))
		ember_softirq_near(count, near);
}

/* A running maximum that forgets slowly: twice what the longest took, for room. */
static void ember_softirq_took(unsigned long *took, unsigned long counts)
{
	*took -= *took / 64;
	*took = max(*took, 2 * min(counts, ember_counter_of_ns(NSEC_PER_SEC)));
}

static noinline void ember_softirq_over(unsigned long entered, unsigned long count,
					unsigned int vector)
{
	struct ember_ticks *ticks;
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	ticks = this_cpu_ptr(&ember_ticks);
	ember_interrupt_look(entered, count, EMBER_CONTEXT_SOFTIRQ, 0, vector);
	for (i = 0; i < ticks->nr; i++)
		ember_tick_disarm(ticks->cpu[i]);
	this_cpu_write(ember_softirq.armed, false);
	local_irq_restore(flags);
}

static void ember_softirq_exit(void *data, unsigned int vector)
{
	struct ember_softirq *softirq = this_cpu_ptr(&ember_softirq);
	unsigned long count;

	if (!ember_softirq_ours())
		return;
	count = ember_counter();
	ember_softirq_took(&softirq->took[vector],
			   ember_counter_since(count, softirq->entered));
	if (unlikely(softirq->armed || ember_due_by(count, 0)))
		ember_softirq_over(softirq->entered, count, vector);
}

struct ember_probe ember_softirq_probes[] = {
	{ "softirq_entry", ember_softirq_entry, EMBER_FEATURE_SOFTIRQ },
	{ "softirq_exit", ember_softirq_exit, EMBER_FEATURE_SOFTIRQ },
	{},
};
