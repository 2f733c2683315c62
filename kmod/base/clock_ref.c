// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>

#include "clock_ref.h"

#define EMBER_CLOCK_REF_NS 1000000U

unsigned long ember_clock_ref_counts;
u32 ember_clock_ref_mult;

void ember_clock_ref_calibrate(void)
{
	u64 mult = div_u64(1ULL << (EMBER_COUNTER_SHIFT + EMBER_CLOCK_REF_SHIFT),
			   ember_counter_rate);

	/* Of a counter that is as coarse as some us, the clock is better. */
	if (mult > U32_MAX)
		return;
	ember_clock_ref_mult = mult;
	ember_clock_ref_counts = ember_counter_of_ns(EMBER_CLOCK_REF_NS);
}

u64 ember_clock_ref_read(struct ember_clock_ref *ref)
{
	ref->jiffies = jiffies;
	ref->ns = ember_clock();
	/* Behind the clock: what is read by way of the counter is late by this, and not early. */
	ref->count = ember_counter();
	return ref->ns;
}
