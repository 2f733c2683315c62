// SPDX-License-Identifier: GPL-2.0-only
#include "user_arm.h"

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_room(walk))
		return ember_walk_cut(walk);
	return ember_unwind_native(walk, regs);
}
