// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "../compat/sched.h"
#include "filter.h"
#include "mm.h"
#include "threadmap.h"
#include "worker.h"

/* Deeper family trees than this aren't climbed to the end, unless an ancestor is known. */
#define EMBER_ANCESTORS_MAX 128

static struct ember_mm *ember_thread_mm(struct ember_mms *spaces, struct task_struct *task,
					struct mm_struct *mm, u64 now, u32 *number)
{
	struct ember_mm *space = NULL;

	if (mm)
		space = ember_mm_see(spaces, task, mm, now);
	*number = space ? READ_ONCE(space->number) : 0;
	return *number ? space : NULL;
}

/*
 * The task itself, or, if it has been released, its process's first thread. NULL: the
 * whole process has been. Under RCU.
 *
 * A task goes on running for a while after release_task(), and nobody moves it to another
 * parent any more: its real_parent may have been freed long ago. A task that is alive
 * within this RCU section has a parent that stays for as long.
 */
static struct task_struct *ember_thread_alive(struct task_struct *task)
{
	if (likely(pid_alive(task)))
		return task;
	return pid_task(task_tgid(task), PIDTYPE_TGID);
}

/*
 * Return true if the task descends from one of the filter's processes, by the nearest ancestor
 * whose answer is known. The owner matches through its children only: as child subreaper it
 * becomes the parent of all that a command leaves behind.
 */
static bool ember_thread_descends(const struct ember_filter *filter, struct task_struct *task,
				  const struct ember_threadmap *known)
{
	const struct ember_thread_slot *thread;
	unsigned int i;
	bool wants = false;

	rcu_read_lock();
	if (task_tgid(task) == filter->owner)
		goto unlock;
	for (i = 0; i < EMBER_ANCESTORS_MAX && task->pid; i++) {
		wants = ember_filter_names(filter, task_tgid(task));
		if (wants)
			break;
		task = ember_thread_alive(task);
		if (!task)
			break;
		task = rcu_dereference(task->real_parent);
		/* The owner's own answer isn't its children's. */
		thread = ember_threadmap_known(known, task);
		if (thread && task_tgid(task) != filter->owner) {
			wants = thread->wanted;
			break;
		}
	}
unlock:
	rcu_read_unlock();
	return wants;
}

static bool ember_thread_wants(const struct ember_threadmap *map,
			       const struct ember_filter *filter, struct task_struct *task)
{
	if (filter->kind == EMBER_FILTER_TREE)
		return ember_thread_descends(filter, task, map);
	return ember_filter_wants(filter, task);
}

static void ember_thread_fill(const struct ember_threadmap *map,
			      struct ember_thread_slot *thread, struct ember_mms *spaces,
			      const struct ember_filter *filter, struct task_struct *task,
			      struct mm_struct *mm, u64 now)
{
	u32 cgroup = ember_filter_cgroup(filter, task);

	ember_workers_late(spaces, now);
	/* What the filter said of a task holds as long as the task lives, in that cgroup. */
	if (thread->task != task || thread->start_time != task->start_boottime ||
	    thread->cgroup != cgroup) {
		/* Nobody's, while the map is asked for ancestors. */
		thread->task = NULL;
		thread->wanted = ember_thread_wants(map, filter, task);
		thread->task = task;
		thread->start_time = task->start_boottime;
		/* Read before the filter did: a move between is seen at the next sample. */
		thread->cgroup = cgroup;
	}
	thread->number = thread - map->thread;
	thread->mm = mm;
	thread->space = NULL;
	thread->space_number = 0;
	if (thread->wanted)
		thread->space = ember_thread_mm(spaces, task, mm, now, &thread->space_number);
	BUILD_BUG_ON(TASK_COMM_LEN != sizeof(thread->comm));
	/* get_task_comm() takes a lock. A torn name is read again at the next sample. */
	memcpy(thread->comm, task->comm, sizeof(thread->comm));
	thread->defined = false;
	thread->plain = false;
}

bool ember_threadmap_member(struct ember_threadmap *map, struct ember_mms *spaces,
			    const struct ember_filter *filter,
			    struct ember_thread_slot *thread, u64 now)
{
	if (unlikely(thread->cgroup != ember_filter_cgroup(filter, thread->task)))
		ember_thread_fill(map, thread, spaces, filter, thread->task, thread->mm, now);
	return thread->wanted;
}

struct ember_thread_slot *ember_threadmap_find(struct ember_threadmap *map,
					       struct ember_mms *spaces,
					       const struct ember_filter *filter,
					       struct task_struct *task, u64 now)
{
	struct mm_struct *mm = ember_task_mm(task);
	struct ember_thread_slot *thread, *vacant = NULL;
	unsigned int i;

	for (i = 0; i < EMBER_THREADMAP_PROBES; i++) {
		thread = ember_threadmap_place(map, task, i);
		if (thread->task == task) {
			if (!ember_thread_same(thread, task, mm))
				ember_thread_fill(map, thread, spaces, filter, task, mm, now);
			return thread;
		}
		if (!thread->task && !vacant)
			vacant = thread;
	}
	/* No free slot: evict the one that the task's start time selects. */
	i = (task->start_boottime >> 20) & (EMBER_THREADMAP_PROBES - 1);
	thread = vacant ?: ember_threadmap_place(map, task, i);
	ember_thread_fill(map, thread, spaces, filter, task, mm, now);
	return thread;
}
