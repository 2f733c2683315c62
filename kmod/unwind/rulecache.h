/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's rules for the places in user code that were walked last: one step of a hash
 * instead of three searches. They are copies, good for as long as neither the mappings nor
 * the tables change that they are of.
 */
#ifndef EMBER_RULECACHE_H
#define EMBER_RULECACHE_H

#include <linux/string.h>
#include <linux/types.h>

#include "step.h"

/* Programs walk through some hundred places, nearly all by quick rules. 53 KiB, on 32 bits 16. */
#ifdef CONFIG_64BIT
#define EMBER_QUICK_SHIFT	11
#define EMBER_RULES_SHIFT	8
#define EMBER_LEAF_SHIFT	8
#else
#define EMBER_QUICK_SHIFT	9
#define EMBER_RULES_SHIFT	7
#define EMBER_LEAF_SHIFT	6
#endif
#define EMBER_QUICK_BYTES	16
#define EMBER_RULE_STATES	64

/* Of a place: the address behind it, which is where a call there returns to. */
struct ember_cached_quick {
	unsigned long behind;
	u32 id;				/* of the state that it's of; 0: empty */
	struct ember_quick quick;
} __aligned(EMBER_QUICK_BYTES);

/* In the id of an entry without a quick rule: of an outermost frame, or of another long rule. */
#define EMBER_RULE_ENDS		0x80000000U
#define EMBER_RULE_LONG		0x40000000U
#define EMBER_RULE_ID		(EMBER_RULE_LONG - 1)

struct ember_cached_rule {
	unsigned long behind;
	u32 id;
	struct ember_rule rule;		/* source: EMBER_RULE_*, as in a loaded table */
};

struct ember_rulecache {
	struct ember_cached_quick quick[1 << EMBER_QUICK_SHIFT];
	/* Where code was interrupted, which is seldom at the same place twice. */
	struct ember_cached_quick leaf[1 << EMBER_LEAF_SHIFT];
	struct ember_cached_rule set[1 << EMBER_RULES_SHIFT][2]; /* all others */
	/* What mappings and tables the entries' ids are of. */
	struct ember_rule_state {
		u64 state;
		u32 id;
	} state[EMBER_RULE_STATES];
	u32 ids;			/* that were given out */
	/* What is mapped where a rule was searched for last: the next one is often near. */
	struct ember_rule_place {
		u64 state;		/* what holds for it: ember_table_by.state */
		unsigned long start, bytes;
		u64 shift;		/* from an address to its offset from the table's first page */
		u32 nr_pieces;		/* 0: no table */
		const u32 *piece;
		const struct ember_row *row;
		const struct ember_quick *quick;
		const struct ember_rule *rule;	/* the table's, or one where there's none */
	} place;
};

/*
 * Returns the id of entries that agree with a state, which isn't 0. It's a number that no
 * entry of another state has.
 */
static inline u32 ember_rulecache_id(struct ember_rulecache *cache, u64 state)
{
	struct ember_rule_state *known = &cache->state[state % EMBER_RULE_STATES];

	if (unlikely(known->state != state)) {
		/* After weeks at 10 kHz of nothing but new ones. */
		if (unlikely(++cache->ids > EMBER_RULE_ID)) {
			memset(cache, 0, sizeof(*cache));
			cache->ids = 1;
		}
		known->state = state;
		known->id = cache->ids;
	}
	return known->id;
}

/* The first place of a quick rule; ember_quick_other() is its second one. */
static __always_inline struct ember_cached_quick *
ember_rulecache_quick(struct ember_rulecache *cache, unsigned long behind)
{
	u32 at = (u32)behind * 0x9e3779b1U;

	/* In bytes from the beginning, as that saves a shift. */
	at = at >> (32 - EMBER_QUICK_SHIFT - 4) & ((1U << EMBER_QUICK_SHIFT) - 1) << 4;
	BUILD_BUG_ON(sizeof(cache->quick[0]) != 1 << 4);
	return (void *)cache->quick + at;
}

static __always_inline struct ember_cached_quick *
ember_quick_other(struct ember_rulecache *cache, const struct ember_cached_quick *first)
{
	return &cache->quick[(first - cache->quick) ^ 1];
}

static __always_inline struct ember_cached_quick *
ember_rulecache_leaf(struct ember_rulecache *cache, unsigned long behind)
{
	return &cache->leaf[(u32)behind * 0x9e3779b1U >> (32 - EMBER_LEAF_SHIFT)];
}

static __always_inline struct ember_cached_rule *
ember_rulecache_set(struct ember_rulecache *cache, unsigned long behind)
{
	return cache->set[(u32)behind * 0x9e3779b1U >> (32 - EMBER_RULES_SHIFT)];
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

/* Of an entry of either kind. */
#define ember_cached_is(cached, place, state_id) \
	((cached)->behind == (place) && (cached)->id == (state_id))

#endif
