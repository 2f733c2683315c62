// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/sample_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ember_count_key {
	const struct ember_sample_set *set;
	const struct ember_count *wanted;
};

static bool ember_count_same(const void *context, uint32_t item)
{
	const struct ember_count_key *key = context;
	const struct ember_count *a = &key->set->count[item], *b = key->wanted;

	return a->thread == b->thread && a->stack == b->stack && a->at == b->at;
}

uint32_t ember_sample_set_add(struct ember_sample_set *set, const struct ember_count *more)
{
	struct ember_count_key key = { set, more };
	uint64_t hash =
		ember_mix(ember_mix(ember_mix_first(more->thread), more->at), more->stack);
	uint32_t number = ember_index_find(&set->index, hash, ember_count_same, &key);

	if (number != EMBER_NO_NUMBER) {
		set->count[number].samples += more->samples;
		return number;
	}
	set->count = ember_array_reserve(set->count, set->nr, &set->size, sizeof(*set->count));
	set->count[set->nr] = *more;
	ember_index_add(&set->index, hash, set->nr);
	return set->nr++;
}

void ember_sample_set_free(struct ember_sample_set *set)
{
	free(set->count);
	ember_index_free(&set->index);
	memset(set, 0, sizeof(*set));
}
