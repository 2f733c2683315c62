// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module reports mappings a little after they take effect, in a ring of their own. A
 * sample with user frames therefore waits until the stream is EMBER_PENDING_NS past it, and is
 * then counted under the generation of mappings that was in effect at its time.
 */
#include "model/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "model/weighted.h"

#define EMBER_RING_NUMBERS_MAX (1u << 20) /* as many slots as the module allows */

void ember_recording_init(struct ember_recording *r, unsigned int nr_rings, uint64_t period_ns)
{
	memset(r, 0, sizeof(*r));
	r->nr_rings = nr_rings;
	r->period_ns = period_ns;
	r->ring = ember_xrealloc(NULL, nr_rings, sizeof(*r->ring));
	memset(r->ring, 0, nr_rings * sizeof(*r->ring));
}

void ember_recording_free(struct ember_recording *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_rings; i++) {
		free(r->ring[i].stack);
		free(r->ring[i].thread);
	}
	free(r->ring);
	free(r->thread);
	free(r->pending);
	free(r->weighted_pending);
	ember_event_set_free(&r->events);
	ember_index_free(&r->thread_index);
	ember_blob_table_free(&r->labels);
	ember_sample_set_free(&r->counts);
	ember_spaces_free(&r->spaces);
	ember_blob_table_free(&r->stacks);
	memset(r, 0, sizeof(*r));
}

void ember_recording_start(struct ember_recording *r)
{
	r->time_ns = ember_clock_ns(CLOCK_REALTIME);
	if (r->time_ns < EMBER_CLOCK_SET)
		r->time_ns = 0;
	r->started_ns = ember_clock_ns(CLOCK_MONOTONIC);
	ember_recording_look(r);
}

/* Look up the labels of all threads that rings can name: a process may have moved. */
static void ember_recording_relabel(struct ember_recording *r, uint64_t now)
{
	uint32_t ring, i;

	r->relabelled_ns = now;
	for (ring = 0; ring < r->nr_rings; ring++) {
		struct ember_ring_names *names = &r->ring[ring];

		for (i = 0; i < names->nr_thread; i++) {
			struct ember_thread thread;

			if (!names->thread[i])
				continue;
			thread = r->thread[names->thread[i] - 1];
			thread.labels = r->labelled(r->labelled_context, r, &thread);
			/* What has ended stays where it was. */
			if (thread.labels)
				names->thread[i] = ember_recording_thread(r, &thread) + 1;
		}
	}
}

void ember_recording_look(struct ember_recording *r)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	ember_dates_look(&r->dates);
	r->spaces.ahead_ns = ember_clock_ns(CLOCK_BOOTTIME) - now;
	if (r->labelled && now - r->relabelled_ns >= EMBER_RELABEL_NS)
		ember_recording_relabel(r, now);
}

static void ember_resolve(struct ember_recording *r, const struct ember_resolved *sample)
{
	if (r->settled)
		r->settled(r->settled_context, sample);
	else
		ember_sample_set_add(&r->counts, &(struct ember_count){
							 sample->thread, sample->stack,
							 sample->generation, sample->points });
}

static void ember_resolve_queued(struct ember_recording *r, const struct ember_unresolved *p)
{
	struct ember_resolved sample = { p->time, p->cpu, p->thread, p->stack, 0, p->points };

	sample.generation = ember_spaces_at(&r->spaces, r->thread[p->thread].space, p->time);
	ember_resolve(r, &sample);
}

static void ember_resolve_first(struct ember_recording *r)
{
	ember_resolve_queued(r, &r->pending[r->first_pending]);
	r->first_pending = (r->first_pending + 1) & (r->pending_size - 1);
	r->nr_pending--;
}

/* Rings are read one after the other: an older sample may be behind younger ones. */
void ember_recording_resolve(struct ember_recording *r, uint64_t until)
{
	uint32_t i, kept = 0, mask = r->pending_size - 1;

	for (i = 0; i < r->nr_pending; i++) {
		const struct ember_unresolved *p = &r->pending[(r->first_pending + i) & mask];

		if (p->time <= until)
			ember_resolve_queued(r, p);
		else
			r->pending[(r->first_pending + kept++) & mask] = *p;
	}
	r->nr_pending = kept;
	ember_weighted_resolve(r, until);
}

static void ember_queue(struct ember_recording *r, struct ember_unresolved pending)
{
	if (pending.time > r->newest)
		r->newest = pending.time;
	while (r->nr_pending == EMBER_PENDING_MAX ||
	       (r->nr_pending &&
		r->newest - r->pending[r->first_pending].time > EMBER_PENDING_NS))
		ember_resolve_first(r);
	if (r->nr_pending == r->pending_size) {
		uint32_t old = r->pending_size, wrapped = r->first_pending;

		r->pending_size = old ? 2 * old : 64;
		r->pending = ember_xrealloc(r->pending, r->pending_size, sizeof(*r->pending));
		/* It was full: what had wrapped follows on what hadn't. */
		if (wrapped)
			memcpy(r->pending + old, r->pending, wrapped * sizeof(*r->pending));
	}
	r->pending[(r->first_pending + r->nr_pending++) & (r->pending_size - 1)] = pending;
}

void ember_recording_stop(struct ember_recording *r)
{
	if (r->started_ns) {
		r->duration_ns = ember_clock_ns(CLOCK_MONOTONIC) - r->started_ns;
		ember_recording_look(r);
	}
	while (r->nr_pending)
		ember_resolve_first(r);
	ember_weighted_resolve(r, UINT64_MAX);
}

static void ember_name(uint32_t **names, uint32_t *nr, uint32_t number, uint32_t is)
{
	*names = ember_array_ensure(*names, nr, number, sizeof(**names));
	(*names)[number] = is;
}

static bool ember_on_sample(struct ember_recording *r, struct ember_ring_names *ring,
			    const struct ember_rec_sample *rec)
{
	uint32_t thread = ember_named(ring->thread, ring->nr_thread, rec->thread);
	uint32_t stack = ember_named(ring->stack, ring->nr_stack, rec->stack);
	uint32_t cpu = ring - r->ring, points = 1u << ring->shift;

	r->samples++;
	if (points > 1)
		ember_throttled_add(&r->throttled, points);
	/* The record has the low 32 bits of a time within 2^31 ns of the last one. */
	ring->time += (int32_t)(rec->time - (uint32_t)ring->time);
	if (!thread-- || !stack--) {
		r->undefined++;
		return true;
	}
	if (r->thread[thread].space && ember_stacks_user(&r->stacks, stack))
		ember_queue(r, (struct ember_unresolved){ ring->time, cpu, thread, stack,
							  points });
	else
		ember_resolve(r, &(struct ember_resolved){ ring->time, cpu, thread, stack,
							   EMBER_NO_NUMBER, points });
	return true;
}

static bool ember_on_rate(struct ember_ring_names *ring, const struct ember_rec_rate *rec)
{
	if (rec->shift > EMBER_BUDGET_SHIFT_MAX)
		return false;
	ring->shift = rec->shift;
	return true;
}

static bool ember_on_stack(struct ember_recording *r, struct ember_ring_names *ring,
			   const struct ember_rec_stack *rec)
{
	uint32_t n = rec->nr_kernel + rec->nr_user, number;
	struct ember_stack stack = {
		.nr_kernel = rec->nr_kernel,
		.nr_user = rec->nr_user,
		.context = rec->context,
		.end_kernel = rec->end_kernel,
		.end_user = rec->end_user,
		.vector = rec->vector,
	};

	if (rec->stack >= EMBER_RING_NUMBERS_MAX || n > EMBER_FRAMES_MAX ||
	    rec->h.size < sizeof(*rec) + n * sizeof(*rec->frames))
		return false;
	memcpy(stack.frames, rec->frames, n * sizeof(*rec->frames));
	number = ember_stacks_add(&r->stacks, &stack);
	ember_name(&ring->stack, &ring->nr_stack, rec->stack, number + 1);
	return true;
}

struct ember_recorded_thread_key {
	const struct ember_recording *r;
	struct ember_thread thread;
};

static bool ember_thread_same(const void *context, uint32_t item)
{
	const struct ember_recorded_thread_key *key = context;

	return !memcmp(&key->r->thread[item], &key->thread, sizeof(key->thread));
}

uint32_t ember_recording_thread(struct ember_recording *r, const struct ember_thread *thread)
{
	struct ember_recorded_thread_key key = { r, *thread };
	uint64_t hash = ember_mix_bytes(0, thread, sizeof(*thread));
	uint32_t number = ember_index_find(&r->thread_index, hash, ember_thread_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	r->thread = ember_array_reserve(r->thread, r->nr_thread, &r->thread_size,
					sizeof(*r->thread));
	r->thread[r->nr_thread] = *thread;
	ember_index_add(&r->thread_index, hash, r->nr_thread);
	return r->nr_thread++;
}

static bool ember_on_thread(struct ember_recording *r, struct ember_ring_names *ring,
			    const struct ember_rec_thread *rec)
{
	struct ember_thread thread = {
		.start_time = rec->start_time,
		.tid = rec->tid,
		.tgid = rec->tgid,
		.space = rec->space,
		.flags = rec->flags,
	};

	if (rec->thread >= EMBER_RING_NUMBERS_MAX)
		return false;
	/* Copy up to the NUL: bytes after it must not make equal names differ. */
	memcpy(thread.comm, rec->comm, strnlen(rec->comm, sizeof(rec->comm) - 1));
	if (r->labelled)
		thread.labels = r->labelled(r->labelled_context, r, &thread);
	ember_name(&ring->thread, &ring->nr_thread, rec->thread,
		   ember_recording_thread(r, &thread) + 1);
	return true;
}

static bool ember_on_record(struct ember_recording *r, struct ember_ring_names *ring,
			    const struct ember_record *rec)
{
	const struct ember_rec_lost *lost = (const void *)rec;

	switch (rec->type) {
	case EMBER_REC_TIME:
		ring->time = ((const struct ember_rec_time *)rec)->time;
		return true;
	case EMBER_REC_SAMPLE: return ember_on_sample(r, ring, (const void *)rec);
	case EMBER_REC_STACK: return ember_on_stack(r, ring, (const void *)rec);
	case EMBER_REC_THREAD: return ember_on_thread(r, ring, (const void *)rec);
	case EMBER_REC_LOST:
		r->lost += lost->lost;
		r->skipped += lost->skipped;
		return true;
	case EMBER_REC_FILE: return ember_spaces_on_file(&r->spaces, (const void *)rec);
	case EMBER_REC_SPACE: return ember_spaces_on_space(&r->spaces, (const void *)rec);
	case EMBER_REC_MAP: return ember_spaces_on_map(&r->spaces, (const void *)rec);
	case EMBER_REC_SPACE_END: return ember_spaces_on_end(&r->spaces, (const void *)rec);
	case EMBER_REC_EVENT: return ember_weighted_on_event(r, ring, (const void *)rec);
	case EMBER_REC_WEIGHTED: return ember_weighted_on_sample(r, ring, (const void *)rec);
	case EMBER_REC_RATE: return ember_on_rate(ring, (const void *)rec);
	case EMBER_REC_EVENT_LOST: return ember_weighted_on_lost(r, ring, (const void *)rec);
	}
	return true; /* a PAD, or of a newer module: to be skipped */
}

void ember_recording_record(void *context, unsigned int ring, const struct ember_record *rec)
{
	static const uint8_t least[] = {
		[EMBER_REC_TIME] = sizeof(struct ember_rec_time),
		[EMBER_REC_SAMPLE] = sizeof(struct ember_rec_sample),
		[EMBER_REC_STACK] = sizeof(struct ember_rec_stack),
		[EMBER_REC_THREAD] = sizeof(struct ember_rec_thread),
		[EMBER_REC_LOST] = sizeof(struct ember_rec_lost),
		[EMBER_REC_FILE] = sizeof(struct ember_rec_file),
		[EMBER_REC_SPACE] = sizeof(struct ember_rec_space),
		[EMBER_REC_MAP] = sizeof(struct ember_rec_map),
		[EMBER_REC_SPACE_END] = sizeof(struct ember_rec_space_end),
		[EMBER_REC_EVENT] = sizeof(struct ember_rec_event),
		[EMBER_REC_WEIGHTED] = sizeof(struct ember_rec_weighted),
		[EMBER_REC_EVENT_LOST] = sizeof(struct ember_rec_event_lost),
		[EMBER_REC_RATE] = sizeof(struct ember_rec_rate),
	};
	struct ember_recording *r = context;

	if (ring >= r->nr_rings ||
	    (rec->type < sizeof(least) && rec->size < least[rec->type]) ||
	    !ember_on_record(r, &r->ring[ring], rec))
		r->ignored++;
}

bool ember_recording_bytes(struct ember_recording *r, unsigned int ring, const void *bytes,
			   size_t n)
{
	const struct ember_record *rec;
	size_t at, size;

	for (at = 0; n - at >= 8; at += size) {
		rec = (const void *)((const char *)bytes + at);
		size = rec->size;
		if (rec->type == EMBER_REC_PAD && !size)
			return true;
		if (size < 8 || size % 8 || size > n - at) {
			r->ignored++;
			return false;
		}
		ember_recording_record(r, ring, rec);
	}
	return at == n;
}
