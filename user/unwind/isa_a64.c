// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A64: instructions of one word. Sources: Arm ARM DDI 0487, C4.1 and C6.2; AAPCS64.
 */
#include <string.h>

#include "unwind/isa.h"
#include "unwind/runs_ahead.h"

enum { EMBER_X29 = 29, EMBER_X30, EMBER_XSP };

#define EMBER_A64_RT_SIGRETURN 0xd2801168u /* mov x8, #139 */
#define EMBER_A64_EXIT	       0xd2800ba8u /* mov x8, #93 */
#define EMBER_A64_SVC	       0xd4000001u

static uint32_t ember_a64_word(const uint8_t *code)
{
	uint32_t word;

	memcpy(&word, code, sizeof(word));
	return word;
}

/* `bits` of an instruction from `low` on, as a signed number. */
static int64_t ember_a64_signed(uint32_t i, unsigned int low, unsigned int bits)
{
	return (int32_t)(i << (32 - low - bits)) >> (32 - bits);
}

static void ember_a64_store(struct ember_frame_layout *f, unsigned int reg, int64_t offset)
{
	int32_t where = ember_frame_place(f, offset);

	if (reg == EMBER_X30)
		ember_frame_save(&f->ra_at, EMBER_FRAME_UNKNOWN, where);
	if (reg == EMBER_X29)
		ember_frame_save(&f->fp_at, f->fp, where);
}

static void ember_a64_load(struct ember_frame_layout *f, unsigned int reg, int64_t offset)
{
	int32_t where = ember_frame_place(f, offset);

	if (reg == EMBER_X30)
		ember_frame_restore(&f->ra_at, NULL, where);
	if (reg == EMBER_X29)
		ember_frame_restore(&f->fp_at, &f->fp, where);
}

/* Where sp is the base of an access, and what it does to sp. */
struct ember_a64_access {
	int64_t offset, before, after; /* bytes; of the first register, added to sp */
};

/* What an index in bits 24:23 (pairs) or 11:10 makes of a constant: 1 after, 3 before. */
static struct ember_a64_access ember_a64_indexed(unsigned int index, int64_t imm)
{
	return index == 1 ? (struct ember_a64_access){ .after = imm } :
	       index == 3 ? (struct ember_a64_access){ .before = imm } :
			    (struct ember_a64_access){ .offset = imm };
}

static void ember_a64_moved(struct ember_frame_layout *f, uint32_t i, unsigned int other,
			    struct ember_a64_access a, bool load, bool words)
{
	void (*one)(struct ember_frame_layout *, unsigned int, int64_t) =
		load ? ember_a64_load : ember_a64_store;

	ember_frame_move(f, -a.before);
	if (words) {
		one(f, i & 31, a.offset);
		if (other < EMBER_XSP)
			one(f, other, a.offset + 8);
	}
	ember_frame_move(f, -a.after);
}

/* Loads and stores by sp; of registers' pairs, or of one. */
static bool ember_a64_memory(uint32_t i, struct ember_frame_layout *f)
{
	if ((i >> 5 & 31) != EMBER_XSP)
		return false;
	if ((i & 0x3a000000) == 0x28000000) {
		bool vector = i >> 26 & 1;
		unsigned int size = i >> 30;
		unsigned int scale = vector ? 2 + size : 2 + (size >> 1);

		ember_a64_moved(f, i, i >> 10 & 31,
				ember_a64_indexed(i >> 23 & 3,
						  ember_a64_signed(i, 15, 7) * (1 << scale)),
				i >> 22 & 1, !vector && size == 2);
	} else if ((i & 0x3b200000) == 0x38000000) {
		ember_a64_moved(f, i, EMBER_XSP,
				ember_a64_indexed(i >> 10 & 3, ember_a64_signed(i, 12, 9)),
				i >> 22 & 1, (i & 0xff800000) == 0xf8000000);
	} else if ((i & 0xff800000) == 0xf9000000) {
		ember_a64_moved(f, i, EMBER_XSP, ember_a64_indexed(0, (i >> 10 & 0xfff) * 8),
				i >> 22 & 1, true);
	} else {
		return false;
	}
	return true;
}

/* rd = rn + add, of those that can be a frame's; anything else isn't known. */
static void ember_a64_assign(struct ember_frame_layout *f, unsigned int rd, unsigned int rn,
			     int64_t add)
{
	int32_t value = rn == EMBER_XSP ? ember_frame_apart(f->sp, -add) :
			rn == EMBER_X29 ? ember_frame_apart(f->fp, -add) :
					  EMBER_FRAME_UNKNOWN;

	if (rd == EMBER_XSP)
		f->sp = value;
	/* What isn't saved is nobody's frame pointer. */
	else if (rd == EMBER_X29 && f->fp_at != EMBER_FRAME_KEPT)
		f->fp = value;
}

/* A frame too large for one instruction's constant: mov x12, #bytes; sub sp, sp, x12. */
static void ember_a64_constant(uint32_t i, struct ember_frame_layout *f)
{
	unsigned int rd = i & 31, shift = i >> 17 & 48;
	uint64_t imm = (uint64_t)(i >> 5 & 0xffff) << shift;

	if (i >> 29 & 1)
		imm |= (f->constant & 31) == rd ? f->constant >> 5 & ~(0xffffull << shift) :
						  UINT32_MAX;
	if (rd >= 9 && rd <= 17)
		f->constant = imm < 1 << 24 ? imm << 5 | rd : 0;
}

/* By what a register holds; or of anything else. */
static void ember_a64_by(uint32_t i, struct ember_frame_layout *f)
{
	int64_t by = f->constant >> 5;

	if ((i & 31) != EMBER_XSP)
		return;
	if ((i >> 5 & 31) != EMBER_XSP ||
	    (i & 0x001ffc00) != ((f->constant & 31) << 16 | 0x6000))
		by = 1 << 30;
	f->constant = 0;
	ember_a64_assign(f, EMBER_XSP, EMBER_XSP, i >> 30 & 1 ? -by : by);
}

/* False: it's nothing that changes a frame. */
static bool ember_a64_compute(uint32_t i, struct ember_frame_layout *f)
{
	unsigned int rd = i & 31, rn = i >> 5 & 31;

	if ((i & 0xbf800000) == 0x91000000 || (i & 0xff800000) == 0xd1000000) {
		int64_t imm = (int64_t)(i >> 10 & 0xfff) << (i >> 22 & 1 ? 12 : 0);

		ember_a64_assign(f, rd, rn, i >> 30 & 1 ? -imm : imm);
	} else if ((i & 0xbfe00000) == 0x8b200000) {
		ember_a64_by(i, f);
	} else if ((i & 0x5f800000) == 0x52800000) {
		ember_a64_constant(i, f);
	} else if ((i & 0xff800000) == 0x92000000 && rd == EMBER_XSP) {
		f->sp = EMBER_FRAME_UNKNOWN; /* a turned stack */
	} else {
		return false;
	}
	return true;
}

static bool ember_a64_flow(uint32_t i, uint64_t pc, struct ember_insn *insn)
{
	if ((i & 0x7c000000) == 0x14000000) {
		insn->flow = i >> 31 ? EMBER_FLOW_CALL : EMBER_FLOW_BRANCH;
		insn->target = pc + ember_a64_signed(i, 0, 26) * 4;
	} else if ((i & 0xff000000) == 0x54000000 || (i & 0x7e000000) == 0x34000000) {
		insn->flow = EMBER_FLOW_BRANCH;
		insn->conditional = true;
		insn->target = pc + ember_a64_signed(i, 5, 19) * 4;
	} else if ((i & 0x7e000000) == 0x36000000) {
		insn->flow = EMBER_FLOW_BRANCH;
		insn->conditional = true;
		insn->target = pc + ember_a64_signed(i, 5, 14) * 4;
	} else if ((i & 0xfe9ff000) == 0xd61f0000) {
		/* br, blr, ret, by a signed address or not; br x16 and x17: from a PLT, or
		 * another tail call
		 */
		if (i >> 21 & 3)
			insn->flow = i >> 21 & 2 ? EMBER_FLOW_RETURN : EMBER_FLOW_CALL;
		else
			insn->flow = (i >> 5 & 31) >> 1 == 16 >> 1 ? EMBER_FLOW_RETURN :
								     EMBER_FLOW_INDIRECT;
	} else if ((i & 0xffe0001f) == 0xd4200000 || !(i >> 16)) {
		insn->flow = EMBER_FLOW_RETURN; /* brk, udf */
	} else {
		return false;
	}
	return true;
}

/* ldr from the code. */
static void ember_a64_literal(uint32_t i, uint64_t pc, struct ember_insn *insn)
{
	if ((i & 0x3b000000) != 0x18000000 || i >> 30 == 3)
		return;
	insn->literal = pc + ember_a64_signed(i, 5, 19) * 4;
	insn->literals = i >> 26 & 1 ? 4 << (i >> 30) : i >> 30 == 1 ? 8 : 4;
}

static void ember_a64_step(const uint8_t *code, uint32_t room, uint64_t pc,
			   struct ember_frame_layout *frame, struct ember_insn *insn)
{
	uint32_t i;

	*insn = (struct ember_insn){};
	if (room < 4)
		return;
	i = ember_a64_word(code);
	insn->bytes = 4;
	ember_a64_literal(i, pc, insn);
	if (!ember_a64_flow(i, pc, insn))
		insn->frame = ember_a64_memory(i, frame) || ember_a64_compute(i, frame);
	if (insn->flow == EMBER_FLOW_CALL) {
		frame->constant = 0;
		insn->frame = true;
	}
}

enum {
	EMBER_A64_LOOK,
	EMBER_A64_PLAIN,
	EMBER_A64_PAIR, /* plain, unless its base is sp; or else with write-back, or x29, x30; */
	EMBER_A64_ONE, /* the same of one register */
	EMBER_A64_TO, /* plain, unless it computes sp or x29 */
	EMBER_A64_CONSTANT, /* plain, unless it goes where frames' sizes are */
	EMBER_A64_B, /* branches */
	EMBER_A64_BL,
	EMBER_A64_IF,
	EMBER_A64_TEST,
};

static uint8_t ember_a64_kind(uint8_t top)
{
	if ((top & 0x7c) == 0x14)
		return top >> 7 ? EMBER_A64_BL : EMBER_A64_B;
	if (top == 0x54 || (top & 0x7e) == 0x34)
		return EMBER_A64_IF;
	if ((top & 0x7e) == 0x36)
		return EMBER_A64_TEST;
	if ((top & 0x5f) == 0x52)
		return EMBER_A64_CONSTANT;
	if ((top & 0x3b) == 0x18 || (top & 0xfe) == 0xd6 || top == 0xd4 || !top)
		return EMBER_A64_LOOK;
	if ((top & 0x3a) == 0x28)
		return EMBER_A64_PAIR;
	if ((top & 0x3b) == 0x38 || top == 0xf9)
		return EMBER_A64_ONE;
	if (top == 0x91 || top == 0xd1 || top == 0x8b || top == 0xcb || top == 0x92)
		return EMBER_A64_TO;
	return EMBER_A64_PLAIN;
}

static uint8_t ember_a64_kinds[256];

static void ember_a64_know(void)
{
	unsigned int top;

	for (top = 0; !ember_a64_kinds[255] && top < 256; top++)
		ember_a64_kinds[top] = ember_a64_kind(top);
}

/* Whether a register is one that frames are found by, or saved. */
static bool ember_a64_kept(uint32_t reg)
{
	return (reg & 31) == EMBER_X29 || (reg & 31) == EMBER_X30;
}

EMBER_RUNS_INLINE uint32_t ember_a64_look(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t i = ember_a64_word(code);
	bool plain = true;

	(void)bare;
	switch (ember_a64_kinds[i >> 24]) {
	case EMBER_A64_LOOK:
		if ((i & 0xfffffc1f) == 0xd63f0000) /* blr */
			return EMBER_RUNS_IS(CALL, 4);
		plain = false;
		break;
	case EMBER_A64_PAIR:
		if ((i >> 5 & 31) == EMBER_XSP)
			plain = !(i >> 23 & 1) && !ember_a64_kept(i) &&
				!ember_a64_kept(i >> 10);
		break;
	case EMBER_A64_ONE:
		if ((i >> 5 & 31) == EMBER_XSP)
			plain = i >> 24 & 1 && !ember_a64_kept(i);
		break;
	case EMBER_A64_TO: plain = (i & 29) != 29; break;
	case EMBER_A64_CONSTANT: plain = !(i >> 23 & 1) || (i & 31) - 9 > 17 - 9; break;
	case EMBER_A64_B: *to = ember_a64_signed(i, 0, 26) * 4; return EMBER_RUNS_IS(JUMP, 4);
	case EMBER_A64_BL: return EMBER_RUNS_IS(CALL, 4);
	case EMBER_A64_IF:
		*to = ember_a64_signed(i, 5, 19) * 4;
		return EMBER_RUNS_IS(BRANCH, 4);
	case EMBER_A64_TEST:
		*to = ember_a64_signed(i, 5, 14) * 4;
		return EMBER_RUNS_IS(BRANCH, 4);
	}
	return plain ? EMBER_RUNS_IS(PLAIN, 4) : 0;
}

/* bl, and loads by pc. */
EMBER_RUNS_INLINE uint32_t ember_a64_look_quiet(const uint8_t *code, bool bare, int32_t *to)
{
	(void)bare;
	if ((code[3] & 0x3b) == 0x18)
		return 0;
	if ((code[3] & 0xfc) != 0x94)
		return EMBER_RUNS_IS(PLAIN, 4);
	*to = ember_a64_signed(ember_a64_word(code), 0, 26) * 4;
	return EMBER_RUNS_IS(CALL, 4);
}

static bool ember_a64_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	(void)behind;
	ember_a64_know();
	return ember_runs_begins(ember_a64_look, &ember_isa_a64, code, room, pc);
}

static enum ember_walk_end ember_a64_walk(struct ember_flow_walk *walk)
{
	ember_a64_know();
	return ember_runs_walk((struct ember_runs){ .look = ember_a64_look,
						    .step = ember_a64_step,
						    .shift = 2,
						    .begins = ember_a64_begins },
			       walk);
}

static uint32_t ember_a64_quiet(struct ember_quiet *quiet)
{
	return ember_runs_quiet(
		(struct ember_runs){
			.look = ember_a64_look_quiet,
			.shift = 2,
		},
		quiet);
}

/* svc */
static uint32_t ember_a64_calls(const uint8_t *code, uint32_t room)
{
	return ember_code_find(code, room, EMBER_A64_SVC >> 24, 3, 2);
}

static uint8_t ember_a64_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset)
{
	*cfa_offset = 0;
	if (room < 8 || ember_a64_word(code + 4) != EMBER_A64_SVC)
		return EMBER_CFA_NONE;
	switch (ember_a64_word(code)) {
	case EMBER_A64_RT_SIGRETURN: return EMBER_CFA_SIGNAL;
	case EMBER_A64_EXIT: return EMBER_CFA_END;
	}
	return EMBER_CFA_NONE;
}

const struct ember_isa ember_isa_a64 = {
	.shift = 2,
	.entry = EMBER_LINK_ENTRY,
	.walk = ember_a64_walk,
	.quiet = ember_a64_quiet,
	.calls = ember_a64_calls,
	.step = ember_a64_step,
	.special = ember_a64_special,
	.begins = ember_a64_begins,
};
