// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "log/stream.h"

#define EMBER_LOG_SOON 4096 /* bytes before the first chunk that may be something else */

struct ember_log_chunks {
	struct ember_chunk *chunk;
	uint32_t nr, size;
};

bool ember_log_is(const uint8_t *bytes, size_t n)
{
	struct ember_chunk chunk;
	uint64_t skipped;
	size_t at = 0;

	return ember_chunk_next(bytes, n, &at, &chunk, &skipped) && skipped <= EMBER_LOG_SOON;
}

static void ember_log_find(const uint8_t *bytes, size_t n, struct ember_log_chunks *c,
			   struct ember_log_account *account)
{
	struct ember_chunk chunk;
	uint64_t skipped;
	size_t at = 0;

	while (ember_chunk_next(bytes, n, &at, &chunk, &skipped)) {
		account->skipped_bytes += skipped;
		account->chunks++;
		if (chunk.version != EMBER_CHUNK_VERSION) {
			account->newer++;
			continue;
		}
		c->chunk = ember_room(c->chunk, c->nr, &c->size, sizeof(*c->chunk));
		c->chunk[c->nr++] = chunk;
	}
	account->skipped_bytes += skipped;
	account->torn_bytes += skipped;
}

/* Of two that are alike the first one comes first. */
static int ember_log_order(const void *a, const void *b)
{
	const struct ember_chunk *x = a, *y = b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return x->payload < y->payload ? -1 : x->payload > y->payload;
}

/* All chunks of one stream, by number. */
static void ember_log_stream(const struct ember_chunk *c, uint32_t nr, struct ember_stream *s,
			     struct ember_log_account *account)
{
	struct ember_proto room = {};
	const uint8_t *at;
	uint32_t i, plain;

	/* Times and periods aren't known before its HELLO, which may be missing at first. */
	for (i = 0; i < nr && !s->hello.period_ns; i++) {
		at = ember_chunk_plain(&c[i], &room, &plain);
		if (at)
			ember_stream_hello(s, at, plain);
	}
	for (i = 0; i < nr; i++) {
		if (i && c[i].sequence == c[i - 1].sequence) {
			account->twice++;
			continue;
		}
		if (i)
			account->missing += c[i].sequence - c[i - 1].sequence - 1;
		at = ember_chunk_plain(&c[i], &room, &plain);
		if (!at || !ember_stream_chunk(s, at, plain))
			account->wrong++;
	}
	free(room.bytes);
}

/* What the stream says of itself, once it's read; false: it doesn't go with the others. */
static bool ember_log_settle(const struct ember_stream *s, struct ember_tally *t,
			     struct ember_log_account *account)
{
	uint64_t sent = s->sent - s->sent_before, got = s->samples + s->undefined;
	uint64_t underway = sent > got ? sent - got : 0;

	account->streams++;
	account->samples += s->samples;
	account->undefined += s->undefined;
	account->underway += underway;
	account->before += s->sent_before;
	account->unfinished += !s->last;
	t->lost += s->lost + s->left_out + s->undefined + underway;
	t->skipped += s->skipped;
	if (s->realtime_ns >= EMBER_CLOCK_SET && (!t->time_ns || s->realtime_ns < t->time_ns))
		t->time_ns = s->realtime_ns;
	t->duration_ns += s->until_ns - s->since_ns;
	t->here = (account->streams == 1 || t->here) && ember_hello_is_here(&s->hello);
	if (!s->hello.period_ns)
		return true;
	if (!t->period_ns)
		t->period_ns = s->hello.period_ns;
	return t->period_ns == s->hello.period_ns;
}

bool ember_log_read(const uint8_t *bytes, size_t n, struct ember_tally *t,
		    struct ember_log_account *account, const char **why)
{
	struct ember_log_chunks c = {};
	uint32_t from, to;
	bool good = true;

	ember_log_find(bytes, n, &c, account);
	if (c.nr)
		qsort(c.chunk, c.nr, sizeof(*c.chunk), ember_log_order);
	for (from = 0; good && from < c.nr; from = to) {
		struct ember_stream stream = { .tally = t };

		for (to = from; to < c.nr && c.chunk[to].stream == c.chunk[from].stream;)
			to++;
		ember_log_stream(c.chunk + from, to - from, &stream, account);
		good = ember_log_settle(&stream, t, account);
		ember_stream_free(&stream);
	}
	free(c.chunk);
	if (!good)
		*why = "has samples of different rates";
	else if (!c.nr)
		*why = account->newer ? "is a log of a later version" : "is no log";
	else if (!t->period_ns)
		*why = "lacks what tells of its samples' rate (HELLO)";
	return good && c.nr && t->period_ns;
}
