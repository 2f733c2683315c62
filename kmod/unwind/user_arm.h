/* SPDX-License-Identifier: GPL-2.0-only */
/* User frames on 32-bit ARM. */
#ifndef EMBER_USER_ARM_H
#define EMBER_USER_ARM_H

#include "user_arm_any.h"

/* ldrt reads with user mode's rights, guessed or not. */
#define EMBER_WALK_MASK		0
#define EMBER_WALK_BELOW	0
#define ember_walk_nospec(at, mask)	(at)

/* With room for a frame. */
static __always_inline u8 ember_unwind_native(struct ember_walk *walk,
					      const struct pt_regs *regs)
{
	return ember_arm_walk(walk, regs);
}

#endif
