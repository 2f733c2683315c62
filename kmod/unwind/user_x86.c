// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "unwind.h"

bool ember_task_compat(struct pt_regs *regs)
{
	return IS_ENABLED(CONFIG_COMPAT) && regs->cs == __USER32_CS;
}

/* No stack is larger. */
#define EMBER_STACK_BYTES_MAX (1UL << 30)

/*
 * Both widths of record: {saved frame pointer, return address}. One user access
 * section for all of the walk; nothing may be called in it. What the walk is made of
 * is in registers meanwhile, and a record's place is held against the whole stack's
 * bounds: 17 instructions a frame, of which copying it is 5.
 */
#define EMBER_WALK(word, walk, regs) \
	do { \
		unsigned long fp = (word)(regs)->bp, low = (word)(regs)->sp; \
		const unsigned long last = \
			min(low + EMBER_STACK_BYTES_MAX, (unsigned long)TASK_SIZE_MAX) - \
			2 * sizeof(word); \
		unsigned long *at = (walk)->frames + (walk)->nr; \
		unsigned long *const full = (walk)->frames + (walk)->max; \
		u64 hash = (walk)->hash; \
		u8 end = EMBER_END_DEPTH; \
\
		if (!ember_frame_sane(fp, low, TASK_SIZE_MAX, 2 * sizeof(word), \
				      sizeof(word))) \
			return fp ? EMBER_END_FRAME : EMBER_END_WHOLE; \
		if (!user_access_begin((void __user *)fp, 2 * sizeof(word))) \
			return EMBER_END_READ; \
		while (likely(at < full)) { \
			word next, pc; \
\
			unsafe_get_user(next, (word __user *)fp, fault); \
			unsafe_get_user(pc, (word __user *)fp + 1, fault); \
			*at++ = pc; \
			hash = ember_hash_step(hash, pc); \
			low = fp + 2 * sizeof(word); \
			fp = next; \
			if (unlikely(fp < low || fp > last || fp % sizeof(word))) { \
				end = fp ? EMBER_END_FRAME : EMBER_END_WHOLE; \
				break; \
			} \
		} \
		user_access_end(); \
		/* Where a thread begins there's nobody to return to. */ \
		if (!at[-1]) { \
			at--; \
			end = EMBER_END_WHOLE; \
		} \
out: \
		(walk)->nr = at - (walk)->frames; \
		(walk)->hash = hash; \
		return end == EMBER_END_FRAME ? ember_frame_bottom(low) : end; \
fault: \
		user_access_end(); \
		end = EMBER_END_READ; \
		goto out; \
	} while (0)

static u8 ember_walk_native(struct ember_walk *walk, struct pt_regs *regs)
{
	EMBER_WALK(unsigned long, walk, regs);
}

#ifdef CONFIG_COMPAT
static noinline u8 ember_walk_compat(struct ember_walk *walk, struct pt_regs *regs)
{
	EMBER_WALK(u32, walk, regs);
}
#endif

u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	if (!ember_walk_add(walk, regs->ip))
		return EMBER_END_DEPTH;
#ifdef CONFIG_COMPAT
	if (ember_task_compat(regs))
		return ember_walk_compat(walk, regs);
#endif
	return ember_walk_native(walk, regs);
}
