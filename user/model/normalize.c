// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/normalize.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/labels.h"

/* Return the dictionary's number of a file. Once its build-id is known, the file is a new one. */
static uint32_t ember_normalize_file(struct ember_normalize *p, uint32_t number)
{
	const struct ember_file *file = &p->recording->spaces.file[number];

	p->file = ember_array_ensure(p->file, &p->nr_file, number, sizeof(*p->file));
	if (!p->file[number] ||
	    p->dict->file[p->file[number] - 1].build_id_bytes != file->build_id_bytes)
		p->file[number] = ember_dictionary_file(p->dict, file) + 1;
	return p->file[number] - 1;
}

static void ember_normalize_frame(struct ember_normalize *p, uint32_t generation,
				  struct ember_normalized *placed, unsigned int i)
{
	const struct ember_spaces *spaces = &p->recording->spaces;
	uint64_t pc = placed->address[i];
	bool caller = i > placed->nr_kernel;
	/* A call at a mapping's very end returns to what is behind it. */
	const struct ember_map *map = ember_spaces_map(spaces, generation, pc - caller);
	struct ember_extent extent;

	placed->extent[i] = EMBER_NO_NUMBER;
	if (!map || map->file >= spaces->nr_file || !spaces->file[map->file].path)
		return;
	extent.file = ember_normalize_file(p, map->file);
	extent.offset = map->offset;
	extent.start = map->offset;
	if (p->dict->file[extent.file].flags & EMBER_FILE_VDSO ||
	    ember_file_made(&p->dict->file[extent.file]))
		extent.start = map->start;
	extent.end = extent.start + (map->end - map->start);
	placed->address[i] = pc - map->start + extent.start;
	placed->extent[i] = ember_dictionary_extent(p->dict, &extent);
}

/*
 * Return the number of user frames to keep. Drop outermost frames that lie in no mapping: they
 * are no callers, but come from a register that held no frame pointer. Keep all frames if no
 * mappings are known.
 */
static uint16_t ember_normalize_depth(const struct ember_normalize *p, uint32_t generation,
				      const struct ember_stack *stack)
{
	const uint64_t *user = stack->frames + stack->nr_kernel;
	uint16_t nr = stack->nr_user;

	if (generation != EMBER_NO_NUMBER)
		while (nr > 1 &&
		       !ember_spaces_map(&p->recording->spaces, generation, user[nr - 1] - 1))
			nr--;
	return nr;
}

static bool ember_cut(uint8_t end)
{
	return end > EMBER_END_WHOLE && end != EMBER_END_EXEC && end != EMBER_END_GAPS;
}

uint32_t ember_normalize_stack(struct ember_normalize *p, uint32_t number, uint32_t generation)
{
	struct ember_normalized placed = {};
	struct ember_stack stack;
	unsigned int i;

	ember_stacks_get(&p->recording->stacks, number, &stack);
	placed.nr_kernel = stack.nr_kernel;
	placed.nr_user = ember_normalize_depth(p, generation, &stack);
	placed.context = stack.context;
	placed.vector = stack.vector;
	placed.cut = placed.nr_user < stack.nr_user || ember_cut(stack.end_kernel) ||
		     ember_cut(stack.end_user);
	placed.gaps = !placed.cut && stack.end_user == EMBER_END_GAPS;
	memcpy(placed.address, stack.frames, sizeof(placed.address));
	memset(placed.extent, 0xff, sizeof(placed.extent)); /* EMBER_NO_NUMBER */
	for (i = 0; i < placed.nr_user; i++)
		ember_normalize_frame(p, generation, &placed, stack.nr_kernel + i);
	return ember_dictionary_stack(p->dict, &placed);
}

uint32_t ember_normalize_thread(struct ember_normalize *p, uint32_t number)
{
	struct ember_thread thread = p->recording->thread[number];
	uint32_t set = thread.labels;

	if (set) {
		p->labels =
			ember_array_ensure(p->labels, &p->nr_labels, set, sizeof(*p->labels));
		if (!p->labels[set])
			p->labels[set] = ember_labels_copy(&p->dict->labels,
							   &p->recording->labels, set) +
					 1;
		thread.labels = p->labels[set] - 1;
	}
	return ember_dictionary_thread(p->dict, &thread);
}

void ember_normalize_free(struct ember_normalize *p)
{
	free(p->file);
	p->file = NULL;
	p->nr_file = 0;
	free(p->labels);
	p->labels = NULL;
	p->nr_labels = 0;
}

static void ember_normalize_events(struct ember_normalize *p, struct ember_event_set *to)
{
	const struct ember_recording *r = p->recording;
	uint32_t number[EMBER_EVENTS_MAX], i;

	for (i = 0; i < r->events.nr_event; i++) {
		number[i] = ember_event_set_event(to, &r->events.event[i], false);
		ember_event_sum_add(&to->event[number[i]].lost, r->event[i].lost);
		ember_event_sum_add(&to->event[number[i]].lost, r->event[i].undefined);
	}
	for (i = 0; i < r->events.nr_count; i++) {
		struct ember_weighted count = r->events.count[i];
		uint32_t stack = ember_normalize_stack(p, count.stack, count.at);

		count.event = number[count.event];
		if (stack == EMBER_NO_NUMBER) {
			ember_event_sum_add(&to->event[count.event].lost, count.sum);
			continue;
		}
		count.thread = ember_normalize_thread(p, count.thread);
		count.stack = stack;
		count.at = 0;
		ember_event_set_add(to, &count);
	}
}

void ember_normalize_all(const struct ember_recording *r, struct ember_tally *t)
{
	struct ember_normalize p = { .recording = r, .dict = &t->dict };
	uint32_t i;

	t->period_ns = r->period_ns;
	t->clocked = r->period_ns;
	t->time_ns = r->time_ns;
	t->duration_ns = r->duration_ns;
	t->lost = r->lost;
	t->skipped = r->skipped;
	t->here = true;
	t->dates = r->dates;
	for (i = 0; i < r->counts.nr; i++) {
		const struct ember_count *count = &r->counts.count[i];
		uint32_t stack = ember_normalize_stack(&p, count->stack, count->at);

		if (stack == EMBER_NO_NUMBER)
			t->lost += count->samples;
		else
			ember_sample_set_add(&t->counts,
					     &(struct ember_count){
						     ember_normalize_thread(&p, count->thread),
						     stack, 0, count->samples });
	}
	ember_normalize_events(&p, &t->events);
	ember_normalize_free(&p);
}
