// SPDX-License-Identifier: GPL-2.0-only
/* User frames by the tables of the files that they are in, and by frame pointer between. */
#include <linux/rcupdate.h>

#include "../task/mm_state.h"
#include "table_rule.h"
#include "table_run.h"

/* Why it went no further; if it could have, there was no room or no time. */
static __always_inline u8 ember_table_end(const struct ember_walk *walk, enum ember_step step)
{
	switch (step) {
	case EMBER_STEP_ON:
		return ember_walk_cut(walk);
	case EMBER_STEP_END:
		return EMBER_END_WHOLE;
	case EMBER_STEP_READ:
		return EMBER_END_READ;
	default:
		return EMBER_END_FRAME;
	}
}

/* A frame that is the walk's next one; there's room for it. */
static __always_inline void ember_table_add(struct ember_walk *walk,
					    struct ember_table_walk *w)
{
	*w->at++ = w->regs.pc;
	walk->hash = w->odd ? ember_hash_second(walk->hash, w->regs.pc, walk->key) :
			      ember_hash_first(walk->hash, w->regs.pc);
	w->odd = !w->odd;
}

/* native: of the kernel's own width. */
static __always_inline u8 ember_table_walk(struct ember_walk *walk, struct ember_table_walk *w,
					   const struct ember_table_by *by,
					   struct ember_by *how, struct ember_step_abi abi,
					   bool native)
{
	const struct ember_cached_quick *cached;
	enum ember_step step = EMBER_STEP_ON;
	const struct ember_rule *rule;
	unsigned long behind, cfa, last;
	unsigned int section;

	w->walk = walk;
	w->by = by;
	w->at = walk->frames + walk->nr;
	w->full = walk->frames + walk->room;
	ember_table_code(w);
	while (step == EMBER_STEP_ON) {
		if (unlikely(!w->regs.pc) && !w->regs.exact) {
			step = EMBER_STEP_END;
			break;
		}
		if (unlikely(w->at >= w->full) && !ember_walk_more(walk, &w->full))
			break;
		/* Behind a call that doesn't return the next function may begin. */
		behind = w->regs.pc + w->regs.exact;
		if (native) {
			cached = ember_table_entry(by, behind, w->regs.exact);
			if (unlikely(cached->id & EMBER_RULE_ENDS)) {
				how->tables = true;
				ember_table_add(walk, w);
				step = EMBER_STEP_END;
				break;
			}
			if (likely(cached->id == by->id)) {
				how->tables = true;
				cfa = w->regs.sp +
				      (unsigned long)cached->quick.cfa * EMBER_QUICK_CFA_UNIT;
				last = ember_table_last(w);
				if (unlikely(cfa > last) && ember_table_reach(w, cfa))
					last = ember_table_last(w);
				if (likely(cfa <= last)) {
					step = ember_table_run(w, cached, last);
					if (step == EMBER_STEP_END)
						ember_table_add(walk, w);
					continue;
				}
			}
		}
		ember_table_add(walk, w);
		rule = ember_table_rule(by, behind);
		section = ember_user_begin();
		step = ember_table_by_rule(w, rule, abi, how);
		ember_user_end(section);
		ember_table_code(w);
	}
	walk->nr = w->at - walk->frames;
	return ember_table_end(walk, step);
}

#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
static __always_inline void ember_table_begin_arm(struct ember_table_walk *w,
						  const struct pt_regs *regs)
{
	const struct ember_arm_regs arm = ember_arm_regs(regs);

	w->regs.pc = arm.pc;
	w->regs.sp = arm.sp;
	w->regs.fp = arm.r11;
	w->regs.r7 = arm.r7;
	w->regs.lr = arm.lr;
	w->limit = EMBER_LIMIT32;
	w->arm = true;
	w->thumb = arm.thumb;
}
#endif

/*
 * Where the walk begins, of a task of the kernel's own width or (compat) of 32 bits. Nothing is
 * set that isn't read: to clear all of it would be as many instructions as a frame.
 */
static __always_inline void ember_table_begin(struct ember_table_walk *w,
					      const struct pt_regs *regs, bool compat)
{
	w->regs.exact = true;
	w->regs.least = false;
	w->odd = false;
	w->arm = false;
#if defined(CONFIG_X86)
	w->regs.pc = regs->ip;
	w->regs.sp = regs->sp;
	w->regs.fp = regs->bp;
	w->regs.lr = 0;
	w->limit = compat ? EMBER_LIMIT32 : EMBER_USER_END;
#elif defined(CONFIG_ARM64)
	if (compat) {
		ember_table_begin_arm(w, regs);
		return;
	}
	w->regs.pc = regs->pc;
	w->regs.sp = regs->sp;
	w->regs.fp = regs->regs[29];
	w->regs.lr = regs->regs[30];
	w->limit = EMBER_USER_END;
#elif defined(CONFIG_RISCV)
	w->regs.pc = regs->epc;
	w->regs.sp = regs->sp;
	w->regs.fp = regs->s0;
	w->regs.lr = regs->ra;
	w->limit = EMBER_USER_END;
#else
	ember_table_begin_arm(w, regs);
#endif
}

/* On the process's first stack no page is asked for. */
static __always_inline void ember_table_stack(struct ember_table_walk *w,
					      const struct mm_struct *mm, unsigned int word)
{
	unsigned long last = ember_stack_last(mm, w->regs.sp, word);

	w->word = word;
	w->mask = EMBER_WALK_MASK;
	w->ram = w->regs.sp;
	w->ram_bytes = last ? last - w->regs.sp + 1 : 0;
}

static __always_inline u8 ember_tables_native(struct ember_walk *walk,
					      const struct pt_regs *regs,
					      const struct ember_table_by *by,
					      struct ember_by *how)
{
	struct ember_table_walk w __uninitialized;

	ember_table_begin(&w, regs, false);
	ember_table_stack(&w, walk->mm, EMBER_STEP_NATIVE.word);
	return ember_table_walk(walk, &w, by, how, EMBER_STEP_NATIVE, true);
}

#ifdef CONFIG_COMPAT
#ifdef CONFIG_X86
#define EMBER_STEP_COMPAT EMBER_STEP_I386
#else
#define EMBER_STEP_COMPAT EMBER_STEP_ARM
#endif

static noinline u8 ember_tables_compat(struct ember_walk *walk, const struct pt_regs *regs,
				       const struct ember_table_by *by, struct ember_by *how)
{
	struct ember_table_walk w __uninitialized;

	ember_table_begin(&w, regs, true);
	ember_table_stack(&w, walk->mm, EMBER_STEP_COMPAT.word);
	return ember_table_walk(walk, &w, by, how, EMBER_STEP_COMPAT, false);
}
#else
static inline u8 ember_tables_compat(struct ember_walk *walk, const struct pt_regs *regs,
				     const struct ember_table_by *by, struct ember_by *how)
{
	return EMBER_END_FRAME;
}
#endif

u8 ember_unwind_tables(struct ember_walk *walk, struct pt_regs *regs,
		       const struct ember_mm *space, const struct ember_tables *tables,
		       int cpu, struct ember_by *how)
{
	struct ember_table_by by = {
		.tables = tables,
		.cache = tables->cache[cpu],
		.version = ember_tables_version(tables),
	};
	u64 state = (u64)(ember_tables_state(by.version) + ember_rulecache_turn()) << 32;
	u8 end;

	/* Hard interrupts are read sides; lockdep wants it said. */
	rcu_read_lock();
	by.ranges = rcu_dereference(space->ranges);
	if (unlikely(!by.ranges)) {
		how->absent = true;
		end = ember_unwind_user(walk, regs);
	} else {
		by.id = ember_rulecache_id(by.cache, state | by.ranges->number);
		if (unlikely(ember_task_compat(regs)))
			end = ember_tables_compat(walk, regs, &by, how);
		else
			end = ember_tables_native(walk, regs, &by, how);
	}
	rcu_read_unlock();
	return end;
}
