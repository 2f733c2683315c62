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
 * section for all of the walk; nothing may be called in it. The walk is kept in
 * registers meanwhile.
 */
#define EMBER_WALK(word, to, regs) do {						\
	unsigned long fp = (word)(regs)->bp, low = (word)(regs)->sp;		\
	const unsigned long limit = TASK_SIZE_MAX;				\
	struct ember_walk walk = *(to);						\
	u8 end = EMBER_END_WHOLE;						\
										\
	if (!ember_frame_sane(fp, low, limit, 2 * sizeof(word), sizeof(word)))	\
		return fp ? EMBER_END_FRAME : EMBER_END_WHOLE;			\
	if (!user_access_begin((void __user *)fp, 2 * sizeof(word)))		\
		return EMBER_END_READ;						\
	for (;;) {								\
		word next, pc;							\
										\
		unsafe_get_user(next, (word __user *)fp, fault);		\
		unsafe_get_user(pc, (word __user *)fp + 1, fault);		\
		if (unlikely(!pc))						\
			break;							\
		if (!ember_walk_add(&walk, pc)) {				\
			end = EMBER_END_DEPTH;					\
			break;							\
		}								\
		low = fp + 2 * sizeof(word);					\
		fp = next;							\
		if (unlikely(!ember_frame_sane(fp, low, limit,			\
					       2 * sizeof(word), sizeof(word)))) { \
			end = fp ? EMBER_END_FRAME : EMBER_END_WHOLE;		\
			break;							\
		}								\
	}									\
	user_access_end();							\
	*(to) = walk;								\
	return end == EMBER_END_FRAME ? ember_frame_bottom(low) : end;		\
fault:										\
	user_access_end();							\
	*(to) = walk;								\
	return EMBER_END_READ;							\
} while (0)

static u8 ember_walk_native(struct ember_walk *to, struct pt_regs *regs)
{
	EMBER_WALK(unsigned long, to, regs);
}

#ifdef CONFIG_COMPAT
static noinline u8 ember_walk_compat(struct ember_walk *to, struct pt_regs *regs)
{
	EMBER_WALK(u32, to, regs);
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
