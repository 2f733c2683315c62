// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/run.h"

#include <stddef.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_RUN_MOST 256 /* instructions at once */
#define EMBER_RUN_LOOK 32 /* places at most where a begin is looked for */

bool ember_run_made(const struct ember_function_flow *f,
		    const struct ember_frame_layout *frame)
{
	return frame->sp != f->isa->entry.sp || memcmp(frame, &f->isa->entry, sizeof(*frame));
}

static void ember_run_know(struct ember_function_flow *f,
			   const struct ember_frame_layout *frame, struct ember_known *known)
{
	*known = (struct ember_known){ .made = ember_run_made(f, frame),
				       .keeps = frame->ip == EMBER_FRAME_UNKNOWN &&
						!frame->constant,
				       .bare = frame->fp == EMBER_FRAME_UNKNOWN &&
					       frame->r7 == EMBER_FRAME_UNKNOWN &&
					       frame->ip == EMBER_FRAME_UNKNOWN };
}

/* 1 + its number; 0: too many. The last ones are looked at first. */
static uint16_t ember_run_frame(struct ember_function_flow *f,
				const struct ember_frame_layout *frame)
{
	unsigned int i = f->nr;

	while (i-- > f->floor)
		if (f->frame[i].sp == frame->sp &&
		    !memcmp(&f->frame[i], frame, sizeof(*frame))) {
			f->work += (f->nr - i) / 16;
			return 1 + i;
		}
	f->work += (f->nr - f->floor) / 16;
	if (f->nr == EMBER_FLOW_FRAMES)
		return 0;
	f->frame[f->nr] = *frame;
	f->count[f->nr] = 0;
	ember_run_know(f, frame, &f->known[f->nr]);
	return ++f->nr;
}

static void ember_run_later(struct ember_function_flow *f, uint32_t place, uint16_t frame)
{
	f->walk.todo = ember_array_reserve(f->walk.todo, f->walk.nr, &f->room_todo,
					   sizeof(*f->walk.todo));
	f->walk.todo[f->walk.nr++] = (struct ember_todo){ place, frame };
}

/* Places that were marked: a try notes them. */
static inline void ember_run_trail(struct ember_function_flow *f, uint32_t place,
				   uint32_t places)
{
	if (f->then != EMBER_FLOW_TRIED)
		return;
	f->trail =
		ember_array_reserve(f->trail, f->nr_trail, &f->room_trail, sizeof(*f->trail));
	f->trail[f->nr_trail++] = (struct ember_trail){ place, places };
}

void ember_run_mark(struct ember_function_flow *f, uint32_t place, uint16_t what)
{
	f->at[place] = what;
	if (place >= f->walk.high)
		f->walk.high = place + 1;
	ember_run_trail(f, place, 1);
}

/* What code loads is no code; where it was taken for some, that's for the next pass. */
static void ember_run_data(struct ember_function_flow *f, uint64_t address, uint32_t bytes)
{
	uint64_t at = address - f->begin;
	uint32_t place;

	if (at >= f->bytes)
		return;
	for (place = at >> f->isa->shift;
	     (place << f->isa->shift) < at + bytes && place < ember_flow_places(f); place++) {
		if (!f->at[place])
			ember_run_mark(f, place, EMBER_FRAME_DATA);
		f->data[place / 8] |= 1 << place % 8;
		f->walk.loads = true;
		f->work++;
	}
}

/* Where it leaves, all should be as it was. */
static void ember_run_ends(struct ember_function_flow *f,
			   const struct ember_frame_layout *frame)
{
	if (frame->sp == EMBER_FRAME_UNKNOWN)
		return;
	if (frame->sp == f->isa->entry.sp || frame->sp == 0)
		f->done.good++;
	else
		f->done.bad++;
}

static void ember_run_branch(struct ember_function_flow *f, const struct ember_insn *insn,
			     const struct ember_frame_layout *frame)
{
	uint64_t to = insn->target - f->begin;
	uint16_t number = f->run.number ? f->run.number : ember_run_frame(f, frame);

	if (to < f->bytes && number)
		ember_run_later(f, (uint32_t)to >> f->isa->shift, number);
	else if (!ember_run_made(f, frame))
		f->done.good++;
	/* Nobody jumps to another function with a frame on the stack. */
	else if (to - f->bytes < EMBER_FLOW_BYTES)
		f->done.leaves = true;
}

/* Where what is known of the function begins behind a place, near it; at `room` the latest. */
static uint32_t ember_run_unknown(const struct ember_function_flow *f, uint32_t place,
				  uint32_t room)
{
	uint32_t end = ember_flow_places(f), i;

	for (i = place; i < end && i < place + EMBER_RUN_LOOK; i++)
		if (f->at[i])
			return i << f->isa->shift;
	return room;
}

static bool ember_run_begin(const struct ember_function_flow *f, uint32_t at, uint32_t room,
			    bool behind)
{
	return at < room && f->isa->begins(f->code + at, room - at, f->begin + at, behind);
}

/* What doesn't begin in all of the code doesn't do so in less of it. */
bool ember_run_begins(struct ember_function_flow *f, uint32_t place, bool behind)
{
	uint32_t at = place << f->isa->shift, room;

	f->work++;
	if (!ember_run_begin(f, at, f->room, behind))
		return false;
	room = ember_run_unknown(f, place, f->room);
	return room == f->room || ember_run_begin(f, at, room, behind);
}

/* Distances in units behind an instruction, up to the first place that one leads to. */
static void ember_run_table(struct ember_function_flow *f, uint32_t at, unsigned int each,
			    const struct ember_frame_layout *frame)
{
	uint16_t number = ember_run_frame(f, frame);
	uint32_t first = f->bytes, i;

	for (i = at; number && i + each <= first; i += each) {
		uint32_t to = f->code[i];

		if (each == 2)
			to |= f->code[i + 1] << 8;
		to = at + 2 * to;
		if (to <= i || to >= f->bytes)
			break;
		if (to < first)
			first = to;
		ember_run_later(f, to >> f->isa->shift, number);
	}
	ember_run_data(f, f->begin + at, i - at);
}

/* How the flow goes on; what leads elsewhere is noted. */
static void ember_run_flow(struct ember_function_flow *f, uint32_t next,
			   const struct ember_insn *insn,
			   const struct ember_frame_layout *frame)
{
	switch (insn->flow) {
	case EMBER_FLOW_BRANCH: ember_run_branch(f, insn, frame); break;
	case EMBER_FLOW_INDIRECT:
		if (insn->table)
			ember_run_table(f, next, insn->table, frame);
		else if (ember_run_made(f, frame))
			f->done.table = ember_run_frame(f, frame);
		break;
	case EMBER_FLOW_RETURN:
		if (!insn->conditional)
			ember_run_ends(f, frame);
		break;
	}
}

static bool ember_run_changed(struct ember_flow_walk *walk);
static void ember_run_becomes(struct ember_flow_walk *walk, uint16_t number);
static void ember_run_returns(struct ember_flow_walk *walk);
static void ember_run_row(struct ember_flow_walk *walk, uint32_t end);

void ember_run_start(struct ember_function_flow *f, uint32_t place,
		     const struct ember_frame_layout *frame)
{
	f->run = (struct ember_run){ .on = true, .place = place, .last = EMBER_FLOW_RETURN };
	f->run.frame = *frame;
	f->walk.bytes = ember_flow_places(f) << f->isa->shift;
	f->walk.data = f->then == EMBER_FLOW_TRIED ? NULL : f->data;
	f->walk.block = 0;
	f->walk.frame = &f->run.frame;
	f->walk.changed = ember_run_changed;
	f->walk.becomes = ember_run_becomes;
	f->walk.returns = ember_run_returns;
	f->walk.row = ember_run_row;
	f->phase = EMBER_FLOW_RUN;
}

/* Whether a run ends behind its last call, which doesn't come back. */
static bool ember_run_over(struct ember_function_flow *f, uint32_t at)
{
	const struct ember_run *run = &f->run;

	/* Another function is behind it. */
	if (ember_run_made(f, &run->frame) && ember_run_begins(f, run->place, true)) {
		f->bytes = at;
		return true;
	}
	return f->isa->padding && f->isa->padding(f->code + at, f->room - at);
}

/* Of an instruction that was read; returns the run's next place. */
static uint32_t ember_run_found(struct ember_function_flow *f, const struct ember_insn *insn)
{
	uint32_t place = f->run.place, next = place + (insn->bytes >> f->isa->shift);
	uint32_t end = ember_flow_places(f), i;

	end = next < end ? next : end;
	f->at[place] = f->run.number;
	f->count[f->run.number - 1]++;
	for (i = place + 1; i < end && !f->at[i]; i++)
		f->at[i] = EMBER_FRAME_INSIDE | f->run.number;
	ember_run_trail(f, place, i - place);
	if (end > f->walk.high)
		f->walk.high = end;
	if (place <= f->walk.front && end > f->walk.front)
		f->walk.front = end;
	/* There's more, behind what another instruction has: of x86's. */
	for (; i < end; i++)
		if (!f->at[i])
			ember_run_mark(f, i, EMBER_FRAME_INSIDE);
	if (insn->literals)
		ember_run_data(f, insn->literal, insn->literals);
	return next;
}

/* One more instruction; false: the run is over. */
static bool ember_run_next(struct ember_function_flow *f)
{
	struct ember_run *run = &f->run;
	uint32_t at = run->place << f->isa->shift;
	struct ember_insn insn;
	uint16_t was;
	bool conditional;

	was = run->number;
	f->isa->step(f->code + at, f->room - at, f->begin + at, &run->frame, &insn);
	if (!insn.bytes)
		return false;
	run->place = ember_run_found(f, &insn);
	if (insn.frame && memcmp(&run->frame, &f->frame[was - 1], sizeof(run->frame)))
		run->number = 0;
	conditional = insn.conditional || f->walk.block;
	if (insn.block) {
		f->walk.block = insn.block;
		run->before = was;
	} else if (f->walk.block) {
		f->walk.block--;
		was = run->before;
	}
	run->last = insn.flow;
	if (insn.flow == EMBER_FLOW_NEXT)
		return true;
	ember_run_flow(f, run->place << f->isa->shift, &insn, &run->frame);
	if (insn.flow == EMBER_FLOW_CALL)
		return true;
	if (!conditional)
		return false;
	/* Where it goes on nothing was taken off the stack. */
	if (run->number != was) {
		run->number = was;
		run->frame = f->frame[was - 1];
	}
	return true;
}

/* Of instructions that have found one frame. */
static void ember_run_count(struct ember_function_flow *f, struct ember_flow_walk *w)
{
	f->count[w->number - 1] += w->done - w->counted;
	w->counted = w->done;
}

static struct ember_function_flow *ember_run_of(struct ember_flow_walk *w)
{
	return (void *)((char *)w - offsetof(struct ember_function_flow, walk));
}

void ember_run_number(struct ember_function_flow *f, uint16_t number)
{
	f->walk.number = number;
	f->walk.known = f->known[number - 1];
	f->walk.stale = false;
}

/* ember_walk.changed() */
static bool ember_run_changed(struct ember_flow_walk *w)
{
	struct ember_function_flow *f = ember_run_of(w);
	uint16_t number = ember_run_frame(f, w->frame);

	if (!number)
		return false;
	ember_run_count(f, w);
	ember_run_number(f, number);
	return true;
}

/* ember_walk.becomes() */
static void ember_run_becomes(struct ember_flow_walk *w, uint16_t number)
{
	struct ember_function_flow *f = ember_run_of(w);

	ember_run_count(f, w);
	*w->frame = f->frame[number - 1];
	ember_run_number(f, number);
}

/* ember_walk.returns() */
static void ember_run_returns(struct ember_flow_walk *w)
{
	ember_run_ends(ember_run_of(w), w->frame);
}

/* ember_walk.row() */
static void ember_run_row(struct ember_flow_walk *w, uint32_t end)
{
	struct ember_function_flow *f = ember_run_of(w);

	ember_run_trail(f, w->from, end - w->from);
	f->work++;
}

/* Instructions in a row that do nothing to the frame, or nothing but what is simple. */
static enum ember_walk_end ember_run_walk(struct ember_function_flow *f, unsigned int work)
{
	struct ember_run *run = &f->run;
	struct ember_flow_walk *w = &f->walk;
	enum ember_walk_end end;
	uint32_t place;

	ember_run_number(f, run->number);
	w->counted = 0;
	while (f->room_todo - w->nr < EMBER_RUN_MOST) {
		f->room_todo = f->room_todo ? 2 * f->room_todo : 2 * EMBER_RUN_MOST;
		w->todo = ember_xrealloc(w->todo, f->room_todo, sizeof(*w->todo));
	}
	w->from = run->place;
	w->at = run->place << f->isa->shift;
	w->most = f->work < work ? work - f->work : 1;
	if (w->most > EMBER_RUN_MOST)
		w->most = EMBER_RUN_MOST;
	end = f->isa->walk(w);
	if (!w->done)
		return end;
	place = w->at >> f->isa->shift;
	ember_run_trail(f, w->from, place - w->from);
	run->place = place;
	run->last = end == EMBER_WALK_CALL ? EMBER_FLOW_CALL : EMBER_FLOW_NEXT;
	f->work += w->done;
	ember_run_count(f, w);
	run->number = w->stale ? 0 : w->number;
	/* No frame changes among those that an IT makes conditional. */
	if (w->blocked)
		run->before = run->number;
	return end;
}

/* What is next in a run; false: it's over. */
static bool ember_run_on(struct ember_function_flow *f, unsigned int work)
{
	struct ember_run *run = &f->run;

	if (!run->number)
		run->number = ember_run_frame(f, &run->frame);
	if (run->last == EMBER_FLOW_CALL && ember_run_over(f, run->place << f->isa->shift))
		return false;
	if (!run->number)
		return false;
	switch (ember_run_walk(f, work)) {
	case EMBER_WALK_STEP: f->work++; return ember_run_next(f);
	case EMBER_WALK_OVER: return false;
	case EMBER_WALK_RETURN: ember_run_ends(f, &run->frame); return false;
	default: return true;
	}
}

void ember_run_go(struct ember_function_flow *f, unsigned int work)
{
	struct ember_run *run = &f->run;

	while (run->place < ember_flow_places(f) && !f->at[run->place]) {
		if (f->work >= work)
			return;
		if (!ember_run_on(f, work)) {
			run->on = false;
			return;
		}
	}
	run->on = false;
	if (run->place < ember_flow_places(f) || !ember_run_made(f, &run->frame))
		return;
	if (run->last != EMBER_FLOW_CALL)
		f->done.leaves = true;
	else if (!ember_run_begins(f, run->place, false))
		f->calls = true;
}
