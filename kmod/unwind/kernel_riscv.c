// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel frames on riscv, from given registers: frame records {s0, ra} below where s0 points
 * to, which is the caller's sp. A function that calls no other saves s0 alone, in ra's place;
 * assembly makes no record at all. An exception's entry makes none either: it leaves the
 * registers that it saved where the first function's record ends.
 */
#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "riscv_insn.h"
#include "task_stack.h"
#include "unwind.h"

/* How far into a function without a frame we look for its beginning. */
#define EMBER_LEAF_BYTES 512

/* The kernel and its modules are in the last 4 GiB, and no device's registers. */
#define EMBER_TEXT_FROM (-(4UL << 30))

#define EMBER_RECORD_BYTES (2 * sizeof(unsigned long))

/* Where the walk is: whose stack, what s0 was, and the stack between. */
struct ember_place {
	struct task_struct *task;
	unsigned long fp, low, limit;
};

static bool ember_stack_word(const struct task_struct *task, unsigned long at,
			     unsigned long *word)
{
	if (likely(ember_on_task_stack(task, at))) {
		*word = READ_ONCE_NOCHECK(*(const unsigned long *)at);
		return true;
	}
	return !get_kernel_nofault(*word, (const unsigned long *)at);
}

/* An instruction of 2 or 4 bytes, whose halves may lie in two pages. */
static bool ember_insn_read(unsigned long at, u32 *insn)
{
	u16 low, high = 0;

	if (get_kernel_nofault(low, (const u16 *)at) ||
	    (ember_insn_bytes(low) == 4 && get_kernel_nofault(high, (const u16 *)at + 1)))
		return false;
	*insn = (u32)high << 16 | low;
	return true;
}

/* Returns what the call before ra calls; 0 if that's in a register, or there is none. */
static unsigned long ember_called(unsigned long ra)
{
	u32 insn, upper;

	if (!ember_insn_read(ra - 4, &insn))
		return 0;
	if (ember_insn_is_jal_ra(insn))
		return ra - 4 + ember_insn_jal(insn);
	if (!ember_insn_is_jalr_ra(insn) || !ember_insn_read(ra - 8, &upper) ||
	    !ember_insn_is_auipc_ra(upper))
		return 0;
	return ra - 8 + ember_insn_far(upper, insn);
}

/*
 * Whether pc is in a function that has made no frame, so that its caller is in ra, and s0
 * the caller's: before ra stands a call of something shortly before pc, and from there to pc
 * neither is s0 set nor does a function end. A return that a branch skips doesn't end one.
 */
static bool ember_in_leaf(unsigned long pc, unsigned long ra)
{
	unsigned long at, furthest = 0;
	u32 insn;

	/* Where ra isn't a return address it's anything. */
	if (ra & 1 || ra < EMBER_TEXT_FROM + 8)
		return false;
	at = ember_called(ra);
	if (!at || at > pc || pc - at > EMBER_LEAF_BYTES)
		return false;
	for (; at < pc; at += ember_insn_bytes(insn)) {
		if (!ember_insn_read(at, &insn) || ember_insn_sets_fp(insn))
			return false;
		furthest = max(furthest, at + ember_insn_branch(insn));
		if (ember_insn_leaves(insn) && furthest <= at)
			return false;
	}
	return true;
}

/*
 * Adds where an exception came, and its caller if that's in ra: no record is made yet, or one
 * without ra, which the stack's address in ra's place shows.
 */
static bool ember_add_place(struct ember_walk *walk, struct ember_place *place,
			    unsigned long pc, unsigned long ra)
{
	unsigned long outer, fp = place->fp;

	if (!ember_walk_add(walk, pc))
		return false;
	if (ember_in_leaf(pc, ra))
		return ember_walk_add(walk, ra);
	if (!ember_frame_sane(fp - EMBER_RECORD_BYTES, place->low, place->limit,
			      EMBER_RECORD_BYTES, 8) ||
	    !ember_stack_word(place->task, fp - sizeof(outer), &outer) || outer <= fp ||
	    outer > place->limit || outer & 7)
		return true;
	place->fp = outer;
	place->low = fp;
	return ember_walk_add(walk, ra);
}

/*
 * Whether kernel mode's registers were saved at `at`, behind the record that is left: then sp
 * was at their end, and the entry had s0 point there, too. A sp alone may be left over from an
 * earlier exception, where a system call's stack begins elsewhere each time.
 */
static bool ember_is_saved(const struct ember_place *place, unsigned long at)
{
	const struct pt_regs *regs = (const struct pt_regs *)at;
	unsigned long end = at + ALIGN(sizeof(*regs), STACK_ALIGN), sp, status;

	return unlikely(place->fp == end) && end <= place->limit &&
	       ember_stack_word(place->task, (unsigned long)&regs->sp, &sp) && sp == end &&
	       ember_stack_word(place->task, (unsigned long)&regs->status, &status) &&
	       status & SR_PP;
}

/* From the registers that were saved at `at`. Returns EMBER_END_NONE: the walk goes on. */
static u8 ember_add_saved(struct ember_walk *walk, struct ember_place *place, unsigned long at)
{
	const struct pt_regs *regs = (const struct pt_regs *)at;
	unsigned long pc, ra, fp;

	if (!ember_stack_word(place->task, (unsigned long)&regs->epc, &pc) ||
	    !ember_stack_word(place->task, (unsigned long)&regs->ra, &ra) ||
	    !ember_stack_word(place->task, (unsigned long)&regs->s0, &fp))
		return EMBER_END_UNWINDER;
	place->fp = fp;
	place->low = at + ALIGN(sizeof(*regs), STACK_ALIGN);
	return ember_add_place(walk, place, pc, ra) ? EMBER_END_NONE : ember_walk_cut(walk);
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, struct task_struct *task,
		       bool softirq)
{
	unsigned long bottom = (unsigned long)task_pt_regs(task);
	struct ember_place place = {
		.task = task,
		.fp = regs->s0,
		.low = regs->sp,
		.limit = ember_stack_limit(task, regs->sp),
	};

	if (!ember_add_place(walk, &place, regs->epc, regs->ra))
		return ember_walk_cut(walk);
	for (;;) {
		unsigned long at = place.fp, record = at - EMBER_RECORD_BYTES, ra;
		u8 end;

		if (ember_on_task_stack(task, record) &&
		    !ember_on_task_stack(task, place.low)) {
			/* Below is what an interrupt came upon. */
			if (softirq)
				return EMBER_END_WHOLE;
			place.low = record;
			place.limit = ember_stack_limit(task, record);
		}
		if (!ember_frame_sane(record, place.low, place.limit, EMBER_RECORD_BYTES, 8) ||
		    !ember_stack_word(task, record, &place.fp) ||
		    !ember_stack_word(task, record + sizeof(ra), &ra) ||
		    ra < EMBER_TEXT_FROM || ra >= -PAGE_SIZE)
			return EMBER_END_UNWINDER;
		if (!ember_walk_add(walk, ra))
			return ember_walk_cut(walk);
		/* Here a task's stack begins, with its user mode's registers. */
		if (at == bottom)
			return EMBER_END_WHOLE;
		place.low = at;
		/* In the gap that a system call's stack begins with, all of that may be stale. */
		if (place.fp == bottom || !ember_is_saved(&place, at))
			continue;
		if (softirq)
			return EMBER_END_WHOLE;
		end = ember_add_saved(walk, &place, at);
		if (end != EMBER_END_NONE)
			return end;
	}
}
