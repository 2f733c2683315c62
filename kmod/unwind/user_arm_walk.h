/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit ARM code, on its own kernel and on arm64's. Two layouts of ARM mode share
 * r11: GCC's points at the saved lr with the saved r11 below it (a leaf saves r11
 * alone), clang's at the saved r11 with lr above it. Which one a record is shows in
 * what it holds: a saved frame pointer is higher up the same stack; a return address
 * isn't on the stack, and a call stands before it. Thumb has r7 in clang's layout;
 * GCC's r7 points at its locals and leads nowhere.
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

/* A step from one frame to its caller's. */
struct ember_arm_step {
	u32 fp;
	u32 low;		/* where a record can be at the lowest */
	u32 pc;			/* found: the return address, */
	u32 next;		/* and the caller's fp */
	bool thumb;
	bool first;		/* lr may still be in its register */
};

static inline bool ember_arm_read(u32 at, void *to, u32 bytes)
{
	const void __user *from = (const void __user *)(unsigned long)at;

	return access_ok(from, bytes) && !__copy_from_user_inatomic(to, from, bytes);
}

/* A pc that can be one: not low memory, and not on this stack. */
static inline bool ember_arm_code(u32 pc, u32 fp)
{
	return pc >= 0x1000 && (pc < fp - 0x10000 || pc > fp + EMBER_FRAME_BYTES_MAX);
}

static inline bool ember_arm_link(u32 next, u32 fp)
{
	return !next || (next > fp && next - fp < EMBER_FRAME_BYTES_MAX && !(next & 3));
}

/* Whether the instruction before pc is a call: bl, blx; in old code bx and ldr pc.
 * Thumb's return addresses are odd.
 */
static inline bool ember_arm_called(u32 pc)
{
	__le16 half[2];
	__le32 word;
	u32 insn;

	if (pc < 0x1000)
		return false;
	if (pc & 1) {
		if (!ember_arm_read(pc - 1 - 4, half, sizeof(half)))
			return false;
		insn = le16_to_cpu(half[1]);
		return (insn & 0xff87) == 0x4780 ||
		       ((insn & 0xc000) == 0xc000 &&
			(le16_to_cpu(half[0]) & 0xf800) == 0xf000);
	}
	if (pc & 2 || !ember_arm_read(pc - 4, &word, sizeof(word)))
		return false;
	insn = le32_to_cpu(word);
	return (insn & 0x0f000000) == 0x0b000000 || (insn & 0xfe000000) == 0xfa000000 ||
	       (insn & 0x0fffffd0) == 0x012fff10 || (insn & 0x0e50f000) == 0x0410f000;
}

static inline u8 ember_arm_found(struct ember_arm_step *step, u32 pc, u32 next)
{
	step->pc = pc;
	step->next = next;
	return EMBER_END_NONE;
}

/* EMBER_END_NONE if there's a caller, else why there's none. */
static inline u8 ember_arm_caller(struct ember_arm_step *step, u32 lr)
{
	u32 fp = step->fp;
	u32 word[3];	/* at fp - 4, fp, fp + 4 */
	bool high, low, leaf;

	if (!fp)
		return EMBER_END_WHOLE;
	if (!ember_frame_sane(fp, step->low, 0xffff0000UL, 8, 4))
		return EMBER_END_FRAME;
	if (!ember_arm_read(fp - 4, word, sizeof(word)))
		return EMBER_END_READ;
	high = ember_arm_link(word[1], fp) && ember_arm_code(word[2], fp);
	low = !step->thumb && ember_arm_link(word[0], fp) && word[1] >= 0x1000;
	leaf = !step->thumb && step->first && word[1] && ember_arm_link(word[1], fp) &&
	       ember_arm_code(lr, fp);
	/* Where the values would do for more than one layout, the code tells. */
	if (high && (step->thumb || low || leaf))
		high = ember_arm_called(word[2]);
	if (high)
		return ember_arm_found(step, word[2], word[1]);
	/* A last frame has no link to be judged by. */
	if (low && ((word[0] && ember_arm_code(word[1], fp)) || ember_arm_called(word[1])))
		return ember_arm_found(step, word[1], word[0]);
	if (leaf)
		return ember_arm_found(step, lr, word[1]);
	return !word[1] || !word[2] ? EMBER_END_WHOLE : EMBER_END_FRAME;
}

/*
 * A caller in the other mode, as a program's own code is to a system call's wrapper or
 * a string function in its library: nothing else has been called since, or lr would be
 * of the same mode. So it's the caller, and its mode's frame pointer wasn't touched.
 */
static inline bool ember_arm_other_mode(const struct ember_arm_regs *regs)
{
	return (regs->lr & 1) != regs->thumb && ember_arm_called(regs->lr);
}

/*
 * No frame at the top, in Thumb: GCC's, or a system call, whose number r7 holds. Right
 * after one a library's stub has {r7, lr} on the stack. Else r11, when it has a frame
 * of ARM mode, is of a caller further up: Thumb has no use for it.
 */
static inline u8 ember_arm_astray(struct ember_walk *walk, struct ember_arm_step *step,
				  const struct ember_arm_regs *regs)
{
	__le16 before;
	u32 word[2];

	if (ember_arm_read(regs->pc - 2, &before, sizeof(before)) &&
	    (le16_to_cpu(before) & 0xff00) == 0xdf00 &&
	    ember_arm_read(regs->sp, word, sizeof(word)) && word[1] & 1 &&
	    ember_arm_called(word[1])) {
		if (!ember_walk_add(walk, word[1] & ~1U))
			return EMBER_END_DEPTH;
		step->low = regs->sp + sizeof(word);
		step->fp = word[0];
		if (ember_arm_caller(step, 0) == EMBER_END_NONE)
			return EMBER_END_NONE;
	}
	step->thumb = false;
	step->fp = regs->r11;
	if (ember_arm_caller(step, 0) == EMBER_END_NONE && !(step->pc & 1) &&
	    ember_arm_called(step->pc))
		return EMBER_END_NONE;
	return EMBER_END_FRAME;
}

static inline u8 ember_walk_arm(struct ember_walk *walk, const struct ember_arm_regs *regs)
{
	struct ember_arm_step step = {
		.fp = regs->thumb ? regs->r7 : regs->r11,
		.low = regs->sp,
		.thumb = regs->thumb,
		.first = true,
	};
	u8 end;

	if (!ember_walk_add(walk, regs->pc))
		return EMBER_END_DEPTH;
	end = ember_arm_caller(&step, regs->lr);
	step.first = false;
	if (unlikely(end != EMBER_END_NONE) && ember_arm_other_mode(regs)) {
		if (!ember_walk_add(walk, regs->lr & ~1U))
			return EMBER_END_DEPTH;
		step.thumb = !step.thumb;
		step.fp = step.thumb ? regs->r7 : regs->r11;
		end = ember_arm_caller(&step, 0);
	} else if (unlikely(end != EMBER_END_NONE) && regs->thumb) {
		end = ember_arm_astray(walk, &step, regs);
	}
	while (end == EMBER_END_NONE) {
		if (!ember_walk_add(walk, step.pc & ~1U))
			return EMBER_END_DEPTH;
		step.low = step.fp + 4;
		step.fp = step.next;
		end = ember_arm_caller(&step, 0);
	}
	if (end == EMBER_END_FRAME && step.low != regs->sp)
		end = ember_frame_bottom(step.low);
	return end;
}

#endif
