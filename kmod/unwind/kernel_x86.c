// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>

#include <asm/unwind.h>

#include "unwind.h"

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq)
{
	struct unwind_state state;
	bool first = true;

	for (unwind_start(&state, current, regs, NULL); !unwind_done(&state);
	     unwind_next_frame(&state)) {
		unsigned long pc;

		/* Registers on the way: below is what an interrupt came upon. */
		if (softirq && !first && unwind_get_entry_regs(&state, NULL))
			return EMBER_END_WHOLE;
		first = false;
		pc = unwind_get_return_address(&state);
		if (!pc)
			break;
		if (!ember_walk_add(walk, pc))
			return EMBER_END_DEPTH;
	}
	return unwind_error(&state) ? EMBER_END_UNWINDER : EMBER_END_WHOLE;
}
