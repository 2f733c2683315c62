/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that a CPU's ring has defined. As in the stack map a number is the place
 * in the table, and an eviction makes a new definition. Beside the definition an
 * entry keeps what was found out about the task once: whether the filter wants it,
 * and its address space.
 */
#ifndef EMBER_THREADMAP_H
#define EMBER_THREADMAP_H

#include <linux/sched.h>
#include <linux/types.h>

#include "uapi.h"

#define EMBER_THREADMAP_PROBES	4

struct ember_session;
struct ember_space;
struct mm_struct;

struct ember_thread {
	struct task_struct *task;	/* compared only: NULL free, never followed */
	u64 start_time;
	struct mm_struct *mm;		/* compared only */
	struct ember_space *space;	/* NULL: none, or not to be held */
	u32 space_number;		/* space's when this was filled in */
	u8 wanted;			/* by the filter */
	u8 defined;			/* in the ring, as it is here */
	u16 reserved;
	u64 comm[EMBER_COMM_LEN / 8];
};

struct ember_threadmap {
	struct ember_thread *thread;
	u32 mask;			/* slots - 1 */
};

/*
 * Hard interrupt context, at `now` ns: current's entry, filled in anew (and not
 * `defined`) if anything about it changed.
 */
struct ember_thread *ember_threadmap_current(struct ember_threadmap *map,
					     struct ember_session *s, u64 now);

static inline u32 ember_threadmap_number(const struct ember_threadmap *map,
					 const struct ember_thread *thread)
{
	return thread - map->thread;
}

#endif
