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

/*
 * A caller in the other mode, as a program's own code is to a system call's wrapper or
 * a string function in its library: nothing else has been called since, or lr would be
 * of the same mode. So it's the caller, and its mode's frame pointer wasn't touched.
 */
static __always_inline bool ember_arm_other_mode(const struct ember_arm_regs *regs)
{
	return (regs->lr & 1) != regs->thumb && ember_arm_called(regs->lr);
}

/* After a system call a library's stub has {r7, lr} on the stack. */
static __always_inline bool ember_arm_stub(const struct ember_arm_regs *regs, u32 word[2])
{
	u32 before;

	return ember_arm_half(regs->pc - 2, &before) && (before & 0xff00) == 0xdf00 &&
	       ember_arm_word(regs->sp, &word[0]) && ember_arm_word(regs->sp + 4, &word[1]) &&
	       word[1] & 1 && ember_arm_called(word[1]);
}

/*
 * No frame at the top. In Thumb: GCC's, or a system call, whose number r7 holds. Else
 * r11, when it has a frame of ARM mode, is of a caller further up: Thumb has no use
 * for it. `end` says why there was no caller.
 */
static noinline u8 ember_arm_astray(struct ember_walk *walk, struct ember_arm_step *step,
				    const struct pt_regs *regs, u8 end)
{
	const struct ember_arm_regs arm = ember_arm_regs(regs);
	unsigned int state = ember_user_begin();
	u32 word[2], add = 0;
	bool found = false;

	if (ember_arm_other_mode(&arm)) {
		add = arm.lr & ~1U;
		step->thumb = !step->thumb;
		step->fp = step->thumb ? arm.r7 : arm.r11;
		end = ember_arm_caller(step, false, 0);
		goto out;
	}
	if (!arm.thumb)
		goto out;
	if (ember_arm_stub(&arm, word)) {
		add = word[1] & ~1U;
		step->low = arm.sp + sizeof(word);
		step->fp = word[0];
		found = ember_arm_caller(step, false, 0) == EMBER_END_NONE;
	}
	if (!found) {
		step->thumb = false;
		step->fp = arm.r11;
		found = ember_arm_caller(step, false, 0) == EMBER_END_NONE &&
			!(step->pc & 1) && ember_arm_called(step->pc);
	}
	end = found ? EMBER_END_NONE : EMBER_END_FRAME;
out:
	ember_user_end(state);
	return !add || ember_walk_add(walk, add) ? end : ember_walk_cut(walk);
}

/* A caller that was found is a frame; its own caller's is to be looked for. */
static __always_inline bool ember_arm_climb(struct ember_walk *walk,
					    struct ember_arm_step *step)
{
	if (!ember_walk_add(walk, step->pc & ~1U))
		return false;
	step->low = step->fp + 4;
	step->fp = step->next;
	return true;
}

/* Frames of all layouts, until one is GCC's and leads on. EMBER_END_NONE then. */
static noinline u8 ember_arm_any(struct ember_walk *walk, struct ember_arm_step *step,
				 const struct pt_regs *regs)
{
	const struct ember_arm_regs arm = ember_arm_regs(regs);
	bool first = step->low == arm.sp;
	unsigned int state = ember_user_begin();
	u8 end;

	do {
		end = ember_arm_caller(step, first, arm.lr);
		if (unlikely(end != EMBER_END_NONE && first)) {
			ember_user_end(state);
			end = ember_arm_astray(walk, step, regs, end);
			state = ember_user_begin();
		}
		first = false;
		if (end == EMBER_END_NONE && !ember_arm_climb(walk, step))
			end = ember_walk_cut(walk);
	} while (end == EMBER_END_NONE &&
		 !(step->gcc && step->fp - step->low < EMBER_FRAME_BYTES_MAX));
	ember_user_end(state);
	return end;
}

/*
 * Two words of each of GCC's records, in one user access section, as long as there's room and
 * they can be of no other layout. On its own: in a larger function ARM's registers don't do.
 */
static noinline void ember_arm_run(struct ember_walk *walk, struct ember_arm_step *step)
{
	unsigned long *at = walk->frames + walk->nr;
	unsigned long *full = walk->frames + walk->room;
	unsigned long factor = ember_hash_factor();
	u32 fp = step->fp, low = step->low, last = step->last;
	u64 hash = walk->hash;
	unsigned int state = ember_user_begin();
	u32 next, pc;

	while (likely(at < full)) {
		ember_user_two(ember_user_nospec(fp, EMBER_ARM_LIMIT) - 4, &next, &pc);
		if (!ember_arm_plain(fp + 4, next, pc))
			break;
		pc &= ~1U;
		*at++ = pc;
		hash = ember_hash_step_by(hash, pc, factor);
		low = fp + 4;
		fp = next;
		/* All else of a sane place is in what a link is. */
		if (unlikely(fp > last))
			break;
	}
	ember_user_end(state);
	walk->nr = at - walk->frames;
	walk->hash = hash;
	step->fp = fp;
	step->low = low;
}

static __always_inline u8 ember_walk_arm(struct ember_walk *walk, const struct pt_regs *regs)
{
	struct ember_arm_step step = {
		.thumb = ember_arm_regs(regs).thumb,
		.low = ember_arm_regs(regs).sp,
	};
	u8 end;

	step.fp = step.thumb ? ember_arm_regs(regs).r7 : ember_arm_regs(regs).r11;
	step.last = ember_stack_last(walk->mm, step.low, 8);
	if (!ember_walk_add(walk, ember_arm_regs(regs).pc))
		return ember_walk_cut(walk);
	do {
		end = EMBER_END_NONE;
		if (!step.thumb && step.fp && step.fp <= step.last &&
		    ember_frame_sane(step.fp, step.low, EMBER_ARM_LIMIT, 8, 4)) {
			ember_arm_run(walk, &step);
			if (walk->nr == walk->room && ember_walk_again(walk))
				continue;
		}
		end = ember_arm_any(walk, &step, regs);
	} while (end == EMBER_END_NONE);
	if (end == EMBER_END_FRAME && step.low != ember_arm_regs(regs).sp)
		end = ember_frame_bottom(walk->mm, step.low);
	return end;
}

#endif
