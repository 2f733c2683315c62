/* SPDX-License-Identifier: GPL-2.0-only */
/* The bounds of kernel stacks. */
#ifndef EMBER_TASK_STACK_H
#define EMBER_TASK_STACK_H

#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

static inline bool ember_on_task_stack(const struct task_struct *task, unsigned long at)
{
	unsigned long base = (unsigned long)task_stack_page(task);

	return at >= base && at < base + THREAD_SIZE;
}

/*
 * Where the stack ends that has `at`. An interrupt's stack is as large as a task's and, vmapped,
 * aligned to its size; else it's a CPU's variable, whose bounds no module knows.
 */
static inline unsigned long ember_stack_limit(const struct task_struct *task, unsigned long at)
{
	if (ember_on_task_stack(task, at))
		return (unsigned long)task_stack_page(task) + THREAD_SIZE;
	return IS_ENABLED(CONFIG_VMAP_STACK) ? ALIGN_DOWN(at, THREAD_SIZE) + THREAD_SIZE :
					       at + THREAD_SIZE;
}

#endif
