// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#ifdef CONFIG_X86
#include <asm/tsc.h>
#elif defined(CONFIG_ARM_ARCH_TIMER)
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <asm/arch_timer.h>
#include <asm/cputype.h>
#endif

#include "counter.h"

#define EMBER_COUNTER_PAIRS 8

u32 ember_counter_rate = 1U << (EMBER_COUNTER_SHIFT - 10);
DEFINE_STATIC_KEY_FALSE(ember_counter_cycles);

struct ember_pair {
	u64 ns;
	u64 count;
	unsigned long apart; /* counts: how far the two readings are from each other */
};

/* Both at once: the closest of several tries, since anything may come between. */
static void ember_pair_read(struct ember_pair *pair)
{
	unsigned int i;

	pair->apart = ULONG_MAX;
	for (i = 0; i < EMBER_COUNTER_PAIRS; i++) {
		unsigned long flags, before, after;
		u64 ns;

		local_irq_save(flags);
		before = (unsigned long)get_cycles();
		ns = ember_clock();
		after = (unsigned long)get_cycles();
		local_irq_restore(flags);
		if (after - before >= pair->apart)
			continue;
		pair->apart = after - before;
		pair->count = before + pair->apart / 2;
		pair->ns = ns;
	}
}

/* Whether the cycles count time, also while the CPU is idle. */
static bool ember_counter_steady(void)
{
#ifdef CONFIG_X86
	if (check_tsc_unstable())
		return false;
#endif
	return get_cycles();
}

#ifdef CONFIG_ARM_ARCH_TIMER
DEFINE_STATIC_KEY_FALSE(ember_counter_virtual);

unsigned long ember_counter_called(void)
{
	if (static_branch_likely(&ember_counter_cycles))
		return (unsigned long)get_cycles();
	return (unsigned long)(ember_clock() >> 10);
}

/* Return whether this CPU has the counter, and each of them reads it straight. */
static bool ember_counter_straight(void)
{
#ifdef CONFIG_ARM
	/* The field is of the identification scheme that this value announces. */
	return (read_cpuid_id() >> 16 & 0xf) == 0xf &&
	       (read_cpuid_ext(CPUID_EXT_PFR1) >> 16 & 0xf);
#elif defined(CONFIG_ARM_ARCH_TIMER_OOL_WORKAROUND)
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(timer_unstable_counter_workaround, cpu))
			return false;
	return true;
#else
	return true;
#endif
}

/* Return whether get_cycles() and CNTVCT are one counter: then they are in order. */
static bool ember_counter_is_virtual(void)
{
	unsigned long flags, before, count, after;

	if (!ember_counter_straight())
		return false;
	local_irq_save(flags);
	before = (unsigned long)get_cycles();
	isb();
	count = ember_counter_cntvct();
	isb();
	after = (unsigned long)get_cycles();
	local_irq_restore(flags);
	return count - before <= after - before;
}
#endif

void ember_counter_calibrate(void)
{
	struct ember_pair begin, end;
	u64 ns, rate;

	if (static_key_enabled(&ember_counter_cycles) || !ember_counter_steady())
		return;
	ember_pair_read(&begin);
	usleep_range(4000, 5000);
	ember_pair_read(&end);
	ns = end.ns - begin.ns;
	/* unsigned long wraps on 32 bit, hence the difference of these. */
	rate = (u64)(unsigned long)(end.count - begin.count) << EMBER_COUNTER_SHIFT;
	rate = div64_u64(rate, ns ?: 1);
	/* From 100 kHz on a count is fine enough, and the arithmetic has room up to 32 bits. */
	if (rate < 100 || rate > U32_MAX)
		return;
	ember_counter_rate = rate;
	static_branch_enable(&ember_counter_cycles);
#ifdef CONFIG_ARM_ARCH_TIMER
	if (ember_counter_is_virtual())
		static_branch_enable(&ember_counter_virtual);
#endif
}
