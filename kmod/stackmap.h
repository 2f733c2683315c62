/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stacks a CPU's ring has defined: hash of the frames -> number. A number is
 * the place in the table, so an eviction makes the next stack there a new
 * definition of the same number.
 */
#ifndef EMBER_STACKMAP_H
#define EMBER_STACKMAP_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

#define EMBER_STACKMAP_PROBES	4

struct ember_stackmap {
	u64 *hash;		/* 0: empty */
	u32 mask;		/* slots - 1 */
};

/* The place of `hash`, which isn't 0; *known tells whether it's there already. If
 * it isn't, the place is free or its holder is to be evicted.
 */
static inline u32 ember_stackmap_find(const struct ember_stackmap *map, u64 hash,
				      bool *known)
{
	u32 first = (u32)hash, i;

	for (i = 0; i < EMBER_STACKMAP_PROBES; i++) {
		u32 at = (first + i) & map->mask;

		if (map->hash[at] == hash) {
			*known = true;
			return at;
		}
		if (!map->hash[at]) {
			*known = false;
			return at;
		}
	}
	/* Full here: the newcomer's own upper bits say who goes. */
	*known = false;
	return (first + (u32)(hash >> 62)) & map->mask;
}

/* Mixes one word into a running hash; seeded, so nobody can aim at collisions. */
static inline u64 ember_hash_step64(u64 hash, u64 word)
{
	/* The product's upper bits are the good ones: they go where the next word
	 * comes in, and where the place in the table is taken from.
	 */
	return ((hash << 32 | hash >> 32) ^ word) * 0x9e3779b97f4a7c15ULL;
}

/* The same of halves: one multiplication, 32 bits by 32, of which nothing is lost. */
static inline u64 ember_hash_step32(u64 hash, u32 word)
{
	u64 product = (u64)((u32)hash ^ word) * 0x9e3779b1U;

	return product << 32 | ((u32)(product >> 32) ^ (u32)(hash >> 32));
}

static inline u64 ember_hash_step(u64 hash, unsigned long word)
{
#if __SIZEOF_LONG__ == 8
	return ember_hash_step64(hash, word);
#else
	return ember_hash_step32(hash, word);
#endif
}

static inline u64 ember_hash_words(u64 hash, const unsigned long *word, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		hash = ember_hash_step(hash, word[i]);
	return hash;
}

#endif
