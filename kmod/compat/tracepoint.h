/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints by name: of those that we need only cpu_idle's symbol is exported.
 * The prototypes must be the kernel's own to the letter (kCFI checks them).
 * sched_switch got prev_state with 5.18; it was put at the end of the arguments
 * later in the same cycle.
 */
#ifndef EMBER_COMPAT_TRACEPOINT_H
#define EMBER_COMPAT_TRACEPOINT_H

#include <linux/tracepoint.h>
#include <linux/version.h>

struct task_struct;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define EMBER_SCHED_SWITCH_PROBE(name)						\
	static void name(void *data, bool preempt, struct task_struct *prev,	\
			 struct task_struct *next, unsigned int prev_state)
#else
#define EMBER_SCHED_SWITCH_PROBE(name)						\
	static void name(void *data, bool preempt, struct task_struct *prev,	\
			 struct task_struct *next)
#endif

#endif
