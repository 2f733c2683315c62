// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/frames.h"

#include <string.h>

#include "base/memory.h"

struct ember_frame_key {
	const struct ember_frame_node *node;
	const struct ember_frame_node *wanted;
};

static bool ember_frame_same(const void *context, uint32_t item)
{
	const struct ember_frame_key *key = context;

	return !memcmp(&key->node[item], key->wanted, sizeof(*key->wanted));
}

uint32_t ember_frame_tree_add(struct ember_frame_tree *t, uint32_t caller, uint32_t extent,
			      uint64_t address)
{
	struct ember_frame_node node = { address, extent, caller };
	struct ember_frame_key key = { t->node, &node };
	uint64_t hash = ember_mix(ember_mix(ember_mix_first(address), extent), caller);
	uint32_t number = ember_index_find(&t->index, hash, ember_frame_same, &key);

	if (number != EMBER_NO_NUMBER || t->nr == EMBER_FRAME_NODES)
		return number;
	t->node = ember_array_reserve(t->node, t->nr, &t->size, sizeof(node));
	t->node[t->nr] = node;
	ember_index_add(&t->index, hash, t->nr);
	return t->nr++;
}

void ember_frame_tree_free(struct ember_frame_tree *t)
{
	free(t->node);
	ember_index_free(&t->index);
	memset(t, 0, sizeof(*t));
}
