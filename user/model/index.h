/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers by hash: finds an item of somebody's array without holding it itself. */
#ifndef EMBER_INDEX_H
#define EMBER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMBER_NO_NUMBER	UINT32_MAX

struct ember_index {			/* begins zeroed */
	struct ember_index_slot {
		uint32_t hash;
		uint32_t item;		/* its number + 1; 0: free */
	} *slot;
	uint32_t slots;			/* a power of two, or 0 */
	uint32_t used;
};

/* Whether the item with that number is the one looked for, which context describes. */
typedef bool (*ember_same_fn)(const void *context, uint32_t item);

/* The item's number, or EMBER_NO_NUMBER. */
uint32_t ember_index_find(const struct ember_index *index, uint64_t hash, ember_same_fn same,
			  const void *context);
/* An item that isn't there yet. */
void ember_index_add(struct ember_index *index, uint64_t hash, uint32_t item);
void ember_index_free(struct ember_index *index);

static inline uint64_t ember_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/*
 * What a hash for an index begins with: a random number, the same for as long as the
 * process lives, so that nobody can choose data whose hashes collide. Never 0.
 */
extern uint64_t ember_index_seed;

/* The first word of such a hash. */
static inline uint64_t ember_mix_first(uint64_t word)
{
	return ember_mix(ember_index_seed, word);
}

uint64_t ember_mix_bytes(uint64_t hash, const void *bytes, size_t n);

#endif
