// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a profiler's timer costs before it profiles: a hard hrtimer on the CPU that
 * loads this, which does nothing. With `chain` set it goes on to raise a requested
 * interrupt (1) or a tasklet (2) that does nothing either, for the bench to see what
 * listening to those costs.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/module.h>

static unsigned int hz = 1000;
module_param(hz, uint, 0444);
MODULE_PARM_DESC(hz, "expiries per second");

static unsigned int chain;
module_param(chain, uint, 0444);
MODULE_PARM_DESC(chain, "0 nothing more, 1 an interrupt, 2 a tasklet");

static ulong ticks;
module_param(ticks, ulong, 0444);
MODULE_PARM_DESC(ticks, "expiries so far");

static struct hrtimer bare_timer;
static ktime_t bare_period;
static int bare_irq = -1;

static void bare_softirq(struct tasklet_struct *tasklet)
{
}
static DECLARE_TASKLET(bare_tasklet, bare_softirq);

static irqreturn_t bare_handler(int irq, void *data)
{
	return IRQ_HANDLED;
}

static enum hrtimer_restart bare_tick(struct hrtimer *timer)
{
	ticks++;
	if (chain == 1)
		generic_handle_irq(bare_irq);
	else if (chain == 2)
		tasklet_schedule(&bare_tasklet);
	hrtimer_set_expires(timer, ktime_add(hrtimer_get_expires(timer), bare_period));
	return HRTIMER_RESTART;
}

static int bare_irq_init(void)
{
	int err;

	if (chain != 1)
		return 0;
	/* No owner: a requested interrupt would hold this module for ever. */
	bare_irq = __irq_alloc_descs(-1, 0, 1, NUMA_NO_NODE, NULL, NULL);
	if (bare_irq < 0)
		return bare_irq;
	irq_set_chip_and_handler(bare_irq, &dummy_irq_chip, handle_simple_irq);
	err = request_irq(bare_irq, bare_handler, 0, "baretick", &bare_timer);
	if (err)
		irq_free_desc(bare_irq);
	return err;
}

static void bare_irq_exit(void)
{
	if (chain != 1)
		return;
	free_irq(bare_irq, &bare_timer);
	irq_free_desc(bare_irq);
}

static int __init bare_init(void)
{
	int err;

	if (!hz || chain > 2)
		return -EINVAL;
	err = bare_irq_init();
	if (err)
		return err;
	bare_period = ns_to_ktime(NSEC_PER_SEC / hz);
	hrtimer_init(&bare_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	bare_timer.function = bare_tick;
	hrtimer_start(&bare_timer, bare_period, HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static void __exit bare_exit(void)
{
	hrtimer_cancel(&bare_timer);
	tasklet_kill(&bare_tasklet);
	bare_irq_exit();
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_DESCRIPTION("a tick that does nothing");
MODULE_LICENSE("GPL");
