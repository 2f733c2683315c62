// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing that a module can call walks from given registers here, so we do: frame
 * records {x29, x30} on the stack that was interrupted and, from an interrupt's
 * stack, on the task's. An exception's entry makes a record of its own: {x29, ELR}, of
 * zeros where it came from user space, or, from 6.13 on, of zeros with a type behind
 * them, within the registers that it saved.
 */
#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "address_arm64.h"
#include "frame.h"
#include "ram.h"
#include "task_stack.h"
#include "unwind.h"

/* How far into a function without a frame we look for its beginning. */
#define EMBER_LEAF_BYTES 512

/* Two words next to each other. */
static bool ember_record_read(const struct task_struct *task, const unsigned long *at,
			      unsigned long record[2])
{
	if (likely(ember_on_task_stack(task, (unsigned long)at))) {
		record[0] = READ_ONCE_NOCHECK(at[0]);
		record[1] = READ_ONCE_NOCHECK(at[1]);
		return true;
	}
	return !get_kernel_nofault(record[0], at) && !get_kernel_nofault(record[1], at + 1);
}

/* Whether an address is memory: reading a device's register may do something. */
static bool ember_is_memory(unsigned long at)
{
	return ember_par_is_memory(ember_translate("s1e1r", at));
}

/* Where a branch at `at` leads; 0 if it is none. */
static unsigned long ember_branch_target(unsigned long at, u32 insn)
{
	if ((insn & 0xfc000000) == 0x14000000) /* b */
		return at + sign_extend64(insn & 0x03ffffff, 25) * 4;
	if ((insn & 0xff000000) == 0x54000000 || /* b.cond */
	    (insn & 0x7e000000) == 0x34000000) /* cbz, cbnz */
		return at + sign_extend64(insn >> 5 & 0x7ffff, 18) * 4;
	if ((insn & 0x7e000000) == 0x36000000) /* tbz, tbnz */
		return at + sign_extend64(insn >> 5 & 0x3fff, 13) * 4;
	return 0;
}

/*
 * Whether pc is in a function that has made no frame, so that its caller is in lr and
 * nowhere else: before lr stands a call of something shortly before pc, and from there
 * to pc neither are x29 and x30 stored nor does a function end. A return that a branch
 * skips doesn't end one.
 */
static bool ember_in_leaf(unsigned long pc, unsigned long lr)
{
	unsigned long at, furthest = 0;
	u32 insn;

	/* Where lr isn't a return address it's anything. */
	if (lr & 3 || !ember_is_memory(lr - 4) || get_kernel_nofault(insn, (u32 *)(lr - 4)) ||
	    (insn & 0xfc000000) != 0x94000000)
		return false;
	at = lr - 4 + sign_extend64(insn & 0x03ffffff, 25) * 4;
	if (at > pc || pc - at > EMBER_LEAF_BYTES)
		return false;
	for (; at < pc; at += 4) {
		if (get_kernel_nofault(insn, (u32 *)at))
			return false;
		furthest = max(furthest, ember_branch_target(at, insn));
		/* stp x29, x30, [sp, n] with or without ! */
		if ((insn & 0xff407fff) == 0xa9007bfd)
			return false;
		/* ret, retaa, retab */
		if ((insn == 0xd65f03c0 || (insn & 0xfffffbff) == 0xd65f0bff) &&
		    furthest <= at)
			return false;
	}
	return true;
}

/* Where an exception came: its caller too, if that's in lr alone. */
static bool ember_add_place(struct ember_walk *walk, unsigned long pc, unsigned long lr)
{
	lr = ember_kernel_address(lr);
	return ember_walk_add(walk, pc) &&
	       (!ember_in_leaf(pc, lr) || ember_walk_add(walk, lr));
}

/*
 * Whether the record at frame is an exception's, {x29, ELR} within the registers that it
 * saved: then *lr is theirs. Where records have types those of exceptions are zeros.
 */
static bool ember_in_saved_regs(const struct task_struct *task, unsigned long frame,
				unsigned long low, const unsigned long record[2],
				unsigned long *lr)
{
#ifdef FRAME_META_TYPE_PT_REGS
	return false;
#else
	const struct pt_regs *regs = container_of((void *)frame, struct pt_regs, stackframe);
	unsigned long link[2], place[2];

	/* Few functions' frames are that large. */
	if (likely(frame - low < offsetof(struct pt_regs, stackframe)) ||
	    !ember_record_read(task, (const unsigned long *)&regs->regs[29], link) ||
	    !ember_record_read(task, (const unsigned long *)&regs->sp, place))
		return false;
	*lr = link[1];
	return link[0] == record[0] && place[1] == record[1];
#endif
}

/* A record of zeros at *frame. EMBER_END_NONE: the walk goes on from there, above *low. */
#ifdef FRAME_META_TYPE_PT_REGS
static u8 ember_record_typed(const struct task_struct *task, struct ember_walk *walk,
			     unsigned long *frame, unsigned long *low, unsigned long limit)
{
	const struct frame_record_meta *meta = (const void *)*frame;
	const struct pt_regs *regs = container_of(meta, struct pt_regs, stackframe);
	unsigned long type, link[2], place[2];

	if (*frame > limit - sizeof(*meta) ||
	    get_kernel_nofault(type, (const unsigned long *)&meta->type))
		return EMBER_END_UNWINDER;
	if (type == FRAME_META_TYPE_FINAL)
		return EMBER_END_WHOLE;
	/* x29 and x30; sp and pc. */
	if (type != FRAME_META_TYPE_PT_REGS || (unsigned long)regs < *low ||
	    !ember_record_read(task, (const unsigned long *)&regs->regs[29], link) ||
	    !ember_record_read(task, (const unsigned long *)&regs->sp, place))
		return EMBER_END_UNWINDER;
	if (!ember_add_place(walk, place[1], link[1]))
		return ember_walk_cut(walk);
	*low = (unsigned long)(meta + 1);
	*frame = link[0];
	return EMBER_END_NONE;
}
#else
static u8 ember_record_typed(const struct task_struct *task, struct ember_walk *walk,
			     unsigned long *frame, unsigned long *low, unsigned long limit)
{
	return EMBER_END_WHOLE;
}
#endif

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, struct task_struct *task,
		       bool softirq)
{
	unsigned long low = regs->sp, limit = ember_stack_limit(task, low);
	unsigned long frame = regs->regs[29];

	if (!ember_add_place(walk, regs->pc, regs->regs[30]))
		return ember_walk_cut(walk);
	for (;;) {
		unsigned long record[2], lr;

		if (!frame)
			return EMBER_END_WHOLE;
		if (ember_on_task_stack(task, frame) && !ember_on_task_stack(task, low)) {
			/* Below is what an interrupt came upon. */
			if (softirq)
				return EMBER_END_WHOLE;
			low = frame;
			limit = ember_stack_limit(task, frame);
		}
		if (!ember_frame_sane(frame, low, limit, sizeof(record), 8) ||
		    !ember_record_read(task, (const unsigned long *)frame, record))
			return EMBER_END_UNWINDER;
		if (unlikely(!record[1])) {
			u8 end = ember_record_typed(task, walk, &frame, &low, limit);

			if (end != EMBER_END_NONE)
				return end;
			continue;
		}
		if (unlikely(ember_in_saved_regs(task, frame, low, record, &lr))) {
			if (!ember_add_place(walk, record[1], lr))
				return ember_walk_cut(walk);
		} else if (!ember_walk_add(walk, ember_kernel_address(record[1]))) {
			return ember_walk_cut(walk);
		}
		low = frame + sizeof(record);
		frame = record[0];
	}
}
