// SPDX-License-Identifier: GPL-2.0-only
#include "user_arm64.h"
#include "user_arm_any.h"

static noinline u8 ember_walk_compat(struct ember_walk *walk, struct pt_regs *regs)
{
	return ember_arm_walk(walk, regs);
}

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_room(walk))
		return ember_walk_cut(walk);
	if (unlikely(ember_task_compat(regs)))
		return ember_walk_compat(walk, regs);
	return ember_unwind_native(walk, regs);
}
