// SPDX-License-Identifier: GPL-2.0-only
#include "unwind.h"
#include "user_arm_walk.h"

bool ember_task_compat(struct pt_regs *regs)
{
	return false;
}

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	return ember_walk_arm(walk, regs);
}
