// SPDX-License-Identifier: GPL-2.0-only
#include "unwind.h"
#include "user_arm_walk.h"

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	return ember_walk_arm(walk, regs);
}
