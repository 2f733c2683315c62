/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ARM's walk_stackframe() got arch_stack_walk()'s kind of callback with 6.3. Since 5.18
 * arm_get_current_stackframe() calls in_entry_text() for frame pointers, whose bounds
 * aren't exported: Kbuild looks whether it does.
 */
#ifndef EMBER_COMPAT_STACKTRACE_H
#define EMBER_COMPAT_STACKTRACE_H

#include <linux/sched.h>
#include <linux/version.h>

#include <asm/ptrace.h>
#include <asm/stacktrace.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define EMBER_STACK_FRAME(name)	static bool name(void *data, unsigned long pc)
#define EMBER_STACK_PC		pc
#define EMBER_STACK_MORE	true
#define EMBER_STACK_ENOUGH	false
#else
#define EMBER_STACK_FRAME(name)	static int name(struct stackframe *frame, void *data)
#define EMBER_STACK_PC		frame->pc
#define EMBER_STACK_MORE	0
#define EMBER_STACK_ENOUGH	1
#endif

static inline void ember_stack_begin(struct stackframe *frame, struct pt_regs *regs)
{
#if defined(CONFIG_UNWINDER_FRAME_POINTER) && defined(EMBER_HAVE_STACK_ENTRY)
	*frame = (struct stackframe){
		.fp = frame_pointer(regs),
		.sp = regs->ARM_sp,
		.lr = regs->ARM_lr,
		.pc = regs->ARM_pc,
#ifdef CONFIG_KRETPROBES
		.tsk = current,
#endif
	};
#else
	arm_get_current_stackframe(regs, frame);
#endif
}

#endif
