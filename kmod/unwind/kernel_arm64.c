// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing that a module can call walks from given registers here, so we do: frame
 * records {x29, x30} on the stack that was interrupted and, from an interrupt's
 * stack, on the task's. An exception's entry makes a record of its own, {x29, ELR},
 * of zeros where it came from user space.
 */
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/memory.h>
#include <asm/pointer_auth.h>

#include "frame.h"
#include "unwind.h"

static bool ember_on_task_stack(unsigned long at)
{
	unsigned long base = (unsigned long)task_stack_page(current);

	return at >= base && at < base + THREAD_SIZE;
}

static unsigned long ember_stack_limit(unsigned long at)
{
	if (ember_on_task_stack(at))
		return (unsigned long)task_stack_page(current) + THREAD_SIZE;
	/* An interrupt's stack: as large as a task's, and aligned to its size. */
	return IS_ENABLED(CONFIG_VMAP_STACK) ? ALIGN_DOWN(at, THREAD_SIZE) + THREAD_SIZE :
					       at;
}

static unsigned long ember_strip(unsigned long pc)
{
	/* A signed kernel address has its upper bits in disorder; they are ones. */
	return pc | GENMASK_ULL(63, VA_BITS);
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq)
{
	unsigned long low = regs->sp, limit = ember_stack_limit(low);
	unsigned long frame = regs->regs[29];

	if (!ember_walk_add(walk, regs->pc))
		return EMBER_END_DEPTH;
	for (;;) {
		const unsigned long *record;
		unsigned long pc;

		if (!frame)
			return EMBER_END_WHOLE;
		if (!ember_frame_sane(frame, low, limit, 16, 8)) {
			/* From an interrupt's stack to the task's, once. */
			if (ember_on_task_stack(low) || !ember_on_task_stack(frame))
				return EMBER_END_UNWINDER;
			if (softirq)
				return EMBER_END_WHOLE;
			low = frame;
			limit = ember_stack_limit(frame);
			continue;
		}
		record = (const unsigned long *)frame;
		pc = READ_ONCE_NOCHECK(record[1]);
		if (!pc)
			return EMBER_END_WHOLE;
		if (!ember_walk_add(walk, ember_strip(pc)))
			return EMBER_END_DEPTH;
		low = frame + 16;
		frame = READ_ONCE_NOCHECK(record[0]);
	}
}
