// SPDX-License-Identifier: GPL-2.0-only
/* The walk up 32-bit ARM code's records of all layouts. */
#include "user_arm_any.h"

DEFINE_PER_CPU(struct ember_arm_callers, ember_arm_callers);

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

static noinline u8 ember_arm_again(struct ember_walk *walk, const struct pt_regs *regs,
				   struct ember_arm_step *step)
{
	return ember_arm_run(walk, regs, step, NULL);
}

struct ember_arm_rest ember_arm_others(struct ember_walk walk, const struct pt_regs *regs,
				       unsigned long fp, unsigned long low, unsigned long last)
{
	struct ember_arm_step step = {
		.thumb = ember_arm_regs(regs).thumb && low == ember_arm_regs(regs).sp,
		.fp = fp,
		.low = low,
		.last = last,
	};
	bool run = false;
	u8 end;

	do {
		end = ember_arm_any(&walk, &step, regs);
		run = end == EMBER_END_NONE && !step.thumb &&
		      ember_arm_sane(step.fp, step.low);
		if (run)
			end = ember_arm_again(&walk, regs, &step);
	} while (end == EMBER_END_NONE);
	if (!run && end == EMBER_END_FRAME && step.low != ember_arm_regs(regs).sp)
		end = ember_frame_bottom(walk.mm, step.low);
	return (struct ember_arm_rest){ .hash = walk.hash, .nr = walk.nr, .end = end };
}
