// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes from a line or a socket, as it comes, and chunks with right sums or seals but
 * any content, into a collector's inbox and a sender's ear. What is framed comes out again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "workstation/collect/filing.h"
#include "link/serial_frame.h"
#include "link/incoming.h"
#include "link/sender.h"

static struct ember_faults faults;
static struct ember_sources sources = { .faults = &faults };
static struct ember_store store;
static const struct ember_names names;
static struct ember_receiver inbox;
static struct ember_sender sender;
static const struct ember_peer nobody;
static uint32_t frames;

static void got(void *context, const struct ember_packet *packet)
{
	(void)context;
	frames++;
	if (!packet->sealed)
		ember_sender_heard(&sender, &packet->chunk, 2000000000);
	ember_receiver_packet(&inbox, &nobody, packet);
}

/* Framed as it is, and read again: the same, once. */
static void round_trip(const struct ember_buf *chunk, bool shared)
{
	struct ember_serial_frames f = { .shared = shared, .got = got };
	struct ember_buf line = {};
	uint32_t before = frames;

	if (chunk->used > EMBER_SERIAL_FRAME_SHARED)
		return;
	ember_serial_frame_put(chunk->bytes, chunk->used, shared, &line);
	ember_serial_frames_take(&f, line.bytes, line.used);
	if (frames != before + 1 || f.other_bytes)
		abort();
	free(line.bytes);
	ember_serial_frames_free(&f);
}

static void begin(struct ember_keys *keys)
{
	memset(&inbox, 0, sizeof(inbox));
	store = (struct ember_store){ .lock = -1, .bound.keep = 1 << 20, .end = &store.first };
	inbox.sources = &sources;
	inbox.store = &store;
	inbox.names = &names;
	inbox.keys = keys;
	ember_receiver_load(&inbox, NULL);
}

/* What waits becomes a batch that a disk takes, or does not. */
static void flush(bool safe)
{
	struct ember_disk_batch batch = { .safe = safe };
	uint32_t i;

	ember_filing_gather(&inbox, &batch);
	for (i = 0; i < batch.nr_stream; i++)
		batch.stream[i].good = safe || i % 2;
	ember_filing_settle(&inbox, &batch);
	ember_disk_free(&batch);
}

static void end(void)
{
	flush(false);
	flush(true);
	if (inbox.held > 1 << 20)
		abort();
	ember_receiver_free(&inbox);
	ember_store_free(&store);
}

/* By a key that is known, so that what is in it is looked at. */
static void sealed(const uint8_t *data, size_t n)
{
	static struct ember_board_key board;
	static const char digits[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct ember_keys keys = { .key = &board, .nr = 1 };
	struct ember_buf bytes = {};
	struct ember_packet packet;
	struct ember_search search;
	struct ember_seal seal;

	if (!ember_key_parse(&board.key, digits) || ember_seal_begin(&seal, &board.key) ||
	    ember_seal_begin(&board.answers, &board.key))
		abort();
	strcpy(board.board, n & 1 ? "b" : "");
	ember_index_add(&keys.by_id, ember_mix_bytes(0, board.key.id, EMBER_SEAL_ID), 0);
	begin(&keys);
	ember_seal_put(&seal, data, n < 4096 ? n : 4096, &bytes);
	if (n)
		bytes.bytes[data[0] % EMBER_SEAL_HEADER] ^= data[n - 1] & 1;
	ember_search_begin(&search, bytes.bytes, bytes.used);
	while (ember_packet_next(&search, &packet))
		ember_receiver_packet(&inbox, &nobody, &packet);
	end();
	free(bytes.bytes);
	free(keys.session);
	ember_index_free(&keys.session_index);
	ember_index_free(&keys.by_id);
	free(keys.plain.bytes);
}

/* A stream of bytes in small pieces: the packets that a search of all of them finds first. */
static void streamed(const uint8_t *data, size_t n)
{
	struct ember_incoming in = {};
	struct ember_packet packet, other;
	struct ember_search search;
	size_t at, piece;

	ember_search_begin(&search, data, n);
	for (at = 0; at < n; at += piece) {
		piece = 1 + data[at] % 64;
		piece = piece < n - at ? piece : n - at;
		if (!ember_incoming_add(&in, data + at, piece))
			break;
		while (ember_incoming_next(&in, &packet))
			if (!ember_packet_next(&search, &other) || other.n != packet.n ||
			    memcmp(other.bytes, packet.bytes, packet.n))
				abort();
		if (in.held >= EMBER_PACKET_MAX || in.nonsense + in.held > in.received)
			abort();
	}
	ember_incoming_free(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_serial_frames f = { .shared = n & 1, .got = got };
	struct ember_buf chunk = {};
	size_t at = 0;

	begin(NULL);
	ember_sender_init(&sender, 8192, 1000, 1, 1000000000);
	ember_serial_frames_take(&f, data, n);
	while (n - at >= 4) {
		struct ember_chunk c = { .stream = data[at] & 3,
					 .flags = data[at] >> 2,
					 .sequence = data[at + 1] | (data[at + 3] & 7) << 8,
					 .payload = data + at + 4 };

		c.n = data[at + 2] | (data[at + 3] & 1) << 8;
		if (c.n > n - at - 4)
			c.n = n - at - 4;
		chunk.used = 0;
		ember_chunk_put(&c, &chunk);
		ember_sender_chunk(&sender, chunk.bytes, chunk.used);
		round_trip(&chunk, data[at] & 1);
		if (!(data[at + 3] & 24))
			flush(data[at + 3] & 32);
		at += 4 + c.n;
	}
	ember_serial_frames_free(&f);
	end();
	sealed(data, n);
	streamed(data, n);
	ember_sender_free(&sender);
	free(chunk.bytes);
	return 0;
}
