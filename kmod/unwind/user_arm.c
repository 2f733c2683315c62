// SPDX-License-Identifier: GPL-2.0-only
#include "unwind.h"
#include "user_arm_walk.h"

bool ember_task_compat(struct pt_regs *regs)
{
	return false;
}

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	struct ember_arm_regs arm = {
		.pc = regs->ARM_pc,
		.sp = regs->ARM_sp,
		.lr = regs->ARM_lr,
		.r11 = regs->ARM_fp,
		.r7 = regs->ARM_r7,
		.thumb = thumb_mode(regs),
	};

	return ember_walk_arm(walk, &arm);
}
