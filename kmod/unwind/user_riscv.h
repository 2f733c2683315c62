/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User frames on riscv: s0 points behind a frame record, {s0, ra}, to where the caller's sp
 * was. A function that calls no other saves s0 alone, where others save ra. A load reads with
 * the kernel's rights: of each place only the bits that user addresses have are read at.
 */
#ifndef EMBER_USER_RISCV_H
#define EMBER_USER_RISCV_H

#include "../compat/uaccess.h"
#include "frame.h"
#include "ram.h"
#include "unwind.h"

#define EMBER_WALK_BELOW	(2 * sizeof(unsigned long))

/* What a walk begins with: `record` is the place of the frame record, below s0. */
struct ember_riscv_place {
	unsigned long pc, sp, record;
};

#define EMBER_WALK_FP(place)	((place)->record)
#define EMBER_WALK_SP(place)	((place)->sp)
#define EMBER_WALK_PC(place)	((place)->pc)

#define EMBER_WALK_MASK		(EMBER_USER_END - 1)
/* In assembly, since compilers copy the place first. */
#define ember_walk_nospec(at, mask) \
	({ \
		unsigned long _at = (at); \
\
		asm("and	%0, %0, %1" : "+r"(_at) : "r"(mask)); \
		_at; \
	})

#define EMBER_WALK_READ(word, at, next, pc, fault) \
	do { \
		ember_user_pair(at, &next, &pc); \
		if (unlikely(!pc)) \
			goto fault; \
		next -= EMBER_WALK_BELOW; \
	} while (0)

/* Where a thread begins there's nobody to return to; or it couldn't be read. */
static __always_inline u8 ember_walk_unread(unsigned long at)
{
	unsigned long pc;

	return !ember_user_long(at + sizeof(pc), &pc) ? EMBER_END_READ : EMBER_END_WHOLE;
}
#define EMBER_WALK_ZEROS	false

#include "user_walk.h"

/* The frame of a function that calls no other is no larger, where more isn't certain. */
#define EMBER_LEAF_FRAME_BYTES	(64UL << 10)

/*
 * Whether the word that the innermost record has in the place of ra, below fp, is s0 of the
 * caller: a place on the stack above. Only on the process's first stack can't that be code.
 */
static __always_inline bool ember_user_outer(const struct mm_struct *mm, unsigned long fp,
					     unsigned long word)
{
	unsigned long most = ember_stack_last(mm, fp, sizeof(long)) ? EMBER_FRAME_BYTES_MAX :
								      EMBER_LEAF_FRAME_BYTES;

	return word - fp - 1 < most && !(word & (STACK_ALIGN - 1));
}

/* Returns s0 of the caller if pc is in a function that calls no other, else 0. */
static __always_inline unsigned long ember_user_leaf(const struct mm_struct *mm,
						     const struct pt_regs *regs)
{
	unsigned long at = regs->s0 - sizeof(long), last, outer = 0;
	unsigned int section;

	if (unlikely(at - regs->sp >= EMBER_FRAME_BYTES_MAX || at & (sizeof(long) - 1) ||
		     at >= EMBER_USER_END - sizeof(long)))
		return 0;
	section = ember_user_begin();
	last = ember_stack_last(mm, regs->sp, sizeof(long));
	if (unlikely(at > last))
		last = ember_ram_last(at, sizeof(long));
	if (unlikely(!last || !ember_user_long(ember_walk_nospec(at, EMBER_WALK_MASK), &outer)))
		outer = 0;
	ember_user_end(section);
	return ember_user_outer(mm, regs->s0, outer) ? outer : 0;
}

/* User mode of the kernel's own width, with room for a frame. */
static __always_inline u8 ember_unwind_native(struct ember_walk *walk,
					      const struct pt_regs *regs)
{
	struct ember_riscv_place place = { regs->epc, regs->sp, regs->s0 - EMBER_WALK_BELOW };
	unsigned long outer = ember_user_leaf(walk->mm, regs);

	if (outer && walk->nr + 2 <= min(walk->room, walk->max)) {
		ember_walk_add(walk, place.pc);
		place.pc = regs->ra;
		place.sp = regs->s0;
		place.record = outer - EMBER_WALK_BELOW;
	}
	EMBER_WALK(unsigned long, walk, &place);
}

#endif
