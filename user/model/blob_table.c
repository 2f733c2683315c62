// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/blob_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ember_blob_table_key {
	const struct ember_blob_table *bag;
	const void *bytes;
	uint32_t n;
};

static bool ember_blob_table_same(const void *context, uint32_t item)
{
	const struct ember_blob_table_key *key = context;
	const struct ember_blob_table *b = key->bag;

	return b->at[item + 1] - b->at[item] == key->n &&
	       !memcmp(b->bytes + b->at[item], key->bytes, key->n);
}

uint32_t ember_blob_table_add(struct ember_blob_table *b, const void *bytes, uint32_t n)
{
	struct ember_blob_table_key key = { b, bytes, n };
	uint64_t hash = ember_mix_bytes(ember_index_seed, bytes, n);
	uint32_t number = ember_index_find(&b->index, hash, ember_blob_table_same, &key);

	if (number != EMBER_NO_NUMBER || b->used > UINT32_MAX / 2 - n)
		return number;
	if (b->size - b->used < n) {
		b->size += b->size / 2 + n + 4096;
		b->bytes = ember_xrealloc(b->bytes, b->size, 1);
	}
	if (b->at_size < b->nr + 2) {
		b->at_size += b->at_size / 2 + 256;
		b->at = ember_xrealloc(b->at, b->at_size, sizeof(*b->at));
	}
	memcpy(b->bytes + b->used, bytes, n);
	b->at[b->nr] = b->used;
	b->used += n;
	b->at[++b->nr] = b->used;
	ember_index_add(&b->index, hash, b->nr - 1);
	return b->nr - 1;
}

void ember_blob_table_free(struct ember_blob_table *b)
{
	free(b->bytes);
	free(b->at);
	ember_index_free(&b->index);
	memset(b, 0, sizeof(*b));
}
