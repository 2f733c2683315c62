/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk along frame pointers where records are {saved frame pointer, return address},
 * each higher up the stack than the last: x86's of both widths, arm64's, riscv's. One user access
 * section for all of it; nothing may be called in it. A record's place is held against the
 * bounds of what is known to be memory, and four frames share a look at the room that's left:
 * 12 instructions a frame, of which copying it is 5. Each eight frames share a look at the
 * time, which takes a dozen; once half of it is gone, the section ends for a closer one.
 *
 * The architecture's header includes this behind what it defines:
 *
 *   EMBER_WALK_FP(regs), _SP, _PC
 *   EMBER_WALK_BELOW            how far below a frame pointer its record is
 *   ember_walk_nospec(at, mask), EMBER_WALK_MASK     what is read at whatever was guessed
 *   EMBER_WALK_READ(word, at, next, pc, fault)       within a section; goes to `fault`
 *   ember_walk_unread(at)       EMBER_END_*: why there was none
 *   EMBER_WALK_ZEROS            whether a pc of 0 is read like others
 */
#ifndef EMBER_USER_WALK_H
#define EMBER_USER_WALK_H

#include <linux/bits.h>
#include <linux/log2.h>

#include "../compat/uaccess.h"
#include "frame.h"
#include "ram.h"
#include "unwind.h"

/*
 * Does `otherwise` unless a record of words may be at fp. Compilers make one condition of the
 * three, which takes more instructions: they are kept apart.
 */
#define EMBER_WALK_CHECK(word, fp, low, last, otherwise) \
	do { \
		if (unlikely((fp) < (low))) \
			otherwise; \
		barrier(); \
		if (unlikely((fp) > (last))) \
			otherwise; \
		barrier(); \
		if (unlikely((fp) & (sizeof(word) - 1))) \
			otherwise; \
	} while (0)

/* Why a walk ends where no record can be. */
#define EMBER_WALK_NONE(fp) \
	((fp) + EMBER_WALK_BELOW ? EMBER_END_FRAME : EMBER_END_WHOLE)

/* The highest place that one can have on a stack from sp on. */
#define EMBER_WALK_TOP(word, sp) \
	min((word)(sp) + EMBER_STACK_BYTES_MAX, EMBER_USER_END - 2 * sizeof(word))

/*
 * Returns the words between two places. Rotated, what isn't aligned is too many, as what is
 * beyond `to` is: one comparison with the words from the record before checks a place.
 */
static __always_inline unsigned long ember_walk_span(unsigned long from, unsigned long to,
						     unsigned long word)
{
	unsigned long bytes = to - from;
	unsigned int shift = ilog2(word);

	return bytes >> shift | bytes << (BITS_PER_LONG - shift);
}

/*
 * Into the loop and out of it, from where n more records were found: what the loop changes
 * has names of its own there, hidden, or compilers copy it at each record.
 */
#define EMBER_WALK_ENTER(word) \
	do { \
		even = fp; \
		even_span = ember_walk_span(fp, last, sizeof(word)); \
		mixed = hash; \
		OPTIMIZER_HIDE_VAR(even); \
		OPTIMIZER_HIDE_VAR(mixed); \
	} while (0)

#define EMBER_WALK_LEAVE(at_fp, n) \
	do { \
		fp = at_fp; \
		hash = mixed; \
		OPTIMIZER_HIDE_VAR(fp); \
		OPTIMIZER_HIDE_VAR(hash); \
		at += n; \
	} while (0)

#define EMBER_WALK_FIRST	ember_hash_first(mixed, pc)
#define EMBER_WALK_SECOND	ember_hash_second(mixed, pc, (walk)->key)

/*
 * The record at `from`, whose pc is the i-th from `at`; `to` is where the next one is: two
 * names, as a copy would be an instruction. Of each two pcs one is the hash's first word, the
 * next its second; the frame in `regs` has a first one.
 */
#define EMBER_WALK_FRAME(word, from, to, i, hashed, fault) \
	do { \
		word next, pc; \
\
		from = ember_walk_nospec(from, mask); \
		EMBER_WALK_READ(word, from, next, pc, fault); \
		at[i] = pc; \
		mixed = hashed; \
		to = next; \
		OPTIMIZER_HIDE_VAR(to); \
		to##_span = ember_walk_span(to, last, sizeof(word)); \
		if (unlikely(to##_span >= from##_span)) { \
			low = from + 2 * sizeof(word); \
			EMBER_WALK_LEAVE(to, (i) + 1); \
			goto bottom; \
		} \
	} while (0)

/* There's room for a frame. */
#define EMBER_WALK(word, walk, regs) \
	do { \
		unsigned long fp = (word)EMBER_WALK_FP(regs), low = (word)EMBER_WALK_SP(regs), even, odd; \
		unsigned long last = ember_stack_last((walk)->mm, low, 2 * sizeof(word)) & -sizeof(word); \
		unsigned long even_span, odd_span; \
		const unsigned long __maybe_unused mask = EMBER_WALK_MASK; \
		unsigned long *at = (walk)->frames + (walk)->nr; \
		unsigned long *full = (walk)->frames + (walk)->room; \
		u64 hash = ember_hash_first((walk)->hash, EMBER_WALK_PC(regs)), mixed; \
		unsigned int section; \
		u8 end; \
\
		*at++ = EMBER_WALK_PC(regs); \
		section = ember_user_begin(); \
		EMBER_WALK_CHECK(word, fp, low, last, goto first); \
walk: \
		EMBER_WALK_ENTER(word); \
more: \
		while (likely(at <= full - 4)) { \
			EMBER_WALK_FRAME(word, even, odd, 0, EMBER_WALK_SECOND, fault0); \
			EMBER_WALK_FRAME(word, odd, even, 1, EMBER_WALK_FIRST, fault1); \
			EMBER_WALK_FRAME(word, even, odd, 2, EMBER_WALK_SECOND, fault2); \
			EMBER_WALK_FRAME(word, odd, even, 3, EMBER_WALK_FIRST, fault3); \
			at += 4; \
		} \
		if (likely(ember_walk_soon(walk, &full))) \
			goto more; \
		while (at < full) { \
			EMBER_WALK_FRAME(word, even, odd, 0, EMBER_WALK_SECOND, fault); \
			even = odd; \
			even_span = odd_span; \
			at++; \
		} \
		ember_user_end(section); \
		EMBER_WALK_LEAVE(even, 0); \
		if (ember_walk_more(walk, &full)) { \
			section = ember_user_begin(); \
			goto walk; \
		} \
		end = ember_walk_cut(walk); \
		goto out; \
fault3: \
		EMBER_WALK_LEAVE(odd, 3); \
		goto unread; \
fault2: \
		EMBER_WALK_LEAVE(even, 2); \
		goto unread; \
fault1: \
		EMBER_WALK_LEAVE(odd, 1); \
		goto unread; \
fault0: \
		EMBER_WALK_LEAVE(even, 0); \
		goto unread; \
fault: \
		EMBER_WALK_LEAVE(even, 0); \
unread: \
		end = ember_walk_unread(fp); \
		goto over; \
bottom: \
		EMBER_WALK_CHECK(word, fp, low, EMBER_WALK_TOP(word, EMBER_WALK_SP(regs)), goto astray); \
page: \
		last = ember_ram_last(fp, 2 * sizeof(word)); \
		if (last) \
			goto walk; \
		end = EMBER_END_READ; \
		goto over; \
first: \
		EMBER_WALK_CHECK(word, fp, low, EMBER_WALK_TOP(word, EMBER_WALK_SP(regs)), goto none); \
		goto page; \
none: \
		end = EMBER_WALK_NONE(fp); \
		ember_user_end(section); \
		goto same; \
astray: \
		end = EMBER_WALK_NONE(fp); \
over: \
		ember_user_end(section); \
out: \
		/* Where a thread begins there's nobody to return to. */ \
		if (EMBER_WALK_ZEROS && end != EMBER_END_READ && !at[-1]) { \
			at--; \
			end = EMBER_END_WHOLE; \
		} \
		if (end == EMBER_END_FRAME) \
			end = ember_frame_bottom((walk)->mm, low); \
same: \
		(walk)->nr = at - (walk)->frames; \
		(walk)->hash = hash; \
		return end; \
	} while (0)

#endif
