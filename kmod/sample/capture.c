// SPDX-License-Identifier: GPL-2.0-only
/* Hard interrupt context, interrupts off, all of it. */
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "capture.h"
#include "../compat/sched.h"
#include "record.h"
#include "ticks.h"
#include "../unwind/user.h"

/* Its entry, and a look at whether its memory changed. */
static __always_inline struct ember_thread_slot *
ember_capture_thread(struct ember_cpu *ec, struct task_struct *task, bool user, u64 now)
{
	struct ember_thread_slot *thread;

	thread = ember_threadmap_task(&ec->threads, &ec->session->spaces, &ec->session->filter,
				      task, user, now);
	if (likely(thread->space))
		ember_mm_touch(&ec->session->spaces, thread->space, thread->mm, now);
	return thread;
}

static inline struct ember_walk ember_capture_walk(struct ember_cpu *ec,
						   const struct task_struct *task)
{
	unsigned int room = min(this_cpu_read(ember_ticks.room), ec->session->max_frames);

	return ember_walk_begin(ec, task->mm, room, this_cpu_read(ember_ticks.begun));
}

static __always_inline u8 ember_capture_frames(struct ember_cpu *ec,
					       const struct ember_thread_slot *thread,
					       struct ember_walk *walk, struct pt_regs *regs)
{
	const struct ember_session *s = ec->session;
	const struct ember_tables *tables = &s->tables;
	struct ember_by by = {};
	u8 end;

	if (unlikely(!walk->looked)) {
		if (!walk->nr)
			ember_walk_add(walk, instruction_pointer(regs));
		return EMBER_END_TIME;
	}
	if (walk->nr == walk->max)
		return EMBER_END_REPLACED;
	ember_faults_off();
	/* Pairs with the release of who made the caches before. */
	if (smp_load_acquire(&tables->slot) && thread->space) {
		end = ember_unwind_tables(walk, regs, thread->space, tables, ec->cpu, &by);
	} else {
		by.absent = true;
		end = ember_unwind_user(walk, regs);
	}
	ember_faults_on();
	ec->counters->samples_table += by.tables;
	ec->mapped = by.tables && !by.others;
	if (unlikely(by.absent) && s->flags & EMBER_CONFIG_TABLES && end == EMBER_END_WHOLE)
		return EMBER_END_GAPS;
	return end;
}

/* In a softirq, what the clock samples is the softirq's. An event is its task's even there, but
 * the kernel frames aren't.
 */
static __always_inline void ember_capture_sample(struct ember_cpu *ec,
						 const struct ember_sample_context *sample)
{
	struct pt_regs *regs = sample->regs;
	bool user = regs && user_mode(regs);
	bool serving = !user && !sample->waited && in_serving_softirq();
	bool softirq = serving && !sample->event;
	struct ember_walk walk = ember_capture_walk(ec, sample->task);
	union ember_stack stack = {
		.context = softirq ? EMBER_CONTEXT_SOFTIRQ : EMBER_CONTEXT_TASK,
	};
	struct ember_thread_slot *thread;

	if (ec->idle && !softirq && !sample->event) {
		ember_record_idle(ec, 1);
		return;
	}
	thread = ember_capture_thread(ec, sample->task, user, sample->time);
	if (!ember_record_wanted(ec, thread, stack.context, user, sample->event,
				 sample->time)) {
		ember_record_filtered(ec, sample->event);
		return;
	}
	walk.looked = this_cpu_read(ember_ticks.room) != 1;
	if (unlikely(!regs)) {
		stack.end_kernel = EMBER_END_UNWINDER;
	} else if (!user && unlikely(!walk.looked)) {
		ember_walk_add(&walk, instruction_pointer(regs));
		stack.end_kernel = EMBER_END_TIME;
		stack.nr_kernel = walk.nr;
	} else if (!user && softirq == serving) {
		stack.end_kernel = sample->waited ? ember_unwind_waited(&walk, regs) :
						    ember_unwind_kernel(&walk, regs,
									sample->task, softirq);
		stack.nr_kernel = walk.nr;
	}
	if (!softirq) {
		/* In execve the registers are the old image's, the memory the new's. */
		if (likely(thread->mm))
			stack.end_user =
				ember_capture_frames(ec, thread, &walk,
						     sample->user ? sample->user :
						     user	  ? regs :
								    task_pt_regs(sample->task));
		else if (sample->task->in_execve)
			stack.end_user = EMBER_END_EXEC;
		stack.nr_user = walk.nr - stack.nr_kernel;
	}
	if (sample->event)
		ember_record_weighted(ec, thread, stack, walk.hash, sample);
	else
		ember_record_sample(ec, thread, stack, walk.hash, sample->time);
}

void ember_capture_tables(struct ember_cpu *ec, struct ember_thread_slot *thread,
			  struct pt_regs *regs, u64 now, unsigned long begun)
{
	struct ember_walk walk =
		ember_walk_begin(ec, thread->mm, 1 + EMBER_WALK_FRAMES, begun);
	union ember_stack stack = {
		.end_user = ember_capture_frames(ec, thread, &walk, regs),
	};

	stack.nr_user = walk.nr;
	ember_record_sample(ec, thread, stack, walk.hash, now);
}

void ember_capture(struct ember_cpu *ec, struct pt_regs *regs, u64 now)
{
	/* No interrupt's registers: nothing can be said of this point. */
	if (unlikely(!regs))
		ember_record_skip(ec, 1);
	else
		ember_capture_sample(ec, &(struct ember_sample_context){ current, regs, now });
}

void ember_capture_event(struct ember_cpu *ec, const struct ember_sample_context *sample)
{
	ember_capture_sample(ec, sample);
}

bool ember_capture_other(struct ember_cpu *ec, const struct ember_sample_context *sample,
			 bool (*same)(const void *context), const void *context)
{
	struct task_struct *task = sample->task;
	struct ember_walk walk = ember_capture_walk(ec, task);
	union ember_stack stack = { .context = EMBER_CONTEXT_TASK };
	struct ember_thread_slot *thread = ember_capture_thread(ec, task, false, sample->time);

	if (!ember_record_wanted(ec, thread, stack.context, false, sample->event,
				 sample->time)) {
		ember_record_filtered(ec, sample->event);
		return true;
	}
	if (sample->regs) {
		stack.end_kernel = ember_unwind_kernel(&walk, sample->regs, task, false);
		stack.nr_kernel = walk.nr;
		if (thread->mm)
			stack.end_user =
				ember_capture_frames(ec, thread, &walk, task_pt_regs(task));
		else if (task->in_execve)
			stack.end_user = EMBER_END_EXEC;
		stack.nr_user = walk.nr - stack.nr_kernel;
		if (!same(context))
			return false;
	}
	ember_record_weighted(ec, thread, stack, walk.hash, sample);
	return true;
}

void ember_capture_handler(struct ember_cpu *ec, u8 context, unsigned long handler, u8 vector,
			   u64 now)
{
	struct ember_walk walk = ember_capture_walk(ec, current);
	union ember_stack stack = {
		.context = context,
		.vector = vector,
		.end_kernel = EMBER_END_WHOLE,
	};
	struct ember_thread_slot *thread = ember_capture_thread(ec, current, false, now);

	if (!ember_record_wanted(ec, thread, context, false, NULL, now)) {
		ember_record_filtered(ec, NULL);
		return;
	}
	if (handler)
		ember_walk_add(&walk, handler);
	stack.nr_kernel = walk.nr;
	ember_record_sample(ec, thread, stack, walk.hash, now);
}
