// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Weighted samples wait for their mappings as those of the clock do, but in a list of their own:
 * they are few, and need more room each.
 */
#include "model/weighted.h"

#include <string.h>

#include "base/memory.h"

#define EMBER_WEIGHTED_LEAST 64 /* that may wait before any is looked at */

bool ember_weighted_on_event(struct ember_recording *r, struct ember_ring_names *ring,
			     const struct ember_rec_event *rec)
{
	struct ember_event_info event = { .type = rec->type,
					  .unit = rec->unit,
					  .period = rec->period };
	uint32_t number;

	/* The clock has no number, and 0 is no period. */
	if (rec->event >= EMBER_EVENTS_MAX || rec->type == EMBER_EVENT_CPU || !rec->period)
		return false;
	ember_event_name(rec->type, event.name);
	number = ember_event_set_event(&r->events, &event, true);
	/* Samples by a definition that has no room must not count under the one before. */
	ring->event[rec->event] = number == EMBER_NO_NUMBER ? 0 : number + 1;
	return number != EMBER_NO_NUMBER;
}

static void ember_weighted_settle(struct ember_recording *r,
				  const struct ember_weighted_unresolved *p,
				  uint32_t generation)
{
	struct ember_weighted_resolved sample = { { p->time, p->cpu, p->thread, p->stack,
						    generation, 1 },
						  p->weight,
						  p->event,
						  p->detail };
	uint32_t type = r->events.event[p->event].type;
	struct ember_weighted count = {
		.event = p->event,
		.state = ember_event_state(type, p->detail),
		.thread = p->thread,
		.stack = p->stack,
		.at = generation,
		.sum = { ember_event_count(type, p->detail), p->weight },
	};

	if (r->weighted)
		r->weighted(r->settled_context, &sample);
	else
		ember_event_set_add(&r->events, &count);
}

void ember_weighted_resolve(struct ember_recording *r, uint64_t until)
{
	uint32_t i, kept = 0;

	for (i = 0; i < r->nr_weighted_pending; i++) {
		const struct ember_weighted_unresolved *p = &r->weighted_pending[i];

		if (p->time > until) {
			r->weighted_pending[kept++] = *p;
			continue;
		}
		ember_weighted_settle(r, p,
				      ember_spaces_at(&r->spaces, r->thread[p->thread].space,
						      p->time));
	}
	r->nr_weighted_pending = kept;
}

/* Make room in the list: settle what has waited long enough, and all of it if that's too much. */
static void ember_weighted_queue(struct ember_recording *r,
				 const struct ember_weighted_unresolved *p)
{
	uint32_t nr = r->nr_weighted_pending;

	if (p->time > r->newest)
		r->newest = p->time;
	if (nr >= EMBER_WEIGHTED_LEAST && nr == r->weighted_pending_size) {
		ember_weighted_resolve(
			r, r->newest > EMBER_PENDING_NS ? r->newest - EMBER_PENDING_NS : 0);
		if (r->nr_weighted_pending >= EMBER_PENDING_MAX)
			ember_weighted_resolve(r, UINT64_MAX);
		nr = r->nr_weighted_pending;
		/* What is left must be less than half, or each sample would look at all. */
		if (nr > r->weighted_pending_size / 2) {
			r->weighted_pending_size *= 2;
			r->weighted_pending = ember_xrealloc(r->weighted_pending,
							     r->weighted_pending_size,
							     sizeof(*r->weighted_pending));
		}
	}
	if (!r->weighted_pending) {
		r->weighted_pending_size = EMBER_WEIGHTED_LEAST;
		r->weighted_pending = ember_xrealloc(NULL, r->weighted_pending_size,
						     sizeof(*r->weighted_pending));
	}
	r->weighted_pending[r->nr_weighted_pending++] = *p;
}

bool ember_weighted_on_sample(struct ember_recording *r, struct ember_ring_names *ring,
			      const struct ember_rec_weighted *rec)
{
	struct ember_event_sum one = { 1, rec->weight };
	struct ember_weighted_unresolved p = { .weight = rec->weight,
					       .cpu = ring - r->ring,
					       .detail = rec->detail };
	struct ember_event_counts *counts;

	/* As in SAMPLE; the ring's time goes on even if all else makes no sense. */
	ring->time += (int32_t)(rec->time - (uint32_t)ring->time);
	if (rec->event >= EMBER_EVENTS_MAX || !ring->event[rec->event] || !rec->weight)
		return false;
	p.time = ring->time;
	p.event = ring->event[rec->event] - 1;
	p.thread = ember_named(ring->thread, ring->nr_thread, rec->thread);
	p.stack = ember_named(ring->stack, ring->nr_stack, rec->stack);
	counts = &r->event[p.event];
	ember_event_sum_add(&counts->sampled, one);
	if (!p.thread-- || !p.stack--) {
		ember_event_sum_add(&counts->undefined, one);
		return true;
	}
	if (r->thread[p.thread].space && ember_stacks_user(&r->stacks, p.stack))
		ember_weighted_queue(r, &p);
	else
		ember_weighted_settle(r, &p, EMBER_NO_NUMBER);
	return true;
}

bool ember_weighted_on_lost(struct ember_recording *r, struct ember_ring_names *ring,
			    const struct ember_rec_event_lost *rec)
{
	if (rec->event >= EMBER_EVENTS_MAX || !ring->event[rec->event])
		return false;
	ember_event_sum_add(&r->event[ring->event[rec->event] - 1].lost,
			    (struct ember_event_sum){ rec->lost, rec->weight });
	return true;
}
