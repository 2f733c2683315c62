/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instructions do to a function's frame, for code that carries no unwind information:
 * how far the stack pointer is below the CFA, and where the caller's registers are kept.
 * Only what compilers write in prologues and epilogues is known; all else leaves the frame
 * as it is. Sources: Arm ARM DDI 0406C, A5, A6 and A8; AAPCS32.
 */
#ifndef EMBER_UNWIND_ISA_H
#define EMBER_UNWIND_ISA_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <emberprof_table.h>

#define EMBER_FRAME_UNKNOWN INT32_MIN
#define EMBER_FRAME_KEPT    INT32_MAX /* the caller's value is still in its register */

/* Where a call leaves the return address in a register. */
#define EMBER_LINK_ENTRY \
	{ .sp = 0, .fp = EMBER_FRAME_UNKNOWN, .r7 = EMBER_FRAME_UNKNOWN, \
	  .ra_at = EMBER_FRAME_KEPT, .fp_at = EMBER_FRAME_KEPT, .r7_at = EMBER_FRAME_KEPT, \
	  .ip = EMBER_FRAME_UNKNOWN, .old_at = EMBER_FRAME_UNKNOWN }

/* No hole in it: compared byte by byte. */
struct ember_frame_layout {
	int32_t sp, fp, r7;		/* CFA - register, bytes; or UNKNOWN */
	int32_t ra_at, fp_at, r7_at;	/* saved at CFA + that; or KEPT */
	uint32_t constant;		/* A64: << 5 | its register; 0: none */
	int32_t ip;			/* ARM: CFA - r12, where that was made of sp; or UNKNOWN */
	/* Where sp was aligned, so that nobody knows how far it went: the word at sp + old_at
	 * (UNKNOWN: there's none) is CFA - old.
	 */
	int32_t old_at, old;
};

enum ember_flow {
	EMBER_FLOW_NEXT,
	EMBER_FLOW_CALL,		/* to target, if that isn't 0, and on */
	EMBER_FLOW_BRANCH,		/* to target */
	EMBER_FLOW_INDIRECT,		/* to where a register or a table says */
	EMBER_FLOW_RETURN,		/* or nowhere, by a trap */
};

struct ember_insn {
	uint8_t bytes;			/* 0: none that is known, or cut off */
	uint8_t flow;			/* EMBER_FLOW_* */
	bool conditional;		/* the flow, and the frame if it changed */
	bool other_mode;		/* target's: ARM from Thumb, or the reverse */
	uint8_t block;			/* so many that follow are conditional (Thumb's IT) */
	uint8_t table;			/* bytes of an entry of the table behind it (tbb) */
	uint8_t literals;		/* bytes that it loads from the code, */
	bool frame;			/* it may have changed the frame */
	uint64_t target;
	uint64_t literal;		/* there */
};

/* By place: the number of the frame that is found there; flagged in an instruction's middle. */
#define EMBER_FRAME_INSIDE 0x8000
#define EMBER_FRAME_DATA   EMBER_FRAME_INSIDE /* the flag alone: data, or nobody knows what */

struct ember_todo {			/* a branch not yet followed */
	uint32_t place;
	uint16_t frame;
};

/* What a walk is to know of a frame. */
struct ember_known {
	bool made;			/* it's not the one that functions begin with, */
	bool keeps;			/* a call leaves it as it is, */
	bool bare;			/* and no other register than sp has a part in it: UNKNOWN */
};

/* A function's instructions, in rows that find one frame each, or those that they make of it. */
struct ember_flow_walk {
	const uint8_t *code;
	uint16_t *found;		/* by place; 0: not found yet */
	uint8_t *data;			/* by place, a bit each: it's loaded; NULL: stop at loads */
	uint32_t bytes, room;		/* of the function; of code that was read */
	uint32_t turn;			/* the function's address, modulo 16 */
	uint32_t at;			/* the next instruction, bytes from the function's start */
	uint32_t most, done;		/* instructions: at most; that were marked */
	uint16_t number;		/* of the frame, of which is known: */
	struct ember_known known;
	bool blocked;			/* one of these is an IT */
	uint32_t block;			/* conditional instructions left, by an IT; and then */
	/* Of all rows: */
	struct ember_todo *todo;	/* branches not yet followed: room for `most` more of them */
	uint32_t nr;
	uint32_t far;			/* the farthest place with a frame that was found already */
	uint32_t front;			/* all places before it are known, at least */
	uint32_t high;			/* places up to the last one that was marked */
	bool loads;			/* some load data that is in the function */
	/*
	 * The walk may change it. Then it's `stale`, until changed() has set its number and what
	 * is known of it; false: there are too many frames.
	 */
	struct ember_frame_layout *frame;
	bool stale;
	bool (*changed)(struct ember_flow_walk *walk);
	void (*becomes)(struct ember_flow_walk *walk, uint16_t number);	/* the frame has this one */
	uint32_t counted;		/* of `done`: up to the last change */
	/*
	 * Where a row is over that began at place `from`, the walk may go on with a branch that
	 * is not yet followed, and sets `from`. Before that returns() is called behind a return,
	 * and row() notes what was marked up to a place; NULL: it goes on with none.
	 */
	uint32_t from;
	void (*returns)(struct ember_flow_walk *walk);
	void (*row)(struct ember_flow_walk *walk, uint32_t end);
};

/* What ends a walk. */
enum ember_walk_end {
	EMBER_WALK_MOST,		/* or the function does, or something is known of the place */
	EMBER_WALK_STEP,		/* ember_isa.step() has to say what is there */
	EMBER_WALK_CALL,		/* the last one is a call, */
	EMBER_WALK_OVER,		/* a branch that always leads elsewhere, */
	EMBER_WALK_RETURN,		/* or a return */
};

#define EMBER_LITERALS	  4096	/* units of code that a load reaches at most */
#define EMBER_QUIET_CALLS 32

/* Code that is read for its calls alone. */
struct ember_quiet {
	const uint8_t *code;
	uint32_t room, end;		/* bytes: of it that were read; that are looked at */
	uint32_t turn;			/* its address, modulo 4 */
	bool *literal;			/* of EMBER_LITERALS places, in turn, those of data */
	uint32_t place;			/* of its first byte; `end` is no farther than the last one */
	unsigned int calls;		/* of known places, at code + target */
	int64_t target[EMBER_QUIET_CALLS];
	uint32_t others;		/* of these, by a bit each: in the other mode */
};

struct ember_isa {
	uint8_t shift;			/* 1 << shift bytes: places where an instruction can be */
	struct ember_frame_layout entry;	/* at a function's first instruction */
	void (*prepare)(void);		/* before the first of all steps; NULL: nothing to do */
	/*
	 * Goes over instructions in a row, as most are, that leave the frame as it is, or do what
	 * is simple to it; marks their places and the data that they load from the code, and
	 * notes where they branch to within the function.
	 */
	enum ember_walk_end (*walk)(struct ember_flow_walk *walk);
	/*
	 * Reads over code up to what ember_isa.step() has to look at, or until it has found as
	 * many calls as there's room for; returns its bytes.
	 */
	uint32_t (*quiet)(struct ember_quiet *quiet);
	/*
	 * Bytes up to where a system call may be, without which nothing is special; room: there's
	 * none.
	 */
	uint32_t (*calls)(const uint8_t *code, uint32_t room);
	/* Decodes the one at pc, of which `room` bytes are there, and changes the frame. */
	void (*step)(const uint8_t *code, uint32_t room, uint64_t pc,
		     struct ember_frame_layout *frame, struct ember_insn *insn);
	/*
	 * What compilers don't write: EMBER_CFA_SIGNAL where a signal's handler returns to,
	 * EMBER_CFA_END where a thread that comes back ends. EMBER_CFA_NONE: neither.
	 */
	uint8_t (*special)(const uint8_t *code, uint32_t room, int32_t *cfa_offset);
	/*
	 * Whether a function seems to begin there, right behind a call or not: saves its return
	 * address before it does anything else than compute.
	 */
	bool (*begins)(const uint8_t *code, uint32_t room, uint64_t pc, bool behind);
	/* Return true for padding before an aligned function; NULL: padding isn't recognized. */
	bool (*padding)(const uint8_t *code, uint32_t room);
	/* Bytes of one that does nothing, whatever the frame is; 0: look closer. With padding(). */
	uint32_t (*nothing)(const uint8_t *code, uint32_t room);
};

/* Bytes up to where a byte is, as number `at` of a unit of 1 << shift bytes; room: it's nowhere. */
static inline uint32_t ember_code_find(const uint8_t *code, uint32_t room, uint8_t byte,
				       unsigned int at, unsigned int shift)
{
	const uint8_t *p = code, *end = code + room;

	while (p < end && (p = memchr(p, byte, end - p))) {
		if (((p - code) & ((1u << shift) - 1)) == at)
			return p - code;
		p++;
	}
	return room;
}

extern const struct ember_isa ember_isa_thumb, ember_isa_arm, ember_isa_a64, ember_isa_x86_64;

/* reg: where the register is known to be this function's own, it's not the caller's value
 * that is saved; nor is what goes into the caller's frame.
 */
static inline void ember_frame_save(int32_t *at, int32_t reg, int32_t where)
{
	if (where != EMBER_FRAME_UNKNOWN && where < 0 && reg == EMBER_FRAME_UNKNOWN &&
	    *at == EMBER_FRAME_KEPT)
		*at = where;
}

/* Read back from where it was saved, it's the caller's again. Nothing is saved at UNKNOWN. */
static inline void ember_frame_restore(int32_t *at, int32_t *reg, int32_t where)
{
	if (*at != where)
		return;
	*at = EMBER_FRAME_KEPT;
	if (reg)
		*reg = EMBER_FRAME_UNKNOWN;
}

/* sp moved; above the CFA it's of no function. */
static inline void ember_frame_move(struct ember_frame_layout *f, int64_t down)
{
	int64_t sp = f->sp + down;

	if (f->sp != EMBER_FRAME_UNKNOWN)
		f->sp = sp < -(1 << 24) || sp > 1 << 24 ? EMBER_FRAME_UNKNOWN : sp;
	if (f->old_at != EMBER_FRAME_UNKNOWN)
		f->old_at = down < -(1 << 16) || down > 1 << 16 ? EMBER_FRAME_UNKNOWN :
								  f->old_at + down;
}

/* A register's distance from the CFA, where another's is known. */
static inline int32_t ember_frame_apart(int32_t from, int64_t down)
{
	int64_t to = from + down;

	return from == EMBER_FRAME_UNKNOWN || to < -(1 << 24) || to > 1 << 24 ?
		       EMBER_FRAME_UNKNOWN : to;
}

/* What lies at sp + offset: at CFA + that; UNKNOWN where sp is. */
static inline int32_t ember_frame_place(const struct ember_frame_layout *f, int64_t offset)
{
	int32_t apart = ember_frame_apart(f->sp, -offset);

	return apart == EMBER_FRAME_UNKNOWN ? EMBER_FRAME_UNKNOWN : -apart;
}

#endif
