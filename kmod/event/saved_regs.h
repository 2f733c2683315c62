/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a task that is switched out goes on, within the scheduler, as registers that a walk of its
 * kernel stack begins with. The stack above is as it was until the task leaves the scheduler.
 */
#ifndef EMBER_SAVED_REGS_H
#define EMBER_SAVED_REGS_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>

#ifdef CONFIG_X86
#include <asm/segment.h>
#include <asm/switch_to.h>

/* The task isn't running: what __switch_to_asm() will pop lies on its stack. */
static inline void ember_saved_regs(const struct task_struct *task, struct pt_regs *regs)
{
	const struct inactive_task_frame *frame = (const void *)task->thread.sp;

	memset(regs, 0, sizeof(*regs));
	regs->ip = READ_ONCE_NOCHECK(frame->ret_addr);
	regs->bp = READ_ONCE_NOCHECK(frame->bp);
	regs->bx = READ_ONCE_NOCHECK(frame->bx);
#ifdef CONFIG_X86_64
	regs->r12 = READ_ONCE_NOCHECK(frame->r12);
	regs->r13 = READ_ONCE_NOCHECK(frame->r13);
#endif
	regs->sp = (unsigned long)(frame + 1);
	regs->cs = __KERNEL_CS;
	regs->ss = __KERNEL_DS;
}
#elif defined(CONFIG_ARM64)
#include "../unwind/address_arm64.h"

/*
 * The task isn't running: its pc is within __switch_to(), whose frame the scheduler overwrites
 * once it goes on. So the walk begins with that one's caller.
 */
static inline void ember_saved_regs(const struct task_struct *task, struct pt_regs *regs)
{
	const unsigned long *record = (const void *)task->thread.cpu_context.fp;

	memset(regs, 0, sizeof(*regs));
	regs->pc = ember_kernel_address(READ_ONCE_NOCHECK(record[1]));
	regs->regs[29] = READ_ONCE_NOCHECK(record[0]);
	regs->sp = (unsigned long)(record + 2);
	regs->pstate = PSR_MODE_EL1h;
}
#elif defined(CONFIG_ARM)
static inline void ember_saved_regs(const struct task_struct *task, struct pt_regs *regs)
{
	const struct cpu_context_save *saved =
		&task_thread_info((struct task_struct *)task)->cpu_context;

	memset(regs, 0, sizeof(*regs));
	regs->ARM_pc = saved->pc;
	regs->ARM_sp = saved->sp;
	regs->ARM_fp = saved->fp;
	regs->ARM_r7 = saved->r7;
	regs->ARM_cpsr = SVC_MODE;
}
#elif defined(CONFIG_RISCV)
/* The task isn't running: it goes on behind the call of __switch_to(), which has no frame. */
static inline void ember_saved_regs(const struct task_struct *task, struct pt_regs *regs)
{
	memset(regs, 0, sizeof(*regs));
	regs->epc = task->thread.ra;
	regs->sp = task->thread.sp;
	regs->s0 = task->thread.s[0];
	regs->status = SR_PP;
}
#endif

#endif
