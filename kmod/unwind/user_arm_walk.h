/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit ARM code, on its own kernel and on arm64's. Two layouts of ARM mode share
 * r11: GCC's points at the saved lr with the saved r11 below it, clang's at the saved
 * r11 with lr above it. Which one a record is shows in what it holds: a saved frame
 * pointer is higher up the same stack, a return address isn't on the stack. Thumb has
 * r7 in clang's layout; GCC's r7 points at its locals and leads nowhere.
 */
#ifndef EMBER_USER_ARM_WALK_H
#define EMBER_USER_ARM_WALK_H

#include <linux/uaccess.h>

#include "frame.h"
#include "unwind.h"

struct ember_arm_regs {
	u32 pc, sp, lr, r11, r7;
	bool thumb;
};

/* A pc that can be one: not low memory, and not on this stack. */
static inline bool ember_arm_code(u32 pc, u32 fp)
{
	return pc >= 0x1000 && (pc < fp - 0x10000 || pc > fp + EMBER_FRAME_BYTES_MAX);
}

static inline bool ember_arm_link(u32 next, u32 fp)
{
	return !next || (next > fp && next - fp < EMBER_FRAME_BYTES_MAX && !(next & 3));
}

static inline bool ember_arm_read(u32 at, u32 *to, u32 bytes)
{
	const void __user *from = (const void __user *)(unsigned long)at;

	return access_ok(from, bytes) && !__copy_from_user_inatomic(to, from, bytes);
}

static inline u8 ember_walk_arm(struct ember_walk *walk, const struct ember_arm_regs *regs)
{
	u32 fp = regs->thumb ? regs->r7 : regs->r11;
	u32 low = regs->sp;

	if (!ember_walk_add(walk, regs->pc))
		return EMBER_END_DEPTH;
	while (fp) {
		u32 word[3];	/* at fp - 4, fp, fp + 4 */
		u32 next, pc;

		if (!ember_frame_sane(fp, low, 0xffff0000UL, 8, 4))
			return EMBER_END_FRAME;
		if (!ember_arm_read(fp - 4, word, sizeof(word)))
			return EMBER_END_READ;
		if (ember_arm_link(word[1], fp) && ember_arm_code(word[2], fp)) {
			next = word[1];
			pc = word[2];
		} else if (!regs->thumb && ember_arm_link(word[0], fp) &&
			   ember_arm_code(word[1], fp)) {
			next = word[0];
			pc = word[1];
		} else if (!regs->thumb && walk->nr == 1 && word[1] > fp &&
			   ember_arm_link(word[1], fp) && ember_arm_code(regs->lr, fp)) {
			/* GCC's leaf saves r11 alone: lr is still in its register. */
			next = word[1];
			pc = regs->lr;
		} else if (!word[1] || !word[2]) {
			break;
		} else {
			return EMBER_END_FRAME;
		}
		if (!ember_walk_add(walk, pc & ~1U))
			return EMBER_END_DEPTH;
		low = fp + 4;
		fp = next;
	}
	return EMBER_END_WHOLE;
}

#endif
