// SPDX-License-Identifier: GPL-2.0-only
#include "user_riscv.h"

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_room(walk))
		return ember_walk_cut(walk);
	if (unlikely(ember_task_compat(regs))) {
		ember_walk_add(walk, regs->epc);
		return EMBER_END_FRAME;
	}
	return ember_unwind_native(walk, regs);
}
