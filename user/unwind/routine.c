// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/routine.h"

#include <string.h>

#include "unwind/run.h"

/* Places at once: that are looked at, and undone; for over 2 KiB memset() may go by bytes. */
#define EMBER_ROUTINE_SKIP	4096
#define EMBER_ROUTINE_UNDO_MOST 1024
#define EMBER_ROUTINE_CLEAR	1000

/* Drops what lies beyond the function's end, where that was moved; false: there's more. */
static bool ember_routine_recount(struct ember_routine *f, unsigned int work)
{
	for (; f->counted > ember_routine_places(f); f->counted--) {
		uint16_t number = f->at[f->counted - 1];

		if (f->counted % 16 == 0 && f->work++ >= work)
			return false;
		if (number && number <= f->nr)
			f->count[number - 1]--;
	}
	return true;
}

/* What most of the code finds once the return address is saved: its number; 0: nothing. */
static uint16_t ember_routine_body(struct ember_routine *f)
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

/* What only leads to where this function goes on is its own, where sets fill up with nops. */
static bool ember_routine_straight(struct ember_routine *f)
{
	uint16_t number = f->told.table;

	if (!f->isa->padding || f->counted > ember_routine_places(f) || f->nr == f->base)
		return false;
	if (!number)
		number = ember_routine_body(f);
	/* The first one is what functions begin with. */
	return ember_run_straight(f, f->gap, number ? number : f->base + 1);
}

static void ember_routine_try(struct ember_routine *f)
{
	f->before = f->told;
	f->nr_trail = 0;
	f->then = EMBER_ROUTINE_TRIED;
	f->over = f->walk.high > f->gap || f->walk.loads || f->again || f->calls ||
				  f->told.leaves ?
			  0 :
			  f->begin + f->bytes;
	f->floor = f->over ? f->nr : f->base;
	f->walk.number = 0;
}

/* Code that no branch leads to: another function's, or this one's. */
static void ember_routine_gap(struct ember_routine *f)
{
	uint32_t places = ember_routine_places(f);
	uint32_t gap = f->gap > f->walk.front ? f->gap : f->walk.front;
	uint32_t end = gap + EMBER_ROUTINE_SKIP < places ? gap + EMBER_ROUTINE_SKIP : places;
	const uint16_t *at = f->at + gap, *over = f->at + end, *last = over - 8;

	while (at <= last && !(ember_routine_unknown(at) & EMBER_ROUTINE_FLAG))
		at += 8;
	while (at < over && *at)
		at++;
	gap = at - f->at;
	f->work += (gap - f->gap) / 16;
	f->gap = f->walk.front = gap;
	if (gap == end && gap < places)
		return;
	if (f->gap >= places) {
		f->phase = EMBER_ROUTINE_DONE;
	} else if (ember_run_begins(f, f->gap, false)) {
		f->bytes = f->gap << f->isa->shift;
	} else if (ember_routine_straight(f)) {
		f->gap++;
	} else if (f->told.table) {
		f->then = EMBER_ROUTINE_FILLED;
		ember_run_start(f, f->gap, &f->frame[f->told.table - 1]);
	} else {
		ember_routine_try(f);
		ember_run_start(f, f->gap, &f->isa->entry);
	}
}

/* Whether what begins there does as a function does that has no frame. */
static void ember_routine_tried(struct ember_routine *f)
{
	if (f->told.good > f->before.good && f->told.bad == f->before.bad) {
		f->next_bytes = f->bytes;
		f->bytes = f->gap << f->isa->shift;
		f->next = f->begin + f->bytes;
		f->next_bytes -= f->bytes;
		f->phase = EMBER_ROUTINE_DONE;
	} else {
		f->phase = EMBER_ROUTINE_UNDO;
	}
}

static void ember_routine_undo(struct ember_routine *f, unsigned int work)
{
	while (f->nr_trail) {
		struct ember_trail *trail = &f->trail[f->nr_trail - 1];
		uint32_t places = trail->places < EMBER_ROUTINE_UNDO_MOST ?
					  trail->places :
					  EMBER_ROUTINE_UNDO_MOST;
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
	f->told = f->before;
	f->walk.front = f->gap;
	f->phase = EMBER_ROUTINE_BODY;
}

/* None of a gap could be read, perhaps. */
static void ember_routine_filled(struct ember_routine *f)
{
	if (!f->at[f->gap])
		ember_run_mark(f, f->gap, EMBER_FRAME_INSIDE);
	f->gap++;
	f->phase = EMBER_ROUTINE_GAPS;
}

/* What is data is known, the second time. */
static void ember_routine_again(struct ember_routine *f)
{
	uint32_t i;

	for (i = 0; i < f->walk.high; i++)
		f->at[i] = f->data[i / 8] >> i % 8 & 1 ? EMBER_FRAME_DATA : 0;
	f->again = true;
	f->work += f->walk.high / 8;
}

static void ember_routine_pass(struct ember_routine *f)
{
	uint32_t places = ember_routine_places(f);

	f->nr = f->walk.nr = f->walk.far = f->walk.front = f->walk.number = 0;
	f->base = f->floor = 0;
	f->told = (struct ember_told){};
	f->calls = false;
	f->counted = places;
	f->gap = 1;
	f->then = EMBER_ROUTINE_GAPS;
	ember_run_start(f, 0, &f->isa->entry);
}

/* Of the code, which was read. */
static void ember_routine_code(struct ember_routine *f)
{
	f->whole = f->bytes;
	f->walk.code = f->code;
	f->walk.found = f->at;
	f->walk.room = f->room;
	f->walk.turn = f->begin & 15;
	f->again = false;
}

/* What was found of the last function, and of those before it that its place is behind. */
static void ember_routine_clear(struct ember_routine *f)
{
	uint32_t places = f->at ? f->at - f->found + f->walk.high : 0, i, more;

	for (i = 0; i < places; i += more) {
		for (more = places - i; more > EMBER_ROUTINE_CLEAR; more /= 2)
			;
		memset(f->found + i, 0, more * sizeof(*f->found));
	}
	if (f->walk.loads)
		memset(f->data, 0, (f->walk.high + 7) / 8);
	f->walk.loads = false;
	f->walk.high = 0;
	f->at = f->found;
}

void ember_routine_begin(struct ember_routine *f)
{
	ember_routine_clear(f);
	ember_routine_code(f);
	f->next = f->over = 0;
	ember_routine_pass(f);
}

bool ember_routine_take(struct ember_routine *f)
{
	if (!f->over || f->next != f->begin || f->over != f->begin + f->bytes ||
	    f->walk.loads || f->nr > EMBER_ROUTINE_FRAMES / 2)
		return false;
	/* Its code ends where that does which it was tried in: so do its places. */
	f->at += f->gap;
	f->walk.high = f->walk.high > f->gap ? f->walk.high - f->gap : 0;
	/* Its frames keep their numbers. */
	f->base = f->floor;
	f->told.good -= f->before.good;
	f->told.bad -= f->before.bad;
	f->next = f->over = 0;
	ember_routine_code(f);
	f->counted = ember_routine_places(f);
	f->bytes = f->next_bytes;
	f->walk.nr = f->walk.far = f->walk.number = 0;
	f->walk.front = f->walk.front > f->gap ? f->walk.front - f->gap : 0;
	f->gap = 1;
	f->run.on = false;
	f->then = f->phase = EMBER_ROUTINE_GAPS;
	return true;
}

bool ember_routine_step(struct ember_routine *f, unsigned int work)
{
	uint16_t body;

	for (f->work = 0; f->work < work;) {
		switch (f->phase) {
		case EMBER_ROUTINE_RUN:
			if (f->run.on) {
				ember_run_go(f, work);
			} else if (f->walk.nr) {
				struct ember_todo todo = f->walk.todo[--f->walk.nr];

				f->work++;
				/* It comes at once to where it was. */
				if (todo.place < ember_routine_places(f) && f->at[todo.place])
					continue;
				ember_run_start(f, todo.place, &f->frame[todo.frame - 1]);
				f->run.number = todo.frame;
			} else {
				/* A branch to what is beyond an end that was found meanwhile. */
				f->told.leaves |= f->walk.far >= ember_routine_places(f);
				f->walk.far = 0;
				f->phase = f->then;
			}
			break;
		case EMBER_ROUTINE_GAPS: ember_routine_gap(f); break;
		case EMBER_ROUTINE_TRIED: ember_routine_tried(f); break;
		case EMBER_ROUTINE_UNDO: ember_routine_undo(f, work); break;
		case EMBER_ROUTINE_BODY:
			if (!ember_routine_recount(f, work))
				break;
			f->then = EMBER_ROUTINE_FILLED;
			body = ember_routine_body(f);
			ember_run_start(f, f->gap,
					body ? &f->frame[body - 1] : &f->isa->entry);
			break;
		case EMBER_ROUTINE_FILLED: ember_routine_filled(f); break;
		default:
			/* It may have fallen into its literals, before it was known what they are. */
			if (f->again || !(f->told.leaves || f->calls) || !f->walk.loads ||
			    f->bytes != f->whole)
				return false;
			ember_routine_again(f);
			ember_routine_pass(f);
		}
	}
	return true;
}
