/* SPDX-License-Identifier: GPL-2.0-only */
/* ARM's walk_stackframe() got arch_stack_walk()'s kind of callback with 6.3. */
#ifndef EMBER_COMPAT_STACKTRACE_H
#define EMBER_COMPAT_STACKTRACE_H

#include <linux/sched.h>
#include <linux/version.h>

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

#endif
