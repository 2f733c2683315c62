// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include <asm/memory.h>
#include <asm/opcodes.h>

#include "../compat/stacktrace.h"
#include "arm_return.h"
#include "unwind.h"

struct ember_arm_walk {
	struct stackframe frame; /* the walk's own, as far as it came */
	struct ember_walk *walk;
	bool softirq;
	bool elsewhere; /* on the interrupts' stack so far */
	unsigned int nr; /* frames so far */
	u8 end;
};

static bool ember_on_task_stack(unsigned long at)
{
	unsigned long base = (unsigned long)task_stack_page(current);

	return at >= base && at < base + THREAD_SIZE;
}

/* Where user mode's registers lie, with the fifth and sixth arguments of a system call
 * below them.
 */
static bool ember_at_top(unsigned long sp)
{
	return sp + 16 >= (unsigned long)task_pt_regs(current) && ember_on_task_stack(sp);
}

/* Whether code can be at pc: that of modules and of the kernel; what is above may be a device's. */
static bool ember_in_code(unsigned long pc)
{
	return pc >= MODULES_VADDR && pc < (unsigned long)high_memory;
}

/* Whether the instruction before pc is a call. */
static bool ember_called(unsigned long pc)
{
	u32 insn;

	if (IS_ENABLED(CONFIG_THUMB2_KERNEL))
		return ember_in_code(pc);
	if (pc & 3 || !ember_in_code(pc) || get_kernel_nofault(insn, (u32 *)(pc - 4)))
		return false;
	insn = __mem_to_opcode_arm(insn);
	return (insn & 0x0f000000) == 0x0b000000 || (insn & 0x0ffffff0) == 0x012fff30;
}

EMBER_STACK_FRAME(ember_stack_frame)
{
	struct ember_arm_walk *arm = data;

	if (arm->elsewhere && ember_on_task_stack(arm->frame.sp)) {
		/* Below is what an interrupt came upon. */
		if (arm->softirq) {
			arm->end = EMBER_END_WHOLE;
			return EMBER_STACK_ENOUGH;
		}
		arm->elsewhere = false;
	}
	/*
	 * The tables describe a function's body: elsewhere what they find is no call's return,
	 * at once or a frame later.
	 */
	if (arm->nr && (!ember_in_code(EMBER_STACK_PC) ||
			(arm->nr == 1 && !ember_called(EMBER_STACK_PC) &&
			 !ember_at_top(arm->frame.sp)))) {
		arm->end = EMBER_END_UNWINDER;
		return EMBER_STACK_ENOUGH;
	}
	arm->nr++;
	if (ember_walk_add(arm->walk, EMBER_STACK_PC))
		return EMBER_STACK_MORE;
	arm->end = ember_walk_cut(arm->walk);
	return EMBER_STACK_ENOUGH;
}

/*
 * The caller's frame by the code that comes next, which is in memory as far as its page
 * goes. Returns false where that code doesn't show it, or what it shows is no call's return;
 * *body is then added to sp for the tables.
 */
static bool ember_return_ahead(const struct pt_regs *regs, struct stackframe *frame, int *body)
{
	unsigned long pc = regs->ARM_pc;
	unsigned long room = (PAGE_SIZE - offset_in_page(pc)) / sizeof(u32);
	struct ember_arm_return found;
	u32 insns[EMBER_ARM_AHEAD];
	unsigned int i;

	if (IS_ENABLED(CONFIG_THUMB2_KERNEL) || get_kernel_nofault(insns[0], (u32 *)pc))
		return false;
	room = min_t(unsigned long, room, EMBER_ARM_AHEAD);
	for (i = 0; i < room; i++)
		insns[i] = __mem_to_opcode_arm(((const u32 *)pc)[i]);
	if (!ember_arm_return(insns, room, &found)) {
		*body = found.body;
		return false;
	}
	frame->pc = regs->ARM_lr;
	if (!found.in_lr &&
	    (get_kernel_nofault(frame->pc, (unsigned long *)(regs->ARM_sp + found.at)) ||
	     (found.fp &&
	      get_kernel_nofault(frame->fp, (unsigned long *)(regs->ARM_sp + found.fp)))))
		return false;
	frame->sp = regs->ARM_sp + found.frame;
	return ember_called(frame->pc) ||
	       (ember_at_top(frame->sp) && ember_in_code(frame->pc));
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq)
{
	struct ember_arm_walk arm = {
		.walk = walk,
		.softirq = softirq,
		.elsewhere = !ember_on_task_stack(regs->ARM_sp),
		.end = EMBER_END_NONE,
	};
	int body = 0;

	ember_stack_begin(&arm.frame, regs);
	if (ember_return_ahead(regs, &arm.frame, &body)) {
		if (!ember_walk_add(walk, regs->ARM_pc))
			return ember_walk_cut(walk);
		arm.nr = 2;
	} else {
		ember_stack_begin(&arm.frame, regs);
		arm.frame.sp += body;
	}
	walk_stackframe(&arm.frame, ember_stack_frame, &arm);
	if (arm.end != EMBER_END_NONE)
		return arm.end;
	/* The end isn't told from a failure. */
	return ember_at_top(arm.frame.sp) ? EMBER_END_WHOLE : EMBER_END_UNWINDER;
}
