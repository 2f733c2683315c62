/* SPDX-License-Identifier: GPL-2.0-only */
/* The one clock of samples, grids and losses. */
#ifndef EMBER_CLOCK_H
#define EMBER_CLOCK_H

#include <linux/ktime.h>
#include <linux/timekeeping.h>

/* CLOCK_MONOTONIC in ns, from any context: no sequence lock to wait for. */
static inline u64 ember_clock(void)
{
	return ktime_get_mono_fast_ns();
}

#endif
