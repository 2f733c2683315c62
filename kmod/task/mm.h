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

#include <linux/types.h>

#include "mm_state.h"

struct ember_reader;
struct task_struct;

/*
 * In hard interrupt context, for the task's own mm (alive: the task runs here), at `now`
 * ns. Returns its slot, or NULL if it can't be held (counted by the caller). Asks
 * for the first scan.
 */
struct ember_mm *ember_mm_see(struct ember_mms *spaces, struct task_struct *task,
			      struct mm_struct *mm, u64 now);

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
