// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/string.h>

#include "../compat/sched.h"
#include "filter.h"
#include "mm.h"
#include "threadmap.h"

static struct ember_mm *ember_thread_mm(struct ember_mms *spaces, struct task_struct *task,
					struct mm_struct *mm, u64 now, u32 *number)
{
	struct ember_mm *space = NULL;

	if (mm)
		space = ember_mm_see(spaces, task, mm, now);
	*number = space ? READ_ONCE(space->number) : 0;
	return *number ? space : NULL;
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
		thread->wanted = ember_filter_wants(filter, task, map);
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
