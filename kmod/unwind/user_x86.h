/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User frames on x86. The section's barrier is behind by the time that a place is found in
 * it, and a look at the bounds may be guessed past: of each place only the bits that user
 * addresses have are read at.
 */
#ifndef EMBER_USER_X86_H
#define EMBER_USER_X86_H

#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "unwind.h"

#define EMBER_WALK_FP(regs)	((regs)->bp)
#define EMBER_WALK_SP(regs)	((regs)->sp)
#define EMBER_WALK_PC(regs)	((regs)->ip)
#define EMBER_WALK_BELOW	0

#ifdef CONFIG_X86_64
/* TASK_SIZE_MAX is a page less than a power of two. */
#define EMBER_WALK_MASK		(TASK_SIZE_MAX + PAGE_SIZE - 1)
/* In assembly, since compilers copy the place first. */
#define ember_walk_nospec(at, mask) \
	({ \
		unsigned long _at = (at); \
\
		asm("andq	%1, %0" : "+r"(_at) : "r"(mask) : "cc"); \
		_at; \
	})
#else
#define EMBER_WALK_MASK		TASK_SIZE_MAX
#define ember_walk_nospec(at, mask)	array_index_nospec(at, mask)
#endif

#define EMBER_WALK_READ(word, at, next, pc, fault) \
	do { \
		unsafe_get_user(next, (word __user *)(at), fault); \
		unsafe_get_user(pc, (word __user *)(at) + 1, fault); \
	} while (0)

/* With sp 0 there may be a record at 0: it's none. */
#define ember_walk_unread(at)	((at) ? EMBER_END_READ : EMBER_END_WHOLE)
#define EMBER_WALK_ZEROS	true

#include "user_walk.h"

/* User mode of the kernel's own width, with room for a frame. */
static __always_inline u8 ember_unwind_native(struct ember_walk *walk,
					      const struct pt_regs *regs)
{
	EMBER_WALK(unsigned long, walk, regs);
}

#endif
