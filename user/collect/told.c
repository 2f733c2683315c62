// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/fields.h"

/*
 * Bytes that are inflated: a sender gathers up to 8 times what a chunk may have, but a few
 * hundred bytes can claim to be 128 KiB, and inflating those costs as much.
 */
#define EMBER_TOLD_RATIO 64
#define EMBER_TOLD_LEAST 8192

static void ember_told_clock(struct ember_told *told, const struct ember_field *f)
{
	struct ember_message part = ember_proto_read(f->bytes, f->n);
	struct ember_field g;
	bool set = false;

	while (ember_proto_field(&part, &g)) {
		if (g.number == EMBER_CLOCK_MONOTONIC && g.numeric)
			told->monotonic_ns = g.value;
		if (g.number == EMBER_CLOCK_BOOTTIME && g.numeric)
			told->boottime_ns = g.value;
		set |= g.number == EMBER_CLOCK_IS_SET && g.numeric && g.value;
	}
	if (set)
		told->monotonic_ns = 0;
}

void ember_told_read(struct ember_told *told, const struct ember_chunk *chunk,
		     struct ember_proto *room)
{
	uint64_t most = (uint64_t)EMBER_TOLD_RATIO * chunk->n + EMBER_TOLD_LEAST;
	struct ember_message m;
	struct ember_field f;
	const uint8_t *plain;
	uint32_t n;
	bool whole;

	memset(told, 0, sizeof(*told));
	/* Its parts have to be put together first; identity is never in one. */
	if (chunk->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST)) {
		told->shown = true;
		return;
	}
	if (most > EMBER_CHUNK_MAX)
		most = EMBER_CHUNK_MAX;
	plain = ember_chunk_prefix(chunk, room, most, &n, &whole);
	told->malformed = !plain;
	if (!plain)
		return;
	told->said = ember_hello_payload(plain, n, &told->hello);
	m = ember_proto_read(plain, n);
	while (ember_proto_field(&m, &f)) {
		if (f.number == EMBER_CHUNK_SENT && f.numeric)
			told->sent = f.value;
		told->shown |= f.number == EMBER_CHUNK_SAMPLES;
		if (f.number == EMBER_CHUNK_CLOCK && !f.numeric)
			ember_told_clock(told, &f);
	}
	told->malformed = whole && m.bad;
	told->shown |= told->sent || !whole;
}

void ember_told_note(const struct ember_told *told, const struct ember_chunk *chunk,
		     struct ember_proto *to)
{
	struct ember_proto clock = {}, plain = {};
	struct ember_chunk note = { .flags = EMBER_CHUNK_NOTE,
				    .stream = chunk->stream,
				    .sequence = chunk->sequence };

	ember_proto_number(&clock, EMBER_CLOCK_MONOTONIC, told->monotonic_ns);
	ember_proto_number(&clock, EMBER_CLOCK_BOOTTIME, told->boottime_ns);
	ember_proto_number(&clock, EMBER_CLOCK_REALTIME, ember_clock_ns(CLOCK_REALTIME));
	ember_proto_number(&clock, EMBER_CLOCK_IS_SET, true);
	ember_proto_part(&plain, EMBER_CHUNK_CLOCK, &clock);
	note.payload = plain.bytes;
	note.n = plain.used;
	ember_chunk_put(&note, to);
	free(clock.bytes);
	free(plain.bytes);
}
