// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/chunk.h"
#include "log/fields.h"
#include "log/stream_clock.h"
#include "log/stream_events.h"
#include "log/stream_labels.h"
#include "log/threads.h"
#include "log/wanted.h"

/* Takes one off a bound. Returns false if there is none left. */
static bool ember_take_left(uint32_t *left)
{
	return *left && (*left)--;
}

static bool ember_take_file(struct ember_stream *s, const struct ember_field *from)
{
	char path[EMBER_PATH_MAX] = "";
	struct ember_file file = { .path = path };
	uint64_t number = 0;
	struct ember_message m;
	struct ember_field f;

	if (from->numeric || !ember_take_left(&s->left.files))
		return false;
	m = ember_proto_read(from->bytes, from->n);
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_FILE_NUMBER: number = f.value; break;
		case EMBER_FILE_INO: file.ino = f.value; break;
		case EMBER_FILE_GENERATION: file.generation = f.value; break;
		case EMBER_FILE_DEV_MAJOR: file.dev_major = f.value; break;
		case EMBER_FILE_DEV_MINOR: file.dev_minor = f.value; break;
		case EMBER_FILE_FLAGS: file.flags = f.value; break;
		case EMBER_FILE_BYTES: file.print.bytes = f.value; break;
		case EMBER_FILE_HEADERS: file.print.headers = f.value; break;
		case EMBER_FILE_TEXT: file.print.text = f.value; break;
		case EMBER_FILE_SEEN: file.seen_ns = f.value; break;
		case EMBER_FILE_PATH:
			if (f.numeric || f.n >= sizeof(path))
				return false;
			memcpy(path, f.bytes, f.n);
			path[f.n] = 0;
			break;
		case EMBER_FILE_BUILD_ID:
			if (f.numeric || f.n > sizeof(file.build_id))
				return false;
			memcpy(file.build_id, f.bytes, f.n);
			file.build_id_bytes = f.n;
			break;
		}
	}
	if (m.bad)
		return false;
	/* The same numbers on another machine are another file. */
	if (!file.build_id_bytes)
		file.machine = s->machine;
	if (ember_tally_takes(s->tally, s->tally->dict.nr_file, EMBER_TALLY_FILES))
		ember_numbers_add(&s->files, number,
				  ember_dictionary_file(&s->tally->dict, &file));
	return true;
}

static bool ember_take_extents(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_columns t;
	uint64_t number, file, bytes;

	if (!ember_columns_take(&t, f))
		return false;
	for (number = t.number[EMBER_EXTENTS_FIRST];
	     ember_proto_packed(&t.column[EMBER_EXTENTS_FILE], &file); number++) {
		struct ember_extent extent = {};

		if (!ember_take_left(&s->left.extents) ||
		    !ember_proto_packed(&t.column[EMBER_EXTENTS_START], &extent.start) ||
		    !ember_proto_packed(&t.column[EMBER_EXTENTS_BYTES], &bytes) ||
		    !ember_proto_packed(&t.column[EMBER_EXTENTS_OFFSET], &extent.offset) ||
		    extent.start + bytes <= extent.start)
			return false;
		extent.end = extent.start + bytes;
		extent.file = ember_numbers_find(&s->files, file);
		if (extent.file != EMBER_NO_NUMBER &&
		    ember_tally_takes(s->tally, s->tally->dict.nr_extent, EMBER_TALLY_EXTENTS))
			ember_numbers_add(&s->extents, number,
					  ember_dictionary_extent(&s->tally->dict, &extent));
	}
	return !t.column[EMBER_EXTENTS_FILE].bad;
}

static bool ember_take_threads(struct ember_stream *s, const struct ember_field *from)
{
	struct ember_threads t;
	struct ember_thread thread;

	if (!ember_threads_begin(&t, from))
		return false;
	while (ember_threads_next(&t, &thread)) {
		if (!ember_take_left(&s->left.threads))
			return false;
		if (!ember_tally_takes(s->tally, s->tally->dict.nr_thread,
				       EMBER_TALLY_THREADS))
			continue;
		thread.board = s->board;
		thread.labels = ember_stream_labels(s, t.labels);
		ember_numbers_add(&s->threads, t.number,
				  ember_dictionary_thread(&s->tally->dict, &thread));
	}
	return ember_threads_good(&t);
}

struct ember_stacks_at {
	uint64_t number; /* of the stack */
	uint64_t extent, kernel, user; /* as the columns have come to */
};

/* One stack of a message: its own frames, and what it shares with another one. */
struct ember_stack_emitted {
	struct ember_normalized placed;
	unsigned int shared;
	uint32_t base; /* the tally's */
	bool known; /* its base and all its extents are */
};

/* Reads the stack's own frames. Returns false if the columns end before it does. */
static bool ember_take_stack(struct ember_stream *s, struct ember_columns *t,
			     struct ember_stacks_at *at, uint64_t kind,
			     struct ember_stack_emitted *emitted)
{
	struct ember_normalized *p = &emitted->placed;
	uint64_t kernel, user, base = 0, shared = 0, gaps = 0;
	unsigned int i;

	if (!ember_proto_packed(&t->column[EMBER_STACKS_KERNEL], &kernel) ||
	    !ember_proto_packed(&t->column[EMBER_STACKS_USER], &user) ||
	    kernel > EMBER_FRAMES_MAX || user > EMBER_FRAMES_MAX - kernel)
		return false;
	/* Without these columns no stack builds on another. */
	ember_proto_packed(&t->column[EMBER_STACKS_BASE], &base);
	ember_proto_packed(&t->column[EMBER_STACKS_SHARED], &shared);
	ember_proto_packed(&t->column[EMBER_STACKS_GAPS], &gaps);
	if (shared > kernel + user || base > at->number)
		return false;
	p->context = kind & 7;
	p->cut = kind >> 3 & 1;
	p->gaps = !p->cut && gaps;
	p->vector = kind >> 4;
	p->nr_kernel = kernel;
	p->nr_user = user;
	emitted->shared = shared;
	emitted->base = shared ? ember_numbers_find(&s->stacks, at->number - base) : 0;
	emitted->known = emitted->base != EMBER_NO_NUMBER;
	for (i = 0; i < kernel + user - shared; i++) {
		p->extent[i] = EMBER_NO_NUMBER;
		if (i < kernel) {
			if (!ember_columns_next(&t->column[EMBER_STACKS_KERNEL_ADDRESS],
						&at->kernel))
				return false;
			p->address[i] = at->kernel;
			continue;
		}
		if (!ember_columns_next(&t->column[EMBER_STACKS_EXTENT], &at->extent) ||
		    !ember_columns_next(&t->column[EMBER_STACKS_USER_ADDRESS], &at->user))
			return false;
		p->address[i] = at->user;
		if (at->extent) {
			p->extent[i] = ember_numbers_find(&s->extents, at->extent - 1);
			emitted->known &= p->extent[i] != EMBER_NO_NUMBER;
		}
	}
	return true;
}

static bool ember_take_stacks(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_stacks_at at = {};
	struct ember_columns t;
	struct ember_stack_emitted emitted;
	struct ember_normalized *p = &emitted.placed;
	uint64_t kind;

	if (!ember_columns_take(&t, f))
		return false;
	for (at.number = t.number[EMBER_STACKS_FIRST];
	     ember_proto_packed(&t.column[EMBER_STACKS_KIND], &kind); at.number++) {
		if (!ember_take_left(&s->left.stacks) ||
		    !ember_take_stack(s, &t, &at, kind, &emitted))
			return false;
		if (!emitted.known)
			continue;
		/* Shared frames were placed with their base. */
		ember_log_kernel_place(&s->kernel, &s->tally->dict, p,
				       p->nr_kernel + p->nr_user - emitted.shared);
		ember_numbers_add(&s->stacks, at.number,
				  ember_dictionary_stack_on(&s->tally->dict, emitted.base,
							    emitted.shared, p));
	}
	return !t.column[EMBER_STACKS_KIND].bad;
}

/* Return the points that each sample of a field counts for; 0: its period makes no sense. */
static uint32_t ember_samples_points(const struct ember_stream *s, uint64_t period_ns)
{
	uint64_t points = s->hello.period_ns ? period_ns / s->hello.period_ns : 0;

	if (!period_ns || period_ns == s->hello.period_ns)
		return 1;
	return points <= EMBER_STREAM_POINTS && points * s->hello.period_ns == period_ns ?
		       points :
		       0;
}

/*
 * Read a SAMPLES field. Add all its samples to *got, left out or not. Return false if the
 * field is malformed.
 */
static bool ember_take_samples(struct ember_stream *s, const struct ember_field *f,
			       uint64_t *got)
{
	struct ember_columns t;
	uint64_t thread = 0, stack = 0, time;
	uint32_t points;

	if (!ember_columns_take(&t, f))
		return false;
	points = ember_samples_points(s, t.number[EMBER_SAMPLES_PERIOD]);
	if (!points)
		return false;
	time = t.number[EMBER_SAMPLES_START];
	while (ember_columns_next(&t.column[EMBER_SAMPLES_TIME], &time)) {
		uint32_t by, of, number;

		if (!ember_columns_next(&t.column[EMBER_SAMPLES_THREAD], &thread) ||
		    !ember_columns_next(&t.column[EMBER_SAMPLES_STACK], &stack))
			return false;
		++*got;
		by = ember_numbers_find(&s->threads, thread);
		of = ember_numbers_find(&s->stacks, stack);
		if (by == EMBER_NO_NUMBER || of == EMBER_NO_NUMBER ||
		    !ember_tally_takes(s->tally, s->tally->counts.nr, EMBER_TALLY_COUNTS) ||
		    (s->tally->timed && !ember_tally_takes(s->tally, s->tally->nr_moment,
							   s->tally->most_moments))) {
			s->undefined++;
			continue;
		}
		if (!ember_stream_wants(s, by, time * s->hello.unit_ns) ||
		    ember_stream_nobodys(s, of)) {
			s->unwanted++;
			continue;
		}
		if (s->filter && s->filter->no_gaps && s->tally->dict.stack[of].gaps) {
			s->unwanted++;
			s->gaps++;
			continue;
		}
		number = ember_sample_set_add(
			&s->tally->counts,
			&(struct ember_count){ by, of, t.number[EMBER_SAMPLES_CPU] + 1,
					       points });
		if (s->tally->timed)
			ember_tally_timestamp(s->tally,
					      &(struct ember_timestamp){
						      time * s->hello.unit_ns + s->to_real_ns,
						      number, points });
		s->samples++;
		if (points > 1)
			ember_throttled_add(&s->throttled, points);
	}
	return !t.column[EMBER_SAMPLES_TIME].bad;
}

static bool ember_take_losses(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_columns t;

	if (!ember_columns_take(&t, f))
		return false;
	s->lost = t.number[EMBER_LOSSES_LOST];
	s->skipped = t.number[EMBER_LOSSES_SKIPPED];
	s->left_out = t.number[EMBER_LOSSES_UNDEFINED];
	s->downsampled = t.number[EMBER_LOSSES_DOWNSAMPLED];
	return true;
}

static bool ember_take_cpus(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_columns t;
	uint64_t cpu;
	uint32_t on = 0;

	if (!ember_columns_take(&t, f))
		return false;
	while (ember_proto_packed(&t.column[EMBER_CPUS_ON], &cpu))
		on++;
	if (!s->cpus_least || on < s->cpus_least)
		s->cpus_least = on;
	if (on > s->cpus_most)
		s->cpus_most = on;
	return !t.column[EMBER_CPUS_ON].bad;
}

static bool ember_take_clock(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_stream_clock c;

	if (!ember_stream_clock_get(&c, f))
		return false;
	if (!s->until_ns || c.monotonic_ns < s->since_ns) {
		s->since_ns = c.monotonic_ns;
		s->boottime_ns = c.boottime_ns;
	}
	if (c.monotonic_ns > s->until_ns)
		s->until_ns = c.monotonic_ns;
	ember_dates_add(&s->dates, c.boottime_ns, c.realtime_ns);
	if (!c.is_set)
		return true;
	/* A clock that is set later also dates earlier samples: CLOCK_BOOTTIME never stops. */
	if (!s->realtime_ns)
		s->realtime_ns = c.realtime_ns - (c.boottime_ns - s->boottime_ns);
	s->to_real_ns = c.realtime_ns - c.monotonic_ns;
	return true;
}

static bool ember_take(struct ember_stream *s, const struct ember_field *f, uint64_t *sent,
		       uint64_t *got)
{
	switch (f->number) {
	case EMBER_CHUNK_HELLO: return !f->numeric;
	case EMBER_CHUNK_FILE: return ember_take_file(s, f);
	case EMBER_CHUNK_EXTENTS: return ember_take_extents(s, f);
	case EMBER_CHUNK_THREADS: return ember_take_threads(s, f);
	case EMBER_CHUNK_STACKS: return ember_take_stacks(s, f);
	case EMBER_CHUNK_SAMPLES: return ember_take_samples(s, f, got);
	case EMBER_CHUNK_LOSSES: return ember_take_losses(s, f);
	case EMBER_CHUNK_CPUS: return ember_take_cpus(s, f);
	case EMBER_CHUNK_CLOCK: return ember_take_clock(s, f);
	case EMBER_CHUNK_EVENT: return ember_stream_event(s, f);
	case EMBER_CHUNK_WEIGHTED: return ember_stream_weighted(s, f);
	case EMBER_CHUNK_EVENT_COUNTS: return ember_stream_counts(s, f);
	case EMBER_CHUNK_LABEL:
		return ember_take_left(&s->left.labels) && ember_stream_label(s, f);
	case EMBER_CHUNK_SENT: *sent = f->value; break;
	case EMBER_CHUNK_LAST: s->last |= f->value; break;
	}
	return true;
}

/*
 * Takes the stream's identity from its first valid HELLO. Returns false if this payload's
 * HELLO breaks the rule of ember_stream_header_read(), or has another board or boot.
 */
static bool ember_stream_hello(struct ember_stream *s, uint8_t flags, const uint8_t *plain,
			       uint32_t n)
{
	struct ember_stream_header hello;
	enum ember_header_found found = EMBER_HEADER_NONE;

	if (!(flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST)))
		found = ember_stream_header_read(plain, n, &hello);
	if (found != EMBER_HEADER_FOUND)
		return found == EMBER_HEADER_NONE;
	if (!s->hello.period_ns)
		s->hello = hello;
	return !strcmp(s->hello.board, hello.board) && !strcmp(s->hello.boot, hello.boot);
}

bool ember_stream_chunk(struct ember_stream *s, uint8_t flags, const uint8_t *plain,
			uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	bool good = ember_stream_hello(s, flags, plain, n);
	uint64_t sent = 0, got = 0;
	struct ember_field f;

	s->left.files = EMBER_STREAM_FILES;
	s->left.extents = EMBER_STREAM_EXTENTS;
	s->left.threads = EMBER_STREAM_THREADS;
	s->left.stacks = EMBER_STREAM_STACKS;
	s->left.labels = EMBER_STREAM_LABELS;
	while (ember_proto_field(&m, &f))
		good &= ember_take(s, &f, &sent, &got);
	if (!s->any && sent >= got)
		s->sent_before = sent - got;
	if (sent >= s->sent)
		s->sent = sent;
	s->any = true;
	ember_stream_events_chunk(s);
	return good && !m.bad;
}

void ember_stream_head(struct ember_stream *s, uint8_t flags, const uint8_t *plain, uint32_t n)
{
	struct ember_message m = ember_proto_read(plain, n);
	bool good = !(flags & EMBER_CHUNK_NOTE) && ember_stream_hello(s, flags, plain, n);
	struct ember_field f;

	while (ember_proto_field(&m, &f)) {
		if (good && f.number == EMBER_CHUNK_HELLO && !f.numeric)
			ember_log_kernel_take(&s->kernel, f.bytes, f.n);
		if (f.number == EMBER_CHUNK_CLOCK)
			ember_take_clock(s, &f);
	}
}

void ember_stream_free(struct ember_stream *s)
{
	ember_numbers_free(&s->files);
	ember_numbers_free(&s->extents);
	ember_numbers_free(&s->threads);
	ember_numbers_free(&s->stacks);
	ember_numbers_free(&s->labels);
	ember_log_kernel_free(&s->kernel);
}
