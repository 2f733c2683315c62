/* SPDX-License-Identifier: GPL-2.0-only */
/* What a module parameter or a property of the device tree may be. */
#ifndef EMBER_RANGE_H
#define EMBER_RANGE_H

#include <linux/printk.h>
#include <linux/types.h>

/* node: in front of the name; "" for parameters. False: it isn't in range (said). */
static inline bool ember_in_range(const char *node, const char *name, unsigned long value,
				  unsigned long least, unsigned long most)
{
	if (value >= least && value <= most)
		return true;
	pr_err("emberprof: %s%s=%lu: %lu to %lu\n", node, name, value, least, most);
	return false;
}

#endif
