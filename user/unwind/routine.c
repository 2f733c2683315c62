// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/routine.h"

#include <string.h>

#include "base/error.h"

#define EMBER_PROLOGUE 16 /* instructions */

/* 1 + its number; 0: too many. The last ones are looked at first. */
static uint16_t ember_routine_frame(struct ember_routine *f, const struct ember_frame *frame)
{
	unsigned int i = f->nr;

	while (i--)
		if (!memcmp(&f->frame[i], frame, sizeof(*frame)))
			return 1 + i;
	if (f->nr == EMBER_ROUTINE_FRAMES)
		return 0;
	f->frame[f->nr] = *frame;
	return ++f->nr;
}

static void ember_routine_later(struct ember_routine *f, uint32_t place, uint16_t frame)
{
	f->todo = ember_room(f->todo, f->nr_todo, &f->room_todo, sizeof(*f->todo));
	f->todo[f->nr_todo++] = (struct ember_todo){ place, frame };
}

static void ember_routine_mark(struct ember_routine *f, uint32_t place, uint16_t what)
{
	f->at[place] = what;
	f->trail = ember_room(f->trail, f->nr_trail, &f->room_trail, sizeof(*f->trail));
	f->trail[f->nr_trail++] = place;
}

/* What code loads is no code; where it was taken for some, that's for the next pass. */
static void ember_routine_data(struct ember_routine *f, uint64_t address, uint32_t bytes)
{
	uint64_t at = address - f->begin;
	uint32_t place;

	if (at >= f->bytes)
		return;
	for (place = at / f->isa->unit;
	     place * f->isa->unit < at + bytes && place < ember_routine_places(f); place++) {
		if (!f->at[place])
			ember_routine_mark(f, place, EMBER_FRAME_DATA);
		f->data = ember_room(f->data, f->nr_data, &f->room_data, sizeof(*f->data));
		f->data[f->nr_data++] = place;
	}
}

static bool ember_routine_made(const struct ember_routine *f, const struct ember_frame *frame)
{
	return memcmp(frame, &f->isa->entry, sizeof(*frame));
}

/* Where it leaves, all should be as it was. */
static void ember_routine_ends(struct ember_routine *f, const struct ember_frame *frame)
{
	if (frame->sp == EMBER_FRAME_UNKNOWN)
		return;
	if (frame->sp == f->isa->entry.sp || frame->sp == 0)
		f->good++;
	else
		f->bad++;
}

static void ember_routine_branch(struct ember_routine *f, const struct ember_insn *insn,
				 const struct ember_frame *frame)
{
	uint64_t to = insn->target - f->begin;
	uint16_t number = ember_routine_frame(f, frame);

	if (to < f->bytes && number)
		ember_routine_later(f, to / f->isa->unit, number);
	else if (!ember_routine_made(f, frame))
		f->good++;
	/* Nobody jumps to another function with a frame on the stack. */
	else if (to - f->bytes < EMBER_ROUTINE_BYTES)
		f->leaves = true;
}

/*
 * Whether a function begins there that saves its return address, before it does anything
 * else than compute.
 */
static bool ember_routine_begins(const struct ember_routine *f, uint32_t place, bool behind)
{
	struct ember_frame frame = f->isa->entry;
	uint32_t at = place * f->isa->unit;
	unsigned int i;

	if (f->isa->begins)
		return at < f->room &&
		       f->isa->begins(f->code + at, f->room - at, f->begin + at, behind);
	for (i = 0; i < EMBER_PROLOGUE && at < f->room; i++) {
		struct ember_insn insn;

		f->isa->step(f->code + at, f->room - at, f->begin + at, &frame, &insn);
		if (frame.ra_at != f->isa->entry.ra_at)
			return true;
		if (!insn.bytes || insn.flow != EMBER_FLOW_NEXT)
			break;
		at += insn.bytes;
	}
	return false;
}

/* Distances in units behind an instruction, up to the first place that one leads to. */
static void ember_routine_table(struct ember_routine *f, uint32_t at, unsigned int each,
				const struct ember_frame *frame)
{
	uint16_t number = ember_routine_frame(f, frame);
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
		ember_routine_later(f, to / f->isa->unit, number);
	}
	ember_routine_data(f, f->begin + at, i - at);
}

/* How the flow goes on; what leads elsewhere is noted. */
static void ember_routine_flow(struct ember_routine *f, uint32_t next,
			       const struct ember_insn *insn, const struct ember_frame *frame)
{
	switch (insn->flow) {
	case EMBER_FLOW_BRANCH: ember_routine_branch(f, insn, frame); break;
	case EMBER_FLOW_INDIRECT:
		if (insn->table)
			ember_routine_table(f, next, insn->table, frame);
		else if (ember_routine_made(f, frame))
			f->table = ember_routine_frame(f, frame);
		break;
	case EMBER_FLOW_RETURN:
		if (!insn->conditional)
			ember_routine_ends(f, frame);
		break;
	}
}

/* From a place on, until it leaves or comes to where it was. */
static void ember_routine_run(struct ember_routine *f, uint32_t place,
			      struct ember_frame frame)
{
	const struct ember_isa *isa = f->isa;
	struct ember_frame before = frame;
	unsigned int block = 0;
	uint8_t last = EMBER_FLOW_RETURN;

	while (place < ember_routine_places(f) && !f->at[place]) {
		uint32_t at = place * isa->unit, i;
		uint16_t number = ember_routine_frame(f, &frame);
		struct ember_frame was = frame;
		struct ember_insn insn;
		bool conditional;

		/* A call that doesn't come back, and another function behind it. */
		if (last == EMBER_FLOW_CALL && ember_routine_made(f, &frame) &&
		    ember_routine_begins(f, place, true)) {
			f->bytes = at;
			return;
		}
		if (last == EMBER_FLOW_CALL && isa->padding &&
		    isa->padding(f->code + at, f->room - at))
			return;
		isa->step(f->code + at, f->room - at, f->begin + at, &frame, &insn);
		if (!number || !insn.bytes)
			return;
		ember_routine_mark(f, place, number);
		for (i = 1; i < insn.bytes / isa->unit && place + i < ember_routine_places(f);
		     i++)
			if (!f->at[place + i])
				ember_routine_mark(f, place + i, EMBER_FRAME_INSIDE);
		if (insn.literals)
			ember_routine_data(f, insn.literal, insn.literals);
		conditional = insn.conditional || block;
		if (insn.block) {
			block = insn.block;
			before = frame;
		} else if (block) {
			block--;
			was = before;
		}
		place += insn.bytes / isa->unit;
		last = insn.flow;
		ember_routine_flow(f, place * isa->unit, &insn, &frame);
		if (insn.flow == EMBER_FLOW_NEXT || insn.flow == EMBER_FLOW_CALL)
			continue;
		if (!conditional)
			return;
		/* Where it goes on nothing was taken off the stack. */
		frame = was;
	}
	if (place < ember_routine_places(f) || !ember_routine_made(f, &frame))
		return;
	if (last != EMBER_FLOW_CALL)
		f->leaves = true;
	else if (!ember_routine_begins(f, place, false))
		f->calls = true;
}

static void ember_routine_all(struct ember_routine *f, uint32_t place,
			      const struct ember_frame *frame)
{
	struct ember_frame copy = *frame;

	ember_routine_run(f, place, copy);
	while (f->nr_todo) {
		struct ember_todo todo = f->todo[--f->nr_todo];

		copy = f->frame[todo.frame - 1];
		ember_routine_run(f, todo.place, copy);
	}
}

/* What most of the code finds once the return address is saved; else what it began with. */
static struct ember_frame ember_routine_body(const struct ember_routine *f)
{
	unsigned int count[EMBER_ROUTINE_FRAMES] = {}, best = 0, i;
	struct ember_frame body = f->isa->entry;

	for (i = 0; i < ember_routine_places(f); i++)
		if (f->at[i] && f->at[i] <= f->nr)
			count[f->at[i] - 1]++;
	for (i = 0; i < f->nr; i++)
		if (count[i] > best && ember_routine_made(f, &f->frame[i])) {
			best = count[i];
			body = f->frame[i];
		}
	return body;
}

/* Whether what begins there does as a function does that has no frame. */
static bool ember_routine_try(struct ember_routine *f, uint32_t place)
{
	unsigned int good = f->good, bad = f->bad;
	uint16_t table = f->table;
	bool leaves = f->leaves;

	f->nr_trail = 0;
	ember_routine_all(f, place, &f->isa->entry);
	if (f->good > good && f->bad == bad)
		return true;
	while (f->nr_trail)
		f->at[f->trail[--f->nr_trail]] = 0;
	f->good = good;
	f->bad = bad;
	f->table = table;
	f->leaves = leaves;
	return false;
}

/* Code that no branch leads to: another function's, or this one's. */
static void ember_routine_gap(struct ember_routine *f, uint32_t place)
{
	struct ember_frame frame;

	if (ember_routine_begins(f, place, false) ||
	    (!f->table && ember_routine_try(f, place))) {
		f->bytes = place * f->isa->unit;
		return;
	}
	frame = f->table ? f->frame[f->table - 1] : ember_routine_body(f);
	ember_routine_all(f, place, &frame);
}

static void ember_routine_pass(struct ember_routine *f)
{
	uint32_t place;

	f->nr = f->nr_todo = f->nr_trail = f->good = f->bad = f->table = 0;
	f->leaves = f->calls = false;
	ember_routine_all(f, 0, &f->isa->entry);
	for (place = 1; place < ember_routine_places(f); place++)
		if (!f->at[place]) {
			f->nr_trail = 0;
			ember_routine_gap(f, place);
			/* None of it could be read. */
			if (!f->at[place])
				f->at[place] = EMBER_FRAME_INSIDE;
		}
}

void ember_routine_follow(struct ember_routine *f)
{
	uint32_t bytes = f->bytes;
	unsigned int i;

	memset(f->at, 0, ember_routine_places(f) * sizeof(*f->at));
	f->nr_data = 0;
	ember_routine_pass(f);
	/* It may have fallen into its literals, before it was known what they are. */
	if ((!f->leaves && !f->calls) || !f->nr_data || f->bytes != bytes)
		return;
	memset(f->at, 0, ember_routine_places(f) * sizeof(*f->at));
	for (i = 0; i < f->nr_data; i++)
		f->at[f->data[i]] = EMBER_FRAME_DATA;
	ember_routine_pass(f);
}
