// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/payload.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/fields.h"

/*
 * Bytes that are inflated: a sender gathers up to 8 times what a chunk may have, but a few
 * hundred bytes can claim to be 128 KiB, and inflating those costs as much.
 */
#define EMBER_PAYLOAD_RATIO 64
#define EMBER_PAYLOAD_LEAST 8192

void ember_payload_read(struct ember_payload *payload, const struct ember_chunk *chunk,
			struct ember_buf *room)
{
	uint64_t most = (uint64_t)EMBER_PAYLOAD_RATIO * chunk->n + EMBER_PAYLOAD_LEAST;
	struct ember_stream_clock clock;
	struct ember_message m;
	struct ember_field f;
	const uint8_t *plain;
	uint32_t n;
	bool whole;

	memset(payload, 0, sizeof(*payload));
	/* Its parts have to be put together first; identity is never in one. */
	if (chunk->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST)) {
		payload->shown = true;
		return;
	}
	if (most > EMBER_CHUNK_MAX)
		most = EMBER_CHUNK_MAX;
	plain = ember_chunk_prefix(chunk, room, most, &n, &whole);
	payload->malformed = !plain;
	if (!plain)
		return;
	payload->found = ember_stream_header_read(plain, n, &payload->hello);
	m = ember_proto_read(plain, n);
	while (ember_proto_field(&m, &f)) {
		if (f.number == EMBER_CHUNK_SENT && f.numeric)
			payload->sent = f.value;
		payload->shown |= f.number == EMBER_CHUNK_SAMPLES ||
				  f.number == EMBER_CHUNK_WEIGHTED;
		if (f.number == EMBER_CHUNK_CLOCK && ember_stream_clock_get(&clock, &f))
			payload->clock = clock.is_set ? (struct ember_stream_clock){} : clock;
	}
	payload->malformed = whole && m.bad;
	payload->shown |= payload->sent || !whole;
}

void ember_payload_note(const struct ember_payload *payload, const struct ember_chunk *chunk,
			struct ember_buf *to)
{
	struct ember_stream_clock clock = payload->clock;
	struct ember_buf part = {}, plain = {};
	struct ember_chunk note = { .flags = EMBER_CHUNK_NOTE,
				    .stream = chunk->stream,
				    .sequence = chunk->sequence };

	clock.realtime_ns = ember_clock_ns(CLOCK_REALTIME);
	clock.is_set = true;
	ember_stream_clock_put(&plain, &part, &clock);
	note.payload = plain.bytes;
	note.n = plain.used;
	ember_chunk_put(&note, to);
	free(part.bytes);
	free(plain.bytes);
}
