// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/emit.h"

#define EMBER_LOG_RATIO 8 /* a chunk gathers so many times what it may have, at most, */
#define EMBER_LOG_MOST	(40u << 10) /* and never more than this: readers bound chunks */

/* What a chunk gathers, if it's to be as long as it may be but not longer. */
static void ember_log_adapt(struct ember_log_writer *w, uint32_t packed)
{
	uint32_t room = (w->most - EMBER_CHUNK_HEADER) * w->parts;
	uint64_t gathers = packed ? (uint64_t)w->plain.used * room / packed * 7 / 8 : 0;

	/* The ratio of a short chunk does not predict that of the next. */
	if (w->plain.used < room / 2)
		return;
	if (gathers < room / 2)
		gathers = room / 2;
	if (gathers > EMBER_LOG_RATIO * room)
		gathers = EMBER_LOG_RATIO * room;
	if (gathers > EMBER_LOG_MOST)
		gathers = EMBER_LOG_MOST;
	w->gathers = (w->gathers + gathers) / 2;
}

void ember_log_put_in(struct ember_log_writer *w, uint32_t room)
{
	struct ember_chunk c = { .flags = w->flags, .stream = w->hello.stream };
	uint32_t left;

	ember_chunk_pack(w->packer, w->plain.bytes, w->plain.used, &c);
	if (w->most)
		ember_log_adapt(w, c.n);
	left = c.n;
	do {
		c.sequence = w->sequence++;
		c.n = left < room ? left : room;
		left -= c.n;
		c.flags = left ? c.flags | EMBER_CHUNK_MORE : c.flags & ~EMBER_CHUNK_MORE;
		ember_chunk_put(&c, &w->chunk);
		w->emit(w->context, w->chunk.bytes, w->chunk.used);
		w->chunk.used = 0;
		c.payload += c.n;
		c.flags |= EMBER_CHUNK_REST;
	} while (left);
	w->plain.used = 0;
}

void ember_log_put(struct ember_log_writer *w)
{
	ember_log_put_in(w, w->most ? w->most - EMBER_CHUNK_HEADER : EMBER_CHUNK_MAX);
}
