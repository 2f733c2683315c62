/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A counter that is cheaper than the clock, for the many looks at time that only find
 * that nothing is due: the CPU's own cycles or timer where that is steady, else the
 * clock in coarser units. Differences of it only mean something, on one CPU; they wrap
 * with unsigned long.
 */
#ifndef EMBER_COUNTER_H
#define EMBER_COUNTER_H

#ifdef __KERNEL__
#include <linux/jump_label.h>
#include <linux/math64.h>
#include <linux/timex.h>
#include <linux/types.h>

#include "clock.h"
#endif

#define EMBER_COUNTER_SHIFT 20

/* Counts from `then` to `count`. None if it stepped back, as cycles may that a sleep, a
 * hypervisor or firmware has set.
 */
static inline unsigned long ember_counter_since(unsigned long count, unsigned long then)
{
	unsigned long since = count - then;

	return (long)since < 0 ? 0 : since;
}

#ifdef __KERNEL__

/* Counts per 2^EMBER_COUNTER_SHIFT ns; set before the first probe is attached. */
extern u32 ember_counter_rate;
DECLARE_STATIC_KEY_FALSE(ember_counter_cycles); /* get_cycles(), not the clock */

/* May sleep for some ms. */
void ember_counter_calibrate(void);

#ifdef CONFIG_ARM_ARCH_TIMER
DECLARE_STATIC_KEY_FALSE(ember_counter_virtual); /* get_cycles() is CNTVCT, by way of calls */
unsigned long ember_counter_called(void);

/* No barrier: a reading some instructions early is as good. */
static inline unsigned long ember_counter_cntvct(void)
{
	u64 count;

#ifdef CONFIG_ARM64
	asm volatile("mrs	%0, cntvct_el0" : "=r" (count));
#else
	asm volatile("mrrc	p15, 1, %Q0, %R0, c14" : "=r" (count));
#endif
	return (unsigned long)count;
}

static __always_inline unsigned long ember_counter(void)
{
	return static_branch_likely(&ember_counter_virtual) ? ember_counter_cntvct() :
							      ember_counter_called();
}

static __always_inline bool ember_counter_cheap(unsigned long *count)
{
	if (!static_branch_likely(&ember_counter_virtual))
		return false;
	*count = ember_counter_cntvct();
	return true;
}
#else
static inline unsigned long ember_counter(void)
{
	if (static_branch_likely(&ember_counter_cycles))
		return (unsigned long)get_cycles();
	return (unsigned long)(ember_clock() >> 10);
}

/* The counter where no call is needed for it, else false. */
static __always_inline bool ember_counter_cheap(unsigned long *count)
{
	if (!static_branch_likely(&ember_counter_cycles))
		return false;
	*count = get_cycles();
	return true;
}
#endif

/* The lower half of the same. */
static __always_inline bool ember_counter_low(u32 *count)
{
	unsigned long all;

	if (!ember_counter_cheap(&all))
		return false;
	*count = all;
	return true;
}

/* ns: below 2^32 */
static inline unsigned long ember_counter_of_ns(u32 ns)
{
	return (unsigned long)(((u64)ns * ember_counter_rate) >> EMBER_COUNTER_SHIFT);
}

static inline u64 ember_counter_to_ns(unsigned long counts)
{
	return div_u64((u64)counts << EMBER_COUNTER_SHIFT, ember_counter_rate);
}

/* The same of counts that have been added up for long. */
static inline u64 ember_counter_to_ns_long(u64 counts)
{
	u32 rest;
	u64 whole = div_u64_rem(counts, ember_counter_rate, &rest);

	return (whole << EMBER_COUNTER_SHIFT) +
	       div_u64((u64)rest << EMBER_COUNTER_SHIFT, ember_counter_rate);
}

#endif

#endif
