// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/memory.h"

static uint32_t ember_index_fold(uint64_t hash)
{
	return hash ^ hash >> 32;
}

uint32_t ember_index_find(const struct ember_index *index, uint64_t hash, ember_same_fn same,
			  const void *context)
{
	uint32_t h = ember_index_fold(hash), mask = index->slots - 1, at;

	if (!index->slots)
		return EMBER_NO_NUMBER;
	for (at = h & mask; index->slot[at].item; at = (at + 1) & mask)
		if (index->slot[at].hash == h && same(context, index->slot[at].item - 1))
			return index->slot[at].item - 1;
	return EMBER_NO_NUMBER;
}

static void ember_index_put(struct ember_index *index, struct ember_index_slot slot)
{
	uint32_t mask = index->slots - 1, at = slot.hash & mask;

	while (index->slot[at].item)
		at = (at + 1) & mask;
	index->slot[at] = slot;
}

void ember_index_add(struct ember_index *index, uint64_t hash, uint32_t item)
{
	/* Three quarters full at most: a slot is small, a long probe is cheap. */
	if (index->used >= index->slots / 4 * 3) {
		struct ember_index_slot *old = index->slot;
		uint32_t i, slots = index->slots;

		index->slots = slots ? 2 * slots : 64;
		index->slot = ember_xrealloc(NULL, index->slots, sizeof(*old));
		memset(index->slot, 0, index->slots * sizeof(*old));
		for (i = 0; i < slots; i++)
			if (old[i].item)
				ember_index_put(index, old[i]);
		free(old);
	}
	index->used++;
	ember_index_put(index, (struct ember_index_slot){ ember_index_fold(hash), item + 1 });
}

void ember_index_free(struct ember_index *index)
{
	free(index->slot);
	memset(index, 0, sizeof(*index));
}

uint64_t ember_index_seed;

/* Right after boot the kernel may have no random bytes yet: use the clock. */
__attribute__((constructor)) static void ember_index_choose(void)
{
	if (getrandom(&ember_index_seed, sizeof(ember_index_seed), GRND_NONBLOCK) !=
	    sizeof(ember_index_seed))
		ember_index_seed = ember_clock_ns(CLOCK_MONOTONIC);
	ember_index_seed |= 1;
}

uint64_t ember_mix_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t word;

	hash = ember_mix(hash, n);
	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&word, at, 8);
		hash = ember_mix(hash, word);
	}
	word = 0;
	memcpy(&word, at, n);
	return ember_mix(hash, word);
}
