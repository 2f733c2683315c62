/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User frames on arm64. ldtr reads with user mode's rights, guessed or not; a return address
 * may be signed.
 */
#ifndef EMBER_USER_ARM64_H
#define EMBER_USER_ARM64_H

#include "../compat/uaccess.h"
#include "address_arm64.h"
#include "unwind.h"

#define EMBER_WALK_FP(regs)	((regs)->regs[29])
#define EMBER_WALK_SP(regs)	((regs)->sp)
#define EMBER_WALK_PC(regs)	((regs)->pc)
#define EMBER_WALK_BELOW	0

#define EMBER_WALK_MASK		0
#define ember_walk_nospec(at, mask)	(at)

#define EMBER_WALK_READ(word, at, next, pc, fault) \
	do { \
		ember_user_pair(at, &next, &pc); \
		if (unlikely(!pc)) \
			goto fault; \
		pc = ember_user_address(pc); \
	} while (0)

/* Where a thread begins there's nobody to return to; or it couldn't be read. With sp 0 there
 * may be a record at 0: it's none.
 */
static __always_inline u8 ember_walk_unread(unsigned long at)
{
	unsigned long pc;

	return at && !ember_user_long(at + sizeof(pc), &pc) ? EMBER_END_READ : EMBER_END_WHOLE;
}
#define EMBER_WALK_ZEROS	false

#include "user_walk.h"

/* User mode of the kernel's own width, with room for a frame. */
static __always_inline u8 ember_unwind_native(struct ember_walk *walk,
					      const struct pt_regs *regs)
{
	EMBER_WALK(unsigned long, walk, regs);
}

#endif
