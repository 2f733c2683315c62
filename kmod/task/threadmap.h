/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that a CPU's ring has defined. As in the stack map a number is the place
 * in the table, and an eviction makes a new definition. Beside the definition an
 * entry keeps what was found out about the task once: whether the filter wants it,
 * and its address space.
 */
#ifndef EMBER_THREADMAP_H
#define EMBER_THREADMAP_H

#include <linux/build_bug.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

#include "../compat/sched.h"
#include "mm.h"
#include "../base/uapi.h"

#define EMBER_THREADMAP_PROBES	4

struct ember_filter;
struct ember_mms;
struct ember_mm;
struct mm_struct;

struct ember_thread_slot {
	struct task_struct *task;	/* compared only: NULL free, never followed */
	u64 start_time;
	struct mm_struct *mm;		/* compared only */
	struct ember_mm *space;	/* NULL: none, or not to be held */
	u32 space_number;		/* space's when this was filled in */
	u8 wanted;			/* by the filter */
	u8 defined;			/* in the ring, as it is here */
	u8 plain;			/* and sample/plain.h may sample its user mode: has a space */
	u8 reserved;
	char comm[EMBER_COMM_LEN];
	u32 number;			/* the place in the table */
	u32 cgroup;			/* that `wanted` is about: ember_filter_cgroup() */
} __aligned(64);

struct ember_threadmap {
	struct ember_thread_slot *thread;
	u32 mask;			/* slots - 1, in bytes */
};

/* The i-th place to look for a task. */
static inline struct ember_thread_slot *ember_threadmap_place(const struct ember_threadmap *map,
							 const struct task_struct *task,
							 unsigned int i)
{
	unsigned long at = (unsigned long)task;

	BUILD_BUG_ON_NOT_POWER_OF_2(sizeof(*map->thread));
	at = (at ^ at >> 9) + i * sizeof(*map->thread);
	return (void *)map->thread + (at & map->mask);
}

/* What is known of any task that's alive, or NULL. */
static inline const struct ember_thread_slot *
ember_threadmap_known(const struct ember_threadmap *map, const struct task_struct *task)
{
	unsigned int i;

	for (i = 0; i < EMBER_THREADMAP_PROBES; i++) {
		const struct ember_thread_slot *thread = ember_threadmap_place(map, task, i);

		if (thread->task == task)
			return thread->start_time == task->start_boottime ? thread : NULL;
	}
	return NULL;
}

/* The task's memory, if its samples are to be named from there. In execve the one
 * goes and the other comes: neither has frames to be named.
 */
static inline struct mm_struct *ember_task_mm(const struct task_struct *task)
{
	if (unlikely(task->flags & EMBER_PF_NO_USER || task->in_execve))
		return NULL;
	return task->mm;
}

/* Whether the task has that name. */
static __always_inline bool ember_thread_named(const struct ember_thread_slot *thread,
					       const struct task_struct *task)
{
	const unsigned long *a = (const void *)thread->comm, *b = (const void *)task->comm;

	/* By words, in fewer instructions than compilers make of memcmp(). */
	if (offsetof(struct task_struct, comm) % sizeof(*b))
		return !memcmp(a, b, sizeof(thread->comm));
	BUILD_BUG_ON(sizeof(thread->comm) != 16);
	if (sizeof(*a) == 8)
		return !((a[0] ^ b[0]) | (a[1] ^ b[1]));
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

/* Whether the task is the entry's, still of that name. */
static __always_inline bool ember_thread_is(const struct ember_thread_slot *thread,
					    const struct task_struct *task,
					    const struct mm_struct *mm)
{
	return thread->start_time == task->start_boottime && thread->mm == mm &&
	       ember_thread_named(thread, task);
}

/* Whether the space, which isn't NULL, is that of the entry. */
static __always_inline bool ember_thread_mm_is(const struct ember_thread_slot *thread)
{
	/* READ_ONCE() would be an instruction more. */
	return data_race(thread->space->number) == thread->space_number;
}

/* Whether nothing changed since the entry was filled in. */
static inline bool ember_thread_same(const struct ember_thread_slot *thread,
				     const struct task_struct *task,
				     const struct mm_struct *mm)
{
	return ember_thread_is(thread, task, mm) &&
	       (thread->space ? ember_thread_mm_is(thread) : !mm || !thread->wanted);
}

/*
 * Return the task's entry, refilled (and no longer `defined`) if anything in it changed. Hard
 * interrupt context; @now in ns. This is the slow path of ember_threadmap_task(), for a
 * task that changed or is not in its first slot.
 */
struct ember_thread_slot *ember_threadmap_find(struct ember_threadmap *map,
					  struct ember_mms *spaces,
					  const struct ember_filter *filter,
					  struct task_struct *task, u64 now);

/* Return whether a filter by cgroup wants the entry's task, which is sampled now, where it is
 * now. If it has moved, the entry is refilled.
 */
bool ember_threadmap_member(struct ember_threadmap *map, struct ember_mms *spaces,
			    const struct ember_filter *filter, struct ember_thread_slot *thread,
			    u64 now);

/* `user`: interrupted in user mode, where a task's memory is its own. */
static __always_inline struct ember_thread_slot *
ember_threadmap_task(struct ember_threadmap *map, struct ember_mms *spaces,
		     const struct ember_filter *filter, struct task_struct *task, bool user,
		     u64 now)
{
	struct ember_thread_slot *thread = ember_threadmap_place(map, task, 0);
	const struct mm_struct *mm = user ? task->mm : ember_task_mm(task);

	if (unlikely(thread->task != task || !ember_thread_same(thread, task, mm)))
		thread = ember_threadmap_find(map, spaces, filter, task, now);
	return thread;
}

/* Interrupted in user mode: whether that's the task's entry, unchanged and plain. */
static __always_inline bool ember_thread_plain(const struct ember_thread_slot *thread,
					       const struct task_struct *task)
{
	return likely(thread->task == task && thread->plain &&
		      ember_thread_is(thread, task, task->mm) && ember_thread_mm_is(thread));
}

#endif
