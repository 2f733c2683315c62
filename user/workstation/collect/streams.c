// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/streams.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_STREAMS_MARGIN   (EMBER_STREAMS_MAX / 8) /* that go at once */
#define EMBER_STREAMS_PROOF_NS 10000000000ull /* after so long a stream is no mere flash */

struct ember_streams_key {
	const struct ember_streams *streams;
	uint32_t key, stream;
};

static bool ember_streams_same(const void *context, uint32_t item)
{
	const struct ember_streams_key *key = context;
	const struct ember_stream_in *s = key->streams->item[item];

	return s->stream == key->stream && s->key == key->key;
}

static uint64_t ember_streams_hash(uint32_t key, uint32_t stream)
{
	return ember_mix(ember_mix_first(key), stream);
}

struct ember_stream_in *ember_streams_find(const struct ember_streams *all, uint32_t key,
					   uint32_t stream)
{
	struct ember_streams_key wanted = { all, key, stream };
	uint32_t number = ember_index_find(&all->index, ember_streams_hash(key, stream),
					   ember_streams_same, &wanted);

	return number == EMBER_NO_NUMBER ? NULL : all->item[number];
}

/* What counts for a stream when room is needed: the least goes first. */
static unsigned int ember_streams_worth(const struct ember_stream_in *s)
{
	bool proved = s->heard_ns - s->since_ns >= EMBER_STREAMS_PROOF_NS;

	return s->busy ? 3 : (s->stored != NULL) + (s->stored && proved);
}

static int ember_streams_order(const void *a, const void *b)
{
	const struct ember_stream_in *const *p = a, *const *q = b, *x = *p, *y = *q;
	unsigned int i = ember_streams_worth(x), k = ember_streams_worth(y);

	if (i != k)
		return i < k ? -1 : 1;
	if (!i && x->chunks != y->chunks)
		return x->chunks < y->chunks ? -1 : 1;
	return x->heard_ns < y->heard_ns ? -1 : x->heard_ns > y->heard_ns;
}

static void ember_streams_drop(struct ember_streams *all, struct ember_stream_in *s)
{
	all->gone(all->context, s);
	free(s->waiting.bytes);
	free(s);
}

/* Makes room for some; how many went. */
static uint32_t ember_streams_room(struct ember_streams *all)
{
	uint32_t i, kept = 0;

	qsort(all->item, all->nr, sizeof(*all->item), ember_streams_order);
	ember_index_free(&all->index);
	for (i = 0; i < all->nr; i++) {
		struct ember_stream_in *s = all->item[i];

		if (i < EMBER_STREAMS_MARGIN && !s->busy) {
			ember_streams_drop(all, s);
			continue;
		}
		ember_index_add(&all->index, ember_streams_hash(s->key, s->stream), kept);
		all->item[kept++] = s;
	}
	i = all->nr - kept;
	all->nr = kept;
	return i;
}

struct ember_stream_in *ember_streams_add(struct ember_streams *all, uint32_t key,
					  uint32_t stream, uint64_t now_ns,
					  uint32_t *forgotten)
{
	struct ember_stream_in *s;

	*forgotten = all->nr < EMBER_STREAMS_MAX ? 0 : ember_streams_room(all);
	if (all->nr >= EMBER_STREAMS_MAX)
		return NULL;
	s = ember_xrealloc(NULL, 1, sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->stream = stream;
	s->key = key;
	s->since_ns = s->heard_ns = s->begun_ns = now_ns;
	all->item = ember_array_reserve(all->item, all->nr, &all->size, sizeof(*all->item));
	all->item[all->nr] = s;
	ember_index_add(&all->index, ember_streams_hash(key, stream), all->nr++);
	return s;
}

void ember_streams_free(struct ember_streams *all)
{
	while (all->nr)
		ember_streams_drop(all, all->item[--all->nr]);
	free(all->item);
	ember_index_free(&all->index);
	all->item = NULL;
}
