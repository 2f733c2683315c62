// SPDX-License-Identifier: GPL-2.0-or-later
/* x86-64: instructions in a row that do nothing of interest. Source: as in x86.c. */
#include "unwind/x86.h"
#include "unwind/x86_words.h"

#define EMBER_X86_EACH 0x0001000100010001ull

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

/* The first so many of four places. */
static const uint64_t ember_x86_first[5] = { 0, 0xffff, 0xffffffff, 0xffffffffffff,
					     UINT64_MAX };

/* Marks an instruction's places; false: some were known. */
static inline bool ember_x86_mark(uint16_t *found, uint32_t bytes, uint64_t first)
{
	const uint64_t rest = first | EMBER_FRAME_INSIDE;
	uint64_t were = ember_x86_four(found), own;
	uint32_t i;

	if (bytes <= 4) {
		own = ember_x86_first[bytes];
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

/* Whether behind a call, another function may begin, or what fills up to one. */
static inline bool ember_x86_behind(const struct ember_walk *w, uint32_t at)
{
	return !((w->turn + at) & 15) || ember_x86_op[0][w->code[at]] & EMBER_X86_FILLS;
}

/* Where a branch leads to, from its first byte on. */
static inline int32_t ember_x86_to(uint32_t does, const uint8_t *code, uint32_t bytes)
{
	int32_t to;

	if (does == EMBER_X86_BY_BYTE || does == EMBER_X86_JUMP_BYTE)
		return bytes + (int8_t)code[bytes - 1];
	memcpy(&to, code + bytes - 4, sizeof(to));
	return bytes + to;
}

/* What push, pop, add and sub of a constant do to the frame; *bytes of these. false: others. */
static bool ember_x86_moves(struct ember_frame *f, uint32_t does, const uint8_t *code,
			    uint32_t *bytes)
{
	uint8_t byte = code[*bytes - 1], rex = *bytes > 1 ? code[*bytes - 2] : 0;
	bool rbp = (byte & 7) == 5 && (rex & 0xf1) != 0x41;
	int32_t constant;

	if (does == EMBER_X86_PUSH) {
		ember_x86_push(f, rbp);
		return true;
	}
	if (does == EMBER_X86_POP) {
		ember_x86_pop(f, rbp);
		return true;
	}
	if (code[0] != 0x48 || (code[1] | 2) != 0x83 || (code[2] != 0xc4 && code[2] != 0xec))
		return false;
	*bytes = code[1] == 0x83 ? 4 : 7;
	memcpy(&constant, code + 3, sizeof(constant));
	if (code[1] == 0x83)
		constant = (int8_t)code[3];
	f->sp = ember_frame_apart(f->sp, code[2] == 0xec ? constant : -(int64_t)constant);
	return true;
}

/* Registers that are of interest: rbp where it's known, or is made of rsp, or loaded. */
static uint32_t ember_x86_watch(const struct ember_walk *w)
{
	return EMBER_X86_REG_SP | EMBER_X86_RM_SP |
	       (w->bare ? EMBER_X86_STACK : EMBER_X86_REG_BP | EMBER_X86_RM_BP);
}

/* A frame's number at an instruction's first place, and at those behind it. */
static uint64_t ember_x86_number(const struct ember_walk *w)
{
	return EMBER_X86_EACH * (EMBER_FRAME_INSIDE | w->number) - EMBER_FRAME_INSIDE;
}

/*
 * Where a row is over: the next branch that isn't followed yet, if the frame is the same there;
 * UINT32_MAX: ember_routine_step() is to say.
 */
static uint32_t ember_x86_next(struct ember_walk *w, uint32_t last)
{
	while (w->row && !w->stale && w->nr) {
		const struct ember_todo *todo = &w->todo[w->nr - 1];

		if (todo->place >= last)
			break;
		if (!w->found[todo->place] && todo->frame != w->number)
			break;
		w->nr--;
		if (!w->found[todo->place])
			return todo->place;
	}
	return UINT32_MAX;
}

/* Notes places up to `at`, where a row is over. */
static inline void ember_x86_over(struct ember_walk *w, uint32_t at)
{
	if (at > w->high)
		w->high = at;
	if (w->row && at > w->front && w->from <= w->front)
		w->front = at;
}

enum ember_walk_end ember_x86_walk(struct ember_walk *w)
{
	uint32_t at = w->at, n = 0, watch = ember_x86_watch(w), limit, next;
	const uint32_t own = w->bytes;
	const uint32_t reach = w->room < EMBER_X86_FIRST ? 0 : w->room - EMBER_X86_FIRST + 1;
	const uint32_t last = own < reach ? own : reach;
	enum ember_walk_end end = EMBER_WALK_STEP;
	uint64_t number = ember_x86_number(w);
	const uint8_t *code = w->code;
	uint16_t *found = w->found;
	bool capped;

	ember_x86_learn();
again:
	/* There are no more instructions than bytes. */
	capped = last > at && last - at >= w->most - n;
	limit = capped ? at + w->most - n : last;
	while (at < limit) {
		const uint8_t *rm;
		uint32_t bytes, op = ember_x86_known(code + at, watch, &rm, &bytes);
		uint32_t does = EMBER_X86_NOTHING, to = 0;
		struct ember_frame frame;

		if (!(op & EMBER_X86_FLOWS)) {
			if (at + bytes > own || !ember_x86_mark(found + at, bytes, number))
				break;
			n++;
			at += bytes;
			continue;
		}
		does = ember_x86_done(op, rm, &bytes);
		if (does >= EMBER_X86_STEP)
			break;
		if (does >= EMBER_X86_PUSH) {
			frame = *w->frame;
			if (!ember_x86_moves(&frame, does, code + at, &bytes))
				break;
		} else if (does && does < EMBER_X86_CALL) {
			to = at + ember_x86_to(does, code + at, bytes);
			if (to >= own)
				break;
		}
		if (at + bytes > own || !ember_x86_mark(found + at, bytes, number))
			break;
		n++;
		at += bytes;
		if (!does)
			continue;
		if (does >= EMBER_X86_PUSH) {
			*w->frame = frame;
			w->stale = true;
			w->done = n;
			if (at >= limit || found[at] || !w->changed(w)) {
				end = EMBER_WALK_MOST;
				break;
			}
			number = ember_x86_number(w);
			watch = ember_x86_watch(w);
			continue;
		}
		if (does >= EMBER_X86_CALL) {
			if (does == EMBER_X86_CALL && at < limit && !ember_x86_behind(w, at))
				continue;
			end = does == EMBER_X86_CALL ? EMBER_WALK_CALL : EMBER_WALK_RETURN;
			break;
		}
		if (!found[to])
			w->todo[w->nr++] = (struct ember_todo){ to, w->number };
		else if (to > w->far && w->made)
			w->far = to;
		if (does >= EMBER_X86_JUMP_BYTE) {
			end = EMBER_WALK_OVER;
			break;
		}
	}
	if (end == EMBER_WALK_STEP && ((at >= limit && capped) || at >= own || found[at]))
		end = EMBER_WALK_MOST;
	ember_x86_over(w, at);
	if (n < w->most &&
	    (end == EMBER_WALK_OVER || (end == EMBER_WALK_MOST && at < own && found[at]))) {
		next = ember_x86_next(w, last);
		if (next != UINT32_MAX) {
			w->row(w, at);
			at = w->from = next;
			end = EMBER_WALK_STEP;
			goto again;
		}
	}
	w->at = at;
	w->done = n;
	return end;
}

/* Nothing is loaded from the code that isn't elsewhere, too. */
uint32_t ember_x86_quiet(struct ember_quiet *q)
{
	uint32_t at = 0, reach = q->room < EMBER_X86_FIRST ? 0 : q->room - EMBER_X86_FIRST + 1;
	uint32_t end = q->end < reach ? q->end : reach, does;
	const uint8_t *code = q->code;

	ember_x86_learn();
	q->calls = q->others = 0;
	while (at < end) {
		const uint8_t *rm;
		uint32_t bytes, op = ember_x86_known(code + at, 0, &rm, &bytes);

		if (op & EMBER_X86_STOPS) {
			does = ember_x86_done(op, rm, &bytes);
			if (does == EMBER_X86_CALL) {
				if (q->calls == EMBER_QUIET_CALLS)
					break;
				q->target[q->calls++] =
					(int64_t)at + ember_x86_to(does, code + at, bytes);
			} else if (does != EMBER_X86_NOTHING) {
				break;
			}
		}
		at += bytes;
	}
	return at;
}
