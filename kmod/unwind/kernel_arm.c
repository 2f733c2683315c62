// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include <asm/memory.h>
#include <asm/opcodes.h>

#include "../compat/stacktrace.h"
#include "thumb_return.h"
#include "task_stack.h"
#include "unwind.h"

struct ember_arm_walk {
	struct task_struct *task;
	struct stackframe frame; /* the walk's own, as far as it came */
	struct ember_walk *walk;
	bool softirq;
	bool elsewhere; /* on the interrupts' stack so far */
	unsigned int nr; /* frames so far */
	u8 end;
};

/* Where user mode's registers lie, with the fifth and sixth arguments of a system call
 * below them.
 */
static bool ember_at_top(struct task_struct *task, unsigned long sp)
{
	return sp + 16 >= (unsigned long)task_pt_regs(task) && ember_on_task_stack(task, sp);
}

/* Whether code can be at pc: that of modules and of the kernel; what is above may be a device's. */
static bool ember_in_code(unsigned long pc)
{
	return pc >= MODULES_VADDR && pc < (unsigned long)high_memory;
}

#ifdef CONFIG_THUMB2_KERNEL
#define ember_next   ember_thumb_next
#define ember_return ember_thumb_return

static bool ember_read_half(unsigned long at, bool mapped, u32 *half)
{
	u16 value;

	if (mapped)
		value = *(const u16 *)at;
	else if (get_kernel_nofault(value, (u16 *)at))
		return false;
	*half = __mem_to_opcode_thumb16(value);
	return true;
}

/* mapped: the page that pc is in is in memory. */
static bool ember_read_insn(unsigned long pc, bool mapped, u32 *insn)
{
	u32 second;

	if (!ember_read_half(pc, mapped, insn))
		return false;
	if (!ember_thumb_wide(*insn))
		return true;
	if (!ember_read_half(pc + 2, offset_in_page(pc + 2), &second))
		return false;
	*insn = *insn << 16 | second;
	return true;
}

static bool ember_behind_call(unsigned long pc)
{
	unsigned long at = pc & ~1UL;
	u32 halves[2];

	if (!ember_read_half(at - 4, false, &halves[0]) ||
	    !ember_read_half(at - 2, false, &halves[1]))
		return false;
	return (halves[1] & 0xff87) == 0x4780 || /* blx */
	       ((halves[0] & 0xf800) == 0xf000 && (halves[1] & 0xc000) == 0xc000);
}
#else
#define ember_next   ember_arm_next
#define ember_return ember_arm_return

static bool ember_read_insn(unsigned long pc, bool mapped, u32 *insn)
{
	u32 value;

	if (mapped)
		value = *(const u32 *)pc;
	else if (get_kernel_nofault(value, (u32 *)pc))
		return false;
	*insn = __mem_to_opcode_arm(value);
	return true;
}

static bool ember_behind_call(unsigned long pc)
{
	u32 insn;

	if (pc & 3 || !ember_read_insn(pc - 4, false, &insn))
		return false;
	return (insn & 0x0f000000) == 0x0b000000 || (insn & 0x0ffffff0) == 0x012fff30;
}
#endif

/* Whether pc is behind a call. */
static bool ember_called(unsigned long pc)
{
	return ember_in_code(pc) && ember_behind_call(pc);
}

EMBER_STACK_FRAME(ember_stack_frame)
{
	struct ember_arm_walk *arm = data;

	if (arm->elsewhere && ember_on_task_stack(arm->task, arm->frame.sp)) {
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
			 !ember_at_top(arm->task, arm->frame.sp)))) {
		arm->end = EMBER_END_UNWINDER;
		return EMBER_STACK_ENOUGH;
	}
	arm->nr++;
	if (ember_walk_add(arm->walk, EMBER_STACK_PC))
		return EMBER_STACK_MORE;
	arm->end = ember_walk_cut(arm->walk);
	return EMBER_STACK_ENOUGH;
}

/* The instructions at pc in the order in which they run; returns how many there are. */
static unsigned int ember_read_ahead(unsigned long pc, u32 insns[EMBER_ARM_AHEAD])
{
	bool mapped = false;
	unsigned int i;

	for (i = 0; i < EMBER_ARM_AHEAD && ember_read_insn(pc, mapped, &insns[i]); i++) {
		unsigned long next = ember_next(pc, &insns[i]);

		mapped = next >> PAGE_SHIFT == pc >> PAGE_SHIFT;
		pc = next;
	}
	return i;
}

/*
 * The caller's frame by the code that comes next. Returns false where that code doesn't
 * show it, or what it shows is no call's return; *body is then added to sp for the tables.
 */
static bool ember_return_ahead(const struct pt_regs *regs, struct task_struct *task,
			       struct stackframe *frame, int *body)
{
	struct ember_arm_return found;
	u32 insns[EMBER_ARM_AHEAD];

	if (!ember_return(insns, ember_read_ahead(regs->ARM_pc, insns), &found)) {
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
	       (ember_at_top(task, frame->sp) && ember_in_code(frame->pc));
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, struct task_struct *task,
		       bool softirq)
{
	struct ember_arm_walk arm = {
		.task = task,
		.walk = walk,
		.softirq = softirq,
		.elsewhere = !ember_on_task_stack(task, regs->ARM_sp),
		.end = EMBER_END_NONE,
	};
	int body = 0;

	ember_stack_begin(&arm.frame, regs);
	if (ember_return_ahead(regs, task, &arm.frame, &body)) {
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
	/* walk_stackframe() ends alike at the stack's start and on a failure: check sp. */
	return ember_at_top(task, arm.frame.sp) ? EMBER_END_WHOLE : EMBER_END_UNWINDER;
}
