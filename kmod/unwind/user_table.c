// SPDX-License-Identifier: GPL-2.0-only
/* User frames by the tables of the files that they are in, and by frame pointer between. */
#include <linux/rcupdate.h>

#include "../compat/uaccess.h"
#include "../task/mm_scan.h"
#include "../task/mm.h"
#include "tables.h"
#include "frame.h"
#ifdef CONFIG_ARM64
#include "address_arm64.h"
#endif
#include "ram.h"
#include "step.h"
#include "unwind.h"
#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
#include "user_arm_walk.h"
#define EMBER_LIMIT32 EMBER_ARM_LIMIT
#else
#define EMBER_LIMIT32 0xffff0000UL
#endif

/* Where the walk is. Its kind is known when it's compiled, once for each width. */
struct ember_table_walk {
	struct ember_step_regs regs;
	struct ember_step_abi abi;
	unsigned long limit; /* there's no user memory from there on */
	unsigned long ram, ram_bytes; /* where all is memory, but for a word's last bytes */
	unsigned long mask; /* EMBER_WALK_MASK */
	bool arm; /* 32-bit ARM's registers and frames */
	bool thumb;
};

/* What it walks by: the same for all frames. */
struct ember_table_by {
	const struct ember_ranges *ranges;
	const struct ember_tables *tables;
	struct ember_rulecache *cache;
	u64 state; /* of ranges and tables */
	/* What is mapped where a rule was searched for last: the next one is often near. */
	unsigned long start, bytes;
	u64 shift; /* from an address to its offset in the file */
	const struct ember_table *table; /* NULL: none of that file, */
	bool mapped; /* or no file */
};

/* Those that read do so within a user access section of their caller's. */

static __always_inline bool ember_table_is_ram(struct ember_table_walk *w, unsigned long at)
{
	unsigned long last;

	if (likely(at - w->ram < w->ram_bytes))
		return true;
	last = ember_ram_last(at, w->abi.word);
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

	return at <= w->limit - w->abi.word && ember_table_is_ram(w, at) &&
	       ember_user_read(at, w->abi.word, w->limit, word);
}

/* Of an address that was checked. */
static __always_inline bool ember_table_get(void *context, unsigned long at,
					    unsigned long *word)
{
	struct ember_table_walk *w = context;

	return ember_table_is_ram(w, at) &&
	       ember_user_get(ember_user_nospec(at, w->limit), w->abi.word, word);
}

/* Of an address between two in memory. */
static __always_inline bool ember_table_take(void *context, unsigned long at,
					     unsigned long *word)
{
	struct ember_table_walk *w = context;

	return ember_user_get(ember_walk_nospec(at, w->mask), w->abi.word, word);
}

/* Whether a quick rule may be gone by: sp is known, aligned, and where all is memory. */
static __always_inline bool ember_table_quick(const struct ember_table_walk *w)
{
	return !w->regs.least && w->regs.sp - w->ram < w->ram_bytes &&
	       !(w->regs.sp % w->abi.word);
}

/* Addresses as tables and symbols have them: of code that runs. */
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

/* By the words at fp, {fp, return address} if they make sense. */
static __always_inline enum ember_step ember_table_record(struct ember_table_walk *w)
{
	unsigned long at = w->regs.fp, word = w->abi.word;

	if (!at)
		return EMBER_STEP_END;
	if (!ember_frame_sane(at, w->regs.sp, w->limit, 2 * word, word))
		return EMBER_STEP_WRONG;
	if (!ember_table_read(w, at, &w->regs.fp) ||
	    !ember_table_read(w, at + word, &w->regs.pc))
		return EMBER_STEP_READ;
	w->regs.sp = at + 2 * word;
	/* x86's records end a frame, arm64's begin one. */
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

/* What is mapped there. Not within a section, since it may be instrumented. */
static noinline void ember_table_place(struct ember_table_by *by, unsigned long pc)
{
	const struct ember_range *range = ember_ranges_find(by->ranges, pc);

	by->start = range ? range->start : pc;
	by->bytes = range ? range->end - range->start : 1;
	by->shift = range ? range->offset - range->start : 0;
	by->mapped = range;
	by->table = range ? ember_tables_find(by->tables, range->file) : NULL;
}

/* Into a set of the cache: its older one goes. */
static __always_inline void ember_table_look(const struct ember_table_by *by, unsigned long pc,
					     struct ember_cached_rule *set)
{
	if (set->state == by->state)
		set[1] = set[0];
	set->pc = pc;
	set->state = by->state;
	if (likely(by->table))
		set->rule = *ember_table_find(by->table, pc + by->shift);
	else
		set->rule = (struct ember_rule){ .cfa = by->mapped ? EMBER_CFA_ABSENT :
								     EMBER_CFA_NOWHERE };
}

static __always_inline const struct ember_rule *
ember_table_rule(struct ember_table_by *by, unsigned long pc, unsigned int *section)
{
	struct ember_cached_rule *set = ember_rulecache_set(by->cache, pc);

	if (likely(ember_cached_is(set, pc, by->state)))
		return &set->rule;
	if (ember_cached_is(set + 1, pc, by->state))
		return &set[1].rule;
	if (unlikely(pc - by->start >= by->bytes)) {
		ember_user_end(*section);
		ember_table_place(by, pc);
		*section = ember_user_begin();
	}
	ember_table_look(by, pc, set);
	return &set->rule;
}

static __always_inline u8 ember_table_walk(struct ember_walk *walk, struct ember_table_walk *w,
					   struct ember_table_by *by, struct ember_by *how)
{
	unsigned long *at = walk->frames + walk->nr, *full = walk->frames + walk->room;
	const unsigned long factor = ember_hash_factor();
	unsigned int section = ember_user_begin();
	enum ember_step step = EMBER_STEP_ON;
	const struct ember_rule *rule;
	u64 hash = walk->hash;
	struct ember_by found = {};
	bool quick = ember_table_quick(w), more;

	while (step == EMBER_STEP_ON) {
		if (unlikely(at >= full) && unlikely(!ember_walk_soon(walk, &full))) {
			ember_user_end(section);
			more = ember_walk_more(walk, &full);
			section = ember_user_begin();
			if (!more)
				break;
		}
		ember_table_code(w);
		*at++ = w->regs.pc;
		hash = ember_hash_step_by(hash, w->regs.pc, factor);
		/* Behind a call that doesn't return the next function may begin. */
		rule = ember_table_rule(by, w->regs.pc - !w->regs.exact, &section);
		if (likely(rule->source == EMBER_RULE_QUICK && quick)) {
			unsigned long cfa = w->regs.sp + rule->cfa_offset;

			if (likely(cfa - w->ram < w->ram_bytes)) {
				step = ember_step_quick(rule, &w->regs, w->abi, cfa,
							ember_table_take, w);
				found.tables = true;
				continue;
			}
		}
		if (likely(rule->source && !w->regs.least)) {
			step = ember_step_plain(rule, &w->regs, w->abi, w->limit,
						ember_table_get, w);
			found.tables = true;
			quick = ember_table_quick(w);
			continue;
		}
		step = ember_step(rule, &w->regs, w->abi, ember_table_read, w);
		if (step != EMBER_STEP_UNKNOWN) {
			found.tables = true;
			quick = ember_table_quick(w);
			continue;
		}
		found.others = true;
		step = ember_table_frame(w);
		/* What is in no file may be no code, behind the outermost frame. */
		found.absent |= rule->cfa == EMBER_CFA_ABSENT ||
				(rule->cfa == EMBER_CFA_NOWHERE && step == EMBER_STEP_ON);
		quick = ember_table_quick(w);
	}
	ember_user_end(section);
	walk->nr = at - walk->frames;
	walk->hash = hash;
	*how = found;
	return ember_table_end(walk, step);
}

#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
static __always_inline struct ember_table_walk ember_table_arm(const struct pt_regs *regs)
{
	const struct ember_arm_regs arm = ember_arm_regs(regs);

	return (struct ember_table_walk){
		.regs = { .pc = arm.pc,
			  .sp = arm.sp,
			  .fp = arm.r11,
			  .r7 = arm.r7,
			  .lr = arm.lr,
			  .exact = true },
		.abi = EMBER_STEP_ARM,
		.limit = EMBER_LIMIT32,
		.arm = true,
		.thumb = arm.thumb,
	};
}
#endif

/* Where the walk begins, of a task of the kernel's own width or (compat) of 32 bits. */
static __always_inline struct ember_table_walk ember_table_begin(const struct pt_regs *regs,
								 bool compat)
{
#if defined(CONFIG_X86)
	return (struct ember_table_walk){
		.regs = { .pc = regs->ip, .sp = regs->sp, .fp = regs->bp, .exact = true },
		.abi = compat ? EMBER_STEP_I386 : EMBER_STEP_NATIVE,
		.limit = compat ? EMBER_LIMIT32 : TASK_SIZE_MAX,
	};
#elif defined(CONFIG_ARM64)
	if (compat)
		return ember_table_arm(regs);
	return (struct ember_table_walk){
		.regs = { .pc = regs->pc,
			  .sp = regs->sp,
			  .fp = regs->regs[29],
			  .lr = regs->regs[30],
			  .exact = true },
		.abi = EMBER_STEP_NATIVE,
		.limit = TASK_SIZE_MAX,
	};
#else
	return ember_table_arm(regs);
#endif
}

/* On the process's first stack no page is asked for. */
static __always_inline void ember_table_stack(struct ember_table_walk *w,
					      const struct mm_struct *mm)
{
	unsigned long last = ember_stack_last(mm, w->regs.sp, w->abi.word);

	w->mask = EMBER_WALK_MASK;
	w->ram = w->regs.sp;
	w->ram_bytes = last ? last - w->regs.sp + 1 : 0;
}

static noinline u8 ember_tables_native(struct ember_walk *walk, const struct pt_regs *regs,
				       struct ember_table_by *by, struct ember_by *how)
{
	struct ember_table_walk w = ember_table_begin(regs, false);

	ember_table_stack(&w, walk->mm);
	return ember_table_walk(walk, &w, by, how);
}

static noinline u8 ember_tables_compat(struct ember_walk *walk, const struct pt_regs *regs,
				       struct ember_table_by *by, struct ember_by *how)
{
	struct ember_table_walk w = ember_table_begin(regs, true);

	ember_table_stack(&w, walk->mm);
	return ember_table_walk(walk, &w, by, how);
}

u8 ember_unwind_tables(struct ember_walk *walk, struct pt_regs *regs,
		       const struct ember_mm *space, const struct ember_tables *tables,
		       int cpu, struct ember_by *how)
{
	struct ember_table_by by = {
		.tables = tables,
		.cache = tables->cache[cpu],
		.state = (u64)(ember_tables_state(tables) + ember_rulecache_turn()) << 32,
	};
	u8 end;

	/* Hard interrupts are read sides; lockdep wants it said. */
	rcu_read_lock();
	by.ranges = rcu_dereference(space->ranges);
	if (!by.ranges) {
		how->absent = true;
		end = ember_unwind_user(walk, regs);
	} else {
		by.state |= by.ranges->number;
		if (IS_ENABLED(CONFIG_COMPAT) && ember_task_compat(regs))
			end = ember_tables_compat(walk, regs, &by, how);
		else
			end = ember_tables_native(walk, regs, &by, how);
	}
	rcu_read_unlock();
	return end;
}
