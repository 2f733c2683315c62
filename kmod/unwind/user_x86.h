/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk along frame pointers, of both widths of record: {saved frame pointer, return
 * address}. One user access section for all of it; nothing may be called in it. A record's
 * place is held against the whole stack's bounds, and four frames share a look at the room
 * that's left: 16 instructions a frame, of which copying it is 5. Each eight frames are a
 * section of their own, and a look at the time lies between.
 *
 * The section's barrier is behind by the time that a place is found in it, and a look at
 * the bounds may be guessed past: of each place only the bits that user addresses have are
 * read at.
 */
#ifndef EMBER_USER_X86_H
#define EMBER_USER_X86_H

#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "ram.h"

#ifdef CONFIG_X86_64
/* TASK_SIZE_MAX is a page less than a power of two. */
#define EMBER_WALK_MASK		(TASK_SIZE_MAX + PAGE_SIZE - 1)
#define ember_walk_nospec(at, mask)	((at) & (mask))
#else
#define EMBER_WALK_MASK		TASK_SIZE_MAX
#define ember_walk_nospec(at, mask)	array_index_nospec(at, mask)
#endif

/* The record at fp, whose pc is the i-th from `at`; then fp is where the next one is. */
#define EMBER_WALK_FRAME(word, i) \
	do { \
		word next, pc; \
\
		/* Hidden, or compilers know that it changes nothing. */ \
		OPTIMIZER_HIDE_VAR(fp); \
		fp = ember_walk_nospec(fp, mask); \
		unsafe_get_user(next, (word __user *)fp, fault##i); \
		unsafe_get_user(pc, (word __user *)fp + 1, fault##i); \
		at[i] = pc; \
		hash = ember_hash_step(hash, pc); \
		low = fp + 2 * sizeof(word); \
		fp = next; \
		if (unlikely(!ember_frame_within(fp, low, last, sizeof(word)))) { \
			at += (i) + 1; \
			goto bottom; \
		} \
	} while (0)

#define EMBER_WALK(word, walk, regs) \
	do { \
		unsigned long fp = (word)(regs)->bp, low = (word)(regs)->sp; \
		const unsigned long top = min(low + EMBER_STACK_BYTES_MAX, \
					      TASK_SIZE_MAX - 2 * sizeof(word)); \
		unsigned long last = ember_stack_last(low, top, 2 * sizeof(word)); \
		const unsigned long mask = EMBER_WALK_MASK; \
		unsigned long *at; \
		unsigned long *full; \
		u64 hash; \
		u8 end; \
\
		if (!ember_walk_add(walk, (regs)->ip)) \
			return ember_walk_cut(walk); \
		if (unlikely(!ember_frame_within(fp, low, top, sizeof(word)))) \
			return fp ? EMBER_END_FRAME : EMBER_END_WHOLE; \
		at = (walk)->frames + (walk)->nr; \
		hash = (walk)->hash; \
more: \
		full = (walk)->frames + (walk)->room; \
		__uaccess_begin_nospec(); \
		if (unlikely(fp > last)) \
			goto page; \
walk: \
		while (likely(full - at >= 4)) { \
			EMBER_WALK_FRAME(word, 0); \
			EMBER_WALK_FRAME(word, 1); \
			EMBER_WALK_FRAME(word, 2); \
			EMBER_WALK_FRAME(word, 3); \
			at += 4; \
		} \
		while (at < full) { \
			EMBER_WALK_FRAME(word, 0); \
			at++; \
		} \
		__uaccess_end(); \
		(walk)->nr = at - (walk)->frames; \
		if (ember_walk_more(walk)) \
			goto more; \
		end = ember_walk_cut(walk); \
		goto out; \
fault3: \
		at++; \
fault2: \
		at++; \
fault1: \
		at++; \
fault0: \
		/* With sp 0 there may be a record at 0: it's none. */ \
		end = fp ? EMBER_END_READ : EMBER_END_WHOLE; \
		goto over; \
bottom: \
		if (!ember_frame_within(fp, low, top, sizeof(word))) { \
			end = fp ? EMBER_END_FRAME : EMBER_END_WHOLE; \
			goto over; \
		} \
page: \
		last = ember_ram_last(fp, 2 * sizeof(word)); \
		if (last) \
			goto walk; \
		end = EMBER_END_READ; \
over: \
		__uaccess_end(); \
out: \
		/* Where a thread begins there's nobody to return to. */ \
		if (end != EMBER_END_READ && !at[-1]) { \
			at--; \
			end = EMBER_END_WHOLE; \
		} \
		(walk)->nr = at - (walk)->frames; \
		(walk)->hash = hash; \
		return end == EMBER_END_FRAME ? ember_frame_bottom(low) : end; \
	} while (0)

static __always_inline u8 ember_unwind_native(struct ember_walk *walk,
					      const struct pt_regs *regs)
{
	EMBER_WALK(unsigned long, walk, regs);
}

#endif
