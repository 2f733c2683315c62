/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a walk by tables is, what it reads, and a step of it by any rule or by frame pointer. */
#ifndef EMBER_TABLE_WALK_H
#define EMBER_TABLE_WALK_H

#include "../compat/uaccess.h"
#ifdef CONFIG_ARM64
#include "address_arm64.h"
#endif
#include "frame.h"
#include "ram.h"
#include "step.h"
#include "user.h"
#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
#include "user_arm_walk.h"
#define EMBER_LIMIT32 EMBER_ARM_LIMIT
#else
#define EMBER_LIMIT32 0xffffe000UL /* where i386's stacks begin */
#endif

struct ember_table_by;

/* Where the walk is. Its kind is known when it's compiled, once for each width. */
struct ember_table_walk {
	struct ember_walk *walk;
	const struct ember_table_by *by;
	struct ember_step_regs regs;
	unsigned int word; /* its bytes */
	unsigned long limit; /* there's no user memory from there on */
	unsigned long ram, ram_bytes; /* where all is memory, but for a word's last bytes */
	unsigned long mask; /* EMBER_WALK_MASK */
	unsigned long *at, *full; /* the next frame, and where the time is looked at */
	bool odd; /* so many frames */
	bool arm; /* 32-bit ARM's registers and frames */
	bool thumb;
};

/* Those that read do so within a user access section of their caller's. */

static __always_inline bool ember_table_is_ram(struct ember_table_walk *w, unsigned long at)
{
	unsigned long last;

	if (likely(at - w->ram < w->ram_bytes))
		return true;
	last = ember_ram_last(at, w->word);
	if (!last)
		return false;
	w->ram = at & PAGE_MASK;
	w->ram_bytes = last - w->ram + 1;
	return true;
}

static __always_inline bool ember_table_read(void *context, unsigned long at,
					     unsigned long *word)
{
	struct ember_table_walk *w = context;

	return at <= w->limit - w->word && ember_table_is_ram(w, at) &&
	       ember_user_read(at, w->word, w->limit, word);
}

/* Of an address that was checked. */
static __always_inline bool ember_table_get(void *context, unsigned long at,
					    unsigned long *word)
{
	struct ember_table_walk *w = context;

	return ember_table_is_ram(w, at) &&
	       ember_user_get(ember_user_nospec(at, w->limit), w->word, word);
}

/* Of an address between two in memory. */
static __always_inline bool ember_table_take(void *context, unsigned long at,
					     unsigned long *word)
{
	struct ember_table_walk *w = context;

	return ember_user_get(ember_walk_nospec(at, w->mask), w->word, word);
}

/* Of an address between two in memory, in a walk of the kernel's own width. */
static __always_inline bool ember_table_load(unsigned long at, unsigned long *word)
{
	return ember_user_get(ember_walk_nospec(at, EMBER_WALK_MASK), sizeof(*word), word);
}

/* Whether a quick rule may be gone by: sp is known, aligned, and where all is memory. */
static __always_inline bool ember_table_quick(const struct ember_table_walk *w)
{
	return !w->regs.least && w->regs.sp - w->ram < w->ram_bytes &&
	       !(w->regs.sp & (w->word - 1));
}

/* Makes an address of code of a pc that was read or interrupted: as tables and symbols have it. */
static __always_inline void ember_table_code(struct ember_table_walk *w)
{
	if (w->arm) {
		w->thumb = w->regs.exact ? w->thumb : w->regs.pc & 1;
		w->regs.pc &= ~1UL;
	}
#if defined(CONFIG_ARM64)
	if (!w->arm)
		w->regs.pc = ember_user_address(w->regs.pc);
#endif
}

/* The same of a return address, in a walk of the kernel's own width. */
static __always_inline unsigned long ember_table_address(struct ember_table_walk *w,
							 unsigned long pc)
{
#if defined(CONFIG_ARM)
	w->thumb = pc & 1;
	return pc & ~1UL;
#elif defined(CONFIG_ARM64)
	return ember_user_address(pc);
#else
	return pc;
#endif
}

/* A function that calls no other has its caller in lr: on riscv it makes a record without. */
static __always_inline void ember_table_leaf(struct ember_table_walk *w, unsigned long fp)
{
#ifdef CONFIG_RISCV
	if (!w->regs.exact || !ember_user_outer(w->walk->mm, fp, w->regs.pc))
		return;
	w->regs.fp = w->regs.pc;
	w->regs.pc = w->regs.lr;
#endif
}

/* By the words at fp, or below it, {fp, return address} if they make sense. */
static __always_inline enum ember_step ember_table_record(struct ember_table_walk *w)
{
	unsigned long at = w->regs.fp - EMBER_WALK_BELOW, word = w->word;

	if (!w->regs.fp)
		return EMBER_STEP_END;
	if (!ember_frame_sane(at, w->regs.sp, w->limit, 2 * word, word))
		return EMBER_STEP_WRONG;
	if (!ember_table_read(w, at, &w->regs.fp) ||
	    !ember_table_read(w, at + word, &w->regs.pc))
		return EMBER_STEP_READ;
	ember_table_leaf(w, at + 2 * word);
	w->regs.sp = at + 2 * word;
	/* x86's and riscv's records end a frame, arm64's begin one. */
	w->regs.least = IS_ENABLED(CONFIG_ARM64);
	return EMBER_STEP_ON;
}

#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
static __always_inline enum ember_step ember_table_record_arm(struct ember_table_walk *w)
{
	struct ember_arm_step step = { .fp = w->thumb ? w->regs.r7 : w->regs.fp,
				       .low = w->regs.sp,
				       .thumb = w->thumb };
	u8 end = ember_arm_caller(&step, w->regs.exact, w->regs.lr);

	switch (end) {
	case EMBER_END_NONE:
		break;
	case EMBER_END_WHOLE:
		return EMBER_STEP_END;
	case EMBER_END_READ:
		return EMBER_STEP_READ;
	default:
		return EMBER_STEP_WRONG;
	}
	w->regs.sp = step.fp + (step.gcc ? 4 : 8);
	w->regs.pc = step.pc;
	if (w->thumb)
		w->regs.r7 = step.next;
	else
		w->regs.fp = step.next;
	return EMBER_STEP_ON;
}
#else
static inline enum ember_step ember_table_record_arm(struct ember_table_walk *w)
{
	return EMBER_STEP_WRONG;
}
#endif

/* Code that no table knows. */
static __always_inline enum ember_step ember_table_frame(struct ember_table_walk *w)
{
	enum ember_step step = w->arm ? ember_table_record_arm(w) : ember_table_record(w);

	if (step != EMBER_STEP_ON)
		return step;
	w->regs.lr = 0;
	w->regs.exact = false;
	return w->regs.pc ? EMBER_STEP_ON : EMBER_STEP_END;
}

/* One step by a rule that isn't a short one, or by frame pointer where there's none. */
static __always_inline enum ember_step ember_table_by_rule(struct ember_table_walk *w,
							   const struct ember_rule *rule,
							   struct ember_step_abi abi,
							   struct ember_by *found)
{
	enum ember_step step;

	if (likely(rule->source == EMBER_RULE_QUICK && ember_table_quick(w))) {
		unsigned long cfa = w->regs.sp + rule->cfa_offset;

		if (likely(cfa - w->ram < w->ram_bytes)) {
			found->tables = true;
			return ember_step_quick(rule, &w->regs, abi, cfa, ember_table_take, w);
		}
	}
	if (likely(rule->source && !w->regs.least)) {
		found->tables = true;
		return ember_step_plain(rule, &w->regs, abi, w->limit, ember_table_get, w);
	}
	step = ember_step(rule, &w->regs, abi, ember_table_read, w);
	if (step != EMBER_STEP_UNKNOWN) {
		found->tables = true;
		return step;
	}
	found->others = true;
	step = ember_table_frame(w);
	/* What is in no file may be no code, behind the outermost frame. */
	found->absent |= rule->cfa == EMBER_CFA_ABSENT ||
			 (rule->cfa == EMBER_CFA_NOWHERE && step == EMBER_STEP_ON);
	return step;
}

#endif
