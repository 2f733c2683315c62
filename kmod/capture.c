// SPDX-License-Identifier: GPL-2.0-only
/* Hard interrupt context, interrupts off, all of it. */
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "capture.h"
#include "compat/sched.h"
#include "record.h"
#include "unwind/unwind.h"

static void ember_capture_user(struct ember_cpu *ec, struct ember_stack *stack,
			       struct ember_walk *walk, struct pt_regs *regs)
{
	unsigned int before = walk->nr;

	if (unlikely(walk->nr == walk->max)) {
		stack->end_user = EMBER_END_REPLACED;
		return;
	}
	/* The copies below must fail rather than fault. */
	pagefault_disable();
	stack->end_user = ember_unwind_user(walk, regs);
	pagefault_enable();
	stack->nr_user = walk->nr - before;
}

void ember_capture(struct ember_cpu *ec, struct pt_regs *regs, u64 now)
{
	const struct ember_session *s = ec->session;
	struct ember_walk walk = {
		.frames = ec->frames,
		.max = s->max_frames,
		.hash = s->hash_seed,
	};
	struct ember_stack stack = {};
	struct ember_thread *thread;
	bool user;

	if (unlikely(!regs)) {
		/* No interrupt's registers: nothing can be said of this point. */
		ember_record_skip(ec, 1);
		return;
	}
	user = user_mode(regs);
	stack.context = !user && in_serving_softirq() ? EMBER_CONTEXT_SOFTIRQ :
							EMBER_CONTEXT_TASK;
	if (ec->idle && stack.context == EMBER_CONTEXT_TASK) {
		ember_record_idle(ec, 1);
		return;
	}
	thread = ember_threadmap_current(&ec->threads, ec->session, now);
	if (thread->space)
		ember_space_touch(&ec->session->spaces, thread->space, thread->mm, now);
	if (!ember_record_wanted(ec, thread, &stack, user)) {
		ember_record_filtered(ec);
		return;
	}
	if (!user) {
		stack.end_kernel = ember_unwind_kernel(&walk, regs,
						       stack.context == EMBER_CONTEXT_SOFTIRQ);
		stack.nr_kernel = walk.nr;
	}
	if (stack.context == EMBER_CONTEXT_TASK) {
		/* In execve the registers are the old image's, the memory the new's. */
		if (likely(thread->mm))
			ember_capture_user(ec, &stack, &walk,
					   user ? regs : task_pt_regs(current));
		else if (current->in_execve)
			stack.end_user = EMBER_END_EXEC;
	}
	ember_record_sample(ec, thread, &stack, walk.hash, now);
}

void ember_capture_handler(struct ember_cpu *ec, u8 context, unsigned long handler, u8 vector,
			   u64 now)
{
	struct ember_stack stack = {
		.context = context,
		.vector = vector,
		.end_kernel = EMBER_END_WHOLE,
	};
	struct ember_thread *thread;
	u64 hash = ec->session->hash_seed;

	if (handler) {
		ec->frames[stack.nr_kernel++] = handler;
		hash = ember_hash_step(hash, handler);
	}
	thread = ember_threadmap_current(&ec->threads, ec->session, now);
	if (thread->space)
		ember_space_touch(&ec->session->spaces, thread->space, thread->mm, now);
	if (ember_record_wanted(ec, thread, &stack, false))
		ember_record_sample(ec, thread, &stack, hash, now);
	else
		ember_record_filtered(ec);
}
