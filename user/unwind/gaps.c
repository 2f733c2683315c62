// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/gaps.h"

#include "unwind/run.h"

/* Places at once: that are looked at, and undone. */
#define EMBER_GAP_SKIP 4096
#define EMBER_GAP_UNDO 1024
#define EMBER_GAP_FILL 16 /* instructions at most that only lead on */

/* Drops what lies beyond the function's end, where that was moved; false: there's more. */
static bool ember_gap_recount(struct ember_function_flow *f, unsigned int work)
{
	for (; f->counted > ember_flow_places(f); f->counted--) {
		uint16_t number = f->at[f->counted - 1];

		if (f->counted % 16 == 0 && f->work++ >= work)
			return false;
		if (number && number <= f->nr)
			f->count[number - 1]--;
	}
	return true;
}

/* What most of the code finds once the return address is saved: its number; 0: nothing. */
static uint16_t ember_gap_number(struct ember_function_flow *f)
{
	unsigned int best = 0, i;
	uint16_t body = 0;

	f->work += (f->nr - f->base) / 16;
	for (i = f->base; i < f->nr; i++)
		if (f->count[i] > best && f->known[i].made) {
			best = f->count[i];
			body = 1 + i;
		}
	return body;
}

/* ember_walk.changed() */
static bool ember_gap_unchanged(struct ember_flow_walk *w)
{
	(void)w;
	return false;
}

/* Fills a gap of one instruction that does nothing, as most are; false: it's another one. */
static bool ember_gap_nothing(struct ember_function_flow *f, uint32_t place, uint16_t number)
{
	const uint32_t at = place << f->isa->shift;
	const uint32_t bytes = f->isa->nothing(f->code + at, f->room - at);
	const uint32_t next = place + (bytes >> f->isa->shift);
	uint32_t i;

	if (!bytes || next >= ember_flow_places(f) || !f->at[next])
		return false;
	for (i = place + 1; i < next; i++)
		if (f->at[i])
			return false;
	f->at[place] = number;
	for (i = place + 1; i < next; i++)
		f->at[i] = EMBER_FRAME_INSIDE | number;
	f->count[number - 1]++;
	f->work++;
	return true;
}

/*
 * Fills a gap from where code goes straight on to what is known, and there alone, with the
 * frame of that number. false: it does more, and nothing is marked.
 */
static bool ember_gap_leads(struct ember_function_flow *f, uint32_t place, uint16_t number)
{
	struct ember_flow_walk *w = &f->walk;
	const uint32_t high = w->high, far = w->far;
	enum ember_walk_end end;
	uint32_t next;
	bool leads;

	if (ember_gap_nothing(f, place, number))
		return true;
	ember_run_start(f, place, &f->frame[number - 1]);
	ember_run_number(f, number);
	w->data = NULL;
	w->changed = ember_gap_unchanged;
	w->row = NULL;
	w->at = place << f->isa->shift;
	w->most = EMBER_GAP_FILL;
	end = f->isa->walk(w);
	next = w->at >> f->isa->shift;
	f->work += w->done + 1;
	leads = w->done && !w->nr && !w->stale && !w->blocked &&
		(end == EMBER_WALK_OVER ||
		 (end == EMBER_WALK_MOST && next < ember_flow_places(f) && f->at[next]));
	w->nr = 0;
	w->far = far;
	f->run.on = false;
	f->phase = EMBER_FLOW_GAPS;
	if (leads) {
		f->count[number - 1] += w->done;
		return true;
	}
	w->high = high;
	while (next > place)
		f->at[--next] = 0;
	return false;
}

/* What only leads to where this function goes on is its own, where sets fill up with nops. */
static bool ember_gap_straight(struct ember_function_flow *f)
{
	uint16_t number = f->done.table;

	if (!f->isa->padding || f->counted > ember_flow_places(f) || f->nr == f->base)
		return false;
	if (!number)
		number = ember_gap_number(f);
	/* The first one is what functions begin with. */
	return ember_gap_leads(f, f->gap, number ? number : f->base + 1);
}

static void ember_gap_try(struct ember_function_flow *f)
{
	f->before = f->done;
	f->nr_trail = 0;
	f->then = EMBER_FLOW_TRIED;
	f->over = f->walk.high > f->gap || f->walk.loads || f->again || f->calls ||
				  f->done.leaves ?
			  0 :
			  f->begin + f->bytes;
	f->floor = f->over ? f->nr : f->base;
	f->walk.number = 0;
}

void ember_gap_next(struct ember_function_flow *f)
{
	uint32_t places = ember_flow_places(f);
	uint32_t gap = f->gap > f->walk.front ? f->gap : f->walk.front;
	uint32_t end = gap + EMBER_GAP_SKIP < places ? gap + EMBER_GAP_SKIP : places;
	const uint16_t *at = f->at + gap, *over = f->at + end, *last = over - 8;

	while (at <= last && !(ember_flow_unknown(at) & EMBER_FLOW_FLAG))
		at += 8;
	while (at < over && *at)
		at++;
	gap = at - f->at;
	f->work += (gap - f->gap) / 16;
	f->gap = f->walk.front = gap;
	if (gap == end && gap < places)
		return;
	if (f->gap >= places) {
		f->phase = EMBER_FLOW_DONE;
	} else if (ember_run_begins(f, f->gap, false)) {
		f->bytes = f->gap << f->isa->shift;
	} else if (ember_gap_straight(f)) {
		f->gap++;
	} else if (f->done.table) {
		f->then = EMBER_FLOW_FILLED;
		ember_run_start(f, f->gap, &f->frame[f->done.table - 1]);
	} else {
		ember_gap_try(f);
		ember_run_start(f, f->gap, &f->isa->entry);
	}
}

void ember_gap_tried(struct ember_function_flow *f)
{
	if (f->done.good > f->before.good && f->done.bad == f->before.bad) {
		f->next_bytes = f->bytes;
		f->bytes = f->gap << f->isa->shift;
		f->next = f->begin + f->bytes;
		f->next_bytes -= f->bytes;
		f->phase = EMBER_FLOW_DONE;
	} else {
		f->phase = EMBER_FLOW_UNDO;
	}
}

void ember_gap_undo(struct ember_function_flow *f, unsigned int work)
{
	while (f->nr_trail) {
		struct ember_trail *trail = &f->trail[f->nr_trail - 1];
		uint32_t places = trail->places < EMBER_GAP_UNDO ? trail->places :
								   EMBER_GAP_UNDO;
		uint16_t *at = f->at + trail->place + (trail->places - places), *end;

		for (end = at + places; at < end; *at++ = 0)
			if (*at <= f->nr)
				f->count[*at - 1]--;
		f->work += places / 16;
		trail->places -= places;
		if (!trail->places) {
			f->nr_trail--;
			f->work++;
		}
		if (f->work >= work)
			return;
	}
	if (f->over)
		f->nr = f->floor;
	f->floor = f->base;
	f->over = f->walk.number = 0;
	f->done = f->before;
	f->walk.front = f->gap;
	f->phase = EMBER_FLOW_BODY;
}

void ember_gap_body(struct ember_function_flow *f, unsigned int work)
{
	uint16_t body;

	if (!ember_gap_recount(f, work))
		return;
	f->then = EMBER_FLOW_FILLED;
	body = ember_gap_number(f);
	ember_run_start(f, f->gap, body ? &f->frame[body - 1] : &f->isa->entry);
}

void ember_gap_filled(struct ember_function_flow *f)
{
	/* None of it could be read, perhaps. */
	if (!f->at[f->gap])
		ember_run_mark(f, f->gap, EMBER_FRAME_INSIDE);
	f->gap++;
	f->phase = EMBER_FLOW_GAPS;
}
