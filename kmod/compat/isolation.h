/* SPDX-License-Identifier: GPL-2.0-only */
/* What housekeeping is kept off is an index since 5.18, a flag before. */
#ifndef EMBER_COMPAT_ISOLATION_H
#define EMBER_COMPAT_ISOLATION_H

#include <linux/sched/isolation.h>
#include <linux/tick.h>
#include <linux/version.h>

/* Whether a CPU was set apart at boot (isolcpus=, nohz_full=): work that can be done
 * elsewhere is.
 */
static inline bool ember_cpu_isolated(int cpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
	return tick_nohz_full_cpu(cpu) || !housekeeping_cpu(cpu, HK_TYPE_DOMAIN);
#else
	return tick_nohz_full_cpu(cpu) || !housekeeping_cpu(cpu, HK_FLAG_DOMAIN);
#endif
}

#endif
