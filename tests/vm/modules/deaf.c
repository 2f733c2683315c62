// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU that takes no interrupt: who writes a number of milliseconds to
 * /sys/module/deaf/parameters/ms keeps interrupts off on its CPU for so long.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>

static int deaf_set(const char *text, const struct kernel_param *param)
{
	unsigned long flags;
	unsigned int ms;
	int err = kstrtouint(text, 0, &ms);

	if (err || ms > 5000)
		return -EINVAL;
	local_irq_save(flags);
	mdelay(ms);
	local_irq_restore(flags);
	return 0;
}

static const struct kernel_param_ops deaf_ops = { .set = deaf_set };
module_param_cb(ms, &deaf_ops, NULL, 0200);
MODULE_LICENSE("GPL");
