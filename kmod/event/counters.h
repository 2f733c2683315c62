/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events `cycles`, `instructions`, `cache-misses` and `branch-misses` of event.h: perf's
 * counters of each CPU, which sample/counter_values.h reads.
 */
#ifndef EMBER_COUNTERS_H
#define EMBER_COUNTERS_H

/* The CPU comes, before its sessions start; or goes, after they have stopped. May sleep. */
void ember_counters_online(unsigned int cpu);
void ember_counters_offline(unsigned int cpu);

#endif
