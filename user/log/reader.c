// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The work is n log n in the chunks, which are sorted, and linear in their bytes and in what
 * those inflate to: the search has a budget (log/search.h), each payload is read twice, what
 * it defines is found by hash (model/tally.h) or by number (log/numbers.h), a stack costs its
 * own frames, modules are sorted once a stream (log/kernel.h), and each stream takes its
 * notes from where the one before ended.
 */
#include "log/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/walltime.h"
#include "log/host_info.h"
#include "log/stream.h"
#include "log/wanted.h"

#define EMBER_LOG_SOON 4096 /* bytes before the first chunk that may be something else */

struct ember_log_chunks {
	struct ember_chunk *chunk;
	uint32_t nr, size;
	struct ember_chunk *note; /* of receivers */
	uint32_t nr_note, note_size;
	uint32_t at_note; /* those of streams that were read are before it */
};

bool ember_log_is(const uint8_t *bytes, size_t n)
{
	struct ember_search search;
	struct ember_chunk chunk;

	if (n > EMBER_LOG_SOON + EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX)
		n = EMBER_LOG_SOON + EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX;
	ember_search_begin(&search, bytes, n);
	return ember_chunk_next(&search, &chunk) && search.skipped <= EMBER_LOG_SOON;
}

static void ember_log_find(const uint8_t *bytes, size_t n, struct ember_log_chunks *c,
			   struct ember_log_account *account)
{
	struct ember_search search;
	struct ember_chunk chunk;

	ember_search_begin(&search, bytes, n);
	while (ember_chunk_next(&search, &chunk)) {
		account->skipped_bytes += search.skipped;
		account->chunks++;
		if (chunk.version != EMBER_CHUNK_VERSION) {
			account->newer++;
			continue;
		}
		if (chunk.flags & EMBER_CHUNK_ACK)
			continue;
		if (chunk.flags & EMBER_CHUNK_NOTE) {
			c->note = ember_array_reserve(c->note, c->nr_note, &c->note_size,
						      sizeof(*c->note));
			c->note[c->nr_note++] = chunk;
			continue;
		}
		c->chunk = ember_array_reserve(c->chunk, c->nr, &c->size, sizeof(*c->chunk));
		c->chunk[c->nr++] = chunk;
	}
	account->skipped_bytes += search.skipped;
	account->torn_bytes += search.skipped;
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

/* The chunks of one stream, each once; how many. */
static uint32_t ember_log_once(struct ember_chunk *c, uint32_t nr,
			       struct ember_log_account *account)
{
	uint32_t i, n = 1;

	for (i = 1; i < nr; i++) {
		if (c[i].sequence == c[n - 1].sequence) {
			account->twice++;
			continue;
		}
		account->missing += c[i].sequence - c[n - 1].sequence - 1;
		c[n++] = c[i];
	}
	return n;
}

/* Payloads, whole and plain, one after the other. */
struct ember_log_payloads {
	const struct ember_chunk *chunk; /* of one stream, each once */
	uint32_t nr, at;
	struct ember_buf whole, room;
};

/* The next one; false: there's none. *plain is NULL if it makes no sense. */
static bool ember_log_payload(struct ember_log_payloads *p, uint8_t *flags,
			      const uint8_t **plain, uint32_t *n)
{
	while (p->at < p->nr) {
		struct ember_chunk c = p->chunk[p->at++];

		/* What it goes on from is missing. */
		if (c.flags & EMBER_CHUNK_REST)
			continue;
		if (c.flags & EMBER_CHUNK_MORE) {
			const struct ember_chunk *part = &p->chunk[p->at - 1];

			for (p->whole.used = 0;; part++) {
				ember_proto_copy(&p->whole, part->payload, part->n);
				if (!(part->flags & EMBER_CHUNK_MORE) || p->at == p->nr ||
				    part[1].sequence != part->sequence + 1 ||
				    !(part[1].flags & EMBER_CHUNK_REST) ||
				    p->whole.used > EMBER_CHUNK_MAX)
					break;
				p->at++;
			}
			if (part->flags & EMBER_CHUNK_MORE)
				continue;
			c.payload = p->whole.bytes;
			c.n = p->whole.used;
		}
		*flags = c.flags;
		*plain = ember_chunk_plain(&c, &p->room, n);
		return true;
	}
	p->at = 0;
	return false;
}

/* What can be known of a stream only when some of it was read: its rate and its clocks. */
static void ember_log_head(struct ember_log_payloads *p, struct ember_log_chunks *all,
			   struct ember_stream *s)
{
	uint32_t n, *i = &all->at_note;
	const uint8_t *plain;
	uint8_t flags;

	while (ember_log_payload(p, &flags, &plain, &n))
		if (plain)
			ember_stream_head(s, flags, plain, n);
	for (; *i < all->nr_note && all->note[*i].stream <= p->chunk->stream; ++*i) {
		if (all->note[*i].stream < p->chunk->stream || s->realtime_ns)
			continue;
		plain = ember_chunk_plain(&all->note[*i], &p->room, &n);
		if (plain)
			ember_stream_head(s, EMBER_CHUNK_NOTE, plain, n);
	}
	s->board = ember_dictionary_board(&s->tally->dict, s->hello.board);
	if (!ember_host_is_same(&s->hello)) {
		s->machine = ember_mix_bytes(1, s->hello.board, strlen(s->hello.board)) | 1;
		return;
	}
	/* For a log of this boot, the running kernel provides the addresses of its images. */
	ember_log_kernel_free(&s->kernel);
	memset(&s->kernel, 0, sizeof(s->kernel));
}

/* All chunks of one stream, by number. False: it isn't wanted. */
static bool ember_log_stream(struct ember_chunk *c, uint32_t nr, struct ember_log_chunks *all,
			     struct ember_stream *s, struct ember_log_account *account)
{
	struct ember_log_account own = {};
	struct ember_log_payloads p = { .chunk = c };
	const struct ember_log_filter *f = s->filter;
	const uint8_t *plain;
	uint8_t flags;
	bool wanted;
	uint32_t n;

	p.nr = ember_log_once(c, nr, &own);
	ember_log_head(&p, all, s);
	wanted = !f || !f->board || !strcmp(f->board, s->hello.board);
	/* Without a clock it's at no time. */
	if (wanted && f && !s->realtime_ns &&
	    ((f->from.given && (!f->from.relative || f->from.day)) ||
	     (f->to.given && (!f->to.relative || f->to.day)))) {
		account->unset++;
		wanted = false;
	}
	while (wanted && ember_log_payload(&p, &flags, &plain, &n))
		if (!plain || !ember_stream_chunk(s, flags, plain, n)) {
			account->wrong++;
			account->wrong_at = p.chunk[p.at - 1].payload;
		}
	account->twice += own.twice;
	account->missing += wanted ? own.missing : 0;
	account->others += !wanted;
	free(p.whole.bytes);
	free(p.room.bytes);
	return wanted;
}

/* A time of the stream's, within what is asked for. */
static uint64_t ember_log_clip(const struct ember_stream *s, uint64_t ns)
{
	const struct ember_log_filter *f = s->filter;
	uint64_t from = 0, to = UINT64_MAX;

	if (f && f->from.given)
		from = ember_stream_timestamp(s, &f->from);
	if (f && f->to.given)
		to = ember_stream_timestamp(s, &f->to);
	return ns < from ? from : ns > to ? to : ns;
}

/* What the stream says of itself, once it's read; false: it doesn't go with the others. */
static bool ember_log_settle(const struct ember_stream *s, struct ember_tally *t,
			     struct ember_walltime *wall, struct ember_log_account *account)
{
	uint64_t sent = s->sent - s->sent_before;
	uint64_t got = s->samples + s->undefined + s->unwanted;
	uint64_t underway = sent > got ? sent - got : 0;
	uint64_t since = ember_log_clip(s, s->since_ns),
		 until = ember_log_clip(s, s->until_ns);
	uint64_t real = s->realtime_ns ? s->realtime_ns + (since - s->since_ns) : 0;

	account->streams++;
	account->samples += s->samples;
	ember_throttled_join(&account->throttled, &s->throttled);
	account->undefined += s->undefined;
	account->unwanted += s->unwanted;
	account->gaps += s->gaps;
	account->underway += underway;
	account->before += s->sent_before;
	account->unfinished += !s->last;
	account->downsampled += s->downsampled;
	ember_stream_events_settle(s, &account->events);
	if (s->cpus_most - s->cpus_least >= account->cpus_most - account->cpus_least) {
		account->cpus_least = s->cpus_least;
		account->cpus_most = s->cpus_most;
	}
	t->lost += s->lost + s->left_out + s->downsampled + s->undefined + underway;
	t->skipped += s->skipped;
	if (real >= EMBER_CLOCK_SET && (!t->time_ns || real < t->time_ns))
		t->time_ns = real;
	ember_walltime_add(wall, real, until - since);
	t->here = (account->streams == 1 || t->here) && ember_host_is_same(&s->hello);
	if (t->here)
		ember_dates_join(&t->dates, &s->dates);
	if (!s->hello.period_ns)
		return true;
	if (!account->first.period_ns)
		account->first = s->hello;
	account->mixed |= strcmp(account->first.board, s->hello.board) != 0;
	/* What the clock's period would be is no rate. */
	if (s->hello.clock_off)
		return true;
	t->clocked = true;
	/* One without any sample of what is wanted is of any rate. */
	if (!t->period_ns || (s->samples && account->samples == s->samples))
		t->period_ns = s->hello.period_ns;
	return t->period_ns == s->hello.period_ns || !s->samples;
}

/* NULL, or why there's nothing to be read. */
static const char *ember_log_why(const struct ember_log_chunks *c,
				 const struct ember_log_account *account, bool good,
				 bool unlabelled)
{
	if (!good)
		return "has samples of different rates";
	if (!c->nr)
		return account->newer ? "is a log of a later version" : "is no log";
	if (account->streams && !account->samples && !account->events.samples.samples &&
	    account->unwanted + account->events.unwanted.samples)
		return unlabelled ?
			       "has no labels of processes, which --only asks for (its recorder knew none)" :
			       "has no sample of what is asked for";
	if (account->streams)
		return account->first.period_ns ? NULL :
						  "has no sampling period: HELLO is missing";
	return account->unset ?
		       "has no clock that was set: say --time +FROM,+TO, from its begin" :
		       "has nothing of that board";
}

bool ember_log_read(const uint8_t *bytes, size_t n, const struct ember_log_filter *filter,
		    struct ember_tally *t, struct ember_log_account *account, const char **why)
{
	struct ember_log_chunks c = {};
	uint64_t moments = EMBER_TALLY_MOMENTS_LEAST + EMBER_TALLY_MOMENTS_BYTE * (uint64_t)n;
	struct ember_walltime wall = {};
	uint32_t from, to;
	bool good = true;

	t->most_moments = moments < EMBER_TALLY_MOMENTS ? moments : EMBER_TALLY_MOMENTS;
	ember_log_find(bytes, n, &c, account);
	if (c.nr)
		qsort(c.chunk, c.nr, sizeof(*c.chunk), ember_log_order);
	if (c.nr_note)
		qsort(c.note, c.nr_note, sizeof(*c.note), ember_log_order);
	for (from = 0; good && from < c.nr; from = to) {
		struct ember_stream stream = { .tally = t, .filter = filter };

		for (to = from; to < c.nr && c.chunk[to].stream == c.chunk[from].stream;)
			to++;
		if (ember_log_stream(c.chunk + from, to - from, &c, &stream, account))
			good = ember_log_settle(&stream, t, &wall, account);
		ember_stream_free(&stream);
	}
	account->full = t->dict.full;
	t->duration_ns = ember_walltime_end(&wall);
	*why = ember_log_why(&c, account, good,
			     filter && ember_only_labels(&filter->only) && !t->dict.labels.nr);
	free(c.chunk);
	free(c.note);
	return !*why;
}
