// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Numbers in a ring are places in finite tables: beyond this they are nonsense. */
#define EMBER_NUMBERS_MAX	(1u << 24)

void ember_profile_init(struct ember_profile *p, unsigned int nr_rings, uint64_t period_ns)
{
	memset(p, 0, sizeof(*p));
	p->nr_rings = nr_rings;
	p->period_ns = period_ns;
	p->cpu = ember_grow(NULL, nr_rings, sizeof(*p->cpu));
	memset(p->cpu, 0, nr_rings * sizeof(*p->cpu));
}

static void ember_frames_free(struct ember_stack *stack, uint32_t nr)
{
	while (nr--)
		free(stack[nr].frames);
	free(stack);
}

void ember_profile_exit(struct ember_profile *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_rings; i++) {
		ember_frames_free(p->cpu[i].stack, p->cpu[i].nr_stack);
		free(p->cpu[i].thread);
	}
	free(p->cpu);
	for (i = 0; i < p->nr_file; i++)
		free(p->file[i].path);
	free(p->file);
	for (i = 0; i < p->nr_space; i++) {
		free(p->space[i].map);
		free(p->filling[i].map);
	}
	free(p->space);
	free(p->filling);
	ember_frames_free(p->stack, p->slots);
}

/* Makes array[number] exist, zeroed; array and its length by name. */
#define EMBER_REACH(array, nr, number) do {					\
	if ((number) >= (nr)) {							\
		uint32_t now_ = (number) + 1 + (number) / 2;			\
										\
		(array) = ember_grow(array, now_, sizeof(*(array)));		\
		memset((array) + (nr), 0, (now_ - (nr)) * sizeof(*(array)));	\
		(nr) = now_;							\
	}									\
} while (0)

static void ember_on_stack(struct ember_cpu_maps *cpu, const struct ember_rec_stack *rec)
{
	uint32_t n = rec->nr_kernel + rec->nr_user;
	struct ember_stack *stack;

	if (rec->stack >= EMBER_NUMBERS_MAX || rec->h.size != sizeof(*rec) + n * 8)
		return;
	EMBER_REACH(cpu->stack, cpu->nr_stack, rec->stack);
	stack = &cpu->stack[rec->stack];
	stack->nr_kernel = rec->nr_kernel;
	stack->nr_user = rec->nr_user;
	stack->context = rec->context;
	stack->end_user = rec->end_user;
	stack->frames = ember_grow(stack->frames, n ? n : 1, 8);
	memcpy(stack->frames, rec->frames, n * 8);
}

static uint64_t ember_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static bool ember_same(const struct ember_stack *a, const struct ember_stack *b)
{
	return a->hash == b->hash && a->space == b->space && a->tid == b->tid &&
	       a->context == b->context && a->nr_kernel == b->nr_kernel &&
	       a->nr_user == b->nr_user && !memcmp(a->comm, b->comm, sizeof(a->comm)) &&
	       !memcmp(a->frames, b->frames, (a->nr_kernel + a->nr_user) * 8);
}

static struct ember_stack *ember_slot(struct ember_profile *p, const struct ember_stack *key)
{
	uint32_t at = key->hash & (p->slots - 1);

	while (p->stack[at].count && !ember_same(&p->stack[at], key))
		at = (at + 1) & (p->slots - 1);
	return &p->stack[at];
}

static void ember_widen(struct ember_profile *p)
{
	struct ember_stack *old = p->stack;
	uint32_t i, slots = p->slots;

	p->slots = slots ? 2 * slots : 256;
	p->stack = ember_grow(NULL, p->slots, sizeof(*p->stack));
	memset(p->stack, 0, p->slots * sizeof(*p->stack));
	for (i = 0; i < slots; i++)
		if (old[i].count)
			*ember_slot(p, &old[i]) = old[i];
	free(old);
}

static void ember_on_sample(struct ember_profile *p, struct ember_cpu_maps *cpu,
			    const struct ember_rec_sample *rec)
{
	const struct ember_rec_thread *thread;
	struct ember_stack key, *slot;
	uint32_t i, n;

	p->samples++;
	if (rec->stack >= cpu->nr_stack || !cpu->stack[rec->stack].frames ||
	    rec->thread >= cpu->nr_thread || !cpu->thread[rec->thread].h.size) {
		p->undefined++;
		return;
	}
	thread = &cpu->thread[rec->thread];
	key = cpu->stack[rec->stack];
	key.space = thread->space;
	key.tid = thread->tid;
	key.tgid = thread->tgid;
	memcpy(key.comm, thread->comm, sizeof(key.comm));
	n = key.nr_kernel + key.nr_user;
	key.hash = ember_mix(ember_mix(key.space, key.tid), key.context);
	for (i = 0; i < n; i++)
		key.hash = ember_mix(key.hash, key.frames[i]);
	if (2 * p->nr_stack >= p->slots)
		ember_widen(p);
	slot = ember_slot(p, &key);
	if (!slot->count) {
		*slot = key;
		slot->count = 0;
		slot->frames = ember_grow(NULL, n ? n : 1, 8);
		memcpy(slot->frames, key.frames, n * 8);
		p->nr_stack++;
	}
	slot->count++;
}

static void ember_on_file(struct ember_profile *p, const struct ember_rec_file *rec)
{
	struct ember_file *file;

	if (rec->file >= EMBER_NUMBERS_MAX || rec->h.size < sizeof(*rec) ||
	    rec->path_bytes > rec->h.size - sizeof(*rec) ||
	    rec->build_id_bytes > EMBER_BUILD_ID_MAX)
		return;
	EMBER_REACH(p->file, p->nr_file, rec->file);
	file = &p->file[rec->file];
	free(file->path);
	file->path = strndup(rec->path, rec->path_bytes);
	file->flags = rec->flags;
	file->dev_major = rec->dev_major;
	file->dev_minor = rec->dev_minor;
	file->ino = rec->ino;
	file->generation = rec->generation;
	file->build_id_bytes = rec->build_id_bytes;
	memcpy(file->build_id, rec->build_id, sizeof(file->build_id));
}

static void ember_reach_space(struct ember_profile *p, uint32_t space)
{
	uint32_t nr = p->nr_space;

	EMBER_REACH(p->filling, nr, space);
	EMBER_REACH(p->space, p->nr_space, space);
}

static void ember_on_map(struct ember_profile *p, const struct ember_rec_map *rec)
{
	struct ember_space *f;

	if (rec->space >= p->nr_space || !p->filling[rec->space].open)
		return;
	f = &p->filling[rec->space];
	f->map = ember_grow(f->map, f->nr + 1, sizeof(*f->map));
	f->map[f->nr++] = (struct ember_map){ rec->start, rec->end, rec->offset, rec->file };
}

/*
 * A generation is whole. What it replaces is kept where nothing new lies: code that
 * was unmapped meanwhile may have been sampled before.
 */
static void ember_on_space_end(struct ember_profile *p, const struct ember_rec_space_end *rec)
{
	struct ember_space *f, *s;
	uint32_t i, k;

	if (rec->space >= p->nr_space || !p->filling[rec->space].open)
		return;
	f = &p->filling[rec->space];
	s = &p->space[rec->space];
	f->open = 0;
	if (f->nr != rec->maps)
		return;
	for (i = 0; i < s->nr; i++) {
		for (k = 0; k < rec->maps; k++)
			if (s->map[i].start < f->map[k].end && f->map[k].start < s->map[i].end)
				break;
		if (k < rec->maps)
			continue;
		f->map = ember_grow(f->map, f->nr + 1, sizeof(*f->map));
		f->map[f->nr++] = s->map[i];
	}
	free(s->map);
	*s = *f;
	memset(f, 0, sizeof(*f));
}

void ember_profile_record(void *context, unsigned int ring, const struct ember_record *rec)
{
	const struct ember_rec_thread *thread = (const void *)rec;
	const struct ember_rec_lost *lost = (const void *)rec;
	const struct ember_rec_space *space = (const void *)rec;
	struct ember_profile *p = context;
	struct ember_cpu_maps *cpu = &p->cpu[ring];

	switch (rec->type) {
	case EMBER_REC_SAMPLE:
		ember_on_sample(p, cpu, (const void *)rec);
		break;
	case EMBER_REC_STACK:
		ember_on_stack(cpu, (const void *)rec);
		break;
	case EMBER_REC_THREAD:
		if (thread->thread >= EMBER_NUMBERS_MAX)
			break;
		EMBER_REACH(cpu->thread, cpu->nr_thread, thread->thread);
		cpu->thread[thread->thread] = *thread;
		break;
	case EMBER_REC_LOST:
		p->lost += lost->lost;
		p->skipped += lost->skipped;
		break;
	case EMBER_REC_FILE:
		ember_on_file(p, (const void *)rec);
		break;
	case EMBER_REC_SPACE:
		if (space->space >= EMBER_NUMBERS_MAX)
			break;
		ember_reach_space(p, space->space);
		p->filling[space->space].nr = 0;
		p->filling[space->space].open = 1;
		p->filling[space->space].time = space->time;
		p->filling[space->space].generation = space->generation;
		break;
	case EMBER_REC_MAP:
		ember_on_map(p, (const void *)rec);
		break;
	case EMBER_REC_SPACE_END:
		ember_on_space_end(p, (const void *)rec);
		break;
	}
}

const struct ember_map *ember_profile_map(const struct ember_profile *p, uint32_t space,
					  uint64_t pc)
{
	uint32_t i;

	if (!space || space >= p->nr_space)
		return NULL;
	for (i = 0; i < p->space[space].nr; i++)
		if (pc >= p->space[space].map[i].start && pc < p->space[space].map[i].end)
			return &p->space[space].map[i];
	return NULL;
}
