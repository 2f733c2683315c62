// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/function_flow.h"

#include <string.h>

#include "unwind/gaps.h"
#include "unwind/run.h"

#define EMBER_FLOW_CLEAR 1000 /* places at once: of over 2 KiB memset() may clear each byte */

/* What is data is known, the second time. */
static void ember_flow_again(struct ember_function_flow *f)
{
	uint32_t i;

	for (i = 0; i < f->walk.high; i++)
		f->at[i] = f->data[i / 8] >> i % 8 & 1 ? EMBER_FRAME_DATA : 0;
	f->again = true;
	f->work += f->walk.high / 8;
}

static void ember_flow_pass(struct ember_function_flow *f)
{
	uint32_t places = ember_flow_places(f);

	f->nr = f->walk.nr = f->walk.far = f->walk.front = f->walk.number = 0;
	f->base = f->floor = 0;
	f->done = (struct ember_doings){};
	f->calls = false;
	f->counted = places;
	f->gap = 1;
	f->then = EMBER_FLOW_GAPS;
	ember_run_start(f, 0, &f->isa->entry);
}

/* Of the code, which was read. */
static void ember_flow_code(struct ember_function_flow *f)
{
	f->whole = f->bytes;
	f->walk.code = f->code;
	f->walk.found = f->at;
	f->walk.room = f->room;
	f->walk.turn = f->begin & 15;
	f->again = false;
}

/* What was found of the last function, and of those before it that its place is behind. */
static void ember_flow_clear(struct ember_function_flow *f)
{
	uint32_t places = f->at ? f->at - f->found + f->walk.high : 0, i, more;

	for (i = 0; i < places; i += more) {
		for (more = places - i; more > EMBER_FLOW_CLEAR; more /= 2)
			;
		memset(f->found + i, 0, more * sizeof(*f->found));
	}
	if (f->walk.loads)
		memset(f->data, 0, (f->walk.high + 7) / 8);
	f->walk.loads = false;
	f->walk.high = 0;
	f->at = f->found;
}

void ember_flow_begin(struct ember_function_flow *f)
{
	ember_flow_clear(f);
	ember_flow_code(f);
	f->next = f->over = 0;
	ember_flow_pass(f);
}

bool ember_flow_take(struct ember_function_flow *f)
{
	if (!f->over || f->next != f->begin || f->over != f->begin + f->bytes ||
	    f->walk.loads || f->nr > EMBER_FLOW_FRAMES / 2)
		return false;
	/* Its code ends where that does which it was tried in: so do its places. */
	f->at += f->gap;
	f->walk.high = f->walk.high > f->gap ? f->walk.high - f->gap : 0;
	/* Its frames keep their numbers. */
	f->base = f->floor;
	f->done.good -= f->before.good;
	f->done.bad -= f->before.bad;
	f->next = f->over = 0;
	ember_flow_code(f);
	f->counted = ember_flow_places(f);
	f->bytes = f->next_bytes;
	f->walk.nr = f->walk.far = f->walk.number = 0;
	f->walk.front = f->walk.front > f->gap ? f->walk.front - f->gap : 0;
	f->gap = 1;
	f->run.on = false;
	f->then = f->phase = EMBER_FLOW_GAPS;
	return true;
}

bool ember_flow_step(struct ember_function_flow *f, unsigned int work)
{
	for (f->work = 0; f->work < work;) {
		switch (f->phase) {
		case EMBER_FLOW_RUN:
			if (f->run.on) {
				ember_run_go(f, work);
			} else if (f->walk.nr) {
				struct ember_todo todo = f->walk.todo[--f->walk.nr];

				f->work++;
				/* It comes at once to where it was. */
				if (todo.place < ember_flow_places(f) && f->at[todo.place])
					continue;
				ember_run_start(f, todo.place, &f->frame[todo.frame - 1]);
				f->run.number = todo.frame;
			} else {
				/* A branch to what is beyond an end that was found meanwhile. */
				f->done.leaves |= f->walk.far >= ember_flow_places(f);
				f->walk.far = 0;
				f->phase = f->then;
			}
			break;
		case EMBER_FLOW_GAPS: ember_gap_next(f); break;
		case EMBER_FLOW_TRIED: ember_gap_tried(f); break;
		case EMBER_FLOW_UNDO: ember_gap_undo(f, work); break;
		case EMBER_FLOW_BODY: ember_gap_body(f, work); break;
		case EMBER_FLOW_FILLED: ember_gap_filled(f); break;
		default:
			/* It may have fallen into its literals, before it was known what they are. */
			if (f->again || !(f->done.leaves || f->calls) || !f->walk.loads ||
			    f->bytes != f->whole)
				return false;
			ember_flow_again(f);
			ember_flow_pass(f);
		}
	}
	return true;
}
