/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a function of the ARM kernel keeps its return address at one of its
 * instructions, read from the instructions that come next. .ARM.exidx describes a
 * function's body only: in a prologue, on a path that returns without one, and once an
 * epilogue has moved sp, its rule reads the wrong words. Pure.
 */
#ifndef EMBER_ARM_RETURN_H
#define EMBER_ARM_RETURN_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/*
 * Instructions read ahead at most. Where a kernel has frame pointers in place of tables, the
 * caller of a function that makes no frame is found by this alone.
 */
#ifdef CONFIG_UNWINDER_FRAME_POINTER
#define EMBER_ARM_AHEAD 32
#else
#define EMBER_ARM_AHEAD 8
#endif

struct ember_arm_return {
	bool in_lr;		/* lr holds it, and sp is the caller's */
	u32 at;			/* else the bytes from sp to the word that holds it */
	u32 fp;			/* bytes from sp to the saved frame pointer, 0 if it's not restored */
	u32 frame;		/* bytes from sp to the caller's sp */
	int body;		/* where none is found: the body's sp, in bytes from sp */
};

/* The value of the immediate operand of a data processing instruction. */
static inline u32 ember_arm_immediate(u32 insn)
{
	u32 turn = (insn >> 8 & 15) * 2;
	u32 value = insn & 0xff;

	return turn ? value >> turn | value << (32 - turn) : value;
}

/* Registers below `reg` in a list, in bytes. */
static inline u32 ember_arm_below(u32 list, unsigned int reg)
{
	u32 bytes = 0;

	for (list &= (1U << reg) - 1; list; list &= list - 1)
		bytes += 4;
	return bytes;
}

/*
 * From the pop that comes next, `moved` bytes of frame after the current sp. fp: the
 * register that is the frame pointer.
 */
static inline bool ember_arm_pop(u32 list, unsigned int fp, u32 moved,
				 struct ember_arm_return *found)
{
	unsigned int link = list & 0x8000 ? 15 : 14;

	if (list & 0x2000) /* sp, which nothing pops */
		return false;
	found->at = moved + ember_arm_below(list, link);
	found->fp = list & 1U << fp ? moved + ember_arm_below(list, fp) : 0;
	if (list & 1U << fp && !found->fp)
		return false;
	found->frame = moved + ember_arm_below(list, 16);
	return true;
}

/*
 * Whether control can go on to the next instruction, with lr and sp as they were. In doubt
 * false. A conditional branch can: both ways begin with the frame as it is.
 */
static inline bool ember_arm_straight(u32 insn)
{
	bool on_sp = (insn >> 16 & 15) == 13;
	bool moves_base = !(insn & 1U << 24) || insn & 1U << 21;
	bool to_low = (insn >> 12 & 15) < 13;

	if (insn >> 28 == 15)
		return false;
	if ((insn & 0x0fffff00) == 0x0320f000) /* nop, csdb */
		return true;
	switch (insn >> 25 & 7) {
	case 0: /* data processing, or a load or store of other sizes */
		if ((insn & 0x0fffffc0) == 0x012fff00) /* bx, blx */
			return false;
		return to_low && !((insn & 0x90) == 0x90 && on_sp && moves_base);
	case 1:
		return to_low;
	case 2:
	case 3: /* ldr, str */
		return to_low && !(on_sp && moves_base);
	case 4: /* ldm, stm */
		return !(insn & 0xe000) && !(on_sp && insn & 1U << 21);
	case 7: /* mrc, mcr: the current task, barriers */
		return (insn & 0x01000010) == 0x00000010 && to_low;
	case 5:
		return !(insn & 0x01000000) && insn >> 28 != 14;
	default: /* floating point */
		return false;
	}
}

/*
 * The address of the instruction that runs after *insn, which is at pc. An unconditional
 * branch, within a function or to one that returns in its place, becomes a nop.
 */
static inline u32 ember_arm_next(u32 pc, u32 *insn)
{
	u32 offset = *insn & 0x00ffffff;

	if (*insn >> 24 != 0xea)
		return pc + 4;
	*insn = 0xe1a00000;
	return pc + 8 + ((offset ^ 0x800000) - 0x800000) * 4;
}

/*
 * insns: the next instructions in the order in which they run, nr of them. Follows them as
 * far as none of them calls; returns false where they don't show the return address: then the
 * rule of the function's body holds, with `body` added to sp.
 */
static inline bool ember_arm_return(const u32 *insns, unsigned int nr,
				    struct ember_arm_return *found)
{
	u32 moved = 0;
	unsigned int i;

	*found = (struct ember_arm_return){};
	/* Ftrace's nop, which takes back the push before it. */
	if (nr && insns[0] == 0xe8bd4000) {
		found->body = 4;
		return false;
	}
	for (i = 0; i < nr && i < EMBER_ARM_AHEAD; i++) {
		u32 insn = insns[i];

		/* A call for ftrace, or its nop, in a body. */
		if (insn == 0xe52de004 && i + 1 < nr &&
		    (insns[i + 1] == 0xe8bd4000 || insns[i + 1] >> 24 == 0xeb))
			return false;
		/* The rest of a prologue. */
		if ((insn & 0x0ffff000) == 0x024dd000) { /* sub sp, sp, #n */
			found->body = -(int)(ember_arm_immediate(insn) & 0x3fff);
			return false;
		}
		if ((insn & 0x0fff4000) == 0x092d4000 || /* push {.., lr} */
		    (insn & 0x0fffffff) == 0x052de004 || /* push {lr} */
		    (insn & 0x0fffffff) == 0x012fff1e || /* bx lr */
		    (insn & 0x0fffffff) == 0x01a0f00e) { /* mov pc, lr */
			found->in_lr = !moved;
			return !moved;
		}
		if ((insn & 0x0fff0000) == 0x08bd0000 && insn & 0xc000)
			return ember_arm_pop(insn & 0xffff, 11, moved, found);
		if ((insn & 0x0fff0fff) == 0x049d0004 && (insn >> 12 & 14) == 14) {
			found->at = moved;
			found->frame = moved + 4;
			return true;
		}
		if ((insn & 0x0ffff000) == 0x028dd000) { /* add sp, sp, #n */
			moved += ember_arm_immediate(insn);
			if (moved >= 0x4000)
				return false;
			continue;
		}
		if (!ember_arm_straight(insn))
			return false;
	}
	return false;
}

#endif
