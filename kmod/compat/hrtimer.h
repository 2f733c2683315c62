/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hrtimer_setup() came with 6.13, hrtimer_init() left with 6.15. What timers belong to
 * moved to a header of its own with 7.3, and hrtimer_is_hres_active() left with 7.2.
 */
#ifndef EMBER_COMPAT_HRTIMER_H
#define EMBER_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#ifdef EMBER_HAVE_HRTIMER_BASES
#include <linux/hrtimer_bases.h>
#endif

static inline void ember_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*tick)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
	timer->function = tick;
#endif
}

/*
 * Return the number of the hrtimer interrupt that runs @timer. Two expiries with the same
 * number belong to one interrupt. 0 without high resolution timers.
 */
static inline u32 ember_hrtimer_interrupt(const struct hrtimer *timer)
{
#ifdef CONFIG_HIGH_RES_TIMERS
	return timer->base->cpu_base->nr_events;
#else
	return 0;
#endif
}

/* Whether the timer's CPU has high resolution. */
static inline bool ember_hrtimer_high(const struct hrtimer *timer)
{
#ifdef CONFIG_HIGH_RES_TIMERS
	return timer->base->cpu_base->hres_active;
#else
	return false;
#endif
}

#endif
