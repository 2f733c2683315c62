// SPDX-License-Identifier: GPL-2.0-only
#include "user_x86.h"

#ifdef CONFIG_COMPAT
static noinline u8 ember_unwind_compat(struct ember_walk *walk, const struct pt_regs *regs)
{
	EMBER_WALK(u32, walk, regs);
}
#endif

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_room(walk))
		return ember_walk_cut(walk);
#ifdef CONFIG_COMPAT
	if (ember_task_compat(regs))
		return ember_unwind_compat(walk, regs);
#endif
	return ember_unwind_native(walk, regs);
}
