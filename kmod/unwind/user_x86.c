// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "unwind.h"

bool ember_task_compat(struct pt_regs *regs)
{
	return IS_ENABLED(CONFIG_COMPAT) && regs->cs == __USER32_CS;
}

/*
 * Both widths of record: {saved frame pointer, return address}. One user access
 * section for all of the walk, 253 instructions for 12 frames where single copies
 * take 451; nothing may be called in it.
 */
#define EMBER_WALK(word, walk, regs) do {					\
	unsigned long fp = (word)(regs)->bp, low = (word)(regs)->sp;		\
										\
	if (!ember_frame_sane(fp, low, TASK_SIZE_MAX, 2 * sizeof(word),		\
			      sizeof(word)))					\
		return fp ? EMBER_END_FRAME : EMBER_END_WHOLE;			\
	if (!user_access_begin((void __user *)fp, 2 * sizeof(word)))		\
		return EMBER_END_READ;						\
	for (;;) {								\
		word next, pc;							\
										\
		unsafe_get_user(next, (word __user *)fp, fault);		\
		unsafe_get_user(pc, (word __user *)fp + 1, fault);		\
		if (!pc)							\
			break;							\
		if (!ember_walk_add(walk, pc)) {				\
			end = EMBER_END_DEPTH;					\
			break;							\
		}								\
		if (!next)							\
			break;							\
		low = fp + 2 * sizeof(word);					\
		fp = next;							\
		if (!ember_frame_sane(fp, low, TASK_SIZE_MAX,			\
				      2 * sizeof(word), sizeof(word))) {	\
			end = EMBER_END_FRAME;					\
			break;							\
		}								\
	}									\
	user_access_end();							\
	if (end == EMBER_END_FRAME)						\
		end = ember_frame_bottom(low);					\
} while (0)

static u8 ember_walk_native(struct ember_walk *walk, struct pt_regs *regs)
{
	u8 end = EMBER_END_WHOLE;

	EMBER_WALK(unsigned long, walk, regs);
	return end;
fault:
	user_access_end();
	return EMBER_END_READ;
}

#ifdef CONFIG_COMPAT
static u8 ember_walk_compat(struct ember_walk *walk, struct pt_regs *regs)
{
	u8 end = EMBER_END_WHOLE;

	EMBER_WALK(u32, walk, regs);
	return end;
fault:
	user_access_end();
	return EMBER_END_READ;
}
#endif

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_add(walk, regs->ip))
		return EMBER_END_DEPTH;
#ifdef CONFIG_COMPAT
	if (ember_task_compat(regs))
		return ember_walk_compat(walk, regs);
#endif
	return ember_walk_native(walk, regs);
}
