// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/error.h"
#include "log/fields.h"
#include "model/compact.h"
#include "model/varint.h"

#define EMBER_LOG_GATHERS  (32u << 10) /* bytes that a chunk gathers, */
#define EMBER_LOG_RATIO	   8 /* or so many times what it may have, at most */
#define EMBER_LOG_REMEMBER (256u << 10) /* bytes of packed stacks that are remembered */
#define EMBER_LOG_TIDY \
	(256u << 10) /* the same of the recording's, and more where more is in use */
#define EMBER_LOG_GENERATION 256 /* bytes of one, roughly */
#define EMBER_LOG_MODULES    10 /* each so many times that all is told anew */
#define EMBER_LOG_CLOCK_NS   60000000000ull /* clocks are told as often as this */

static void ember_column_delta(struct ember_proto *column, uint64_t *last, uint64_t value)
{
	ember_proto_varint(column, ember_zigzag(value - *last));
	*last = value;
}

/* The columns become a message in `to`, behind what its part has. */
static void ember_columns_put(struct ember_log_writer *w, struct ember_proto *to,
			      unsigned int field)
{
	unsigned int i;

	for (i = 0; i < sizeof(w->column) / sizeof(*w->column); i++)
		if (w->column[i].used)
			ember_proto_part(&w->part, i, &w->column[i]);
	ember_proto_part(to, field, &w->part);
}

/* What a chunk gathers, if it's to be as long as it may be but not longer. */
static void ember_log_adapt(struct ember_log_writer *w, uint32_t packed)
{
	uint32_t room = (w->most - EMBER_CHUNK_HEADER) * w->parts;
	uint64_t gathers = packed ? (uint64_t)w->plain.used * room / packed * 7 / 8 : 0;

	/* A short one tells nothing of the next. */
	if (w->plain.used < room / 2)
		return;
	if (gathers < room / 2)
		gathers = room / 2;
	if (gathers > EMBER_LOG_RATIO * room)
		gathers = EMBER_LOG_RATIO * room;
	w->gathers = (w->gathers + gathers) / 2;
}

/* What the frames of a chunk's stacks have come to. */
struct ember_log_frames {
	uint64_t extent, kernel, user;
};

static void ember_put_chunk(struct ember_log_writer *w)
{
	struct ember_chunk c = { .flags = w->flags, .stream = w->hello.stream };
	uint32_t left, room = w->most ? w->most - EMBER_CHUNK_HEADER : EMBER_CHUNK_MAX;

	ember_chunk_pack(w->packer, w->plain.bytes, w->plain.used, &c);
	if (w->most)
		ember_log_adapt(w, c.n);
	left = c.n;
	do {
		c.sequence = w->sequence++;
		c.n = left < room ? left : room;
		left -= c.n;
		c.flags = left ? c.flags | EMBER_CHUNK_MORE : c.flags & ~EMBER_CHUNK_MORE;
		ember_chunk_put(&c, &w->chunk);
		w->emit(w->context, w->chunk.bytes, w->chunk.used);
		w->chunk.used = 0;
		c.payload += c.n;
		c.flags |= EMBER_CHUNK_REST;
	} while (left);
	w->plain.used = 0;
}

static void ember_put_files(struct ember_log_writer *w)
{
	struct ember_log_told *told = &w->files;

	for (; told->told < w->tally.nr_file; told->told++) {
		const struct ember_file *f = &w->tally.file[told->told];
		struct ember_print print;

		ember_proto_number(&w->part, EMBER_FILE_NUMBER, told->base + told->told);
		ember_proto_bytes(&w->part, EMBER_FILE_PATH, f->path, strlen(f->path));
		if (f->build_id_bytes)
			ember_proto_bytes(&w->part, EMBER_FILE_BUILD_ID, f->build_id,
					  f->build_id_bytes);
		ember_proto_number(&w->part, EMBER_FILE_INO, f->ino);
		ember_proto_number(&w->part, EMBER_FILE_GENERATION, f->generation);
		ember_proto_number(&w->part, EMBER_FILE_DEV_MAJOR, f->dev_major);
		ember_proto_number(&w->part, EMBER_FILE_DEV_MINOR, f->dev_minor);
		ember_proto_number(&w->part, EMBER_FILE_FLAGS, f->flags);
		if (!f->build_id_bytes && w->print && w->print(w->context, f, &print)) {
			ember_proto_number(&w->part, EMBER_FILE_BYTES, print.bytes);
			ember_proto_number(&w->part, EMBER_FILE_HEADERS, print.headers);
			ember_proto_number(&w->part, EMBER_FILE_TEXT, print.text);
		}
		ember_proto_part(&w->plain, EMBER_CHUNK_FILE, &w->part);
		/* Paths may be long, and many. */
		if (w->plain.used >= w->gathers) {
			w->defined = w->sequence + 1;
			ember_put_chunk(w);
		}
	}
}

static void ember_put_extents(struct ember_log_writer *w)
{
	struct ember_log_told *told = &w->extents;

	if (told->told == w->tally.nr_extent)
		return;
	ember_proto_number(&w->part, EMBER_EXTENTS_FIRST, told->base + told->told);
	for (; told->told < w->tally.nr_extent; told->told++) {
		const struct ember_extent *e = &w->tally.extent[told->told];

		ember_proto_varint(&w->column[EMBER_EXTENTS_FILE], w->files.base + e->file);
		ember_proto_varint(&w->column[EMBER_EXTENTS_START], e->start);
		ember_proto_varint(&w->column[EMBER_EXTENTS_BYTES], e->end - e->start);
		ember_proto_varint(&w->column[EMBER_EXTENTS_OFFSET], e->offset);
	}
	ember_columns_put(w, &w->plain, EMBER_CHUNK_EXTENTS);
}

static void ember_put_threads(struct ember_log_writer *w)
{
	struct ember_log_told *told = &w->threads;
	uint64_t tgid = 0, start = 0;

	if (told->told == w->tally.nr_thread)
		return;
	ember_proto_number(&w->part, EMBER_THREADS_FIRST, told->base + told->told);
	for (; told->told < w->tally.nr_thread; told->told++) {
		const struct ember_thread *t = &w->tally.thread[told->told];

		ember_column_delta(&w->column[EMBER_THREADS_TGID], &tgid, t->tgid);
		ember_proto_varint(&w->column[EMBER_THREADS_TID],
				   ember_zigzag((uint64_t)t->tid - t->tgid));
		ember_column_delta(&w->column[EMBER_THREADS_START], &start, t->start_time);
		ember_proto_varint(&w->column[EMBER_THREADS_FLAGS], t->flags);
		ember_proto_bytes(&w->column[EMBER_THREADS_COMM], EMBER_THREADS_COMM, t->comm,
				  strlen(t->comm));
	}
	/* Names are fields of their own, one behind the other. */
	ember_proto_append(&w->part, &w->column[EMBER_THREADS_COMM]);
	ember_columns_put(w, &w->plain, EMBER_CHUNK_THREADS);
}

/* One stack, as far as it isn't what `base` has. */
static void ember_put_stack(struct ember_log_writer *w, const struct ember_placed *p,
			    uint32_t base, unsigned int shared, struct ember_log_frames *at)
{
	unsigned int i, own = p->nr_kernel + p->nr_user - shared;

	ember_proto_varint(&w->column[EMBER_STACKS_KIND],
			   (p->context & 7) | !!p->cut << 3 | p->vector << 4);
	ember_proto_varint(&w->column[EMBER_STACKS_KERNEL], p->nr_kernel);
	ember_proto_varint(&w->column[EMBER_STACKS_USER], p->nr_user);
	ember_proto_varint(&w->column[EMBER_STACKS_BASE], base);
	ember_proto_varint(&w->column[EMBER_STACKS_SHARED], shared);
	for (i = 0; i < own && i < p->nr_kernel; i++)
		ember_column_delta(&w->column[EMBER_STACKS_KERNEL_ADDRESS], &at->kernel,
				   p->address[i]);
	for (; i < own; i++) {
		ember_column_delta(&w->column[EMBER_STACKS_EXTENT], &at->extent,
				   p->extent[i] == EMBER_NO_NUMBER ?
					   0 :
					   w->extents.base + p->extent[i] + 1ull);
		ember_column_delta(&w->column[EMBER_STACKS_USER_ADDRESS], &at->user,
				   p->address[i]);
	}
}

static void ember_put_stacks(struct ember_log_writer *w)
{
	struct ember_log_told *told = &w->stacks;
	/* A base that was told in another chunk is one that may be missing. */
	uint32_t least = w->chains ? 0 : told->told, base;
	struct ember_log_frames at = {};

	if (told->told == w->tally.stacks.nr)
		return;
	ember_proto_number(&w->part, EMBER_STACKS_FIRST, told->base + told->told);
	for (; told->told < w->tally.stacks.nr; told->told++) {
		unsigned int shared = 0;
		struct ember_placed p;

		ember_tally_placed(&w->tally, told->told, &p);
		base = ember_outer_find(w->outer, &w->tally, &p, least, &shared);
		ember_put_stack(w, &p, base == EMBER_NO_NUMBER ? 0 : told->told - base, shared,
				&at);
		ember_outer_add(w->outer, &p, told->told);
	}
	ember_columns_put(w, &w->plain, EMBER_CHUNK_STACKS);
}

static void ember_put_samples(struct ember_log_writer *w)
{
	uint32_t i;

	for (i = 0; i < w->nr_cpus; i++) {
		struct ember_log_cpu *cpu = &w->cpu[i];

		if (!cpu->time.used)
			continue;
		ember_proto_number(&w->part, EMBER_SAMPLES_CPU, i);
		ember_proto_number(&w->part, EMBER_SAMPLES_START, cpu->start);
		ember_proto_part(&w->part, EMBER_SAMPLES_TIME, &cpu->time);
		ember_proto_part(&w->part, EMBER_SAMPLES_THREAD, &cpu->thread);
		ember_proto_part(&w->part, EMBER_SAMPLES_STACK, &cpu->stack);
		ember_proto_part(&w->plain, EMBER_CHUNK_SAMPLES, &w->part);
		cpu->last_thread = 0;
		cpu->last_stack = 0;
	}
	w->bytes = 0;
}

/* At a time of the recording's, by CLOCK_MONOTONIC; 0: now. */
static void ember_put_clock(struct ember_log_writer *w, uint64_t monotonic_ns)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t ago = monotonic_ns ? now - monotonic_ns : 0;
	uint64_t real = ember_clock_ns(CLOCK_REALTIME) - ago;

	w->clock_ns = now;
	if (monotonic_ns && monotonic_ns == w->recording->started_ns && w->recording->time_ns)
		real = w->recording->time_ns;
	ember_proto_number(&w->part, EMBER_CLOCK_MONOTONIC, now - ago);
	ember_proto_number(&w->part, EMBER_CLOCK_BOOTTIME,
			   ember_clock_ns(CLOCK_BOOTTIME) - ago);
	ember_proto_number(&w->part, EMBER_CLOCK_REALTIME, real);
	ember_proto_number(&w->part, EMBER_CLOCK_IS_SET, real >= EMBER_CLOCK_SET);
	ember_proto_part(&w->plain, EMBER_CHUNK_CLOCK, &w->part);
}

static void ember_put_losses(struct ember_log_writer *w)
{
	const struct ember_recording *r = w->recording;

	ember_proto_number(&w->part, EMBER_LOSSES_LOST, r->lost);
	ember_proto_number(&w->part, EMBER_LOSSES_SKIPPED, r->skipped);
	ember_proto_number(&w->part, EMBER_LOSSES_UNDEFINED, r->undefined + w->undefined);
	ember_proto_number(&w->part, EMBER_LOSSES_THINNED, w->thinned);
	if (w->part.used)
		ember_proto_part(&w->plain, EMBER_CHUNK_LOSSES, &w->part);
}

/* Bytes that definitions will take, roughly. */
static uint32_t ember_log_untold(const struct ember_log_writer *w)
{
	const struct ember_bag *stacks = &w->tally.stacks;
	uint32_t bytes = (w->tally.nr_file - w->files.told) * 128 +
			 (w->tally.nr_extent - w->extents.told) * 16 +
			 (w->tally.nr_thread - w->threads.told) * 32;

	return stacks->nr ? bytes + stacks->used - stacks->at[w->stacks.told] : bytes;
}

/* What isn't told yet, and the samples that may need it. */
static void ember_put_waiting(struct ember_log_writer *w)
{
	bool samples = w->bytes, defines = ember_log_untold(w);

	ember_put_files(w);
	ember_put_extents(w);
	ember_put_threads(w);
	ember_put_stacks(w);
	if (defines)
		w->defined = w->sequence + 1;
	ember_put_samples(w);
	ember_put_losses(w);
	ember_proto_number(&w->plain, EMBER_CHUNK_SENT, w->sent);
	if (samples)
		ember_proto_number(&w->plain, EMBER_CHUNK_NEEDS, w->defined);
}

static void ember_put_hello(struct ember_log_writer *w, uint64_t monotonic_ns)
{
	/* On a link it's told each minute, and modules are many. */
	bool modules = w->hello.here && (!w->most || w->hellos++ % EMBER_LOG_MODULES == 0);

	ember_hello_put(&w->part, &w->hello);
	ember_proto_part(&w->plain, EMBER_CHUNK_HELLO, &w->part);
	ember_put_clock(w, monotonic_ns);
	ember_proto_number(&w->plain, EMBER_CHUNK_SENT, w->sent);
	/* Small chunks: it has one to itself, which is whole whatever becomes of others. */
	if (w->most)
		ember_put_chunk(w);
	if (modules)
		ember_hello_modules_put(&w->part);
	if (w->part.used)
		ember_proto_part(&w->plain, EMBER_CHUNK_HELLO, &w->part);
	if (w->plain.used)
		ember_put_chunk(w);
}

static void ember_log_forget(struct ember_log_writer *w)
{
	w->files.base += w->tally.nr_file;
	w->extents.base += w->tally.nr_extent;
	w->threads.base += w->tally.nr_thread;
	w->stacks.base += w->tally.stacks.nr;
	w->files.told = w->extents.told = w->threads.told = w->stacks.told = 0;
	ember_tally_free(&w->tally);
	ember_placing_free(&w->placing);
	ember_index_free(&w->pair_index);
	w->nr_pair = 0;
	memset(w->outer, 0, sizeof(*w->outer));
}

void ember_log_beat(struct ember_log_writer *w)
{
	if (ember_clock_ns(CLOCK_MONOTONIC) - w->clock_ns > EMBER_LOG_CLOCK_NS)
		ember_put_clock(w, 0);
	ember_put_waiting(w);
	ember_put_chunk(w);
	if (w->tally.stacks.used > EMBER_LOG_REMEMBER)
		ember_log_forget(w);
}

void ember_log_cut(struct ember_log_writer *w)
{
	if (w->bytes)
		ember_log_beat(w);
}

struct ember_pair_key {
	const struct ember_log_writer *writer;
	uint32_t stack, generation;
};

static bool ember_pair_same(const void *context, uint32_t item)
{
	const struct ember_pair_key *key = context;
	const struct ember_log_pair *pair = &key->writer->pair[item];

	return pair->stack == key->stack && pair->generation == key->generation;
}

/* The tally's number of the stack; EMBER_NO_NUMBER: no room. */
static uint32_t ember_log_stack(struct ember_log_writer *w, const struct ember_settled *s)
{
	struct ember_pair_key key = { w, s->stack, s->generation };
	uint64_t hash = ember_mix(s->stack, s->generation);
	uint32_t number = ember_index_find(&w->pair_index, hash, ember_pair_same, &key);

	if (number != EMBER_NO_NUMBER)
		return w->pair[number].number;
	number = ember_placing_stack(&w->placing, w->recording->thread[s->thread].tgid,
				     s->stack, s->generation);
	if (number == EMBER_NO_NUMBER)
		return number;
	w->pair = ember_room(w->pair, w->nr_pair, &w->pair_size, sizeof(*w->pair));
	w->pair[w->nr_pair] = (struct ember_log_pair){ s->stack, s->generation, number };
	ember_index_add(&w->pair_index, hash, w->nr_pair++);
	return number;
}

/* An ember_settled_fn. */
static void ember_log_sample(void *context, const struct ember_settled *s)
{
	struct ember_log_writer *w = context;
	uint32_t thread, stack, before;
	uint64_t time = s->time / w->hello.unit_ns;
	struct ember_log_cpu *cpu;

	/* By chance: in step with the work every other one would be all of a kind. */
	if (w->thin > 1 && ember_mix(w->sequence, w->sent + w->thinned) % w->thin) {
		w->thinned++;
		return;
	}
	stack = ember_log_stack(w, s);
	if (stack == EMBER_NO_NUMBER || s->cpu >= w->nr_cpus) {
		w->undefined++;
		return;
	}
	cpu = &w->cpu[s->cpu];
	before = cpu->time.used + cpu->thread.used + cpu->stack.used;
	if (!cpu->time.used)
		cpu->start = cpu->last_time = time;
	thread = ember_tally_thread(&w->tally, &w->recording->thread[s->thread]);
	ember_column_delta(&cpu->time, &cpu->last_time, time);
	ember_column_delta(&cpu->thread, &cpu->last_thread, w->threads.base + thread);
	ember_column_delta(&cpu->stack, &cpu->last_stack, w->stacks.base + stack);
	w->bytes += cpu->time.used + cpu->thread.used + cpu->stack.used - before;
	w->sent++;
	if (w->bytes + ember_log_untold(w) >= w->gathers)
		ember_log_cut(w);
}

/* Right behind boot there may be nothing by chance yet but what the clocks say. */
static uint32_t ember_stream_number(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number))
		return number;
	return ember_mix(ember_clock_ns(CLOCK_MONOTONIC), ember_clock_ns(CLOCK_REALTIME));
}

void ember_log_begin(struct ember_log_writer *w, struct ember_recording *r,
		     const struct ember_hello *hello, uint8_t flags, uint32_t most,
		     ember_log_emit *emit, void *context)
{
	memset(w, 0, sizeof(*w));
	w->recording = r;
	w->hello = *hello;
	/* Over a link within which period a sample was taken is enough. */
	w->hello.unit_ns = EMBER_LOG_UNIT;
	while (most && w->hello.unit_ns * 10 <= w->hello.period_ns)
		w->hello.unit_ns *= 10;
	w->flags = flags;
	w->most = most;
	w->gathers = most ? most : EMBER_LOG_GATHERS;
	w->emit = emit;
	w->context = context;
	if (!w->hello.stream)
		w->hello.stream = ember_stream_number();
	w->tidy_at = EMBER_LOG_TIDY;
	w->placing.recording = r;
	w->placing.tally = &w->tally;
	w->nr_cpus = r->nr_rings;
	w->cpu = ember_grow(NULL, w->nr_cpus, sizeof(*w->cpu));
	memset(w->cpu, 0, w->nr_cpus * sizeof(*w->cpu));
	w->packer = ember_packer_new();
	w->parts = 1;
	w->chains = !most;
	w->outer = ember_grow(NULL, 1, sizeof(*w->outer));
	memset(w->outer, 0, sizeof(*w->outer));
	r->settled = ember_log_sample;
	r->settled_context = w;
	ember_put_hello(w, r->started_ns);
}

/* Of mappings a process has as much as of some stacks. */
static uint32_t ember_log_kept(const struct ember_recording *r)
{
	return r->stacks.used + r->spaces.nr_generation * EMBER_LOG_GENERATION;
}

void ember_log_tidy(struct ember_log_writer *w)
{
	if (ember_log_kept(w->recording) < w->tidy_at)
		return;
	ember_recording_compact(w->recording);
	ember_index_free(&w->pair_index);
	w->nr_pair = 0;
	ember_placing_free(&w->placing);
	w->tidy_at = EMBER_LOG_TIDY + 2 * ember_log_kept(w->recording);
}

void ember_log_anew(struct ember_log_writer *w)
{
	ember_log_cut(w);
	ember_log_forget(w);
	ember_put_hello(w, 0);
}

void ember_log_end(struct ember_log_writer *w)
{
	ember_put_clock(w, w->recording->started_ns + w->recording->duration_ns);
	ember_put_waiting(w);
	ember_proto_number(&w->plain, EMBER_CHUNK_LAST, true);
	ember_put_chunk(w);
}

void ember_log_free(struct ember_log_writer *w)
{
	uint32_t i;

	for (i = 0; i < w->nr_cpus; i++) {
		free(w->cpu[i].time.bytes);
		free(w->cpu[i].thread.bytes);
		free(w->cpu[i].stack.bytes);
	}
	free(w->cpu);
	for (i = 0; i < sizeof(w->column) / sizeof(*w->column); i++)
		free(w->column[i].bytes);
	free(w->plain.bytes);
	free(w->part.bytes);
	free(w->chunk.bytes);
	free(w->pair);
	ember_index_free(&w->pair_index);
	ember_tally_free(&w->tally);
	ember_placing_free(&w->placing);
	ember_packer_free(w->packer);
	free(w->outer);
	memset(w, 0, sizeof(*w));
}
