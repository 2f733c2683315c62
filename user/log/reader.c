// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "log/stream.h"

#define EMBER_LOG_SOON 4096 /* bytes before the first chunk that may be something else */

/* Where a chunk is. */
struct ember_log_place {
	uint32_t stream, sequence;
	size_t at;
};

struct ember_log_places {
	struct ember_log_place *place;
	uint32_t nr, size;
};

bool ember_log_is(const uint8_t *bytes, size_t n)
{
	struct ember_chunk chunk;
	uint64_t skipped;
	size_t at = 0;

	return ember_chunk_next(bytes, n, &at, &chunk, &skipped) && skipped <= EMBER_LOG_SOON;
}

static void ember_log_find(const uint8_t *bytes, size_t n, struct ember_log_places *p,
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
		p->place = ember_room(p->place, p->nr, &p->size, sizeof(*p->place));
		p->place[p->nr++] =
			(struct ember_log_place){ chunk.stream, chunk.sequence,
						  at - chunk.n - EMBER_CHUNK_HEADER };
	}
	account->skipped_bytes += skipped;
	account->torn_bytes += skipped;
}

static int ember_log_order(const void *a, const void *b)
{
	const struct ember_log_place *x = a, *y = b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* What is in a chunk, in `room` or in bytes; NULL: nothing that can be read. */
static const uint8_t *ember_log_plain(const uint8_t *bytes, size_t n,
				      const struct ember_log_place *place,
				      struct ember_proto *room, uint32_t *plain)
{
	struct ember_chunk chunk;
	size_t at = place->at;
	uint64_t skipped;

	return ember_chunk_next(bytes, n, &at, &chunk, &skipped) ?
		       ember_chunk_plain(&chunk, room, plain) :
		       NULL;
}

/* All chunks of one stream, by number. */
static void ember_log_stream(const uint8_t *bytes, size_t n, const struct ember_log_place *p,
			     uint32_t nr, struct ember_stream *s,
			     struct ember_log_account *account)
{
	struct ember_proto room = {};
	const uint8_t *at;
	uint32_t i, plain;

	/* Times and periods aren't known before its HELLO, which may be missing at first. */
	for (i = 0; i < nr && !s->hello.period_ns; i++) {
		at = ember_log_plain(bytes, n, &p[i], &room, &plain);
		if (at)
			ember_stream_hello(s, at, plain);
	}
	for (i = 0; i < nr; i++) {
		if (i && p[i].sequence == p[i - 1].sequence) {
			account->twice++;
			continue;
		}
		if (i)
			account->missing += p[i].sequence - p[i - 1].sequence - 1;
		at = ember_log_plain(bytes, n, &p[i], &room, &plain);
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
	struct ember_log_places p = {};
	uint32_t from, to;
	bool good = true;

	ember_log_find(bytes, n, &p, account);
	if (p.nr)
		qsort(p.place, p.nr, sizeof(*p.place), ember_log_order);
	for (from = 0; good && from < p.nr; from = to) {
		struct ember_stream stream = { .tally = t };

		for (to = from; to < p.nr && p.place[to].stream == p.place[from].stream;)
			to++;
		ember_log_stream(bytes, n, p.place + from, to - from, &stream, account);
		good = ember_log_settle(&stream, t, account);
		ember_stream_free(&stream);
	}
	free(p.place);
	if (!good)
		*why = "has samples of different rates";
	else if (!p.nr)
		*why = account->newer ? "is a log of a later version" : "is no log";
	else if (!t->period_ns)
		*why = "lacks what tells of its samples' rate (HELLO)";
	return good && p.nr && t->period_ns;
}
