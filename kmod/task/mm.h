/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces that were sampled, and what is mapped in them.
 *
 * A sample sees an mm for the first time in hard interrupt context; the mappings
 * are read right after it by a worker (worker.h), and go to the session's last
 * ring as generations (include/uapi/emberprof.h, 3). What the worker holds of a
 * process (its mm, its files) it gives back before it does anything that may take
 * its time: a process that ends meanwhile must leave its mounts free.
 */
#ifndef EMBER_MM_H
#define EMBER_MM_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "budget.h"
#include "../compat/mm.h"
#include "../ring/definition.h"
#include "worker.h"

struct ember_files;
struct ember_reader;
struct ember_code_ranges;
struct mm_struct;
struct pid_namespace;

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

/*
 * In hard interrupt context, for the task's own mm (alive: the task runs here), at `now`
 * ns. Returns its slot, or NULL if it can't be held (counted by the caller). Asks
 * for the first scan.
 */
struct ember_mm *ember_mm_see(struct ember_mms *spaces, struct task_struct *task,
			      struct mm_struct *mm, u64 now);

static inline bool ember_mm_changed(const struct ember_mm *space,
				       const struct mm_struct *mm)
{
	/* In each sample, where READ_ONCE() would be an instruction more for each. */
	return data_race(mm->exec_vm) != data_race(space->exec_vm) || /* compared only */
	       data_race(mm->map_count) != data_race(space->map_count) || /* the same */
	       (IS_ENABLED(CONFIG_PER_VMA_LOCK) &&
		ember_mm_lock_seq(mm) != READ_ONCE(space->lock_seq));
}

/* The rest of ember_mm_touch(): asks. */
void ember_mm_want(struct ember_mms *spaces, struct ember_mm *space,
		      struct mm_struct *mm, u64 now);

/*
 * In hard interrupt context, at each sample of a known space: asks for another
 * scan where a change is suspected (exec_vm, map_count, mm_lock_seq, a second
 * since the last one).
 */
static inline void ember_mm_touch(struct ember_mms *spaces,
				     struct ember_mm *space, struct mm_struct *mm,
				     u64 now)
{
	if (now >= data_race(space->next) && /* as above */
	    unlikely(ember_mm_changed(space, mm) ||
		     now >= data_race(space->latest))) /* the same */
		ember_mm_want(spaces, space, mm, now);
}

/*
 * In hard interrupt context, at a new stack of current's: a user pc outside of all
 * that was executable is a change, too.
 */
void ember_mm_check(struct ember_mms *spaces, struct ember_mm *space,
		       struct mm_struct *mm, const unsigned long *pc, unsigned int nr,
		       u64 now);

/* spaces->definitions.lock held: define all files again, and the mappings of each space at its next sample. */
void ember_mms_again(struct ember_mms *spaces);

/* The last ring is allocated by the caller. 0 or -ENOMEM. exit waits for the worker
 * and releases everything; no sample may run any more.
 */
int ember_mms_init(struct ember_mms *spaces, struct ember_reader *reader,
		   const struct cpumask *cpus, struct pid_namespace *pid_ns);
void ember_mms_exit(struct ember_mms *spaces);
/* Waits until what was asked for is written, or waits in the backlog for room: before
 * STOP returns. Not for longer than half a second, nor when killed.
 */
void ember_mms_flush(struct ember_mms *spaces);
/* No sample may run any more, and `stopping` is set. False: a worker is at it still, and
 * exit would wait for it.
 */
bool ember_mms_quiet(struct ember_mms *spaces);
/* Bytes of one session's tables, beside the ring. */
size_t ember_mms_memory(unsigned int cpus);

#endif
