// SPDX-License-Identifier: GPL-2.0-only
#include "../compat/stacktrace.h"
#include "unwind.h"

EMBER_STACK_FRAME(ember_stack_frame)
{
	return ember_walk_add(data, EMBER_STACK_PC) ? EMBER_STACK_MORE :
						      EMBER_STACK_ENOUGH;
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq)
{
	struct stackframe frame;

	/* The walk calls back for the callers only in some kernels: begin at pc. */
	arm_get_current_stackframe(regs, &frame);
	walk_stackframe(&frame, ember_stack_frame, walk);
	return walk->nr == walk->max ? EMBER_END_DEPTH : EMBER_END_WHOLE;
}
