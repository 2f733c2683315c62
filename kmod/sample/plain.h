/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sample that nearly all are, in line in the tick: user mode of the kernel's own width, by
 * frame pointers, of a thread and a stack that are known, with nothing else due. All others
 * are capture.c's.
 */
#ifndef EMBER_PLAIN_H
#define EMBER_PLAIN_H

#include <linux/sched.h>

#include "capture.h"
#include "record.h"
#include "../unwind/user.h"

/*
 * Hard interrupt context: takes the point `now`, if that's so but for the stack. False: it
 * isn't, and nothing was done. begun: ember_counter() at the interrupt's first tick, which
 * this is.
 */
static __always_inline bool ember_plain_sample(struct ember_cpu *ec, struct pt_regs *regs,
					       u64 now, unsigned long begun)
{
	struct task_struct *task = current;
	struct ember_thread_slot *thread = ember_threadmap_place(&ec->threads, task, 0);
	const struct ember_session *s = ec->session;
	struct ember_walk walk = ember_walk_begin(ec, NULL, 1 + EMBER_WALK_FRAMES, begun);
	union ember_stack stack;
	u64 hash;
	u8 end;

	if (unlikely(!regs || !ember_regs_native(regs) || !ember_thread_plain(thread, task)))
		return false;
	walk.mm = thread->mm;
	ember_mm_touch(&ec->session->spaces, thread->space, thread->mm, now);
	/* A look that comes too early is as good. */
	if (unlikely(data_race(s->tables.wanted))) {
		ember_capture_tables(ec, thread, regs, now, begun);
		return true;
	}
	ember_faults_off();
	end = ember_unwind_native(&walk, regs);
	ember_faults_on();
	stack = (union ember_stack){ .end_user = end, .nr_user = walk.nr };
	hash = ember_hash_end(walk.hash, stack.word, walk.key);
	/* Not counted: as for ember_stack_plain(). */
	if (unlikely(end & ~EMBER_END_WHOLE || !ember_record_known(ec, thread, hash, now)))
		ember_record_full(ec, thread, stack, hash, now);
	return true;
}

#endif
