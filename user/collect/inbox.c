// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "log/fields.h"
#include "log/stream.h"
#include "source/file.h"

#define EMBER_INBOX_WAITING (256u << 10) /* bytes of a stream, while the disk takes none */
#define EMBER_INBOX_HELD    (64u << 20) /* the same, of all of them */
#define EMBER_INBOX_STREAMS 8192 /* at once */
#define EMBER_INBOX_BOARDS  8192
#define EMBER_INBOX_EARLY   16 /* chunks */
#define EMBER_INBOX_IDLE_NS 7200000000000ull /* of which nothing more is expected */
#define EMBER_INBOX_LIVE_NS 120000000000ull
#define EMBER_INBOX_AGE_NS  3600000000000ull /* of a log, when the next one may begin, */
#define EMBER_INBOX_SHARE   64 /* or when it's so small a part of all that is kept */

/* What the collector wants to know of a payload. */
struct ember_inbox_told {
	struct ember_hello hello; /* period_ns 0: it has none */
	uint64_t sent;
	uint64_t monotonic_ns, boottime_ns; /* of a clock that isn't set; 0: it has none */
};

static struct ember_inbox_told ember_inbox_told(struct ember_inbox *in,
						const struct ember_chunk *chunk)
{
	struct ember_inbox_told told = {};
	const uint8_t *plain;
	struct ember_message m, part;
	struct ember_field f, g;
	uint32_t n;
	bool set = false;

	/* Its parts have to be put together first, and tell nothing that is wanted here. */
	if (chunk->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST))
		return told;
	plain = ember_chunk_plain(chunk, &in->room, &n);
	m = ember_proto_read(plain, plain ? n : 0);
	while (ember_proto_field(&m, &f)) {
		if (f.number == EMBER_CHUNK_SENT && f.numeric)
			told.sent = f.value;
		if (f.number == EMBER_CHUNK_HELLO && !f.numeric)
			ember_hello_get(&told.hello, f.bytes, f.n);
		if (f.number != EMBER_CHUNK_CLOCK || f.numeric)
			continue;
		part = ember_proto_read(f.bytes, f.n);
		while (ember_proto_field(&part, &g)) {
			if (g.number == EMBER_CLOCK_MONOTONIC && g.numeric)
				told.monotonic_ns = g.value;
			if (g.number == EMBER_CLOCK_BOOTTIME && g.numeric)
				told.boottime_ns = g.value;
			set |= g.number == EMBER_CLOCK_IS_SET && g.numeric && g.value;
		}
	}
	if (set)
		told.monotonic_ns = 0;
	return told;
}

struct ember_inbox_key {
	const struct ember_inbox *inbox;
	uint32_t stream;
};

static bool ember_inbox_same(const void *context, uint32_t item)
{
	const struct ember_inbox_key *key = context;

	return key->inbox->stream[item]->stream == key->stream;
}

/* The number of a board, + 1; 0: there are too many. */
static uint32_t ember_inbox_board(struct ember_inbox *in, const char *id)
{
	uint32_t i;

	for (i = 0; i < in->nr_board; i++)
		if (!strcmp(in->board[i].id, id))
			return i + 1;
	if (in->nr_board == EMBER_INBOX_BOARDS)
		return 0;
	in->board = ember_room(in->board, in->nr_board, &in->board_size, sizeof(*in->board));
	memset(&in->board[in->nr_board], 0, sizeof(*in->board));
	strcpy(in->board[in->nr_board].id, id);
	return ++in->nr_board;
}

/* What a log on the disk has of a stream: what is torn at its end is forgotten. */
static void ember_inbox_recall(struct ember_inbox *in, struct ember_stream_in *s)
{
	char *path = ember_store_path(in->store, s->shelf);
	struct ember_shelf *shelf = &in->store->shelf[s->shelf];
	struct ember_search search;
	struct ember_chunk chunk;
	uint64_t whole = 0;
	size_t n = 0;
	uint8_t *bytes = shelf->bytes ? ember_source_slurp(path, &n) : NULL;

	/* One that can't be read now is left as it is, and the next one begun. */
	if (!bytes) {
		s->shelf = EMBER_NO_NUMBER;
		free(path);
		return;
	}
	ember_search_begin(&search, bytes, n);
	while (ember_chunk_next(&search, &chunk)) {
		struct ember_inbox_told told = ember_inbox_told(in, &chunk);

		whole = search.at;
		if (chunk.flags & EMBER_CHUNK_NOTE || chunk.stream != s->stream)
			continue;
		ember_arrived_add(&s->arrived, chunk.sequence);
		if (told.hello.period_ns) {
			s->board = ember_inbox_board(in, told.hello.board);
			strcpy(s->boot, told.hello.boot);
		}
		if (told.sent > s->sent)
			s->sent = told.sent;
	}
	if (whole < shelf->bytes) {
		ember_error("%s: the last %llu bytes are torn, and left out", path,
			    (unsigned long long)(shelf->bytes - whole));
		in->store->bytes -= shelf->bytes - whole;
		shelf->bytes = whole;
	}
	free(bytes);
	free(path);
}

/* What hasn't been heard of for hours makes room; it's recalled if it comes back. */
static bool ember_inbox_room(struct ember_inbox *in, uint64_t now)
{
	uint32_t i, kept = 0;

	if (in->nr < EMBER_INBOX_STREAMS)
		return true;
	ember_index_free(&in->index);
	for (i = 0; i < in->nr; i++) {
		struct ember_stream_in *s = in->stream[i];

		if (now - s->heard_ns > EMBER_INBOX_IDLE_NS && !s->waiting.used) {
			free(s->waiting.bytes);
			free(s);
			continue;
		}
		ember_index_add(&in->index, ember_mix(0, s->stream), kept);
		in->stream[kept++] = s;
	}
	in->nr = kept;
	return kept < EMBER_INBOX_STREAMS;
}

static struct ember_stream_in *ember_inbox_stream(struct ember_inbox *in, uint32_t stream,
						  uint64_t now)
{
	struct ember_inbox_key key = { in, stream };
	uint64_t hash = ember_mix(0, stream);
	uint32_t number = ember_index_find(&in->index, hash, ember_inbox_same, &key);
	struct ember_stream_in *s;

	if (number != EMBER_NO_NUMBER)
		return in->stream[number];
	if (!ember_inbox_room(in, now))
		return NULL;
	s = ember_grow(NULL, 1, sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->stream = stream;
	s->heard_ns = s->begun_ns = now;
	s->shelf = ember_store_find(in->store, stream);
	if (s->shelf != EMBER_NO_NUMBER)
		ember_inbox_recall(in, s);
	in->stream = ember_room(in->stream, in->nr, &in->size, sizeof(*in->stream));
	in->stream[in->nr] = s;
	ember_index_add(&in->index, hash, in->nr++);
	return s;
}

/*
 * One that was booted again is another boot, too: it's a conflict when the earlier boot
 * is heard of once more.
 */
static void ember_inbox_hear(struct ember_inbox *in, struct ember_stream_in *s, bool known)
{
	struct ember_board *b;

	if (!s->board)
		return;
	b = &in->board[s->board - 1];
	b->heard_ns = s->heard_ns;
	if (!strcmp(b->boot, s->boot))
		return;
	if (known && *b->boot) {
		in->conflicts++;
		/* What was still on its way then is no conflict. */
		if (++b->conflicts == 3)
			ember_error(
				"board %s: two that run at once call themselves so; --board gives them names of their own",
				b->id);
	}
	strcpy(b->boot, s->boot);
}

static void ember_inbox_folder(const struct ember_inbox *in, const struct ember_stream_in *s,
			       char folder[EMBER_BOARD_MAX])
{
	strcpy(folder, EMBER_STORE_UNKNOWN);
	if (s->board)
		ember_names_folder(in->names, in->board[s->board - 1].id, folder);
}

/* Whose stream it is; what came before it was told gets to its folder. */
static void ember_inbox_name(struct ember_inbox *in, struct ember_stream_in *s,
			     const struct ember_hello *hello)
{
	bool first = !s->board;
	char folder[EMBER_BOARD_MAX];

	s->board = ember_inbox_board(in, hello->board);
	strcpy(s->boot, hello->boot);
	if (!first || s->shelf == EMBER_NO_NUMBER)
		return;
	ember_inbox_folder(in, s, folder);
	ember_store_move(in->store, s->shelf, folder);
}

/* The log that the chunk goes into: a new one begins where all is told anew. */
static void ember_inbox_place(struct ember_inbox *in, struct ember_stream_in *s,
			      const struct ember_chunk *chunk, bool anew)
{
	const struct ember_shelf *shelf =
		s->shelf == EMBER_NO_NUMBER ? NULL : &in->store->shelf[s->shelf];
	char folder[EMBER_BOARD_MAX];

	if (shelf && !shelf->gone) {
		if (!anew || (s->heard_ns - s->begun_ns < EMBER_INBOX_AGE_NS &&
			      shelf->bytes < in->store->keep / EMBER_INBOX_SHARE))
			return;
		if (in->filed)
			in->filed(in->filed_context, s->shelf);
	}
	ember_inbox_folder(in, s, folder);
	s->shelf = ember_store_new(in->store, folder, s->stream, chunk->sequence,
				   ember_clock_ns(CLOCK_REALTIME) / 1000000000);
	s->begun_ns = s->heard_ns;
}

static void ember_inbox_keep(struct ember_inbox *in, struct ember_stream_in *s,
			     const void *bytes, uint32_t n)
{
	ember_proto_copy(&s->waiting, bytes, n);
	in->held += n;
}

/* A board without a clock gets ours. */
static void ember_inbox_note(struct ember_inbox *in, struct ember_stream_in *s,
			     const struct ember_chunk *chunk,
			     const struct ember_inbox_told *told)
{
	struct ember_proto clock = {}, plain = {}, note = {};
	struct ember_chunk c = { .flags = EMBER_CHUNK_NOTE,
				 .stream = chunk->stream,
				 .sequence = chunk->sequence };

	ember_proto_number(&clock, EMBER_CLOCK_MONOTONIC, told->monotonic_ns);
	ember_proto_number(&clock, EMBER_CLOCK_BOOTTIME, told->boottime_ns);
	ember_proto_number(&clock, EMBER_CLOCK_REALTIME, ember_clock_ns(CLOCK_REALTIME));
	ember_proto_number(&clock, EMBER_CLOCK_IS_SET, true);
	ember_proto_part(&plain, EMBER_CHUNK_CLOCK, &clock);
	c.payload = plain.bytes;
	c.n = plain.used;
	ember_chunk_put(&c, &note);
	ember_inbox_keep(in, s, note.bytes, note.used);
	free(clock.bytes);
	free(plain.bytes);
	free(note.bytes);
}

static bool ember_inbox_write(struct ember_inbox *in, struct ember_stream_in *s)
{
	if (!s->waiting.used)
		return true;
	if (!ember_store_write(in->store, s->shelf, s->waiting.bytes, s->waiting.used))
		return false;
	in->held -= s->waiting.used;
	s->waiting.used = 0;
	return true;
}

/* Whether n bytes more may wait, once what can be written is. */
static bool ember_inbox_holds(struct ember_inbox *in, struct ember_stream_in *s, uint32_t n)
{
	if (s->waiting.used + n > EMBER_INBOX_WAITING || in->held + n > EMBER_INBOX_HELD)
		ember_inbox_write(in, s);
	return s->waiting.used + n <= EMBER_INBOX_WAITING && in->held + n <= EMBER_INBOX_HELD;
}

/*
 * A stream is its first key's, and a board that has a key of its own is that key's. 0: it
 * wasn't sealed, where there are no keys.
 */
static bool ember_inbox_may(struct ember_inbox *in, struct ember_stream_in *s, uint32_t key,
			    const struct ember_hello *hello)
{
	const char *board = key ? in->keys->key[key - 1].board : "";
	const char *told = hello->period_ns ? hello->board :
			   s->board	    ? in->board[s->board - 1].id :
					      board;

	if ((s->key && s->key != key) || (*board && strcmp(board, told))) {
		in->strangers++;
		return false;
	}
	s->key = key;
	return true;
}

/* key: its number + 1; 0: it wasn't sealed. */
static void ember_inbox_chunk(struct ember_inbox *in, const struct ember_peer *peer,
			      const struct ember_chunk *chunk, const uint8_t *bytes,
			      uint32_t n, uint32_t key)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_inbox_told told;
	struct ember_stream_in *s;
	bool known;

	if (chunk->version != EMBER_CHUNK_VERSION) {
		if (!in->newer++)
			ember_error("chunks of a later version come, and are left out");
		return;
	}
	if (chunk->flags & (EMBER_CHUNK_ACK | EMBER_CHUNK_NOTE))
		return;
	s = ember_inbox_stream(in, chunk->stream, now);
	if (!s || !ember_inbox_holds(in, s, n)) {
		in->refused++;
		return;
	}
	told = ember_inbox_told(in, chunk);
	if (!ember_inbox_may(in, s, key, &told.hello))
		return;
	known = s->board;
	s->heard_ns = now;
	s->peer = *peer;
	s->listens = chunk->flags & EMBER_CHUNK_LISTENS;
	s->due = true;
	in->chunks++;
	if (!ember_arrived_add(&s->arrived, chunk->sequence)) {
		in->twice++;
		return;
	}
	if (told.hello.period_ns) {
		/* What waits belongs to the log before. */
		ember_inbox_write(in, s);
		ember_inbox_name(in, s, &told.hello);
	}
	if (!s->waiting.used)
		ember_inbox_place(in, s, chunk, told.hello.period_ns);
	ember_inbox_hear(in, s, known);
	ember_inbox_keep(in, s, bytes, n);
	if (told.hello.period_ns && told.monotonic_ns)
		ember_inbox_note(in, s, chunk, &told);
	if (told.sent > s->sent) {
		/* Whoever comes to a stream late hasn't seen what was before. */
		if (s->sent || chunk->sequence < EMBER_INBOX_EARLY)
			in->samples += told.sent - s->sent;
		s->sent = told.sent;
	}
}

void ember_inbox_packet(void *context, const struct ember_peer *peer,
			const struct ember_packet *packet)
{
	struct ember_inbox *in = context;
	struct ember_chunk chunk;
	const uint8_t *plain;
	uint32_t n, key;

	if (!packet->sealed && !in->keys) {
		ember_inbox_chunk(in, peer, &packet->chunk, packet->bytes, packet->n, 0);
	} else if (!packet->sealed) {
		if (!in->keys->clear++)
			ember_error(
				"chunks come that aren't sealed by a key, and are refused");
	} else if (!in->keys) {
		if (!in->sealed++)
			ember_error("sealed chunks come: --keys says by which keys");
	} else {
		plain = ember_keys_take(in->keys, &packet->seal, &n, &key);
		if (plain && ember_chunk_at(plain, n, &chunk))
			ember_inbox_chunk(in, peer, &chunk, plain,
					  EMBER_CHUNK_HEADER + chunk.n, key + 1);
	}
}

/* As the board can read it. */
static void ember_inbox_answer(struct ember_inbox *in, const struct ember_stream_in *s)
{
	struct ember_proto *answer = &in->answer;

	in->room.used = answer->used = 0;
	ember_arrived_put(&s->arrived, s->stream, answer);
	if (s->key) {
		ember_seal_put(&in->keys->key[s->key - 1].answers, answer->bytes, answer->used,
			       &in->room);
		answer = &in->room;
	}
	ember_sources_answer(in->sources, &s->peer, answer->bytes, answer->used);
}

bool ember_inbox_flush(struct ember_inbox *in)
{
	bool all = true;
	uint32_t i;

	for (i = 0; i < in->nr; i++)
		all &= ember_inbox_write(in, in->stream[i]);
	/* What is acknowledged can't come once more. */
	if (in->keys && !ember_keys_flush(in->keys))
		return false;
	for (i = 0; i < in->nr; i++) {
		struct ember_stream_in *s = in->stream[i];

		if (s->waiting.used || !s->due || !s->listens)
			continue;
		ember_inbox_answer(in, s);
		s->due = false;
	}
	return all;
}

uint32_t ember_inbox_boards(const struct ember_inbox *in)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i, n = 0;

	for (i = 0; i < in->nr_board; i++)
		n += in->board[i].heard_ns &&
		     now - in->board[i].heard_ns < EMBER_INBOX_LIVE_NS;
	return n;
}

void ember_inbox_free(struct ember_inbox *in)
{
	uint32_t i;

	for (i = 0; i < in->nr; i++) {
		free(in->stream[i]->waiting.bytes);
		free(in->stream[i]);
	}
	free(in->stream);
	free(in->board);
	free(in->room.bytes);
	free(in->answer.bytes);
	ember_index_free(&in->index);
}
