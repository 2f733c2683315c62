// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/receiver.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "workstation/collect/payload.h"

#define EMBER_RECEIVER_WAITING (256u << 10) /* bytes of a stream that wait, at most, */
#define EMBER_RECEIVER_HELD    (20u << 20) /* and of all of them; */
#define EMBER_RECEIVER_NEW \
	(12u << 20) /* while they are more, streams without a log get none */
#define EMBER_RECEIVER_STEP  (1u << 20) /* samples */
#define EMBER_RECEIVER_EARLY 16 /* chunks */

/* ---- which board it is ---- */

const char *ember_receiver_board(const struct ember_receiver *in,
				 const struct ember_stream_in *s)
{
	const char *own = s->key ? in->keys->key[s->key - 1].board : "";

	return *own ? own : s->named ? s->board : "";
}

/*
 * Whether the chunk may be taken: a board is what its key says, and a stream what its first
 * HELLO said. s: NULL for a new stream. EMBER_FAULTS: it may.
 */
static enum ember_fault ember_receiver_refusal(const struct ember_receiver *in,
					       const struct ember_stream_in *s, uint32_t key,
					       const struct ember_payload *payload)
{
	if (payload->malformed)
		return EMBER_FAULT_PAYLOAD;
	if (payload->found == EMBER_HEADER_BAD)
		return EMBER_FAULT_IDENTITY;
	if (payload->found == EMBER_HEADER_NONE)
		return EMBER_FAULTS;
	if (key && !ember_keys_may(in->keys, key - 1, payload->hello.board))
		return EMBER_FAULT_STRANGER;
	if (s && s->named &&
	    (strcmp(s->board, payload->hello.board) || strcmp(s->boot, payload->hello.boot)))
		return EMBER_FAULT_IDENTITY;
	return EMBER_FAULTS;
}

/*
 * One that was booted again is another boot, too: it's a conflict when the earlier boot
 * is heard of once more. True: it is.
 */
static bool ember_receiver_conflicts(struct ember_receiver *in,
				     const struct ember_stream_in *s, bool known)
{
	uint64_t board = ember_mix_bytes(1, s->board, strlen(s->board));
	uint64_t boot = ember_mix_bytes(1, s->boot, strlen(s->boot));
	struct ember_conflict *c;

	if (!in->conflict) {
		in->conflict = ember_xrealloc(NULL, EMBER_STREAMS_MAX, sizeof(*in->conflict));
		memset(in->conflict, 0, EMBER_STREAMS_MAX * sizeof(*in->conflict));
	}
	c = &in->conflict[board % EMBER_STREAMS_MAX];
	if (c->board != board)
		*c = (struct ember_conflict){ board, boot, 0 };
	if (c->boot == boot)
		return false;
	c->boot = boot;
	/* What was still on its way then is no conflict. */
	return known && ++c->times >= 3;
}

/* ---- what comes ---- */

/* Whether n bytes more may wait. */
static bool ember_receiver_holds(const struct ember_receiver *in,
				 const struct ember_stream_in *s, uint32_t n)
{
	uint64_t most = s && s->stored ? EMBER_RECEIVER_HELD : EMBER_RECEIVER_NEW;

	return (s ? s->waiting.used : 0) + n <= EMBER_RECEIVER_WAITING && in->held + n <= most;
}

static void ember_receiver_name(struct ember_stream_in *s,
				const struct ember_stream_header *hello)
{
	if (s->named)
		return;
	strcpy(s->board, hello->board);
	strcpy(s->boot, hello->boot);
	s->named = true;
	/* What came before its board was known belongs there, too. */
	s->moved = s->stored;
}

static void ember_receiver_keep(struct ember_receiver *in, struct ember_stream_in *s,
				const struct ember_chunk *chunk,
				const struct ember_payload *payload, const void *bytes,
				uint32_t n)
{
	uint32_t before = s->waiting.used;

	if (!before)
		s->first = chunk->sequence;
	if (payload->found == EMBER_HEADER_FOUND && s->stored && !s->hello_at)
		s->hello_at = before + 1;
	ember_proto_copy(&s->waiting, bytes, n);
	/* A board without a clock gets ours. */
	if (payload->found == EMBER_HEADER_FOUND && payload->clock.monotonic_ns)
		ember_payload_note(payload, chunk, &s->waiting);
	in->held += s->waiting.used - before;
	in->taken += s->waiting.used - before;
}

static void ember_receiver_count(struct ember_receiver *in, struct ember_stream_in *s,
				 const struct ember_chunk *chunk, uint64_t sent)
{
	/* Nobody sends so many between two chunks that came. */
	if (sent <= s->sent || sent - s->sent > EMBER_RECEIVER_STEP)
		return;
	/* A collector that sees a stream late has not received what was before. */
	if (s->sent || chunk->sequence < EMBER_RECEIVER_EARLY)
		in->samples += sent - s->sent;
	s->sent = sent;
}

/* key: its number + 1; 0: it wasn't sealed. */
static void ember_receiver_chunk(struct ember_receiver *in, const struct ember_peer *peer,
				 const struct ember_chunk *chunk, const uint8_t *bytes,
				 uint32_t n, uint32_t key)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_stream_in *s;
	struct ember_payload payload;
	enum ember_fault refusal;
	uint32_t forgotten = 0;
	bool known;

	if (chunk->version != EMBER_CHUNK_VERSION) {
		ember_source_fault(in->sources, EMBER_FAULT_VERSION, 1, peer);
		return;
	}
	if (chunk->flags & (EMBER_CHUNK_ACK | EMBER_CHUNK_NOTE)) {
		ember_source_fault(in->sources, EMBER_FAULT_NOISE, n, peer);
		return;
	}
	s = ember_streams_find(&in->streams, key, chunk->stream);
	ember_payload_read(&payload, chunk, &in->room);
	refusal = ember_receiver_refusal(in, s, key, &payload);
	if (refusal == EMBER_FAULTS && !ember_receiver_holds(in, s, n))
		refusal = EMBER_FAULT_MEMORY;
	if (refusal == EMBER_FAULTS && !s)
		s = ember_streams_add(&in->streams, key, chunk->stream, now, &forgotten);
	if (refusal == EMBER_FAULTS && (forgotten || !s))
		ember_source_fault(in->sources, EMBER_FAULT_STREAMS, s ? forgotten : 1, peer);
	if (refusal != EMBER_FAULTS)
		ember_source_fault(in->sources, refusal, 1, peer);
	if (refusal != EMBER_FAULTS || !s)
		return;
	known = s->named;
	s->heard_ns = now;
	s->peer = *peer;
	s->listens = chunk->flags & EMBER_CHUNK_LISTENS;
	s->due = true;
	s->chunks++;
	s->bytes += n;
	in->chunks++;
	if (!ember_ack_window_add(&s->arrived, chunk->sequence)) {
		in->twice++;
		return;
	}
	s->shown |= payload.shown;
	if (payload.found == EMBER_HEADER_FOUND)
		ember_receiver_name(s, &payload.hello);
	if (s->named && ember_receiver_conflicts(in, s, known))
		ember_source_fault(in->sources, EMBER_FAULT_CONFLICT, 1, peer);
	ember_receiver_keep(in, s, chunk, &payload, bytes, n);
	ember_receiver_count(in, s, chunk, payload.sent);
}

void ember_receiver_packet(void *context, const struct ember_peer *peer,
			   const struct ember_packet *packet)
{
	struct ember_receiver *in = context;
	enum ember_fault fault;
	struct ember_chunk chunk;
	const uint8_t *plain;
	uint32_t n, key;

	if (!packet->sealed && !in->keys) {
		ember_receiver_chunk(in, peer, &packet->chunk, packet->bytes, packet->n, 0);
	} else if (!packet->sealed || !in->keys) {
		ember_source_fault(in->sources,
				   in->keys ? EMBER_FAULT_UNSEALED : EMBER_FAULT_SEALED, 1,
				   peer);
	} else {
		plain = ember_keys_take(in->keys, &packet->seal, &n, &key, &fault);
		if (!plain)
			ember_source_fault(in->sources, fault, 1, peer);
		else if (!ember_chunk_at(plain, n, &chunk))
			ember_source_fault(in->sources, EMBER_FAULT_PAYLOAD, 1, peer);
		else
			ember_receiver_chunk(in, peer, &chunk, plain,
					     EMBER_CHUNK_HEADER + chunk.n, key + 1);
	}
}

/* ---- what the state has ---- */

/* An ember_streams_gone. */
static void ember_receiver_gone(void *context, struct ember_stream_in *s)
{
	struct ember_receiver *in = context;
	struct ember_state_stream row = { .stream = s->stream };

	if (s->stored)
		ember_store_release(s->stored);
	in->held -= s->waiting.used;
	if (!s->safe.end)
		return;
	if (s->key)
		memcpy(row.key, in->keys->key[s->key - 1].key.id, sizeof(row.key));
	in->dropped = ember_array_reserve(in->dropped, in->nr_dropped, &in->dropped_size,
					  sizeof(*in->dropped));
	in->dropped[in->nr_dropped++] = row;
}

/* An ember_state_stream_fn. */
static void ember_receiver_loaded(void *context, const struct ember_state_stream *row)
{
	static const uint8_t none[EMBER_SEAL_ID];
	struct ember_receiver *in = context;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t real_s = ember_clock_ns(CLOCK_REALTIME) / 1000000000;
	uint64_t age = real_s > row->begun_s ? (real_s - row->begun_s) * 1000000000 : 0;
	bool sealed = memcmp(row->key, none, sizeof(none));
	uint32_t key = sealed && in->keys ? ember_keys_find(in->keys, row->key) : 0, forgotten;
	struct ember_stream_in *s;

	/* Of a key that isn't used any more. */
	if (sealed && (!in->keys || key == EMBER_NO_NUMBER))
		return;
	s = ember_streams_add(&in->streams, sealed ? key + 1 : 0, row->stream, now,
			      &forgotten);
	if (!s)
		return;
	s->arrived = s->safe = row->arrived;
	s->named = row->named;
	strcpy(s->board, row->board);
	strcpy(s->boot, row->boot);
	s->sent = row->sent;
	s->begun_ns = now > age ? now - age : 0;
	ember_proto_copy(&s->waiting, row->kept, row->kept_bytes);
	s->saved = row->kept_bytes;
	in->held += s->saved;
	s->stored = row->log ? ember_store_find(in->store, row->log) : NULL;
	if (!s->stored)
		return;
	s->shown = s->stored->held = true;
	/* What is behind was never safe, and goes with the next write. */
	if (row->log_bytes < s->stored->bytes)
		ember_store_cut(in->store, s->stored, row->log_bytes);
}

bool ember_receiver_load(struct ember_receiver *in, struct ember_state *state)
{
	in->streams.gone = ember_receiver_gone;
	in->streams.context = in;
	return !state || ember_state_streams(state, EMBER_STREAMS_MAX - EMBER_STREAMS_MAX / 8,
					     ember_receiver_loaded, in);
}

static int ember_receiver_order_hash(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

uint32_t ember_receiver_boards(const struct ember_receiver *in, uint64_t ns)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t *hash = ember_xrealloc(NULL, in->streams.nr + 1, sizeof(*hash));
	uint32_t i, nr = 0, boards = 0;

	for (i = 0; i < in->streams.nr; i++) {
		const struct ember_stream_in *s = in->streams.item[i];
		const char *board = ember_receiver_board(in, s);

		if ((s->named || *board) && s->chunks && now - s->heard_ns < ns)
			hash[nr++] = ember_mix_bytes(1, board, strlen(board));
	}
	qsort(hash, nr, sizeof(*hash), ember_receiver_order_hash);
	for (i = 0; i < nr; i++)
		boards += !i || hash[i] != hash[i - 1];
	free(hash);
	return boards;
}

void ember_receiver_free(struct ember_receiver *in)
{
	if (in->streams.gone)
		ember_streams_free(&in->streams);
	free(in->dropped);
	free(in->conflict);
	free(in->room.bytes);
	free(in->answer.bytes);
}
