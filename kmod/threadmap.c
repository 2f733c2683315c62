// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/string.h>

#include "compat/sched.h"
#include "session.h"

static void ember_comm(u64 comm[EMBER_COMM_LEN / 8])
{
	BUILD_BUG_ON(TASK_COMM_LEN != EMBER_COMM_LEN);
	/* get_task_comm() takes a lock; a name half written is read anew later. */
	memcpy(comm, current->comm, EMBER_COMM_LEN);
}

static struct ember_space *ember_thread_space(struct ember_session *s,
					      struct mm_struct *mm, u64 now,
					      u32 *number)
{
	struct ember_space *space = NULL;

	if (mm)
		space = ember_space_see(&s->spaces, mm, now);
	*number = space ? READ_ONCE(space->number) : 0;
	return *number ? space : NULL;
}

static void ember_thread_fill(struct ember_thread *thread, struct ember_session *s,
			      struct mm_struct *mm, const u64 *comm, u64 now)
{
	/* What the filter said of a task holds as long as the task lives. */
	if (thread->task != current || thread->start_time != current->start_boottime) {
		thread->task = current;
		thread->start_time = current->start_boottime;
		thread->wanted = ember_filter_wants(&s->filter, current);
	}
	thread->mm = mm;
	thread->space = NULL;
	thread->space_number = 0;
	if (thread->wanted)
		thread->space = ember_thread_space(s, mm, now, &thread->space_number);
	memcpy(thread->comm, comm, sizeof(thread->comm));
	thread->defined = false;
}

struct ember_thread *ember_threadmap_current(struct ember_threadmap *map,
					     struct ember_session *s, u64 now)
{
	unsigned long first = (unsigned long)current / 64;
	struct ember_thread *thread, *vacant = NULL;
	struct mm_struct *mm = current->mm;
	u64 comm[EMBER_COMM_LEN / 8];
	unsigned int i;

	first ^= first >> 9;
	/* In execve the one goes and the other comes: neither has frames to be named. */
	if (current->flags & EMBER_PF_NO_USER || current->in_execve)
		mm = NULL;
	ember_comm(comm);
	for (i = 0; i < EMBER_THREADMAP_PROBES; i++) {
		thread = &map->thread[(first + i) & map->mask];
		if (thread->task == current)
			break;
		if (!thread->task && !vacant)
			vacant = thread;
	}
	if (unlikely(i == EMBER_THREADMAP_PROBES)) {
		/* Full here: whoever stands where start times say goes. */
		thread = vacant ?: &map->thread[(first + ((current->start_boottime >> 20) &
				   (EMBER_THREADMAP_PROBES - 1))) & map->mask];
		ember_thread_fill(thread, s, mm, comm, now);
		return thread;
	}
	if (unlikely(thread->start_time != current->start_boottime ||
		     thread->mm != mm || thread->comm[0] != comm[0] ||
		     thread->comm[1] != comm[1] ||
		     (thread->space &&
		      READ_ONCE(thread->space->number) != thread->space_number) ||
		     (!thread->space && mm && thread->wanted)))
		ember_thread_fill(thread, s, mm, comm, now);
	else if (thread->space)
		ember_space_touch(&s->spaces, thread->space, mm, now);
	return thread;
}
