/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock for a handler that reads it at each switch: what it was at this CPU's last reading in
 * full, and what the counter counted since. A reading in full is due after a millisecond, so a
 * counter that steps, stops in a suspend or differs between CPUs is wrong for no longer.
 */
#ifndef EMBER_CLOCK_REF_H
#define EMBER_CLOCK_REF_H

#include <linux/jiffies.h>
#include <linux/types.h>

#include "counter.h"

#define EMBER_CLOCK_REF_SHIFT 20

/* Of one CPU, interrupts off. */
struct ember_clock_ref {
	unsigned long count;
	unsigned long jiffies;	/* 32 bits of a counter come round within minutes */
	u64 ns;
};

extern unsigned long ember_clock_ref_counts; /* in a millisecond; 0: no counter */
extern u32 ember_clock_ref_mult; /* ns per count, times 2^EMBER_CLOCK_REF_SHIFT */

/* Once the counter is calibrated. */
void ember_clock_ref_calibrate(void);

/* Read the clock in full. */
u64 ember_clock_ref_read(struct ember_clock_ref *ref);

/* Set *now to the clock in ns, or return false where it is to be read in full. */
static __always_inline bool ember_clock_ref_now(const struct ember_clock_ref *ref, u64 *now)
{
	unsigned long counts;

	if (!ember_counter_cheap(&counts))
		return false;
	counts -= ref->count;
	if (unlikely(counts >= ember_clock_ref_counts) ||
	    (sizeof(counts) == 4 && unlikely(READ_ONCE(jiffies) - ref->jiffies)))
		return false;
	*now = ref->ns + ((u64)counts * ember_clock_ref_mult >> EMBER_CLOCK_REF_SHIFT);
	return true;
}

#endif
