// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/memory.h"
#include "log/conditions.h"
#include "log/definitions.h"
#include "log/emit.h"
#include "log/fields.h"
#include "log/host_info.h"
#include "model/compact.h"

#define EMBER_LOG_GATHERS  (32u << 10) /* bytes that a chunk gathers at first */
#define EMBER_LOG_REMEMBER (256u << 10) /* bytes of stacks and frames that are remembered */
#define EMBER_LOG_TIDY \
	(256u << 10) /* the same of the recording's, and more where more is in use */
#define EMBER_LOG_GENERATION 256 /* bytes of one, roughly */
#define EMBER_LOG_MODULES    10 /* list modules in one of so many HELLOs on a link */

/* Make a Samples field of the columns of a CPU, which are empty afterwards. */
static void ember_end_samples(struct ember_log_writer *w, struct ember_log_cpu *cpu)
{
	if (!cpu->time.used)
		return;
	ember_proto_number(&w->part, EMBER_SAMPLES_CPU, cpu - w->cpu);
	ember_proto_number(&w->part, EMBER_SAMPLES_START, cpu->start);
	ember_proto_part(&w->part, EMBER_SAMPLES_TIME, &cpu->time);
	ember_proto_part(&w->part, EMBER_SAMPLES_THREAD, &cpu->thread);
	ember_proto_part(&w->part, EMBER_SAMPLES_STACK, &cpu->stack);
	if (cpu->points > 1)
		ember_proto_number(&w->part, EMBER_SAMPLES_PERIOD,
				   cpu->points * w->hello.period_ns);
	ember_proto_part(&w->ended, EMBER_CHUNK_SAMPLES, &w->part);
	cpu->last_thread = 0;
	cpu->last_stack = 0;
}

static void ember_put_samples(struct ember_log_writer *w)
{
	uint32_t i;

	for (i = 0; i < w->nr_cpus; i++)
		ember_end_samples(w, &w->cpu[i]);
	ember_proto_append(&w->plain, &w->ended);
	w->bytes = 0;
}

/* Put pending definitions, and the samples that may refer to them. */
static void ember_put_waiting(struct ember_log_writer *w)
{
	bool samples = w->bytes;

	if (ember_log_pending(w)) {
		ember_log_define(w);
		w->defined = w->sequence + 1;
	}
	if (ember_event_writer_define(&w->events, &w->plain, &w->part))
		w->defined = w->sequence + 1;
	ember_put_samples(w);
	ember_event_writer_put(&w->events, &w->plain, &w->part);
	ember_conditions_losses(w);
	ember_proto_number(&w->plain, EMBER_CHUNK_SENT, w->sent);
	if (samples)
		ember_proto_number(&w->plain, EMBER_CHUNK_NEEDS, w->defined);
}

static void ember_put_hello(struct ember_log_writer *w, uint64_t monotonic_ns)
{
	/* A link repeats HELLO, each minute if one-way, and modules are many. */
	bool modules = w->hello.here && (!w->most || w->hellos++ % EMBER_LOG_MODULES == 0);

	ember_stream_header_put(&w->part, &w->hello);
	if (w->hello.here)
		ember_host_kernel_put(&w->part);
	else if (w->hello.same_kernel)
		ember_host_past_kernel_put(&w->part, w->hello.moved);
	ember_proto_part(&w->plain, EMBER_CHUNK_HELLO, &w->part);
	ember_conditions_clock(w, monotonic_ns);
	ember_proto_number(&w->plain, EMBER_CHUNK_SENT, w->sent);
	/*
	 * On a link, put HELLO into a chunk of its own, even if that exceeds the bound of a
	 * chunk: receivers ignore a HELLO that is spread over several.
	 */
	if (w->most)
		ember_log_put_in(w, EMBER_CHUNK_MAX);
	/* The next chunk lists the CPUs. */
	w->cpus.known = false;
	if (modules)
		ember_host_modules_put(&w->part);
	if (w->part.used)
		ember_proto_part(&w->plain, EMBER_CHUNK_HELLO, &w->part);
	if (w->plain.used)
		ember_log_put(w);
}

static void ember_log_forget(struct ember_log_writer *w)
{
	w->files.base += w->dict.nr_file;
	w->extents.base += w->dict.nr_extent;
	w->labels.base += w->dict.labels.nr;
	w->threads.base += w->dict.nr_thread;
	w->stacks.base += w->dict.nr_stack;
	w->files.emitted = w->extents.emitted = w->threads.emitted = w->stacks.emitted = 0;
	w->labels.emitted = 0;
	w->emitted_depth = 0;
	w->events.emitted = 0;
	ember_dictionary_free(&w->dict);
	ember_normalize_free(&w->placing);
	ember_index_free(&w->pair_index);
	w->nr_pair = 0;
	memset(w->outer, 0, sizeof(*w->outer));
}

void ember_log_heartbeat(struct ember_log_writer *w)
{
	if (ember_conditions_clock_due(w))
		ember_conditions_clock(w, 0);
	ember_conditions_cpus(w);
	ember_put_waiting(w);
	ember_log_put(w);
	if (w->dict.frames.nr * sizeof(*w->dict.frames.node) +
		    w->dict.nr_stack * sizeof(*w->dict.stack) >
	    EMBER_LOG_REMEMBER)
		ember_log_forget(w);
}

void ember_log_cut(struct ember_log_writer *w)
{
	if (w->bytes)
		ember_log_heartbeat(w);
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

/* Of mappings a process has as much as of some stacks. */
static uint32_t ember_log_kept(const struct ember_recording *r)
{
	return r->stacks.used + r->spaces.nr_generation * EMBER_LOG_GENERATION;
}

/* Forget what goes by the recording's numbers, if another writer has compacted it. */
static void ember_log_renumbered(struct ember_log_writer *w)
{
	if (w->compacted == w->recording->spaces.compacted)
		return;
	w->compacted = w->recording->spaces.compacted;
	ember_index_free(&w->pair_index);
	w->nr_pair = 0;
	ember_normalize_free(&w->placing);
	w->tidy_at = EMBER_LOG_TIDY + 2 * ember_log_kept(w->recording);
}

/* The dictionary's number of the stack; EMBER_NO_NUMBER: no room. */
static uint32_t ember_log_stack(struct ember_log_writer *w, const struct ember_resolved *s)
{
	struct ember_pair_key key = { w, s->stack, s->generation };
	uint64_t hash = ember_mix(s->stack, s->generation);
	uint32_t number;

	ember_log_renumbered(w);
	number = ember_index_find(&w->pair_index, hash, ember_pair_same, &key);
	if (number != EMBER_NO_NUMBER)
		return w->pair[number].number;
	number = ember_normalize_stack(&w->placing, s->stack, s->generation);
	if (number == EMBER_NO_NUMBER)
		return number;
	w->pair = ember_array_reserve(w->pair, w->nr_pair, &w->pair_size, sizeof(*w->pair));
	w->pair[w->nr_pair] = (struct ember_log_pair){ s->stack, s->generation, number };
	ember_index_add(&w->pair_index, hash, w->nr_pair++);
	return number;
}

/*
 * Return whether a sample is left out, since the link carries no more. n: of those before it.
 * Randomly: in step with the work every other one would be all of a kind.
 */
static bool ember_log_leaves(const struct ember_log_writer *w, uint64_t n)
{
	return w->downsample > 1 && ember_mix(w->sequence, n) % w->downsample;
}

/* An ember_resolved_fn. */
static void ember_log_sample(void *context, const struct ember_resolved *s)
{
	struct ember_log_writer *w = context;
	uint32_t thread, stack, before;
	uint64_t time = s->time / w->hello.unit_ns;
	struct ember_log_cpu *cpu;

	if (ember_log_leaves(w, w->sent + w->downsampled)) {
		w->downsampled++;
		return;
	}
	stack = ember_log_stack(w, s);
	if (stack == EMBER_NO_NUMBER || s->cpu >= w->nr_cpus) {
		w->undefined++;
		return;
	}
	cpu = &w->cpu[s->cpu];
	/* All of a field's samples count for the same. */
	if (s->points != cpu->points)
		ember_end_samples(w, cpu);
	cpu->points = s->points;
	before = cpu->time.used + cpu->thread.used + cpu->stack.used;
	if (!cpu->time.used)
		cpu->start = cpu->last_time = time;
	thread = ember_normalize_thread(&w->placing, s->thread);
	ember_proto_delta(&cpu->time, &cpu->last_time, time);
	ember_proto_delta(&cpu->thread, &cpu->last_thread, w->threads.base + thread);
	ember_proto_delta(&cpu->stack, &cpu->last_stack, w->stacks.base + stack);
	w->bytes += cpu->time.used + cpu->thread.used + cpu->stack.used - before;
	w->sent++;
	if (w->bytes + ember_log_pending(w) >= w->gathers)
		ember_log_cut(w);
}

/* An ember_weighted_fn. */
static void ember_log_weighted(void *context, const struct ember_weighted_resolved *s)
{
	struct ember_log_writer *w = context;
	struct ember_event_counted *counts = &w->events.counts[s->event];
	struct ember_event_sum one = { 1, s->weight };
	uint32_t thread, stack;

	if (ember_log_leaves(w, ~(counts->sent.samples + counts->downsampled.samples))) {
		ember_event_sum_add(&counts->downsampled, one);
		return;
	}
	stack = ember_log_stack(w, &s->sample);
	if (stack == EMBER_NO_NUMBER || s->sample.cpu >= w->nr_cpus) {
		ember_event_sum_add(&counts->undefined, one);
		return;
	}
	thread = ember_normalize_thread(&w->placing, s->sample.thread);
	w->bytes += ember_event_writer_add(&w->events, s, s->sample.time / w->hello.unit_ns,
					   w->threads.base + thread, w->stacks.base + stack);
	if (w->bytes + ember_log_pending(w) >= w->gathers)
		ember_log_cut(w);
}

/* Return a random stream number, or a hash of the clocks before the random pool is ready. */
static uint32_t ember_stream_number(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number))
		return number;
	return ember_mix(ember_clock_ns(CLOCK_MONOTONIC), ember_clock_ns(CLOCK_REALTIME));
}

void ember_log_begin(struct ember_log_writer *w, struct ember_recording *r,
		     const struct ember_stream_header *hello, uint8_t flags, uint32_t most,
		     ember_log_emit *emit, void *context)
{
	memset(w, 0, sizeof(*w));
	w->recording = r;
	w->hello = *hello;
	w->hello.clock_off = !w->hello.period_ns;
	if (w->hello.clock_off)
		w->hello.period_ns = EMBER_LOG_NO_CLOCK;
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
	w->compacted = r->spaces.compacted;
	w->placing.recording = r;
	w->placing.dict = &w->dict;
	w->nr_cpus = r->nr_rings;
	w->cpu = ember_xrealloc(NULL, w->nr_cpus, sizeof(*w->cpu));
	memset(w->cpu, 0, w->nr_cpus * sizeof(*w->cpu));
	w->packer = ember_packer_new();
	w->parts = 1;
	w->chains = !most;
	w->outer = ember_xrealloc(NULL, 1, sizeof(*w->outer));
	memset(w->outer, 0, sizeof(*w->outer));
	w->events.recording = r;
	w->events.nr_cpus = w->nr_cpus;
	r->settled = ember_log_sample;
	r->weighted = ember_log_weighted;
	r->settled_context = w;
	/* A log that begins in the middle of a recording has the time and the losses from here on. */
	w->before = (struct ember_log_losses){ r->lost, r->skipped, r->undefined };
	ember_put_hello(w, r->samples ? 0 : r->started_ns);
}

void ember_log_tidy(struct ember_log_writer *w)
{
	ember_log_renumbered(w);
	if (ember_log_kept(w->recording) < w->tidy_at)
		return;
	ember_recording_compact(w->recording);
	ember_log_renumbered(w);
}

void ember_log_resync(struct ember_log_writer *w)
{
	ember_log_cut(w);
	ember_log_forget(w);
	ember_put_hello(w, 0);
}

void ember_log_end(struct ember_log_writer *w)
{
	const struct ember_recording *r = w->recording;

	ember_conditions_clock(w, r->duration_ns ? r->started_ns + r->duration_ns : 0);
	ember_conditions_cpus(w);
	ember_put_waiting(w);
	ember_proto_number(&w->plain, EMBER_CHUNK_LAST, true);
	ember_log_put(w);
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
	free(w->ended.bytes);
	for (i = 0; i < sizeof(w->column) / sizeof(*w->column); i++)
		free(w->column[i].bytes);
	free(w->plain.bytes);
	free(w->part.bytes);
	free(w->item.bytes);
	free(w->chunk.bytes);
	free(w->pair);
	ember_index_free(&w->pair_index);
	ember_dictionary_free(&w->dict);
	ember_normalize_free(&w->placing);
	ember_event_writer_free(&w->events);
	ember_packer_free(w->packer);
	free(w->outer);
	memset(w, 0, sizeof(*w));
}
