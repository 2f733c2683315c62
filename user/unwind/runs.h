/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions in a row that all do nothing of interest: the loops over them, for each set. */
#ifndef EMBER_UNWIND_RUNS_H
#define EMBER_UNWIND_RUNS_H

#include "unwind/isa.h"

/* What is known at a look of an instruction, << 4; below that its bytes. 0: look closer. */
enum {
	EMBER_RUNS_PLAIN = 1, /* it changes neither the frame nor the flow */
	EMBER_RUNS_BLOCK, /* some behind it are conditional: *to of them */
	EMBER_RUNS_LOAD, /* plain, but loads a word of the code: at its own address + *to bytes */
	EMBER_RUNS_CALL, /* always or not */
	EMBER_RUNS_BRANCH, /* to itself + *to bytes, or on */
	EMBER_RUNS_JUMP, /* there, always */
	EMBER_RUNS_OTHER, /* calls what is there, from its aligned address on, in the other mode */
};

#define EMBER_RUNS_BYTES	   15
#define EMBER_RUNS_AHEAD	   4 /* bytes that a look reads; no instruction is longer */
#define EMBER_RUNS_IS(kind, bytes) (EMBER_RUNS_##kind << 4 | (bytes))

typedef uint32_t ember_runs_look(const uint8_t *code, bool bare, int32_t *to);

#define EMBER_RUNS_INLINE static inline __attribute__((always_inline))

/* Where what is found there is noted. */
EMBER_RUNS_INLINE uint16_t *ember_runs_place(uint16_t *found, size_t at, unsigned int shift)
{
	size_t bytes = shift == 1 ? at : shift ? at >> (shift - 1) : at << 1;

	return (uint16_t *)((uint8_t *)found + bytes);
}

/* Marks an instruction's places; false: the second one was known, and none is marked. */
EMBER_RUNS_INLINE bool ember_runs_mark(uint16_t *found, uint32_t places, uint16_t number)
{
	if (places > 1) {
		if (found[1])
			return false;
		found[1] = EMBER_FRAME_INSIDE | number;
	}
	found[0] = number;
	return true;
}

/* Data that an instruction loads, one word of it: marks what of that is in the function. */
EMBER_RUNS_INLINE void ember_runs_data(struct ember_flow_walk *w, unsigned int shift, uint32_t at)
{
	uint32_t place = at >> shift, end = (at + 4) >> shift, places = w->bytes >> shift;

	if (at >= w->bytes)
		return;
	w->loads = true;
	for (end = end < places ? end : places; place < end; place++) {
		if (!w->found[place])
			w->found[place] = EMBER_FRAME_DATA;
		w->data[place / 8] |= 1 << place % 8;
	}
	if (place > w->high)
		w->high = place;
}

/* How the walk over a set's instructions goes; all of it is known as it is compiled. */
struct ember_runs {
	ember_runs_look *look;
	void (*step)(const uint8_t *code, uint32_t room, uint64_t pc, struct ember_frame_layout *frame,
		     struct ember_insn *insn); /* ember_isa.step() */
	unsigned int shift;
	uint32_t align; /* of the address that data is loaded by: bits that are cleared */
	bool (*begins)(const uint8_t *code, uint32_t room, uint64_t pc, bool behind);
};

/*
 * What does no more than change the frame, or return. Returns bytes of it, << 1 whether it
 * returns; 0: it's for ember_isa.step() and who calls that.
 */
static inline uint32_t ember_runs_step(const struct ember_runs r, const struct ember_flow_walk *w,
				       uint32_t at, struct ember_frame_layout *frame)
{
	struct ember_insn insn;

	*frame = *w->frame;
	r.step(w->code + at, w->room - at, w->turn + at, frame, &insn);
	if (insn.literals || insn.table || insn.block || at + insn.bytes > w->bytes)
		return 0;
	if (insn.flow == EMBER_FLOW_NEXT)
		return insn.bytes << 1;
	return insn.flow == EMBER_FLOW_RETURN && !insn.conditional ? insn.bytes << 1 | 1 : 0;
}

/* Up to there all that a look reads was read. */
EMBER_RUNS_INLINE uint32_t ember_runs_reach(uint32_t room, uint32_t end)
{
	const uint32_t reach = room < EMBER_RUNS_AHEAD ? 0 : room - EMBER_RUNS_AHEAD + 1;

	return end < reach ? end : reach;
}

/* Behind a call, until it's known that no other function begins there. */
struct ember_runs_call {
	size_t at; /* bytes; SIZE_MAX: there's none */
	uint32_t inside, block; /* as they were there */
};

/* Whether one does; what was marked behind the call is taken back then, up to *at. */
static inline bool ember_runs_over(const struct ember_runs r, struct ember_flow_walk *w,
				   const struct ember_runs_call *call, size_t *at)
{
	size_t place;

	if (call->at == SIZE_MAX || !w->known.made ||
	    !r.begins(w->code + call->at, w->room - call->at, 0, true))
		return false;
	for (place = call->at >> r.shift; place < *at >> r.shift; place++)
		w->found[place] = 0;
	*at = call->at;
	return true;
}

#define EMBER_RUNS_FOLLOWED 64 /* branches that lead to what is known, passed over at once */

/*
 * Where a row is over: the next branch that isn't followed yet; SIZE_MAX: ember_flow_step()
 * is to say. done: instructions so far.
 */
EMBER_RUNS_INLINE size_t ember_runs_next(struct ember_flow_walk *w, unsigned int shift, uint32_t last,
					 uint32_t done, enum ember_walk_end end)
{
	const uint32_t least = w->nr < EMBER_RUNS_FOLLOWED ? 0 : w->nr - EMBER_RUNS_FOLLOWED;

	/* A try notes each row by itself. */
	if (!w->data || (w->stale && end != EMBER_WALK_RETURN))
		return SIZE_MAX;
	while (w->nr > least) {
		const struct ember_todo *todo = &w->todo[w->nr - 1];
		size_t at = (size_t)todo->place << shift;

		if (at >= last)
			break;
		w->nr--;
		if (w->found[todo->place])
			continue;
		if (end == EMBER_WALK_RETURN)
			w->returns(w);
		if (w->stale || todo->frame != w->number) {
			w->done = done;
			w->becomes(w, todo->frame);
		}
		return at;
	}
	return SIZE_MAX;
}

/* A walk at work, along a row. */
struct ember_runs_row {
	size_t at, limit; /* the next instruction, bytes; none begins there or behind it */
	size_t first; /* place where the walk began: there are as many instructions as places, */
	uint32_t inside; /* less those in their middles */
	uint32_t last; /* up to there all that a look reads was read, of the function */
	uint32_t block; /* instructions up to the last one that is conditional by an IT */
	uint16_t number;
	bool bare, over; /* over: another function begins behind the last call */
	struct ember_runs_call call;
	enum ember_walk_end end;
};

/* Instructions so far. */
EMBER_RUNS_INLINE uint32_t ember_runs_done(const struct ember_runs r,
					   const struct ember_runs_row *row)
{
	return (row->at >> r.shift) - row->first - row->inside;
}

/* Marks the next instruction, and goes on behind it; false: a place of it was known. */
EMBER_RUNS_INLINE bool ember_runs_pass(const struct ember_runs r, const struct ember_flow_walk *w,
				       struct ember_runs_row *row, uint32_t bytes)
{
	if (!ember_runs_mark(ember_runs_place(w->found, row->at, r.shift), bytes >> r.shift,
			     row->number))
		return false;
	row->inside += (bytes >> r.shift) - 1;
	row->at += bytes;
	return true;
}

/* What may change the frame, or return; false: the row is over. */
EMBER_RUNS_INLINE bool ember_runs_change(const struct ember_runs r, struct ember_flow_walk *w,
					 struct ember_runs_row *row)
{
	const uint32_t n = ember_runs_done(r, row);
	struct ember_frame_layout frame;
	uint32_t bytes;

	if (n < row->block)
		return false;
	if (row->call.at != SIZE_MAX) {
		row->over = ember_runs_over(r, w, &row->call, &row->at);
		if (row->over)
			return false;
		row->call.at = SIZE_MAX;
	}
	bytes = ember_runs_step(r, w, row->at, &frame);
	if (!bytes || !ember_runs_pass(r, w, row, bytes >> 1))
		return false;
	if (!(bytes & 1) && !memcmp(&frame, w->frame, sizeof(frame)))
		return true;
	*w->frame = frame;
	w->stale = true;
	w->done = n + 1;
	if (bytes & 1) {
		row->end = EMBER_WALK_RETURN;
		return false;
	}
	if (row->at >= row->limit || *ember_runs_place(w->found, row->at, r.shift) ||
	    !w->changed(w)) {
		row->end = EMBER_WALK_MOST;
		return false;
	}
	row->number = w->number;
	row->bare = w->known.bare;
	return true;
}

/* What is neither plain nor changes the frame, as kind, bytes and to say; false: it's over. */
EMBER_RUNS_INLINE bool ember_runs_flow(const struct ember_runs r, struct ember_flow_walk *w,
				       struct ember_runs_row *row, uint32_t kind, uint32_t bytes,
				       int32_t to)
{
	const uint32_t n = ember_runs_done(r, row), at = row->at;
	uint32_t place;

	/* What is conditional, or leads out of the function, isn't that simple. */
	if (kind == EMBER_RUNS_CALL ? !w->known.keeps :
	    kind == EMBER_RUNS_LOAD ? !w->data : n < row->block)
		return false;
	if ((kind >= EMBER_RUNS_BRANCH && at + to >= w->bytes) ||
	    !ember_runs_pass(r, w, row, bytes))
		return false;
	if (kind == EMBER_RUNS_CALL) {
		row->call = (struct ember_runs_call){ row->at, row->inside, row->block };
	} else if (kind == EMBER_RUNS_LOAD) {
		ember_runs_data(w, r.shift, ((at + w->turn) & ~r.align) - w->turn + to);
	} else if (kind == EMBER_RUNS_BLOCK) {
		row->block = n + 1 + to;
		w->blocked = true;
	} else {
		/* It would come before what begins a function. */
		row->call.at = SIZE_MAX;
		place = (at + to) >> r.shift;
		if (!w->found[place])
			w->todo[w->nr++] = (struct ember_todo){ place, row->number };
		else if (place > w->far && w->known.made)
			w->far = place;
		if (kind == EMBER_RUNS_JUMP)
			row->end = EMBER_WALK_OVER;
		return kind != EMBER_RUNS_JUMP;
	}
	return true;
}

/* Goes over a row; whether it is over where another one may be followed. */
EMBER_RUNS_INLINE bool ember_runs_go(const struct ember_runs r, struct ember_flow_walk *w,
				     struct ember_runs_row *row)
{
	const uint8_t *const code = w->code;
	uint32_t kind, bytes;
	int32_t to = 0;

	for (;;) {
		if (row->at >= row->limit) {
			row->end = EMBER_WALK_MOST;
			return false;
		}
		if (*ember_runs_place(w->found, row->at, r.shift)) {
			row->end = EMBER_WALK_MOST;
			if (row->call.at < row->at)
				row->over = ember_runs_over(r, w, &row->call, &row->at);
			return !row->over;
		}
		kind = r.look(code + row->at, row->bare, &to);
		bytes = kind & EMBER_RUNS_BYTES;
		kind >>= 4;
		if (bytes > 1u << r.shift && row->at + bytes > w->bytes)
			return false;
		if (kind == EMBER_RUNS_PLAIN) {
			if (!ember_runs_pass(r, w, row, bytes))
				return false;
		} else if (!kind) {
			if (!ember_runs_change(r, w, row))
				return row->end == EMBER_WALK_RETURN;
		} else if (!ember_runs_flow(r, w, row, kind, bytes, to)) {
			return row->end == EMBER_WALK_OVER;
		}
	}
}

/* Begins the next row; false: none is to be followed. */
EMBER_RUNS_INLINE bool ember_runs_again(const struct ember_runs r, struct ember_flow_walk *w,
					struct ember_runs_row *row)
{
	const uint32_t n = ember_runs_done(r, row);
	size_t next, most;

	if (n >= w->most)
		return false;
	next = ember_runs_next(w, r.shift, row->last, n, row->end);
	if (next == SIZE_MAX)
		return false;
	row->number = w->number;
	row->bare = w->known.bare;
	if (row->at >> r.shift > w->high)
		w->high = row->at >> r.shift;
	row->at = next;
	row->inside = (next >> r.shift) - row->first - n;
	most = next + ((size_t)(w->most - n) << r.shift);
	row->limit = row->last < most ? row->last : most;
	row->block = 0;
	row->call.at = SIZE_MAX;
	row->end = EMBER_WALK_STEP;
	return true;
}

/* ember_isa.walk() */
EMBER_RUNS_INLINE enum ember_walk_end ember_runs_walk(const struct ember_runs r,
						      struct ember_flow_walk *w)
{
	const size_t most = w->at + ((size_t)w->most << r.shift);
	struct ember_runs_row row = { .at = w->at,
				      .first = w->at >> r.shift,
				      .last = ember_runs_reach(w->room, w->bytes),
				      .block = w->block,
				      .number = w->number,
				      .bare = w->known.bare,
				      .call = { .at = SIZE_MAX },
				      .end = EMBER_WALK_STEP };
	uint32_t n;

	row.limit = row.last < most ? row.last : most;
	w->blocked = false;
	while (ember_runs_go(r, w, &row) && ember_runs_again(r, w, &row))
		;
	if (row.at == row.call.at && row.end == EMBER_WALK_MOST && !row.over) {
		row.end = EMBER_WALK_CALL;
	} else if (row.over || ember_runs_over(r, w, &row.call, &row.at)) {
		row.inside = row.call.inside;
		row.block = row.call.block;
		row.end = EMBER_WALK_CALL;
	}
	n = ember_runs_done(r, &row);
	if (row.end == EMBER_WALK_MOST && n < w->most && !w->stale && row.at >= row.last &&
	    row.at < w->bytes && !*ember_runs_place(w->found, row.at, r.shift))
		row.end = EMBER_WALK_STEP;
	w->at = row.at;
	if (row.at >> r.shift > w->high)
		w->high = row.at >> r.shift;
	w->done = n;
	w->block = row.block > n ? row.block - n : 0;
	return row.end;
}

#endif
