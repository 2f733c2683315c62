// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "log/fields.h"
#include "log/host_info.h"

void ember_feed_begin(struct ember_feed *f, uint32_t number,
		      const struct ember_feed_cursor *cursor)
{
	memset(f, 0, sizeof(*f));
	f->number = number;
	f->oldest_ns = UINT64_MAX;
	f->tally.timed = true;
	f->tally.most_moments = EMBER_TALLY_MOMENTS;
	f->stream.tally = &f->tally;
	if (cursor)
		f->cursor = *cursor;
}

/*
 * Add the clocks of a plain payload. Those of a receiver count only where the board has none.
 * Return the latest one's CLOCK_MONOTONIC; 0: there is none.
 */
static uint64_t ember_feed_clocks(struct ember_feed *f, bool note, const uint8_t *plain,
				  uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	struct ember_stream_clock clock;
	struct ember_field field;
	uint64_t latest = 0;

	while (ember_proto_field(&m, &field)) {
		if (field.number != EMBER_CHUNK_CLOCK ||
		    !ember_stream_clock_get(&clock, &field) || (note && f->clocks.set))
			continue;
		ember_relay_clocks_add(&f->clocks, &clock);
		if (clock.monotonic_ns > latest)
			latest = clock.monotonic_ns;
	}
	return latest;
}

/* Leave out the clocks, so that the samples' times stay the stream's own. */
static void ember_feed_strip(struct ember_feed *f, const uint8_t *plain, uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	const uint8_t *at = m.at;
	struct ember_field field;

	f->stripped.used = 0;
	while (ember_proto_field(&m, &field)) {
		if (field.number != EMBER_CHUNK_CLOCK)
			ember_proto_copy(&f->stripped, at, m.at - at);
		at = m.at;
	}
	/* What makes no sense stays, for the reader to refuse. */
	if (m.bad)
		ember_proto_copy(&f->stripped, at, plain + n - at);
}

/*
 * Take a number that is behind: once, if it is before the first one, or in a gap that was given
 * up. All others were read.
 */
static bool ember_feed_late(struct ember_feed *f, uint32_t sequence)
{
	bool missed = sequence < f->first;
	uint32_t i;

	for (i = 0; i < f->nr_gap && !missed; i++)
		missed = sequence >= f->gap[i].from && sequence < f->gap[i].to;
	for (i = 0; i < f->nr_late && missed; i++)
		missed = f->late[i] != sequence;
	if (!missed || f->nr_late == EMBER_FEED_LATE)
		return false;
	f->late[f->nr_late++] = sequence;
	return true;
}

/* Give a gap up. Of more than are remembered the later ones stay closed. */
static void ember_feed_gap(struct ember_feed *f, uint32_t sequence)
{
	f->missing += sequence - f->next;
	if (f->nr_gap < EMBER_FEED_GAPS) {
		f->gap[f->nr_gap].from = f->next;
		f->gap[f->nr_gap++].to = sequence;
	}
}

/* Return the place of a number among the chunks that wait. */
static uint32_t ember_feed_place(const struct ember_feed *f, uint32_t sequence)
{
	uint32_t low = 0, high = f->nr_wait;

	if (!high || f->wait[high - 1].chunk.sequence < sequence)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (f->wait[middle].chunk.sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void ember_feed_put(struct ember_feed *f, const struct ember_chunk *chunk)
{
	struct ember_feed_chunk copy = { *chunk };
	const uint8_t *plain;
	uint32_t at, n;

	if (chunk->version != EMBER_CHUNK_VERSION || (chunk->flags & EMBER_CHUNK_ACK))
		return;
	if (!(chunk->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST))) {
		plain = ember_chunk_plain(chunk, &f->room, &n);
		if (plain)
			ember_feed_clocks(f, chunk->flags & EMBER_CHUNK_NOTE, plain, n);
	}
	if (chunk->flags & EMBER_CHUNK_NOTE)
		return;
	if (f->begun && chunk->sequence < f->next && !ember_feed_late(f, chunk->sequence))
		return;
	at = ember_feed_place(f, chunk->sequence);
	if (at < f->nr_wait && f->wait[at].chunk.sequence == chunk->sequence)
		return;
	copy.chunk.payload = ember_xrealloc(NULL, chunk->n + 1, 1);
	memcpy((uint8_t *)copy.chunk.payload, chunk->payload, chunk->n);
	f->wait = ember_array_reserve(f->wait, f->nr_wait, &f->wait_size, sizeof(*f->wait));
	memmove(f->wait + at + 1, f->wait + at, (f->nr_wait++ - at) * sizeof(*f->wait));
	f->wait[at] = copy;
}

/* Note a sample's time. Return false if a profile of an earlier life of ours had the sample. */
static bool ember_feed_fresh(struct ember_feed *f, uint32_t sequence, uint64_t ns)
{
	if (ns > f->seen_ns)
		f->seen_ns = ns;
	if (!f->cursor.any || ns >= f->cursor.cut_ns)
		return true;
	if (sequence <= f->cursor.sequence)
		return false;
	f->behind++;
	return true;
}

/* Find the oldest pending sample, from the given ones on. */
static void ember_feed_reckon(struct ember_feed *f, uint32_t moments, uint32_t weighted)
{
	uint32_t i;

	if (!moments && !weighted)
		f->oldest_ns = UINT64_MAX;
	for (i = moments; i < f->tally.nr_moment; i++)
		if (f->tally.moment[i].time_ns < f->oldest_ns)
			f->oldest_ns = f->tally.moment[i].time_ns;
	for (i = weighted; i < f->tally.events.nr_moment; i++)
		if (f->tally.events.moment[i].time_ns < f->oldest_ns)
			f->oldest_ns = f->tally.events.moment[i].time_ns;
}

void ember_feed_taken(struct ember_feed *f)
{
	ember_feed_reckon(f, 0, 0);
}

/* Look through the samples that the payload brought. */
static void ember_feed_settle(struct ember_feed *f, uint32_t sequence, uint32_t moments,
			      uint32_t weighted)
{
	struct ember_event_set *e = &f->tally.events;
	struct ember_tally *t = &f->tally;
	uint32_t i, n;

	for (i = n = moments; i < t->nr_moment; i++)
		if (ember_feed_fresh(f, sequence, t->moment[i].time_ns))
			t->moment[n++] = t->moment[i];
	t->nr_moment = n;
	for (i = n = weighted; i < e->nr_moment; i++)
		if (ember_feed_fresh(f, sequence, e->moment[i].time_ns))
			e->moment[n++] = e->moment[i];
	e->nr_moment = n;
	ember_feed_reckon(f, moments, weighted);
}

static void ember_feed_payload(struct ember_feed *f, uint8_t flags, uint32_t sequence,
			       const uint8_t *plain, uint32_t n)
{
	uint32_t moments = f->tally.nr_moment, weighted = f->tally.events.nr_moment;
	uint64_t clock = ember_feed_clocks(f, false, plain, n);
	struct ember_stream *s = &f->stream;

	if (clock > f->seen_ns)
		f->seen_ns = clock;
	ember_feed_strip(f, plain, n);
	ember_stream_head(s, flags, f->stripped.bytes, f->stripped.used);
	s->board = ember_dictionary_board(&f->tally.dict, s->hello.board);
	if (!ember_host_is_same(&s->hello)) {
		s->machine = ember_mix_bytes(1, s->hello.board, strlen(s->hello.board)) | 1;
	} else {
		/* As in log/reader.c: the running kernel provides its own addresses. */
		ember_log_kernel_free(&s->kernel);
		memset(&s->kernel, 0, sizeof(s->kernel));
		f->tally.here = true;
	}
	f->wrong += !ember_stream_chunk(s, flags, f->stripped.bytes, f->stripped.used);
	f->tally.clocked = !s->hello.clock_off;
	f->tally.period_ns = s->hello.period_ns;
	ember_feed_settle(f, sequence, moments, weighted);
}

/* Read one chunk: a payload, or a part of one. */
static void ember_feed_chunk(struct ember_feed *f, const struct ember_chunk *c)
{
	struct ember_chunk whole = *c;
	const uint8_t *plain;
	uint32_t n;

	if (c->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST)) {
		if (!(c->flags & EMBER_CHUNK_REST)) {
			f->whole.used = 0;
			f->whole_flags = c->flags;
		} else if (c->sequence != f->whole_next || !f->whole_flags) {
			return;
		}
		f->whole_next = c->sequence + 1;
		if (f->whole.used + c->n > EMBER_CHUNK_MAX)
			f->whole_flags = 0;
		else
			ember_proto_copy(&f->whole, c->payload, c->n);
		if (!f->whole_flags || (c->flags & EMBER_CHUNK_MORE))
			return;
		whole.flags = f->whole_flags;
		whole.payload = f->whole.bytes;
		whole.n = f->whole.used;
		f->whole_flags = 0;
	}
	plain = ember_chunk_plain(&whole, &f->room, &n);
	if (plain)
		ember_feed_payload(f, whole.flags, c->sequence, plain, n);
	else
		f->wrong++;
}

/* Without a HELLO nothing has a time. Look for one in all that waits. */
static bool ember_feed_hello(struct ember_feed *f)
{
	const uint8_t *plain;
	uint32_t i, n;

	for (i = 0; i < f->nr_wait && !f->stream.hello.period_ns; i++) {
		plain = ember_chunk_plain(&f->wait[i].chunk, &f->room, &n);
		if (!plain)
			continue;
		ember_feed_strip(f, plain, n);
		ember_stream_head(&f->stream, f->wait[i].chunk.flags, f->stripped.bytes,
				  f->stripped.used);
	}
	return f->stream.hello.period_ns;
}

/* Samples that no clock has placed are bounded: the oldest go. */
static void ember_feed_bound(struct ember_feed *f)
{
	uint32_t n = f->tally.nr_moment / 2;

	if (f->clocks.set || f->clocks.boot_known || f->tally.nr_moment < EMBER_FEED_PENDING)
		return;
	memmove(f->tally.moment, f->tally.moment + n,
		(f->tally.nr_moment - n) * sizeof(*f->tally.moment));
	f->tally.nr_moment -= n;
	f->dropped += n;
	ember_feed_taken(f);
}

bool ember_feed_read(struct ember_feed *f, bool past_gaps, uint32_t most)
{
	uint32_t i = 0;

	if (f->nr_wait && ember_feed_hello(f)) {
		for (; i < f->nr_wait && (ember_feed_pending(f) < most ||
					  !(f->clocks.set || f->clocks.boot_known));
		     i++) {
			struct ember_chunk *c = &f->wait[i].chunk;

			if (f->begun && c->sequence > f->next && !past_gaps)
				break;
			if (!f->begun)
				f->first = f->next = c->sequence;
			if (c->sequence > f->next)
				ember_feed_gap(f, c->sequence);
			f->begun = true;
			ember_feed_chunk(f, c);
			if (c->sequence >= f->next)
				f->next = c->sequence + 1;
			if (!f->whole_flags)
				f->fed = f->next - 1;
			free((void *)c->payload);
			ember_feed_bound(f);
		}
	}
	if (i) {
		f->nr_wait -= i;
		memmove(f->wait, f->wait + i, f->nr_wait * sizeof(*f->wait));
	}
	return f->nr_wait;
}

uint32_t ember_feed_pending(const struct ember_feed *f)
{
	return f->tally.nr_moment + f->tally.events.nr_moment;
}

void ember_feed_free(struct ember_feed *f)
{
	while (f->nr_wait)
		free((void *)f->wait[--f->nr_wait].chunk.payload);
	free(f->wait);
	free(f->whole.bytes);
	free(f->room.bytes);
	free(f->stripped.bytes);
	ember_stream_free(&f->stream);
	ember_tally_free(&f->tally);
	ember_relay_clocks_free(&f->clocks);
}
