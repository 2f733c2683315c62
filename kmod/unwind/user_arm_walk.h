/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk up 32-bit ARM code's frames, on its own kernel and on arm64's. */
#ifndef EMBER_USER_ARM_WALK_H
#define EMBER_USER_ARM_WALK_H

#include "../compat/uaccess.h"
#include "arm_record.h"
#include "frame.h"
#include "ram.h"
#include "unwind.h"

/* Above it there's no user memory; what an ARM kernel has there must not be read. */
#ifdef CONFIG_ARM
#define EMBER_ARM_LIMIT TASK_SIZE
#else
#define EMBER_ARM_LIMIT 0xffff0000UL
#endif

struct ember_arm_regs {
	u32 pc, sp, lr, r11, r7;
	bool thumb;
};

static __always_inline struct ember_arm_regs ember_arm_regs(const struct pt_regs *regs)
{
#ifdef CONFIG_ARM
	return (struct ember_arm_regs){
		.pc = regs->ARM_pc,
		.sp = regs->ARM_sp,
		.lr = regs->ARM_lr,
		.r11 = regs->ARM_fp,
		.r7 = regs->ARM_r7,
		.thumb = thumb_mode(regs),
	};
#else
	return (struct ember_arm_regs){
		.pc = regs->pc,
		.sp = regs->compat_sp,
		.lr = regs->compat_lr,
		.r11 = regs->compat_fp,
		.r7 = regs->regs[7],
		.thumb = !!(regs->pstate & PSR_AA32_T_BIT),
	};
#endif
}

/* A step from one frame to its caller's. */
struct ember_arm_step {
	u32 fp;
	u32 low;		/* where a record can be at the lowest, */
	u32 last;		/* and at the highest without a look at its page */
	u32 pc;			/* found: the return address, */
	u32 next;		/* and the caller's fp */
	bool thumb;
	bool gcc;		/* by GCC's layout, it was found */
};

/* Those that read do so within a user access section of their caller's. */

static __always_inline bool ember_arm_word(u32 at, u32 *word)
{
	int bad = 0;

	if (at > EMBER_ARM_LIMIT - sizeof(*word) || !ember_ram_last(at, sizeof(*word)))
		return false;
	ember_user_word(ember_user_nospec(at, EMBER_ARM_LIMIT), word, &bad);
	return !bad;
}

/* An instruction's word, or half of one: code is little-endian. */
static __always_inline bool ember_arm_insn(u32 at, u32 *insn)
{
	if (!ember_arm_word(at, insn))
		return false;
	*insn = le32_to_cpu((__force __le32)*insn);
	return true;
}

static __always_inline bool ember_arm_half(u32 at, u32 *half)
{
	if (!ember_arm_insn(at & ~3U, half))
		return false;
	*half = *half >> (at & 2) * 8 & 0xffff;
	return true;
}

/* Whether the instruction before pc is a call. Thumb's return addresses are odd. */
static __always_inline bool ember_arm_called(u32 pc)
{
	u32 insn, before;

	if (pc < 0x1000)
		return false;
	if (!(pc & 1))
		return !(pc & 2) && ember_arm_insn(pc - 4, &insn) && ember_arm_call(insn);
	/* The two halves before it: of one word, or of two. */
	if (!ember_arm_insn((pc - 3) & ~3U, &insn))
		return false;
	if ((pc - 1) & 2)
		return ember_arm_half(pc - 1 - 4, &before) &&
		       ember_thumb_call(before, insn & 0xffff);
	return ember_thumb_call(insn & 0xffff, insn >> 16);
}

static __always_inline u8 ember_arm_found(struct ember_arm_step *step, u32 pc, u32 next,
					  bool gcc)
{
	step->pc = pc;
	step->next = next;
	step->gcc = gcc;
	return EMBER_END_NONE;
}

/* EMBER_END_NONE if there's a caller, else why there's none. `first`: lr may still be
 * in its register.
 */
static __always_inline u8 ember_arm_caller(struct ember_arm_step *step, bool first, u32 lr)
{
	u32 fp = step->fp;
	u32 word[3];	/* at fp - 4, fp, fp + 4 */
	int bad = 0;

	/* With sp 0 there's room for a record at 0, and none for the word below it. */
	if (unlikely(!fp || !ember_frame_sane(fp, step->low, EMBER_ARM_LIMIT, 8, 4)))
		return fp ? EMBER_END_FRAME : EMBER_END_WHOLE;
	if (unlikely(fp > step->last)) {
		u32 last = ember_ram_last(fp - 4, sizeof(word));

		if (!last)
			return EMBER_END_READ;
		step->last = last + 4;
	}
	ember_user_three(ember_user_nospec(fp, EMBER_ARM_LIMIT) - 4, word, &bad);
	if (unlikely(bad))
		return EMBER_END_READ;
	if (!step->thumb && ember_arm_code(word[1], fp)) {
		/* The outermost frame's link is 0: look for a call at the return address. */
		if (ember_arm_link(word[0], fp) && (word[0] || ember_arm_called(word[1])))
			return ember_arm_found(step, word[1], word[0], true);
		/* Same for a Thumb caller, whose r11 is no frame pointer. */
		if (word[1] & 1 && ember_arm_called(word[1]))
			return ember_arm_found(step, word[1], word[0], true);
	} else if (ember_arm_link(word[1], fp)) {
		bool leaf = first && !step->thumb && word[1] && ember_arm_code(lr, fp);

		/* Same where the values fit more than one frame layout. */
		if (ember_arm_code(word[2], fp) &&
		    (!(step->thumb || leaf) || ember_arm_called(word[2])))
			return ember_arm_found(step, word[2], word[1], false);
		if (leaf)
			return ember_arm_found(step, lr, word[1], true);
	}
	return !word[1] || !word[2] ? EMBER_END_WHOLE : EMBER_END_FRAME;
}

#endif
