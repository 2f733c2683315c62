/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From registers to frames. All of it runs in hard interrupt context: no lock, no
 * allocation, no page fault.
 */
#ifndef EMBER_UNWIND_H
#define EMBER_UNWIND_H

#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "../base/uapi.h"
#include "walk.h"

/* What the C library's start-up keeps on the stack below main's frame, at most. */
#define EMBER_STARTUP_BYTES	1024

/*
 * Kernel frames of a task, from registers of kernel mode that were interrupted, or that it
 * was switched out with (kernel_<arch>.c). With `softirq`, ends where the interrupt came in
 * that the softirq runs on the back of. Returns EMBER_END_*.
 */
u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs,
		       struct task_struct *task, bool softirq);

/* The same from where current waited, in the scheduler. */
#ifdef CONFIG_UNWINDER_ORC
u8 ember_unwind_waited(struct ember_walk *walk, struct pt_regs *regs);
#else
static inline u8 ember_unwind_waited(struct ember_walk *walk, struct pt_regs *regs)
{
	return ember_unwind_kernel(walk, regs, current, false);
}
#endif

/*
 * A frame pointer that makes no sense, after frames that did, the last of them at
 * `low`: where a process's first stack begins that's the C library's start-up code,
 * which called main and keeps none. EMBER_END_WHOLE there, else EMBER_END_FRAME.
 */
static inline u8 ember_frame_bottom(const struct mm_struct *mm, unsigned long low)
{
	return READ_ONCE(mm->start_stack) - low < EMBER_STARTUP_BYTES ?
	       EMBER_END_WHOLE : EMBER_END_FRAME;
}

/* Whether current is a 32-bit task on a 64-bit kernel. */
static inline bool ember_task_compat(const struct pt_regs *regs)
{
#if defined(CONFIG_X86) && defined(CONFIG_COMPAT)
	return regs->cs == __USER32_CS;
#elif defined(CONFIG_ARM64)
	return compat_user_mode(regs);
#elif defined(CONFIG_RISCV) && defined(CONFIG_COMPAT)
	return (regs->status & SR_UXL) == SR_UXL_32;
#else
	return false;
#endif
}

/* Whether user mode of the kernel's own width was interrupted. Another code segment than
 * Linux's own is a hypervisor's, or a program's.
 */
static inline bool ember_regs_native(const struct pt_regs *regs)
{
#ifdef CONFIG_X86_64
	return regs->cs == __USER_CS;
#else
	return user_mode(regs) && !ember_task_compat(regs);
#endif
}

/*
 * User frames of current, from its user mode registers, by frame pointers
 * (user_<arch>.[ch]). The caller checked that current has an mm of its own. Returns
 * EMBER_END_*. native: for what ember_regs_native() is true of.
 */
u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs);

struct ember_mm;
struct ember_tables;

struct ember_by {
	bool tables;			/* helped */
	bool others;			/* frame pointers did, or should have, */
	bool absent;			/* in a file that no table is there of */
};

/* The same with the tables of the files that the space has mapped (user_table.c), by frame
 * pointer where there's none. cpu: this one.
 */
u8 ember_unwind_tables(struct ember_walk *walk, struct pt_regs *regs,
		       const struct ember_mm *space, const struct ember_tables *tables,
		       int cpu, struct ember_by *by);

#endif
