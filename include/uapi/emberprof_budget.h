/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The part of the contract (emberprof.h) that bounds what a session costs.
 *
 * ioctl EMBER_IOC_BUDGET (where QUERY has EMBER_FEATURE_BUDGET), after CONFIG or ADOPT, running
 * or not, and as often as wanted, sets how much of each CPU's time the session's handlers may
 * take: the tick with its walk and the interrupt around it, probes that record a point or stop
 * and start the timer, samples of events, and what snapshots of mappings took on that CPU. In
 * any time t they take at most the budget of t and of 100 ms, and at most the budget in any 10 s.
 *
 * Where they would take more, the CPU's sampling is throttled: of each 2^shift points in a row,
 * one at a random place is taken. The factor is chosen by what was spent before. So which points
 * are left out depends on no stack, and a sample that counts for 2^shift points keeps all sums
 * unbiased. It is reported in-band: SAMPLE records behind a RATE record in the same ring count
 * 2^shift each, until the next one; before the first one each counts 1. Points that are left out
 * are in no stack; points_throttled of struct ember_counters counts them. Of a block with a point
 * that became no sample (idle, skipped), all points count as that one does; one that was lost
 * loses 2^shift points, which LOST reports.
 *
 * Events are throttled by the same factor: their period is 2^shift times that of CONFIG then,
 * and their records say what they weigh.
 *
 * If handlers took more than there was all the same, their next points are skipped, without a
 * walk, until that is refilled: `overdrawn` of STATUS counts them.
 *
 *   -EINVAL  before CONFIG; ppm below EMBER_BUDGET_PPM_LEAST or above 1000000; a flag
 *
 * Readers that don't know RATE records count each sample once. A session without a budget
 * writes none.
 */
#ifndef _UAPI_EMBERPROF_BUDGET_H
#define _UAPI_EMBERPROF_BUDGET_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EMBER_BUDGET_PPM_LEAST	100	/* ppm */
#define EMBER_BUDGET_PPM_MOST	1000000
#define EMBER_BUDGET_SHIFT_MAX	15	/* of a RATE record */

struct ember_cpu_budget {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 ppm;			/* millionths of each CPU; 0: no bound */
	__u32 reserved[5];
};

#define EMBER_IOC_BUDGET	_IOW(EMBER_IOC_MAGIC, 0x07, struct ember_cpu_budget)

/* The end of struct ember_status. */
struct ember_status_budget {
	__u32 ppm;			/* as EMBER_IOC_BUDGET set it */
	__u32 shift;			/* log2 of the factor now: the largest of the CPUs' */
	__u64 charged_ns;		/* that handlers took while there was a budget; up to 50
					 * ms' worth of it may be missing */
	__u64 overdrawn;		/* points skipped since the bucket was empty */
	__u64 reserved;
};

#endif /* _UAPI_EMBERPROF_BUDGET_H */
