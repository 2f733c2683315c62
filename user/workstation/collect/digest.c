// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "log/columns.h"
#include "log/fields.h"
#include "log/threads.h"

#define EMBER_DIGEST_OTHERS EMBER_DIGEST_THREADS /* an index of none of them */

/* Returns whether the chunk came before; one that is too late to know counts as that. */
static bool ember_digest_twice(struct ember_digest *d, uint32_t sequence)
{
	uint32_t word = sequence / 64 + 1;
	struct ember_digest_seen *s = &d->seen[word % (EMBER_DIGEST_WINDOW / 64)];
	uint64_t bit = 1ull << sequence % 64;
	bool twice;

	if (word < s->word)
		return true;
	if (word > s->word)
		*s = (struct ember_digest_seen){ .word = word };
	twice = s->bits & bit;
	s->bits |= bit;
	return twice;
}

struct ember_digest_key {
	const struct ember_digest *digest;
	const struct ember_thread *thread;
};

static bool ember_digest_same(const void *context, uint32_t item)
{
	const struct ember_digest_key *key = context;
	const struct ember_digest_thread *t = &key->digest->thread[item];

	return t->tgid == key->thread->tgid && t->tid == key->thread->tid &&
	       !strcmp(t->comm, key->thread->comm);
}

/* Returns the thread's index, new or as it was. */
static uint32_t ember_digest_thread(struct ember_digest *d, const struct ember_thread *t)
{
	struct ember_digest_key key = { d, t };
	uint64_t hash = ember_mix_bytes(ember_mix(ember_mix_first(t->tgid), t->tid), t->comm,
					sizeof(t->comm));
	uint32_t item = ember_index_find(&d->thread_index, hash, ember_digest_same, &key);

	if (item != EMBER_NO_NUMBER)
		return item;
	if (d->nr_thread == EMBER_DIGEST_THREADS) {
		d->more = true;
		return EMBER_DIGEST_OTHERS;
	}
	d->thread = ember_array_reserve(d->thread, d->nr_thread, &d->thread_size,
					sizeof(*d->thread));
	d->thread[d->nr_thread] =
		(struct ember_digest_thread){ .tgid = t->tgid, .tid = t->tid };
	memcpy(d->thread[d->nr_thread].comm, t->comm, sizeof(t->comm));
	ember_index_add(&d->thread_index, hash, d->nr_thread);
	return d->nr_thread++;
}

/* Returns the entry of a stream's number; NULL: a much later one has its place. */
static struct ember_digest_number *ember_digest_number(struct ember_digest *d, uint32_t number)
{
	struct ember_digest_number *n;

	if (!d->number) {
		d->number = calloc(EMBER_DIGEST_NUMBERS, sizeof(*d->number));
		if (!d->number)
			ember_memory_end();
	}
	n = &d->number[number % EMBER_DIGEST_NUMBERS];
	if (n->number > number + 1ull)
		return NULL;
	if (n->number <= number) {
		d->undefined += n->samples;
		*n = (struct ember_digest_number){ .number = number + 1ull,
						   .thread = EMBER_NO_NUMBER };
	}
	return n;
}

static void ember_digest_count(struct ember_digest *d, uint32_t thread, uint32_t samples)
{
	if (thread == EMBER_DIGEST_OTHERS)
		d->others += samples;
	else
		d->thread[thread].samples += samples;
}

static void ember_digest_threads(struct ember_digest *d, const struct ember_field *f)
{
	struct ember_digest_number *n;
	struct ember_threads threads;
	struct ember_thread t;

	if (!ember_threads_begin(&threads, f))
		return;
	while (ember_threads_next(&threads, &t)) {
		if (threads.number > UINT32_MAX)
			continue;
		n = ember_digest_number(d, threads.number);
		d->more |= !n;
		/* The first definition of a number holds. */
		if (!n || n->thread != EMBER_NO_NUMBER)
			continue;
		n->thread = ember_digest_thread(d, &t);
		ember_digest_count(d, n->thread, n->samples);
		n->samples = 0;
	}
}

static void ember_digest_sample(struct ember_digest *d, uint64_t thread)
{
	struct ember_digest_number *n;

	if (thread > UINT32_MAX) {
		d->undefined++;
		return;
	}
	n = ember_digest_number(d, thread);
	if (n && n->thread == EMBER_NO_NUMBER) {
		n->samples++;
	} else {
		d->more |= !n;
		ember_digest_count(d, n ? n->thread : EMBER_DIGEST_OTHERS, 1);
	}
}

/* Returns how many samples there are. */
static uint64_t ember_digest_samples(struct ember_digest *d, const struct ember_field *f)
{
	uint64_t thread = 0, other = 0, got = 0;
	struct ember_columns c;

	if (!ember_columns_take(&c, f))
		return 0;
	while (ember_columns_next(&c.column[EMBER_SAMPLES_TIME], &other) &&
	       ember_columns_next(&c.column[EMBER_SAMPLES_THREAD], &thread) &&
	       ember_columns_next(&c.column[EMBER_SAMPLES_STACK], &other)) {
		ember_digest_sample(d, thread);
		got++;
	}
	return got;
}

/* Counters only rise: the highest is the latest. */
static void ember_digest_losses(struct ember_digest *d, const struct ember_field *f)
{
	struct ember_columns c;
	uint32_t i;

	if (!ember_columns_take(&c, f))
		return;
	for (i = EMBER_LOSSES_LOST; i <= EMBER_LOSSES_DOWNSAMPLED; i++)
		if (c.number[i] > d->left_out[i])
			d->left_out[i] = c.number[i];
}

static void ember_digest_earlier(struct ember_digest_clock *to,
				 const struct ember_stream_clock *clock)
{
	if (!to->known || clock->monotonic_ns < to->at.monotonic_ns)
		*to = (struct ember_digest_clock){ true, *clock };
}

/* note: the sequence of a note, + 1; 0: it is the stream's own. */
static void ember_digest_clock(struct ember_digest *d, const struct ember_field *f,
			       uint64_t note)
{
	struct ember_stream_clock clock;

	if (!ember_stream_clock_get(&clock, f))
		return;
	if (note) {
		if (clock.is_set && (!d->note.known || note < d->first_note)) {
			d->note = (struct ember_digest_clock){ true, clock };
			d->first_note = note;
		}
		return;
	}
	ember_digest_earlier(&d->begin, &clock);
	if (clock.is_set)
		ember_digest_earlier(&d->set, &clock);
	if (clock.monotonic_ns > d->until_ns)
		d->until_ns = clock.monotonic_ns;
}

static void ember_digest_payload(struct ember_digest *d, const struct ember_chunk *c,
				 const uint8_t *plain, uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	uint64_t sequence = c->sequence + 1ull, sent = 0, got = 0;
	struct ember_stream_header hello;
	struct ember_field f;

	if (!(c->flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST)) &&
	    ember_stream_header_read(plain, n, &hello) == EMBER_HEADER_FOUND &&
	    (!d->first_hello || sequence < d->first_hello)) {
		d->hello = hello;
		d->first_hello = sequence;
	}
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_CHUNK_THREADS: ember_digest_threads(d, &f); break;
		case EMBER_CHUNK_SAMPLES: got += ember_digest_samples(d, &f); break;
		case EMBER_CHUNK_LOSSES: ember_digest_losses(d, &f); break;
		case EMBER_CHUNK_CLOCK: ember_digest_clock(d, &f, 0); break;
		case EMBER_CHUNK_SENT: sent = f.value; break;
		}
	}
	if (!d->first_chunk || sequence < d->first_chunk) {
		d->first_chunk = sequence;
		d->sent_before = sent >= got ? sent - got : 0;
	}
	if (sent > d->sent)
		d->sent = sent;
	d->got += got;
}

static void ember_digest_note(struct ember_digest *d, const struct ember_chunk *c,
			      const uint8_t *plain, uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	struct ember_field f;

	while (ember_proto_field(&m, &f))
		if (f.number == EMBER_CHUNK_CLOCK)
			ember_digest_clock(d, &f, c->sequence + 1ull);
}

void ember_digest_chunk(struct ember_digest *d, const struct ember_chunk *chunk)
{
	struct ember_chunk c = *chunk;
	bool note = c.flags & EMBER_CHUNK_NOTE;
	const uint8_t *plain;
	uint32_t n;

	if (c.version != EMBER_CHUNK_VERSION || c.flags & EMBER_CHUNK_ACK)
		return;
	if (!d->any)
		d->stream = c.stream;
	d->any = true;
	if (c.stream != d->stream) {
		d->mixed = true;
		return;
	}
	if (!note && ember_digest_twice(d, c.sequence))
		return;
	if (!note && c.flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST) &&
	    !ember_parts_take(&d->parts, &c))
		return;
	plain = ember_chunk_plain(&c, &d->room, &n);
	d->work += c.n + n;
	if (plain && note)
		ember_digest_note(d, &c, plain, n);
	else if (plain)
		ember_digest_payload(d, &c, plain, n);
}

/* Settles the times, as log/stream.c does. */
static void ember_digest_times(struct ember_digest *d)
{
	uint64_t real;

	if (!d->set.known && d->note.known) {
		ember_digest_earlier(&d->begin, &d->note.at);
		d->set = d->note;
		if (d->note.at.monotonic_ns > d->until_ns)
			d->until_ns = d->note.at.monotonic_ns;
	}
	real = d->set.at.realtime_ns - (d->set.at.boottime_ns - d->begin.at.boottime_ns);
	d->from_ns = d->set.known && real >= EMBER_CLOCK_SET ? real : 0;
	d->to_ns = d->from_ns ? d->from_ns + (d->until_ns - d->begin.at.monotonic_ns) : 0;
}

bool ember_digest_end(struct ember_digest *d)
{
	uint64_t sent = d->sent - d->sent_before;
	uint32_t i;

	for (i = 0; d->number && i < EMBER_DIGEST_NUMBERS; i++) {
		d->undefined += d->number[i].samples;
		d->number[i].samples = 0;
	}
	ember_digest_times(d);
	d->samples = d->got - d->undefined;
	d->lost = d->undefined + (sent > d->got ? sent - d->got : 0) +
		  d->left_out[EMBER_LOSSES_LOST] + d->left_out[EMBER_LOSSES_UNDEFINED] +
		  d->left_out[EMBER_LOSSES_DOWNSAMPLED];
	return d->hello.period_ns && !d->mixed;
}

void ember_digest_free(struct ember_digest *d)
{
	free(d->thread);
	free(d->number);
	free(d->room.bytes);
	ember_index_free(&d->thread_index);
	ember_parts_free(&d->parts);
	memset(d, 0, sizeof(*d));
}
