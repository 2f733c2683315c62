// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include <asm/memory.h>
#include <asm/opcodes.h>

#include "../compat/stacktrace.h"
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

/* Whether the instruction before pc is a call. */
static bool ember_called(unsigned long pc)
{
	u32 insn;

	if (IS_ENABLED(CONFIG_THUMB2_KERNEL))
		return true;
	/* Modules and the kernel; what is above may be a device's. */
	if (pc & 3 || pc < MODULES_VADDR || pc >= (unsigned long)high_memory ||
	    get_kernel_nofault(insn, (u32 *)(pc - 4)))
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
	/* The tables are true from the end of a prologue on: in one, of nothing. */
	if (arm->nr++ == 1 && !ember_at_top(arm->frame.sp) && !ember_called(EMBER_STACK_PC)) {
		arm->end = EMBER_END_UNWINDER;
		return EMBER_STACK_ENOUGH;
	}
	if (ember_walk_add(arm->walk, EMBER_STACK_PC))
		return EMBER_STACK_MORE;
	arm->end = EMBER_END_DEPTH;
	return EMBER_STACK_ENOUGH;
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq)
{
	struct ember_arm_walk arm = {
		.walk = walk,
		.softirq = softirq,
		.elsewhere = !ember_on_task_stack(regs->ARM_sp),
		.end = EMBER_END_NONE,
	};

	ember_stack_begin(&arm.frame, regs);
	walk_stackframe(&arm.frame, ember_stack_frame, &arm);
	if (arm.end != EMBER_END_NONE)
		return arm.end;
	/* The end isn't told from a failure. */
	return ember_at_top(arm.frame.sp) ? EMBER_END_WHOLE : EMBER_END_UNWINDER;
}
