// SPDX-License-Identifier: GPL-2.0-only
/*
 * Burns a known share of the CPU that it's loaded on, where profilers are blind:
 *   kind=tasklet   in a tasklet
 *   kind=hrtimer   in a hard hrtimer's callback
 *   kind=irq       in the handler of a requested interrupt, which the interrupt
 *                  controller raises: the real entry, not a call of it
 * burn_us of each period_us, from load to unload. By the clock, so it's the same
 * share in an emulator at any speed.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#ifdef CONFIG_OF
#include <linux/of.h>
#include <linux/of_irq.h>
#endif

static char *kind = "hrtimer";
module_param(kind, charp, 0444);
static unsigned int period_us = 10000;
module_param(period_us, uint, 0444);
static unsigned int burn_us = 3000;
module_param(burn_us, uint, 0444);

static struct hrtimer timer;
static struct tasklet_struct tasklet;
static int irq = -1;
static unsigned long handled;
module_param(handled, ulong, 0444); /* to be seen in /sys: it did run */

/* Inlined, and reads the clock seldom: samples should hit the caller itself, since frame
 * pointers lose the caller of a function without a frame. No cpu_relax(): emulators may
 * leave the vCPU on a yield.
 */
static __always_inline void burn(void)
{
	u64 until = ktime_get_mono_fast_ns() + burn_us * 1000ULL;
	unsigned int i;

	handled++;
	while (ktime_get_mono_fast_ns() < until)
		for (i = 0; i < 200; i++)
			barrier();
}

static noinline void burn_tasklet(struct tasklet_struct *unused)
{
	burn();
}

static noinline irqreturn_t burn_handler(int number, void *unused)
{
	burn();
	return IRQ_HANDLED;
}

static bool again(struct hrtimer *t)
{
	return hrtimer_forward_now(t, ns_to_ktime(period_us * 1000ULL));
}

static noinline enum hrtimer_restart burn_hrtimer(struct hrtimer *t)
{
	again(t);
	burn();
	return HRTIMER_RESTART;
}

static enum hrtimer_restart raise_tasklet(struct hrtimer *t)
{
	again(t);
	tasklet_schedule(&tasklet);
	return HRTIMER_RESTART;
}

/* Arrives when this interrupt is over. */
static enum hrtimer_restart raise_irq(struct hrtimer *t)
{
#ifdef CONFIG_X86
	struct irq_data *data = irq_get_irq_data(irq);

	again(t);
	data->chip->irq_retrigger(data);
#else
	again(t);
	irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
#endif
	return HRTIMER_RESTART;
}

/* A line that no device uses: an ISA one, or that of an empty virtio slot. */
static int find_irq(void)
{
#ifdef CONFIG_X86
	return 5;
#else
	struct device_node *node = of_find_compatible_node(NULL, NULL, "virtio,mmio");
	int number = node ? irq_of_parse_and_map(node, 0) : 0;

	of_node_put(node);
	return number ?: -ENODEV;
#endif
}

static int __init burn_init(void)
{
	int err;

	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	tasklet_setup(&tasklet, burn_tasklet);
	if (!strcmp(kind, "hrtimer")) {
		timer.function = burn_hrtimer;
	} else if (!strcmp(kind, "tasklet")) {
		timer.function = raise_tasklet;
	} else if (!strcmp(kind, "irq")) {
		timer.function = raise_irq;
		irq = find_irq();
		if (irq < 0)
			return irq;
		err = request_irq(irq, burn_handler, 0, "burn", &timer);
		if (err)
			return err;
	} else {
		return -EINVAL;
	}
	hrtimer_start(&timer, ns_to_ktime(period_us * 1000ULL), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static void __exit burn_exit(void)
{
	hrtimer_cancel(&timer);
	tasklet_kill(&tasklet);
	if (irq >= 0)
		free_irq(irq, &timer);
}

module_init(burn_init);
module_exit(burn_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("For tests: a known share of a CPU, in interrupts");
