/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The futex call that a task is in, by the registers of its user mode: for tasks that sleep in a
 * system call, and for current. (By hand: syscall_get_nr() isn't always right on ARM before 5.15.)
 */
#ifndef EMBER_FUTEX_CALL_H
#define EMBER_FUTEX_CALL_H

#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "../compat/sched.h"
#include "../unwind/unwind.h"

/* Since 5.14. */
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* Numbers of futex() and, for 32 bit, futex_time64(). */
#if defined(CONFIG_X86_64)
#define EMBER_FUTEX_NR 202
#elif defined(CONFIG_64BIT)
#define EMBER_FUTEX_NR 98
#else
#define EMBER_FUTEX_NR -1
#endif
#define EMBER_FUTEX_NR_32	 240
#define EMBER_FUTEX_NR_TIME64_32 422

struct ember_futex_call {
	unsigned long at;
	u32 op, val;
	bool wide; /* of a task with words of 64 bits */
};

#if defined(CONFIG_X86)
static __always_inline int ember_syscall_nr(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

static inline void ember_syscall_arguments(const struct pt_regs *regs, bool wide,
					   struct ember_futex_call *call)
{
#ifdef CONFIG_X86_64
	if (wide) {
		call->at = regs->di;
		call->op = regs->si;
		call->val = regs->dx;
		return;
	}
#endif
	call->at = (u32)regs->bx;
	call->op = regs->cx;
	call->val = regs->dx;
}
#elif defined(CONFIG_ARM64)
static __always_inline int ember_syscall_nr(const struct pt_regs *regs)
{
	return regs->syscallno;
}

static inline void ember_syscall_arguments(const struct pt_regs *regs, bool wide,
					   struct ember_futex_call *call)
{
	call->at = wide ? regs->orig_x0 : (u32)regs->orig_x0;
	call->op = regs->regs[1];
	call->val = regs->regs[2];
}
#elif defined(CONFIG_ARM)
static __always_inline int ember_syscall_nr(const struct pt_regs *regs)
{
	return regs->ARM_r7;
}

/* Not in a system call, the first argument is -1. */
static inline void ember_syscall_arguments(const struct pt_regs *regs, bool wide,
					   struct ember_futex_call *call)
{
	call->at = regs->ARM_ORIG_r0;
	call->op = regs->ARM_r1;
	call->val = regs->ARM_r2;
}
#elif defined(CONFIG_RISCV)
static __always_inline int ember_syscall_nr(const struct pt_regs *regs)
{
	return regs->cause == EXC_SYSCALL ? regs->a7 : -1;
}

static inline void ember_syscall_arguments(const struct pt_regs *regs, bool wide,
					   struct ember_futex_call *call)
{
	call->at = regs->orig_a0;
	call->op = regs->a1;
	call->val = regs->a2;
}
#endif

/* Whether the task may be in a futex call: few other tasks are let by. */
static __always_inline bool ember_futex_perhaps(const struct task_struct *task)
{
	int nr;

	if (task->flags & EMBER_PF_NO_USER)
		return false;
	nr = ember_syscall_nr(task_pt_regs((struct task_struct *)task));
	return nr == EMBER_FUTEX_NR || nr == EMBER_FUTEX_NR_32 ||
	       nr == EMBER_FUTEX_NR_TIME64_32;
}

/* Fill in the futex call that the task is in, of which ember_futex_perhaps() is true. */
static inline bool ember_futex_call(const struct task_struct *task,
				    struct ember_futex_call *call)
{
	const struct pt_regs *regs = task_pt_regs((struct task_struct *)task);

	call->wide = IS_ENABLED(CONFIG_64BIT) && !ember_task_compat(regs);
	if (call->wide != (ember_syscall_nr(regs) == EMBER_FUTEX_NR))
		return false;
	ember_syscall_arguments(regs, call->wide, call);
	return true;
}

static inline bool ember_futex_waits(const struct ember_futex_call *call)
{
	u32 op = call->op & FUTEX_CMD_MASK;

	return op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET;
}

static inline bool ember_futex_inherits(const struct ember_futex_call *call)
{
	u32 op = call->op & FUTEX_CMD_MASK;

	return op == FUTEX_LOCK_PI || op == FUTEX_LOCK_PI2;
}

/* Whether `by` releases the mutex that `of` waits for. Between processes its addresses differ. */
static inline bool ember_futex_releases(const struct ember_futex_call *by,
					const struct ember_futex_call *of, bool same_process)
{
	u32 op = by->op & FUTEX_CMD_MASK;

	if (same_process ? by->at != of->at : (by->at ^ of->at) & ~PAGE_MASK)
		return false;
	if (ember_futex_inherits(of))
		return op == FUTEX_UNLOCK_PI;
	/* To wake more than one is no mutex's way. */
	return (op == FUTEX_WAKE || op == FUTEX_WAKE_BITSET) && by->val == 1;
}

#endif
