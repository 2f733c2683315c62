// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/compact.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/labels.h"

/* What a sample's mappings may be older than the newest sample. */
#define EMBER_COMPACT_NS 60000000000ull

struct ember_compact {
	struct ember_recording *r; /* what is kept, */
	struct ember_recording old; /* of this */
	uint32_t *stack, *thread; /* by old number: the new one + 1; 0: none yet */
	uint32_t *space; /* those of kept threads, in order */
};

static uint32_t ember_compact_stack(struct ember_compact *c, uint32_t number)
{
	const struct ember_blob_table *from = &c->old.stacks;

	if (!c->stack[number])
		c->stack[number] =
			ember_blob_table_add(&c->r->stacks, ember_blob_table_get(from, number),
					     from->at[number + 1] - from->at[number]) +
			1;
	return c->stack[number] - 1;
}

static uint32_t ember_compact_thread(struct ember_compact *c, uint32_t number)
{
	if (!c->thread[number]) {
		struct ember_thread thread = c->old.thread[number];

		thread.labels =
			ember_labels_copy(&c->r->labels, &c->old.labels, thread.labels);
		c->thread[number] = ember_recording_thread(c->r, &thread) + 1;
	}
	return c->thread[number] - 1;
}

/* What can still be named: by the rings, and by samples that wait. */
static void ember_compact_named(struct ember_compact *c)
{
	struct ember_recording *r = c->r;
	uint32_t ring, i;

	for (ring = 0; ring < r->nr_rings; ring++) {
		struct ember_ring_names *names = &r->ring[ring];

		for (i = 0; i < names->nr_stack; i++)
			if (names->stack[i])
				names->stack[i] =
					ember_compact_stack(c, names->stack[i] - 1) + 1;
		for (i = 0; i < names->nr_thread; i++)
			if (names->thread[i])
				names->thread[i] =
					ember_compact_thread(c, names->thread[i] - 1) + 1;
	}
	for (i = 0; i < r->nr_pending; i++) {
		struct ember_unresolved *p =
			&r->pending[(r->first_pending + i) & (r->pending_size - 1)];

		p->stack = ember_compact_stack(c, p->stack);
		p->thread = ember_compact_thread(c, p->thread);
	}
	for (i = 0; i < r->nr_weighted_pending; i++) {
		struct ember_weighted_unresolved *p = &r->weighted_pending[i];

		p->stack = ember_compact_stack(c, p->stack);
		p->thread = ember_compact_thread(c, p->thread);
	}
}

static int ember_space_order(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/*
 * Return true if the mappings of a space are still needed: a kept thread uses it, or its
 * process is alive. The module does not report the mappings of a sleeping process again.
 */
static bool ember_compact_space(const void *context, uint32_t space, uint32_t tgid)
{
	const struct ember_compact *c = context;

	return bsearch(&space, c->space, c->r->nr_thread, sizeof(space), ember_space_order) ||
	       !kill(tgid, 0) || errno != ESRCH;
}

static uint32_t *ember_compact_numbers(uint32_t nr)
{
	uint32_t *number = ember_xrealloc(NULL, nr + 1, sizeof(*number));

	memset(number, 0, (nr + 1) * sizeof(*number));
	return number;
}

void ember_recording_compact(struct ember_recording *r)
{
	struct ember_compact c = { .r = r, .old = *r };
	uint32_t i;

	c.stack = ember_compact_numbers(r->stacks.nr);
	c.thread = ember_compact_numbers(r->nr_thread);
	memset(&r->stacks, 0, sizeof(r->stacks));
	memset(&r->labels, 0, sizeof(r->labels));
	memset(&r->thread_index, 0, sizeof(r->thread_index));
	r->thread = NULL;
	r->nr_thread = r->thread_size = 0;
	ember_compact_named(&c);
	c.space = ember_compact_numbers(r->nr_thread);
	for (i = 0; i < r->nr_thread; i++)
		c.space[i] = r->thread[i].space;
	if (r->nr_thread)
		qsort(c.space, r->nr_thread, sizeof(*c.space), ember_space_order);
	ember_spaces_compact(&r->spaces,
			     r->newest > EMBER_COMPACT_NS ? r->newest - EMBER_COMPACT_NS : 0,
			     ember_compact_space, &c);
	ember_blob_table_free(&c.old.stacks);
	ember_blob_table_free(&c.old.labels);
	ember_index_free(&c.old.thread_index);
	free(c.old.thread);
	free(c.stack);
	free(c.thread);
	free(c.space);
}
