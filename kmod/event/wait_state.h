/* SPDX-License-Identifier: GPL-2.0-only */
/* What a thread that doesn't run waits for, by its state. */
#ifndef EMBER_WAIT_STATE_H
#define EMBER_WAIT_STATE_H

#include <linux/sched.h>

#include "../base/uapi.h"

/* Return EMBER_WAIT_*, never EMBER_WAIT_PREEMPTED: @state isn't TASK_RUNNING. */
static inline u32 ember_wait_state(const struct task_struct *task, unsigned int state)
{
	if (state & (__TASK_STOPPED | __TASK_TRACED | TASK_PARKED))
		return EMBER_WAIT_STOPPED;
	if (task->in_iowait)
		return EMBER_WAIT_IO;
	/* One that was just woken waits still: that it's its state is a race of before 5.18. */
	return state & (TASK_INTERRUPTIBLE | TASK_NOLOAD | TASK_WAKING) ?
		       EMBER_WAIT_SLEEP :
		       EMBER_WAIT_UNINTERRUPTIBLE;
}

#endif
