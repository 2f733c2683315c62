/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint rss_stat: since 6.2 a process's counters of resident pages are per-CPU ones,
 * and the tracepoint's probes don't get the sum any more.
 */
#ifndef EMBER_COMPAT_RSS_H
#define EMBER_COMPAT_RSS_H

#include <linux/mm.h>
#include <linux/version.h>

#include <trace/events/kmem.h>

#include "tracepoint.h"

/* More CPUs' shares aren't added up at each change. */
#define EMBER_RSS_CPUS 16

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#include <linux/percpu_counter.h>

#define EMBER_RSS_PROBE(name) static void name(void *data, struct mm_struct *mm, int member)
static_assert(EMBER_PROBE_HAS(rss_stat, struct mm_struct *, int));

/*
 * Returns the process's resident pages of that kind. With more than EMBER_RSS_CPUS, changes of
 * up to percpu_counter_batch pages of each CPU are not in the sum yet.
 */
#define ember_rss_pages() ember_rss_sum(&mm->rss_stat[member])

static inline long ember_rss_sum(const struct percpu_counter *counter)
{
	long pages = READ_ONCE(counter->count);
#ifdef CONFIG_SMP
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids && nr_cpu_ids <= EMBER_RSS_CPUS; cpu++)
		if (cpu_possible(cpu))
			pages += READ_ONCE(*per_cpu_ptr(counter->counters, cpu));
#endif
	return pages;
}
#else
#define EMBER_RSS_PROBE(name) \
	static void name(void *data, struct mm_struct *mm, int member, long count)
static_assert(EMBER_PROBE_HAS(rss_stat, struct mm_struct *, int, long));
#define ember_rss_pages() count
#endif

#endif
