/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk along GCC's records of ARM mode, as long as they can be of no other layout: in one
 * user access section, with a leaf before them and the last one. user_arm_walk.h is for all
 * others.
 */
#ifndef EMBER_USER_ARM_RUN_H
#define EMBER_USER_ARM_RUN_H

#include <linux/percpu.h>

#include "user_arm_walk.h"

/* Whether a record of two words may be at fp, if that's memory. */
static __always_inline bool ember_arm_sane(unsigned long fp, unsigned long low)
{
	return fp && ember_frame_sane(fp, low, EMBER_ARM_LIMIT, 8, 4);
}

/*
 * Return addresses that a call was found before. All that goes wrong where another program has
 * other code there is that a record near a stack's end is taken for the last one.
 */
struct ember_arm_callers {
	struct {
		const struct mm_struct *mm;
		u32 pc;
	} known[4];
};
DECLARE_PER_CPU(struct ember_arm_callers, ember_arm_callers);

/* Within a user access section: ember_arm_called(), mostly without a look. */
static __always_inline bool ember_arm_called_known(const struct mm_struct *mm, u32 pc)
{
	struct ember_arm_callers *callers = this_cpu_ptr(&ember_arm_callers);
	unsigned int i = pc >> PAGE_SHIFT & (ARRAY_SIZE(callers->known) - 1);

	if (likely(callers->known[i].pc == pc && callers->known[i].mm == mm))
		return true;
	if (!ember_arm_called(pc))
		return false;
	callers->known[i].mm = mm;
	callers->known[i].pc = pc;
	return true;
}

/* Whether a link from a record that ends at `low` is sane, or `fp` a first record's place. */
static __always_inline bool ember_arm_near(const struct ember_arm_window *window,
					   unsigned long fp, unsigned long low)
{
	unsigned long far = fp - low;

	return (far >> 2 | far << (8 * sizeof(far) - 2)) < window->far;
}

/* Whether a call may return to pc, from whatever record of the walk. */
static __always_inline bool ember_arm_outside(const struct ember_arm_window *window, u32 pc)
{
	return pc - window->base > window->size && pc > 0x1000;
}

/*
 * Whether pc, with `next` GCC's record at low - 8, is of the last frame that can be found: a
 * call by code that keeps no frame pointer there, as the C library's start-up code.
 */
static __always_inline bool ember_arm_last(const struct ember_arm_window *window,
					   const struct mm_struct *mm, unsigned long low,
					   u32 next, u32 pc)
{
	return !ember_arm_near(window, next, low) && (pc & 1 || !next) &&
	       ember_arm_outside(window, pc) && ember_arm_called_known(mm, pc);
}

/*
 * Whether a leaf of GCC's is at fp, which saved r11 alone: its caller is in lr. No other layout
 * has a link there and no code above it.
 */
static __always_inline bool ember_arm_leaf(const struct ember_arm_window *window,
					   unsigned long fp, u32 next, u32 above, u32 lr)
{
	return ember_arm_near(window, next, fp + 4) && ember_arm_outside(window, lr) &&
	       !ember_arm_code(above, fp);
}

/*
 * A frame more. Hashes as ember_hash_step32(), by halves: the upper one's new value has a name
 * of its own, as a copy would be an instruction.
 */
#define EMBER_ARM_ADD(i, upper, mixed) \
	do { \
		u64 product; \
\
		pc &= ~1U; \
		at[i] = pc; \
		product = (u64)(lower ^ pc) * factor; \
		mixed = (u32)product; \
		lower = (u32)(product >> 32) ^ upper; \
	} while (0)

/* Goes to `out` unless the two words before `end` are within the window. */
#ifdef CONFIG_ARM
/* Compilers make a branch of each comparison. `ip` takes what is compared. */
#define EMBER_ARM_CHECK(end, out) \
	asm goto("	sub	ip, %[next], %[low]\n" \
		 "	cmp	%[far], ip, ror #2\n" \
		 "	itttt	hi\n" \
		 "	subhi	ip, %[pc], %[base]\n" \
		 "	cmphi	ip, %[size]\n" \
		 "	cmphi	%[pc], #4096\n" \
		 "	cmphi	%[beyond], %[next]\n" \
		 "	bls	%l[" #out "]\n" \
		 : \
		 : [next] "r"(next), [pc] "r"(pc), [low] "r"(end), [far] "r"(window.far), \
		   [base] "r"(window.base), [size] "r"(window.size), [beyond] "r"(window.beyond) \
		 : "ip", "cc" \
		 : out)
#else
#define EMBER_ARM_CHECK(end, out) \
	do { \
		if (!ember_arm_within(&window, end, next, pc)) \
			goto out; \
	} while (0)
#endif

/* The frame whose record is at fp, and ends at `end`. */
#define EMBER_ARM_FRAME(i, upper, mixed, end, out) \
	do { \
		end = fp - 4; \
		ember_user_two(&end, &next, &pc); \
		EMBER_ARM_CHECK(end, out); \
		EMBER_ARM_ADD(i, upper, mixed); \
		fp = next; \
	} while (0)

struct ember_arm_rest {
	u64 hash;
	unsigned int nr;
	u8 end;
};

/*
 * The rest of a walk, from a record that may be of any layout on. By value, or
 * all walks would be in memory.
 */
typedef struct ember_arm_rest ember_arm_rest_fn(struct ember_walk walk, const struct pt_regs *regs,
						unsigned long fp, unsigned long low,
						unsigned long last);

/*
 * A walk from its beginning, if `step` is NULL, where there's room for a frame: `others` takes what
 * isn't GCC's. Else one that goes on at a record that may be GCC's: returns EMBER_END_NONE with
 * `step` where it isn't.
 */
static __always_inline u8 ember_arm_run(struct ember_walk *walk, const struct pt_regs *regs,
					struct ember_arm_step *step,
					ember_arm_rest_fn *others)
{
	const struct ember_arm_regs arm = ember_arm_regs(regs);
	unsigned long *at = walk->frames + walk->nr, *full = walk->frames + walk->room;
	u32 factor = ember_hash_factor(), lower = walk->hash, even = walk->hash >> 32, odd;
	unsigned long fp, low, last, end; /* low: where the record before ended */
	struct ember_arm_window window;
	unsigned int section;
	u32 pc = arm.pc, next;
	u8 why;

	if (step) {
		fp = step->fp;
		low = step->low;
		last = step->last;
		section = ember_user_begin();
		window = ember_arm_window(low, last);
		if (fp > last)
			goto page;
		goto walk;
	}
	fp = arm.thumb ? arm.r7 : arm.r11;
	low = arm.sp;
	last = ember_stack_last(walk->mm, low, 8);
	EMBER_ARM_ADD(0, even, odd);
	even = odd;
	at++;
	section = ember_user_begin();
	window = ember_arm_window(low, last);
	/* With sp 0 there's room for a record at 0, and none for the word below it. */
	if (unlikely(arm.thumb || fp - 1 >= last || !ember_arm_near(&window, fp, low))) {
		if (arm.thumb || !ember_arm_sane(fp, low))
			goto any;
		last = ember_ram_last(fp - 4, 12);
		if (!last)
			goto any;
		last += 4;
		window = ember_arm_window(low, last);
	}
	end = fp;
	ember_user_two(&end, &next, &pc);
	if (ember_arm_leaf(&window, fp, next, pc, arm.lr) && likely(at < full)) {
		low = fp + 4;
		fp = next;
		pc = arm.lr;
		EMBER_ARM_ADD(0, even, odd);
		even = odd;
		at++;
		if (unlikely(fp >= window.beyond))
			goto page;
	}
walk:
	while (likely(at < full - 1)) {
		EMBER_ARM_FRAME(0, even, odd, end, out0);
		EMBER_ARM_FRAME(1, odd, even, low, out1);
		at += 2;
	}
	if (likely(ember_walk_soon(walk, &full)))
		goto walk;
	if (at < full) {
		EMBER_ARM_FRAME(0, even, odd, end, out0);
		even = odd;
		low = end;
		at++;
	}
	if (ember_walk_more(walk, &full))
		goto walk;
	if (walk->looked)
		goto any;
	why = EMBER_END_TIME;
	goto over;
out1:
	at++;
	even = odd;
	swap(low, end);
out0:
	/* The loop has no register for what it read. */
	fp = end - 4;
	end = fp - 4;
	ember_user_two(&end, &next, &pc);
	if (likely(ember_arm_last(&window, walk->mm, end, next, pc))) {
		EMBER_ARM_ADD(0, even, odd);
		even = odd;
		at++;
		why = next ? ember_frame_bottom(walk->mm, end) : EMBER_END_WHOLE;
		goto over;
	}
	if (next < window.beyond || !ember_arm_plain(end, next, pc))
		goto any;
	EMBER_ARM_ADD(0, even, odd);
	even = odd;
	at++;
	low = end;
	fp = next;
page:
	if (!ember_arm_sane(fp, low)) {
		why = ember_frame_bottom(walk->mm, low);
		goto over;
	}
	last = ember_ram_last(fp - 4, 12);
	if (last) {
		last += 4;
		window = ember_arm_window(low, last);
		goto walk;
	}
	why = EMBER_END_READ;
	goto over;
any:
	why = EMBER_END_NONE;
over:
	ember_user_end(section);
	walk->nr = at - walk->frames;
	walk->hash = (u64)even << 32 | lower;
	if (likely(why != EMBER_END_NONE))
		return why;
	walk->room = full - walk->frames;
	last = window.beyond - 1;
	if (!step) {
		const struct ember_walk copy = {
			.frames = walk->frames,
			.nr = walk->nr,
			.room = walk->room,
			.max = walk->max,
			.mm = walk->mm,
			.begun = walk->begun,
			.looked = walk->looked,
			.hash = walk->hash,
		};
		struct ember_arm_rest rest = others(copy, regs, fp, low, last);

		walk->nr = rest.nr;
		walk->hash = rest.hash;
		return rest.end;
	}
	step->fp = fp;
	step->low = low;
	step->last = last;
	return EMBER_END_NONE;
}

#endif
