/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What arm_return.h does, for a kernel of Thumb-2 instructions. One of 16 bits is its value,
 * one of 32 has its first half in the upper bits. r7 is the frame pointer. Pure.
 */
#ifndef EMBER_THUMB_RETURN_H
#define EMBER_THUMB_RETURN_H

#include "arm_return.h"

#define EMBER_THUMB_NOP 0xbf00

/* Whether a first half has a second one. */
static inline bool ember_thumb_wide(u32 half)
{
	return half >= 0xe800;
}

/*
 * The address of the instruction that runs after *insn, which is at pc. An unconditional
 * branch, within a function or to one that returns in its place, becomes a nop.
 */
static inline u32 ember_thumb_next(u32 pc, u32 *insn)
{
	u32 was = *insn, offset;

	if (was >> 11 == 0xe000 >> 11) {
		*insn = EMBER_THUMB_NOP;
		return pc + 4 + (((was & 0x7ff) ^ 0x400) - 0x400) * 2;
	}
	if ((was & 0xf800d000) == 0xf0009000) {
		u32 sign = was >> 26 & 1, i1 = ~(was >> 13 ^ sign) & 1, i2 = ~(was >> 11 ^ sign) & 1;

		offset = i1 << 22 | i2 << 21 | (was >> 16 & 0x3ff) << 11 | (was & 0x7ff);
		*insn = EMBER_THUMB_NOP;
		return pc + 4 + (offset - (sign << 23)) * 2;
	}
	return pc + (was >> 16 ? 4 : 2);
}

/* The immediate operand of an addition to sp; 0 for one that is none. */
static inline u32 ember_thumb_immediate(u32 insn)
{
	u32 field = (insn >> 26 & 1) << 11 | (insn >> 12 & 7) << 8 | (insn & 0xff);
	u32 turn = field >> 7;

	if (insn & 1U << 25) /* addw, subw */
		return field;
	if (turn < 8)
		return field < 0x100 ? field : 0;
	return (0x80 | (field & 0x7f)) >> turn | (0x80 | (field & 0x7f)) << (32 - turn);
}

/* ember_arm_straight() of 16 bits. */
static inline bool ember_thumb_straight16(u32 insn)
{
	switch (insn >> 12) {
	case 4: /* registers above r7: add, cmp, mov, bx */
		return (insn & 0xfc00) != 0x4400 || (insn & 0xff00) == 0x4500 ||
		       ((insn & 0xff00) != 0x4700 && ((insn & 7) | (insn >> 4 & 8)) < 13);
	case 0xb: /* cbz, sxt, rev, cps, it and nop */
		return (insn & 0xf500) == 0xb100 || (insn & 0xff00) == 0xb200 ||
		       (insn & 0xff00) == 0xba00 || (insn & 0xffe8) == 0xb660 ||
		       (insn & 0xff00) == 0xbf00;
	case 0xd: /* a conditional branch */
		return (insn >> 8 & 15) < 14;
	case 0xe:
		return false;
	default:
		return true;
	}
}

/* Whether a register is neither sp nor lr. */
static inline bool ember_thumb_keeps(u32 reg)
{
	return (reg & 15) != 13 && (reg & 15) != 14;
}

/* ember_arm_straight(), whose words hold here too. */
static inline bool ember_thumb_straight(u32 insn)
{
	bool on_sp = (insn >> 16 & 15) == 13;

	if (!(insn >> 16))
		return ember_thumb_straight16(insn);
	switch (insn >> 24) {
	case 0xe8:
	case 0xe9:
		if (on_sp && insn & 1U << 21)
			return false;
		if (!(insn & 1U << 22)) /* ldm, stm */
			return !(insn & 0xe000);
		/* tbb, tbh have pc there */
		return (insn >> 12 & 15) < 13 && ember_thumb_keeps(insn >> 8);
	case 0xea:
	case 0xeb:
		return ember_thumb_keeps(insn >> 8);
	case 0xee: /* mrc, mcr: the current task, barriers */
		return insn & 0x10 && ember_thumb_keeps(insn >> 12);
	case 0xf0:
	case 0xf1:
	case 0xf2:
	case 0xf3:
	case 0xf4:
	case 0xf5:
	case 0xf6:
	case 0xf7:
		if (!(insn & 0x8000))
			return ember_thumb_keeps(insn >> 8);
		if (insn & 0x5000)
			return false;
		/* a conditional branch; msr, nop and csdb, barriers, mrs */
		return (insn >> 22 & 15) < 14 || (insn & 0xffe00000) == 0xf3800000 ||
		       (insn & 0xffe00000) == 0xf3a00000 || (insn & 0xffe00000) == 0xf3e00000;
	case 0xf8:
	case 0xf9: /* ldr, str */
		return (insn >> 12 & 15) < 13 && !(on_sp && (insn & 0x00800900) == 0x900);
	case 0xfa:
	case 0xfb:
		return ember_thumb_keeps(insn >> 8) && ember_thumb_keeps(insn >> 12);
	default: /* floating point */
		return false;
	}
}

/* A pop of the return address: its list of registers as ldm has it, else 0. */
static inline u32 ember_thumb_popped(u32 insn)
{
	if ((insn & 0xffffff00) == 0xbd00)
		return (insn & 0xff) | 0x8000;
	return (insn & 0xffff0000) == 0xe8bd0000 && insn & 0xc000 ? insn & 0xffff : 0;
}

/* ember_arm_return(). */
static inline bool ember_thumb_return(const u32 *insns, unsigned int nr,
				      struct ember_arm_return *found)
{
	u32 moved = 0;
	unsigned int i;

	*found = (struct ember_arm_return){};
	for (i = 0; i < nr && i < EMBER_ARM_AHEAD; i++) {
		u32 insn = insns[i], added = 0;

		/* The rest of a prologue: sub sp, #n */
		if ((insn & 0xffffff80) == 0xb080)
			found->body = -(int)((insn & 0x7f) * 4);
		else if ((insn & 0xfbef8f00) == 0xf1ad0d00 || (insn & 0xfbff8f00) == 0xf2ad0d00)
			found->body = -(int)(ember_thumb_immediate(insn) & 0x3fff);
		if (found->body)
			return false;
		if ((insn & 0xffffff00) == 0xb500 || /* push {.., lr} */
		    (insn & 0xffff4000) == 0xe92d4000 ||
		    (insn & 0xffffff00) == 0xf84ded00 || /* str lr, [sp, #-n]! */
		    insn == 0x4770 || insn == 0x46f7) { /* bx lr; mov pc, lr */
			found->in_lr = !moved;
			return !moved;
		}
		if (ember_thumb_popped(insn))
			return ember_arm_pop(ember_thumb_popped(insn), 7, moved, found);
		if ((insn & 0xffffef00) == 0xf85deb00) { /* ldr lr or pc, [sp], #n */
			found->at = moved;
			found->frame = moved + (insn & 0xff);
			return true;
		}
		if ((insn & 0xffffff80) == 0xb000) /* add sp, #n */
			added = (insn & 0x7f) * 4;
		else if ((insn & 0xfbef8f00) == 0xf10d0d00 || (insn & 0xfbff8f00) == 0xf20d0d00)
			added = ember_thumb_immediate(insn);
		moved += added;
		if (added >= 0x4000 || (!added && !ember_thumb_straight(insn)))
			return false;
	}
	return false;
}

#endif
