// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static struct ember_part *ember_parts_at(struct ember_parts *p, uint32_t sequence)
{
	return &p->part[sequence % EMBER_PARTS_MAX];
}

static void ember_part_drop(struct ember_parts *p, struct ember_part *part)
{
	p->bytes -= part->n;
	free(part->bytes);
	memset(part, 0, sizeof(*part));
}

/* Returns the chunk with that number, if it has the flag. */
static struct ember_part *ember_parts_find(struct ember_parts *p, uint32_t sequence,
					   uint8_t flag)
{
	struct ember_part *part = ember_parts_at(p, sequence);

	return part->flags & flag && part->sequence == sequence ? part : NULL;
}

static void ember_parts_add(struct ember_parts *p, const struct ember_chunk *c)
{
	struct ember_part *part = ember_parts_at(p, c->sequence);
	uint32_t i;

	ember_part_drop(p, part);
	/* Parts of payloads that never became complete: begin again. */
	if (p->bytes + c->n > EMBER_PARTS_BYTES)
		for (i = 0; i < EMBER_PARTS_MAX; i++)
			ember_part_drop(p, &p->part[i]);
	*part = (struct ember_part){ c->sequence, c->n, c->flags,
				     ember_xrealloc(NULL, c->n + 1, 1) };
	if (c->n)
		memcpy(part->bytes, c->payload, c->n);
	p->bytes += c->n;
}

bool ember_parts_take(struct ember_parts *p, struct ember_chunk *c)
{
	uint32_t first = c->sequence, last = c->sequence, n;
	const struct ember_part *part;

	ember_parts_add(p, c);
	while (ember_parts_find(p, first, EMBER_CHUNK_REST) &&
	       ember_parts_find(p, first - 1, EMBER_CHUNK_MORE))
		first--;
	while (ember_parts_find(p, last, EMBER_CHUNK_MORE) &&
	       ember_parts_find(p, last + 1, EMBER_CHUNK_REST))
		last++;
	if (ember_parts_find(p, first, EMBER_CHUNK_REST) ||
	    ember_parts_find(p, last, EMBER_CHUNK_MORE))
		return false;
	c->sequence = first;
	c->flags = ember_parts_at(p, first)->flags;
	for (p->whole.used = 0, n = first; n != last + 1; n++) {
		part = ember_parts_at(p, n);
		ember_proto_copy(&p->whole, part->bytes, part->n);
		ember_part_drop(p, ember_parts_at(p, n));
	}
	c->payload = p->whole.bytes;
	c->n = p->whole.used;
	return c->n <= EMBER_CHUNK_MAX;
}

void ember_parts_free(struct ember_parts *p)
{
	uint32_t i;

	for (i = 0; i < EMBER_PARTS_MAX; i++)
		free(p->part[i].bytes);
	free(p->whole.bytes);
	memset(p, 0, sizeof(*p));
}
