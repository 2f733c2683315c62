/* SPDX-License-Identifier: GPL-2.0-only */
/* What a session keeps of the address spaces that were sampled: mm.c, mm_scan.c and worker.c
 * work on it.
 */
#ifndef EMBER_MM_STATE_H
#define EMBER_MM_STATE_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../compat/mm.h"
#include "../ring/definition.h"
#include "budget.h"

struct ember_code_ranges;
struct ember_files;
struct ember_mm_scan;
struct ember_mms;
struct mm_struct;
struct pid_namespace;

/* Takes the scans that samples on one CPU ask for; `away` those that it can't. */
struct ember_scan_worker {
	struct work_struct work;
	struct llist_head asked;
	struct ember_mms *spaces;
	struct ember_mm_scan *scan;	/* scratch; NULL: not a CPU of ours */
	atomic_long_t took;		/* ns of work on this CPU, whichever worker's */
	bool isolated;			/* the CPU is: all of it is for `away` */
};

struct ember_workers {
	struct ember_scan_worker __percpu *here;
	struct ember_scan_worker away;	/* on any CPU that the kernel sees fit */
	atomic_t held;
	atomic_t asking;		/* spaces that wait for a worker, or have one */
	wait_queue_head_t served;	/* it's 0 */
};

#define EMBER_MMS		1024	/* slots, a power of two */

/* state in struct ember_mm */
#define EMBER_MM_IDLE	0
#define EMBER_MM_ASKED	1

/* One space. mm is claimed with cmpxchg by the CPU that sees it first and cleared
 * by the reaper once nobody lives in it any more.
 */
struct ember_mm {
	struct mm_struct *mm;		/* pinned by mmgrab; NULL: free */
	u32 number;			/* 0 until assigned; session-wide, never reused */
	u32 tgid;			/* in the session's pid namespace */
	u64 next;			/* ns: no scan before it */
	u64 latest;			/* ns: one in any case, if it's sampled */
	unsigned long exec_vm;		/* as of the last scan: */
	int map_count;
	u32 lock_seq;
	struct ember_code_ranges __rcu *ranges;	/* what was executable then */

	atomic_t state;			/* EMBER_MM_*: IDLE, or the asker's, then
					 * the worker's, with what follows */
	bool held;			/* mm_users is ours to put */
	bool patient;			/* and may be for more than one try */
	u16 tries;			/* at its mmap lock */
	struct llist_node asked;	/* in the worker's list */
	u64 asked_at;			/* ns: the sample that asked */
	u64 born;			/* ns: the first sample */
	u32 generation;			/* of the last scan that was written */
	u64 content;			/* hash of that one's mappings */
	u32 written_at;			/* where in the backlog's bytes it ended */
	bool heavy;			/* the last one used its share up for a while */
	atomic_t late;			/* not reported yet: scans that were put off */
	u32 dropped;			/* and generations that had no room */
};

struct ember_mms {
	/* The session's: which CPUs have workers, how pids are numbered. */
	const struct cpumask *cpus;
	struct pid_namespace *pid_ns;
	struct ember_mm *space;	/* [EMBER_MMS], */
	DECLARE_BITMAP(taken, EMBER_MMS);	/* and which of them are claimed */
	struct ember_workers workers;
	struct ember_files *files;	/* under the lock of: */
	struct ember_definitions definitions;
	struct delayed_work reaper;	/* gives the slots of dead spaces back */
	atomic_t numbers;
	struct ember_budget budget;
	u64 crowded;			/* ns: when a slot was last looked for in vain */
	u64 reaped;			/* ns: when dead ones were last looked for, */
	int left;			/* and the slots that were taken after it */
	atomic_long_t late;		/* scans that were put off */
	u64 hold_max_ns;		/* under that lock, as are: */
	u64 scan_ns;
	u64 scans;
};

static inline bool ember_mm_changed(const struct ember_mm *space,
				       const struct mm_struct *mm)
{
	/* In each sample, where READ_ONCE() would be an instruction more for each. */
	return data_race(mm->exec_vm) != data_race(space->exec_vm) || /* compared only */
	       data_race(mm->map_count) != data_race(space->map_count) || /* the same */
	       (IS_ENABLED(CONFIG_PER_VMA_LOCK) &&
		ember_mm_lock_seq(mm) != READ_ONCE(space->lock_seq));
}

#endif
