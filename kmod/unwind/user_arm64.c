// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "unwind.h"
#include "user_arm_walk.h"

bool ember_task_compat(struct pt_regs *regs)
{
	return compat_user_mode(regs);
}

/* Pointer authentication signs the bits that addresses don't use. */
static unsigned long ember_strip(unsigned long pc)
{
	return pc & GENMASK_ULL(VA_BITS - 1, 0);
}

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	unsigned long fp = regs->regs[29], low = regs->sp;

	if (compat_user_mode(regs)) {
		struct ember_arm_regs arm = {
			.pc = regs->pc,
			.sp = regs->compat_sp,
			.lr = regs->compat_lr,
			.r11 = regs->compat_fp,
			.r7 = regs->regs[7],
			.thumb = regs->pstate & PSR_AA32_T_BIT,
		};

		return ember_walk_arm(walk, &arm);
	}
	if (!ember_walk_add(walk, regs->pc))
		return EMBER_END_DEPTH;
	while (fp) {
		unsigned long record[2];

		if (!ember_frame_sane(fp, low, TASK_SIZE, sizeof(record), 8))
			return low == regs->sp ? EMBER_END_FRAME : ember_frame_bottom(low);
		if (!access_ok((void __user *)fp, sizeof(record)) ||
		    __copy_from_user_inatomic(record, (void __user *)fp, sizeof(record)))
			return EMBER_END_READ;
		if (!record[1])
			break;
		if (!ember_walk_add(walk, ember_strip(record[1])))
			return EMBER_END_DEPTH;
		low = fp + sizeof(record);
		fp = record[0];
	}
	return EMBER_END_WHOLE;
}
