// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/sched.h>

#include "../compat/uaccess.h"
#include "address_arm64.h"
#include "frame.h"
#include "ram.h"
#include "unwind.h"
#include "user_arm_walk.h"

static noinline u8 ember_walk_compat(struct ember_walk *walk, struct pt_regs *regs)
{
	return ember_walk_arm(walk, regs);
}

/*
 * One user access section for all of the walk, and nothing is called in it. A record's
 * place is held against the whole stack's bounds: 16 instructions a frame.
 */
u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs)
{
	unsigned long fp = regs->regs[29], low = regs->sp;
	const unsigned long top = min(low + EMBER_STACK_BYTES_MAX, TASK_SIZE_MAX - 16);
	unsigned long last = ember_stack_last(low, top, 16);
	const unsigned long bits = ember_user_bits();
	unsigned long *at, *full, next, pc;
	unsigned int state;
	int bad = 0;
	u8 end;
	u64 hash;

	if (unlikely(compat_user_mode(regs)))
		return ember_walk_compat(walk, regs);
	if (!ember_walk_add(walk, regs->pc))
		return ember_walk_cut(walk);
	if (unlikely(!ember_frame_within(fp, low, top, 8)))
		return fp ? EMBER_END_FRAME : EMBER_END_WHOLE;
	at = walk->frames + walk->nr;
	full = walk->frames + walk->room;
	hash = walk->hash;
	state = ember_user_begin();
	if (unlikely(fp > last))
		goto page;
	for (;;) {
		if (unlikely(at >= full)) {
			ember_user_end(state);
			walk->nr = at - walk->frames;
			walk->hash = hash;
			if (!ember_walk_more(walk))
				return ember_walk_cut(walk);
			full = walk->frames + walk->room;
			state = ember_user_begin();
		}
		ember_user_pair(fp, &next, &pc, &bad);
		if (unlikely(!pc)) {
			/* With sp 0 there may be a record at 0: it's none. */
			end = bad && fp ? EMBER_END_READ : EMBER_END_WHOLE;
			break;
		}
		pc &= bits;
		*at++ = pc;
		hash = ember_hash_step(hash, pc);
		low = fp + 16;
		fp = next;
		if (likely(ember_frame_within(fp, low, last, 8)))
			continue;
		if (!ember_frame_within(fp, low, top, 8)) {
			end = fp ? EMBER_END_FRAME : EMBER_END_WHOLE;
			break;
		}
page:
		last = ember_ram_last(fp, 16);
		if (!last) {
			end = EMBER_END_READ;
			break;
		}
	}
	ember_user_end(state);
	walk->nr = at - walk->frames;
	walk->hash = hash;
	return end == EMBER_END_FRAME ? ember_frame_bottom(low) : end;
}
