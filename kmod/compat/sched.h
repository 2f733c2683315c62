/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that have an mm but no user registers: io_uring's workers were
 * PF_IO_WORKER until PF_USER_WORKER came with 6.4.
 */
#ifndef EMBER_COMPAT_SCHED_H
#define EMBER_COMPAT_SCHED_H

#include <linux/sched.h>

#ifdef PF_USER_WORKER
#define EMBER_PF_NO_USER	(PF_KTHREAD | PF_USER_WORKER)
#elif defined(PF_IO_WORKER)
#define EMBER_PF_NO_USER	(PF_KTHREAD | PF_IO_WORKER)
#else
#define EMBER_PF_NO_USER	PF_KTHREAD
#endif

/* A task's state lost its old name with 5.14, when it became an unsigned int. */
static inline unsigned int ember_task_state(const struct task_struct *task)
{
#ifdef EMBER_HAVE_TASK_STATE
	return READ_ONCE(task->__state);
#else
	return READ_ONCE(task->state);
#endif
}

/*
 * ARM reports task switches to thread notifiers. 5.16 changed how to get from a thread_info
 * to its task.
 */
#ifdef CONFIG_ARM
#include <asm/thread_notify.h>

#define EMBER_THREAD_NOTIFIER	1

static inline struct task_struct *ember_thread_task(struct thread_info *thread)
{
#ifdef CONFIG_THREAD_INFO_IN_TASK
	return container_of(thread, struct task_struct, thread_info);
#else
	return thread->task;
#endif
}
#endif

#endif
