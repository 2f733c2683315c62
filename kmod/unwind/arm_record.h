/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a frame record of 32-bit ARM code can be. Pure. Two layouts of ARM mode share
 * r11: GCC's points at the saved lr with the saved r11 below it (a leaf saves r11
 * alone), clang's at the saved r11 with lr above it. Which one a record is shows in
 * what it holds: a saved frame pointer is higher up the same stack; a return address
 * isn't on the stack, and a call stands before it. Thumb has r7 in clang's layout;
 * GCC's r7 points at its locals and leads nowhere.
 */
#ifndef EMBER_ARM_RECORD_H
#define EMBER_ARM_RECORD_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

#include "frame.h"

/* A pc that can be one: not low memory, and not on this stack. */
static inline bool ember_arm_code(u32 pc, u32 fp)
{
	return pc >= 0x1000 &&
	       (pc < fp - 0x10000 || (pc > fp && pc - fp > EMBER_FRAME_BYTES_MAX));
}

static inline bool ember_arm_link(u32 next, u32 fp)
{
	return !next || (next > fp && next - fp < EMBER_FRAME_BYTES_MAX && !(next & 3));
}

/*
 * Whether two words are a record of GCC's layout and can be of no other, in a few
 * instructions: a link to a record at `low` or further up, and an address far from this
 * stack. Rotated, what isn't aligned is too far; shifts need no constant in a register.
 * Longs, since on arm64 stacks end where 32 bits do.
 */
static inline bool ember_arm_plain(unsigned long low, u32 next, u32 pc)
{
	unsigned long far = next - low;

	if ((far >> 2 | far << (8 * sizeof(far) - 2)) >= EMBER_FRAME_BYTES_MAX >> 2)
		return false;
	if (!((pc - (low - 0x10000)) >> 25))
		return false;
	return pc >> 12;
}

/*
 * The same for all records of a walk, from `low` on to one at `last`: no pc may be near any
 * of them. What the comparisons take is kept in registers.
 */
struct ember_arm_window {
	unsigned long base;	/* what is near begins there, */
	unsigned long size;	/* and has so many bytes */
	unsigned long far;	/* of a link, in words */
	unsigned long beyond;	/* the first place that's no record's */
};

static inline struct ember_arm_window ember_arm_window(unsigned long low, unsigned long last)
{
	return (struct ember_arm_window){
		.base = low - 0x10000,
		.size = last - low + 3 * EMBER_FRAME_BYTES_MAX,
		.far = EMBER_FRAME_BYTES_MAX >> 2,
		.beyond = last + 1,
	};
}

static inline bool ember_arm_within(const struct ember_arm_window *window, unsigned long low,
				    u32 next, u32 pc)
{
	unsigned long far = next - low;

	return (far >> 2 | far << (8 * sizeof(far) - 2)) < window->far &&
	       pc - window->base > window->size && pc > 0x1000 && next < window->beyond;
}

/* bl, blx; in old code bx and ldr pc */
static inline bool ember_arm_call(u32 insn)
{
	return (insn & 0x0f000000) == 0x0b000000 || (insn & 0xfe000000) == 0xfa000000 ||
	       (insn & 0x0fffffd0) == 0x012fff10 || (insn & 0x0e50f000) == 0x0410f000;
}

/* blx of a register, or two halves of a bl or blx */
static inline bool ember_thumb_call(u32 before, u32 last)
{
	return (last & 0xff87) == 0x4780 ||
	       ((last & 0xc000) == 0xc000 && (before & 0xf800) == 0xf000);
}

#endif
