/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk by quick rules that a CPU has in its cache: some 22 instructions a frame on x86-64.
 * One user access section for all of it; nothing may be called in it. Frame pointers aren't
 * followed meanwhile: where the walk goes on by other rules, the last one that was saved is
 * looked for.
 */
#ifndef EMBER_TABLE_RUN_H
#define EMBER_TABLE_RUN_H

#include "table_rule.h"
#include "table_walk.h"

/*
 * Returns until where a CFA may be that a quick rule leads to: sp is known, aligned, and all
 * from there is memory. 0: nowhere.
 */
static __always_inline unsigned long ember_table_last(const struct ember_table_walk *w)
{
	if (w->regs.least || w->regs.sp - w->ram >= w->ram_bytes || w->regs.sp & (sizeof(long) - 1))
		return 0;
	return w->ram + w->ram_bytes - 1 + sizeof(long);
}

/* Whether all from sp to a CFA beyond that is memory, too: in the same page or in the next one. */
static noinline bool ember_table_reach(struct ember_table_walk *w, unsigned long cfa)
{
	unsigned long sp = w->regs.sp, word = sizeof(long), last = 0;
	unsigned int section;

	if (w->regs.least || sp % word || cfa - sp > PAGE_SIZE || cfa > w->limit)
		return false;
	section = ember_user_begin();
	if (ember_table_is_ram(w, sp))
		last = ember_ram_last(cfa - word, word);
	ember_user_end(section);
	if (!last)
		return false;
	w->ram = sp;
	w->ram_bytes = last - sp + 1;
	return true;
}

/*
 * A frame of `pc` at `sp` by a quick rule, to *to_pc at *to_sp: two names, as a copy would be
 * an instruction. Goes to `fault` where the stack can't be read. hashed: by its pc.
 */
#define EMBER_TABLE_STEP(pc, cfa, to_pc, to_sp, hashed) \
	do { \
		to_sp = ember_walk_nospec(cfa, mask); \
		*at = pc; \
		hash = hashed; \
		at++; \
		EMBER_USER_WORD(to_pc, ember_quick_ra(cached->quick, to_sp), fault); \
		to_pc = ember_table_address(w, to_pc); \
	} while (0)

/* The same by the place's rule. Goes to `out` where that isn't a short one, or can't be gone by. */
#define EMBER_TABLE_NEXT(pc, sp, to_pc, to_sp, hashed, out) \
	do { \
		unsigned long cfa; \
\
		cached = ember_rulecache_quick(cache, pc); \
		if (unlikely(cached->behind != pc) || unlikely(cached->id != id)) { \
			ember_user_end(section); \
			cached = ember_table_entry(w->by, pc, false); \
			section = ember_user_begin(); \
			if (unlikely(cached->id != id)) \
				goto out; \
		} \
		cfa = sp + (unsigned long)cached->quick.cfa * EMBER_QUICK_CFA_UNIT; \
		if (unlikely(cfa > last)) \
			goto out; \
		EMBER_TABLE_STEP(pc, cfa, to_pc, to_sp, hashed); \
	} while (0)

/*
 * Finds the frame pointers that a run left alone: those that the frames before `at`, down to
 * its first one, of `first`, saved last. False: the stack can't be read.
 */
static noinline bool ember_table_saved(struct ember_table_walk *w, struct ember_quick first,
				       const unsigned long *at)
{
	struct ember_quick quick;
	unsigned long cfa = w->regs.sp;
	bool fp = false, r7 = !IS_ENABLED(CONFIG_ARM), ok = true;
	unsigned int section;

	while (at > w->at && !(fp && r7)) {
		/* The run had them, but they may have gone to make room for others. */
		quick = --at > w->at ? ember_table_entry(w->by, *at, false)->quick : first;
		section = ember_user_begin();
		if (!fp && quick.fp) {
			ok &= ember_table_load(ember_quick_fp(quick, cfa), &w->regs.fp);
			fp = true;
		}
#ifdef CONFIG_ARM
		if (!r7 && quick.r7) {
			ok &= ember_table_load(ember_quick_r7(quick, cfa), &w->regs.r7);
			r7 = true;
		}
#endif
		ember_user_end(section);
		cfa -= (unsigned long)quick.cfa * EMBER_QUICK_CFA_UNIT;
	}
	return ok;
}

/*
 * Walks by quick rules: the first frame by `first`, for which there's room and all up to the
 * CFA is memory, and as many further ones as there are rules of; `last` as of
 * ember_table_last(). Of each two pcs one is the hash's first word, the next its second; w->odd
 * says which.
 */
static noinline enum ember_step ember_table_run(struct ember_table_walk *w,
						const struct ember_cached_quick *first,
						unsigned long last)
{
	struct ember_rulecache *cache = w->by->cache;
	unsigned long *at = w->at, *full = w->full;
	const unsigned long key = w->walk->key;
	const unsigned long __maybe_unused mask = EMBER_WALK_MASK;
	unsigned long pc = w->regs.pc, sp, even_pc, even_sp, odd_pc, odd_sp;
	const struct ember_cached_quick *cached = first;
	enum ember_step step = EMBER_STEP_ON;
	const struct ember_quick first_quick = first->quick;
	const u32 id = first->id;
	u64 hash = w->walk->hash;
	unsigned int section;

	sp = w->regs.sp + (unsigned long)first->quick.cfa * EMBER_QUICK_CFA_UNIT;
	section = ember_user_begin();
	if (w->odd) {
		EMBER_TABLE_STEP(pc, sp, even_pc, even_sp, ember_hash_second(hash, pc, key));
	} else {
		EMBER_TABLE_STEP(pc, sp, odd_pc, odd_sp, ember_hash_first(hash, pc));
		if (unlikely(at >= full))
			goto odd;
		goto second;
	}
	for (;;) {
		if (unlikely(at > full - 2) && unlikely(!ember_walk_soon(w->walk, &full)))
			goto even;
		EMBER_TABLE_NEXT(even_pc, even_sp, odd_pc, odd_sp, ember_hash_first(hash, even_pc),
				 even);
second:
		EMBER_TABLE_NEXT(odd_pc, odd_sp, even_pc, even_sp,
				 ember_hash_second(hash, odd_pc, key), odd);
	}
fault:
	/* Which of the two it is doesn't matter any more. */
	step = EMBER_STEP_READ;
	goto over;
odd:
	w->regs.pc = odd_pc;
	w->regs.sp = odd_sp;
	goto more;
even:
	w->regs.pc = even_pc;
	w->regs.sp = even_sp;
more:
	if (likely(cached->id == (id | EMBER_RULE_ENDS)) &&
	    cached->behind == w->regs.pc && at < full) {
		step = EMBER_STEP_END;
	} else {
		ember_user_end(section);
		if (!ember_table_saved(w, first_quick, at))
			step = EMBER_STEP_READ;
		section = ember_user_begin();
	}
over:
	ember_user_end(section);
	w->odd ^= (at - w->at) & 1;
	w->at = at;
	w->full = full;
	w->regs.exact = false;
	w->regs.lr = 0;
	w->walk->hash = hash;
	return step;
}

#endif
