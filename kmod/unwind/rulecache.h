/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's rules for the places in user code that were walked last: one step of a hash
 * instead of three searches. They are copies, good for as long as neither the mappings nor
 * the tables change that they are of.
 */
#ifndef EMBER_RULECACHE_H
#define EMBER_RULECACHE_H

#include <linux/types.h>

#include "../core/uapi.h"

/* Sets of two: programs walk through some hundred places. 64 KiB, on 32 bits 24. */
#ifdef CONFIG_64BIT
#define EMBER_RULES_SHIFT	10
#else
#define EMBER_RULES_SHIFT	9
#endif

struct ember_cached_rule {
	u64 state;			/* of the mappings and tables that it's of; 0: empty */
	unsigned long pc;
	struct ember_rule rule;		/* source: EMBER_RULE_*, as in a loaded table */
};

struct ember_rulecache {
	struct ember_cached_rule set[1 << EMBER_RULES_SHIFT][2];
};

static __always_inline struct ember_cached_rule *
ember_rulecache_set(struct ember_rulecache *cache, unsigned long pc)
{
	return cache->set[(u32)pc * 0x9e3779b1U >> (32 - EMBER_RULES_SHIFT)];
}

/*
 * Part of what its entries agree with. With KCFLAGS=-DEMBER_RULES_COLD no sample finds what
 * one before it left: for the bench, on one CPU.
 */
static inline u32 ember_rulecache_turn(void)
{
#ifdef EMBER_RULES_COLD
	static u32 turn;

	return turn += 0x10000;
#else
	return 0;
#endif
}

static __always_inline bool ember_cached_is(const struct ember_cached_rule *cached,
					    unsigned long pc, u64 state)
{
	return cached->pc == pc && cached->state == state;
}

#endif
