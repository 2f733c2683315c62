/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk up 32-bit ARM code's records: GCC's, and where these end, of all layouts. */
#ifndef EMBER_USER_ARM_ANY_H
#define EMBER_USER_ARM_ANY_H

#include "user_arm_run.h"

ember_arm_rest_fn ember_arm_others;

/* A walk from its beginning, where there's room for a frame. */
static __always_inline u8 ember_arm_walk(struct ember_walk *walk, const struct pt_regs *regs)
{
	return ember_arm_run(walk, regs, NULL, ember_arm_others);
}

#endif
