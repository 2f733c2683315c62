/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at code before it is followed: whether a function begins there, and what it calls. */
#ifndef EMBER_UNWIND_RUNS_AHEAD_H
#define EMBER_UNWIND_RUNS_AHEAD_H

#include "unwind/runs.h"

#define EMBER_RUNS_PROLOGUE 16 /* instructions */

/* ember_isa.begins(), by what is done to the frame. */
EMBER_RUNS_INLINE bool ember_runs_begins(ember_runs_look *look, const struct ember_isa *isa,
					 const uint8_t *code, uint32_t room, uint64_t pc)
{
	struct ember_frame_layout frame = isa->entry;
	struct ember_insn insn;
	uint32_t at = 0, i;

	for (i = 0; i < EMBER_RUNS_PROLOGUE && at < room; i++) {
		int32_t to = 0;
		uint32_t kind = at + EMBER_RUNS_AHEAD <= room ? look(code + at, false, &to) : 0;

		if (kind >> 4 >= EMBER_RUNS_CALL)
			break;
		if (kind) {
			at += kind & EMBER_RUNS_BYTES;
			continue;
		}
		isa->step(code + at, room - at, pc + at, &frame, &insn);
		if (frame.ra_at != isa->entry.ra_at)
			return true;
		if (!insn.bytes || insn.flow != EMBER_FLOW_NEXT)
			break;
		at += insn.bytes;
	}
	return false;
}

/* Data that is loaded, one word of it, as far as it is ahead and near. */
EMBER_RUNS_INLINE void ember_quiet_note(struct ember_quiet *q, unsigned int shift, uint32_t at,
					uint32_t literal)
{
	uint32_t k;

	for (k = 0; k < 4; k += 1u << shift)
		if (literal + k - at < (uint32_t)EMBER_LITERALS << shift)
			q->literal[(q->place + ((literal + k) >> shift)) % EMBER_LITERALS] =
				true;
}

/* ember_isa.quiet(); what is plain, loads, or calls. */
EMBER_RUNS_INLINE uint32_t ember_runs_quiet(const struct ember_runs r, struct ember_quiet *q)
{
	const uint32_t until = ember_runs_reach(q->room, q->end), unit = 1u << r.shift;
	const uint8_t *code = q->code, *const end = code + until;
	bool *literal = q->literal + q->place;
	uint32_t kind, bytes, at;
	int32_t to = 0;

	q->calls = q->others = 0;
	while (code < end) {
		if (*literal) {
			*literal++ = false;
			code += unit;
			continue;
		}
		kind = r.look(code, false, &to);
		if (kind == EMBER_RUNS_IS(PLAIN, unit)) {
			code += unit;
			literal++;
			continue;
		}
		bytes = kind & EMBER_RUNS_BYTES;
		kind >>= 4;
		at = code - q->code;
		if (!kind)
			break;
		code += bytes;
		literal += bytes >> r.shift;
		if (kind == EMBER_RUNS_LOAD) {
			ember_quiet_note(q, r.shift, at,
					 ((at + q->turn) & ~r.align) - q->turn + to);
		} else if (kind != EMBER_RUNS_PLAIN) {
			if (kind == EMBER_RUNS_OTHER) {
				to -= (at + q->turn) & r.align;
				q->others |= 1u << q->calls;
			}
			q->target[q->calls++] = (int64_t)at + to;
			if (q->calls == EMBER_QUIET_CALLS)
				break;
		}
	}
	return code - q->code;
}

#endif
