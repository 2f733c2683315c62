// SPDX-License-Identifier: GPL-2.0-or-later
/* x86-64: instructions in a row that do nothing of interest. Source: as in x86.c. */
#include "unwind/x86.h"
#include "unwind/x86_words.h"

#define EMBER_X86_EACH	   0x0001000100010001ull
#define EMBER_X86_FOLLOWED 64 /* branches that lead to what is known, passed over at once */

/* Four places at once. */
static inline uint64_t ember_x86_four(const uint16_t *found)
{
	uint64_t four;

	memcpy(&four, found, sizeof(four));
	return four;
}

static inline void ember_x86_set_four(uint16_t *found, uint64_t four)
{
	memcpy(found, &four, sizeof(four));
}

/* Marks an instruction's places; false: some were known. */
static inline bool ember_x86_mark(const struct ember_x86_words *words, uint16_t *found,
				  uint32_t bytes, uint64_t first)
{
	const uint64_t rest = first | EMBER_FRAME_INSIDE;
	uint64_t were = ember_x86_four(found), own;
	uint32_t i;

	if (bytes <= 4) {
		own = words->first[bytes];
		if (were & own)
			return false;
		ember_x86_set_four(found, were | (first & own));
		return true;
	}
	if (bytes <= 8) {
		if (were | ember_x86_four(found + bytes - 4))
			return false;
		ember_x86_set_four(found + bytes - 4, rest);
		ember_x86_set_four(found, first);
		return true;
	}
	for (i = 4; i < bytes - 4; i += 4)
		were |= ember_x86_four(found + i);
	if (were | ember_x86_four(found + bytes - 4))
		return false;
	ember_x86_set_four(found, first);
	for (i = 4; i < bytes - 4; i += 4)
		ember_x86_set_four(found + i, rest);
	ember_x86_set_four(found + bytes - 4, rest);
	return true;
}

/* Where a branch leads to, from its first byte on. */
static inline int32_t ember_x86_to(uint32_t does, const uint8_t *code, uint32_t bytes)
{
	int32_t to;

	if (does & 1)
		return bytes + (int8_t)code[bytes - 1];
	memcpy(&to, code + bytes - 4, sizeof(to));
	return bytes + to;
}

/* Bytes of add and sub of rsp and a constant; 0: it's neither. */
static inline uint32_t ember_x86_adds(const uint8_t *code)
{
	if (code[0] != 0x48 || (code[1] | 2) != 0x83 || (code[2] != 0xc4 && code[2] != 0xec))
		return 0;
	return code[1] == 0x83 ? 4 : 7;
}

/* What these, push and pop do to the frame. */
static void ember_x86_moves(struct ember_frame_layout *f, uint32_t does, const uint8_t *code,
			    uint32_t bytes)
{
	uint8_t byte = code[bytes - 1], rex = bytes > 1 ? code[bytes - 2] : 0;
	bool rbp = (byte & 7) == 5 && (rex & 0xf1) != 0x41;
	int32_t constant;

	if (does == EMBER_X86_PUSH) {
		ember_x86_push(f, rbp);
	} else if (does == EMBER_X86_POP) {
		ember_x86_pop(f, rbp);
	} else {
		memcpy(&constant, code + 3, sizeof(constant));
		if (code[1] == 0x83)
			constant = (int8_t)code[3];
		f->sp = ember_frame_apart(f->sp,
					  code[2] == 0xec ? constant : -(int64_t)constant);
	}
}

/* Registers that are of interest: rbp where it's known, or is made of rsp, or loaded. */
static uint32_t ember_x86_watch(const struct ember_flow_walk *w)
{
	return EMBER_X86_REG_SP | EMBER_X86_RM_SP |
	       (w->known.bare ? EMBER_X86_STACK : EMBER_X86_REG_BP | EMBER_X86_RM_BP);
}

/* A frame's number at an instruction's first place, and at those behind it. */
static uint64_t ember_x86_number(const struct ember_flow_walk *w)
{
	return EMBER_X86_EACH * (EMBER_FRAME_INSIDE | w->number) - EMBER_FRAME_INSIDE;
}

/* A walk at work, along a row. */
struct ember_x86_row {
	struct ember_flow_walk *w;
	const struct ember_x86_words *words;
	const uint8_t *limit, *over; /* no instruction begins there, nor ends behind that */
	uint32_t watch; /* registers */
	uint64_t number;
	enum ember_walk_end end;
};

/* What is known of the frame. */
static inline void ember_x86_frame(struct ember_x86_row *r)
{
	r->number = ember_x86_number(r->w);
	r->watch = ember_x86_watch(r->w);
}

/* Whether behind a call, another function may begin, or what fills up to one. */
static inline bool ember_x86_behind(const struct ember_x86_row *r, const uint8_t *code)
{
	return code >= r->limit || !((r->w->turn + (code - r->w->code)) & 15) ||
	       r->words->op[0][*code] & EMBER_X86_FILLS;
}

/* A branch to a place of the function, of which that is found. */
static inline void ember_x86_branch(struct ember_flow_walk *w, uint32_t place, uint16_t found)
{
	if (!found)
		w->todo[w->nr++] = (struct ember_todo){ place, w->number };
	else if (place > w->far && w->known.made)
		w->far = place;
}

/* Whether an instruction is the function's, and marks its places; false: some were known. */
static inline bool ember_x86_own(const struct ember_x86_row *r, const uint8_t *code,
				 uint16_t *found, uint32_t bytes)
{
	return code + bytes <= r->over && ember_x86_mark(r->words, found, bytes, r->number);
}

/* Behind what has changed the frame; false: the row is over. */
static bool ember_x86_changed(struct ember_x86_row *r, const uint8_t *next)
{
	struct ember_flow_walk *w = r->w;

	w->stale = true;
	if (next >= r->limit || w->found[next - w->code] || !w->changed(w)) {
		r->end = EMBER_WALK_MOST;
		return false;
	}
	ember_x86_frame(r);
	return true;
}

/*
 * What ember_isa.step() says of what does no more than change the frame, or return: its bytes,
 * << 1 whether it returns; 0: it does more, or nobody knows what.
 */
static __attribute__((noinline)) uint32_t ember_x86_stepped(const struct ember_flow_walk *w,
							    const uint8_t *code,
							    struct ember_frame_layout *frame)
{
	const uint32_t at = code - w->code;
	struct ember_insn insn;

	*frame = *w->frame;
	ember_x86_step(code, w->room - at, w->turn + at, frame, &insn);
	return insn.flow == EMBER_FLOW_NEXT   ? insn.bytes << 1 :
	       insn.flow == EMBER_FLOW_RETURN ? insn.bytes << 1 | 1 :
						0;
}

/* Goes over a row of instructions, up to the one that is returned. */
static inline const uint8_t *ember_x86_go(struct ember_x86_row *r, const uint8_t *code)
{
	struct ember_flow_walk *w = r->w;
	uint16_t *found = w->found + (code - w->code);
	uint32_t op, bytes, does, place;
	struct ember_frame_layout frame;
	const uint8_t *rm;
	int32_t to;

	for (; code < r->limit; found += bytes, code += bytes) {
		op = ember_x86_known(r->words, code, r->watch, &rm, &bytes);
		if (!(op & EMBER_X86_FLOWS)) {
			if (!ember_x86_own(r, code, found, bytes))
				break;
			w->done++;
			continue;
		}
		does = op >> EMBER_X86_DOES & 15;
		if (does < EMBER_X86_CALL) {
			to = ember_x86_to(does, code, bytes);
			place = (uint32_t)(code - w->code) + to;
			if (place >= w->bytes || !ember_x86_own(r, code, found, bytes))
				break;
			w->done++;
			ember_x86_branch(w, place, found[to]);
			if (does < EMBER_X86_JUMP_BYTE)
				continue;
			r->end = EMBER_WALK_OVER;
			return code + bytes;
		}
		does = ember_x86_done(op, rm, &bytes);
		if (does == EMBER_X86_WATCHED)
			bytes = ember_x86_adds(code);
		if (does > EMBER_X86_WATCHED || !bytes) {
			if (!w->row)
				break;
			bytes = ember_x86_stepped(w, code, &frame);
			does = bytes & 1 ? EMBER_X86_RETURN : EMBER_X86_STEP;
			bytes >>= 1;
		}
		if (!bytes || !ember_x86_own(r, code, found, bytes))
			break;
		w->done++;
		if (does == EMBER_X86_NOTHING ||
		    (does == EMBER_X86_CALL && !ember_x86_behind(r, code + bytes)))
			continue;
		if (does >= EMBER_X86_PUSH) {
			if (does < EMBER_X86_STEP)
				ember_x86_moves(w->frame, does, code, bytes);
			else if (memcmp(&frame, w->frame, sizeof(frame)))
				*w->frame = frame;
			else
				continue;
			if (ember_x86_changed(r, code + bytes))
				continue;
		} else {
			r->end = does == EMBER_X86_CALL ? EMBER_WALK_CALL : EMBER_WALK_RETURN;
		}
		return code + bytes;
	}
	return code;
}

/*
 * Where a row is over: the place of the next branch that isn't followed yet; UINT32_MAX:
 * ember_flow_step() is to say.
 */
static uint32_t ember_x86_next(struct ember_x86_row *r, uint32_t at, uint32_t last)
{
	struct ember_flow_walk *w = r->w;
	const uint32_t least = w->nr < EMBER_X86_FOLLOWED ? 0 : w->nr - EMBER_X86_FOLLOWED;

	if (!w->row || w->stale)
		return UINT32_MAX;
	while (w->nr > least) {
		const struct ember_todo *todo = &w->todo[w->nr - 1];

		if (todo->place >= last)
			break;
		w->nr--;
		if (w->found[todo->place])
			continue;
		if (r->end == EMBER_WALK_RETURN)
			w->returns(w);
		w->row(w, at);
		w->from = todo->place;
		if (todo->frame != w->number) {
			w->becomes(w, todo->frame);
			ember_x86_frame(r);
		}
		return w->from;
	}
	return UINT32_MAX;
}

/* Notes places up to `at`, where a row is over. */
static inline void ember_x86_over(struct ember_flow_walk *w, uint32_t at)
{
	if (at > w->high)
		w->high = at;
	if (w->row && at > w->front && w->from <= w->front)
		w->front = at;
}

enum ember_walk_end ember_x86_walk(struct ember_flow_walk *w)
{
	struct ember_x86_row r = { .w = w,
				   .words = ember_x86_learn(),
				   .over = w->code + w->bytes };
	const uint32_t own = w->bytes;
	const uint32_t reach = w->room < EMBER_X86_FIRST ? 0 : w->room - EMBER_X86_FIRST + 1;
	const uint32_t last = own < reach ? own : reach;
	uint32_t at = w->at, next = at, limit;

	w->done = 0;
	ember_x86_frame(&r);
	do {
		/* There are no more instructions than bytes. */
		limit = next + w->most - w->done;
		r.limit = w->code + (limit < last ? limit : last);
		r.end = EMBER_WALK_STEP;
		at = ember_x86_go(&r, w->code + next) - w->code;
		if (r.end == EMBER_WALK_STEP &&
		    ((w->code + at >= r.limit && (at < last || w->done == w->most)) ||
		     at >= own || w->found[at]))
			r.end = EMBER_WALK_MOST;
		ember_x86_over(w, at);
		if (w->done >= w->most ||
		    !(r.end == EMBER_WALK_OVER || r.end == EMBER_WALK_RETURN ||
		      (r.end == EMBER_WALK_MOST && at < own && w->found[at])))
			break;
		next = ember_x86_next(&r, at, last);
	} while (next != UINT32_MAX);
	w->at = at;
	return r.end;
}

/* Nothing is loaded from the code that isn't elsewhere, too. */
uint32_t ember_x86_quiet(struct ember_quiet *q)
{
	const uint32_t reach = q->room < EMBER_X86_FIRST ? 0 : q->room - EMBER_X86_FIRST + 1;
	const struct ember_x86_words *words = ember_x86_learn();
	const uint8_t *code = q->code, *end = code + (q->end < reach ? q->end : reach), *rm;
	uint32_t bytes, op, does;

	q->calls = q->others = 0;
	for (; code < end; code += bytes) {
		op = ember_x86_known(words, code, 0, &rm, &bytes);
		if (!(op & EMBER_X86_STOPS))
			continue;
		does = ember_x86_done(op, rm, &bytes);
		if (does == EMBER_X86_CALL) {
			if (q->calls == EMBER_QUIET_CALLS)
				break;
			q->target[q->calls++] =
				code - q->code + ember_x86_to(EMBER_X86_BY_WORD, code, bytes);
		} else if (does != EMBER_X86_NOTHING) {
			break;
		}
	}
	return code - q->code;
}

uint32_t ember_x86_nothing(const uint8_t *code, uint32_t room)
{
	const uint8_t *rm;
	uint32_t bytes;

	return room >= EMBER_X86_FIRST &&
			       !(ember_x86_known(ember_x86_learn(), code,
						 EMBER_X86_REG | EMBER_X86_RM, &rm, &bytes) &
				 EMBER_X86_FLOWS) ?
		       bytes :
		       0;
}

const struct ember_isa ember_isa_x86_64 = {
	.shift = 0,
	.entry = { .sp = 8,
		   .fp = EMBER_FRAME_UNKNOWN,
		   .r7 = EMBER_FRAME_UNKNOWN,
		   .ra_at = -8,
		   .fp_at = EMBER_FRAME_KEPT,
		   .r7_at = EMBER_FRAME_KEPT,
		   .ip = EMBER_FRAME_UNKNOWN,
		   .old_at = EMBER_FRAME_UNKNOWN },
	.walk = ember_x86_walk,
	.quiet = ember_x86_quiet,
	.calls = ember_x86_calls,
	.step = ember_x86_step,
	.special = ember_x86_special,
	.begins = ember_x86_begins,
	.padding = ember_x86_padding,
	.nothing = ember_x86_nothing,
};
