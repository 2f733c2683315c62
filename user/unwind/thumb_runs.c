// SPDX-License-Identifier: GPL-2.0-or-later
/* Thumb-2: instructions in a row that do nothing of interest. */
#include "unwind/isa_arm.h"
#include "unwind/runs_ahead.h"

/* What it may be, by the first half's upper byte. */
enum {
	EMBER_THUMB_PLAIN, /* always: of one half, */
	EMBER_THUMB_WIDE, /* and of two */
	EMBER_THUMB_STEP, /* of interest */
	EMBER_THUMB_R7, /* add and sub of r7 */
	EMBER_THUMB_HIGH, /* add, mov and branches of all registers */
	EMBER_THUMB_LOAD, /* ldr [pc] */
	EMBER_THUMB_CBZ,
	EMBER_THUMB_IT,
	EMBER_THUMB_IF, /* branches of one half */
	EMBER_THUMB_JUMP,
	EMBER_THUMB_MANY, /* of two halves: ldm, tbb, ldrd, and the like; */
	EMBER_THUMB_REGISTER,
	EMBER_THUMB_VECTOR, /* loads and stores of such; */
	EMBER_THUMB_CONSTANT, /* of a constant; branches; */
	EMBER_THUMB_SINGLE, /* str and ldr */
};

static const uint8_t ember_thumb_kind[256] = {
	[0x00 ... 0x36] = EMBER_THUMB_PLAIN,
	[0x37] = EMBER_THUMB_R7,
	[0x38 ... 0x3e] = EMBER_THUMB_PLAIN,
	[0x3f] = EMBER_THUMB_R7,
	[0x40 ... 0x43] = EMBER_THUMB_PLAIN,
	[0x44] = EMBER_THUMB_HIGH,
	[0x45] = EMBER_THUMB_PLAIN,
	[0x46 ... 0x47] = EMBER_THUMB_HIGH,
	[0x48 ... 0x4f] = EMBER_THUMB_LOAD,
	[0x50 ... 0x96] = EMBER_THUMB_PLAIN,
	[0x97] = EMBER_THUMB_STEP, /* str and ldr [sp], add of sp: of r7 */
	[0x98 ... 0x9e] = EMBER_THUMB_PLAIN,
	[0x9f] = EMBER_THUMB_STEP,
	[0xa0 ... 0xae] = EMBER_THUMB_PLAIN,
	[0xaf ... 0xb0] = EMBER_THUMB_STEP,
	[0xb1] = EMBER_THUMB_CBZ,
	[0xb2] = EMBER_THUMB_PLAIN, /* sxt, uxt */
	[0xb3] = EMBER_THUMB_CBZ,
	[0xb4 ... 0xb5] = EMBER_THUMB_STEP, /* push */
	[0xb6 ... 0xb8] = EMBER_THUMB_PLAIN,
	[0xb9] = EMBER_THUMB_CBZ,
	[0xba] = EMBER_THUMB_PLAIN, /* rev */
	[0xbb] = EMBER_THUMB_CBZ,
	[0xbc ... 0xbd] = EMBER_THUMB_STEP, /* pop */
	[0xbe] = EMBER_THUMB_PLAIN, /* bkpt */
	[0xbf] = EMBER_THUMB_IT,
	[0xc0 ... 0xcf] = EMBER_THUMB_PLAIN,
	[0xd0 ... 0xdd] = EMBER_THUMB_IF,
	[0xde] = EMBER_THUMB_STEP, /* udf */
	[0xdf] = EMBER_THUMB_PLAIN, /* svc */
	[0xe0 ... 0xe7] = EMBER_THUMB_JUMP,
	[0xe8 ... 0xe9] = EMBER_THUMB_MANY,
	[0xea] = EMBER_THUMB_WIDE,
	[0xeb] = EMBER_THUMB_REGISTER,
	[0xec ... 0xed] = EMBER_THUMB_VECTOR,
	[0xee ... 0xef] = EMBER_THUMB_WIDE,
	[0xf0 ... 0xf7] = EMBER_THUMB_CONSTANT,
	[0xf8] = EMBER_THUMB_SINGLE,
	[0xf9 ... 0xff] = EMBER_THUMB_WIDE,
};

/* Registers that frames depend on; base registers whose memory accesses are examined. */
#define EMBER_THUMB_FRAME \
	(1 << EMBER_R7 | 1 << EMBER_R11 | 1 << EMBER_IP | 1 << EMBER_SP | 1 << EMBER_PC)
#define EMBER_THUMB_BASES (1 << EMBER_SP | 1 << EMBER_PC)
/* Registers of which it's of interest where on the stack they are. */
#define EMBER_THUMB_KEPT (EMBER_THUMB_FRAME | 1 << EMBER_LR)

/* Where a branch or a call of two halves leads, from its own address on. */
EMBER_RUNS_INLINE int32_t ember_thumb_far(uint32_t a, uint32_t b)
{
	uint32_t s = a >> 10 & 1, j1 = b >> 13 & 1, j2 = b >> 11 & 1;

	return (-(int32_t)s * (1 << 24) | (uint32_t)(j1 == s) << 23 |
		(uint32_t)(j2 == s) << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1) +
	       4;
}

/* And one under a condition. */
static int32_t ember_thumb_near(uint32_t a, uint32_t b)
{
	uint32_t s = a >> 10 & 1, j1 = b >> 13 & 1, j2 = b >> 11 & 1;

	return (-(int32_t)s * (1 << 20) | j2 << 19 | j1 << 18 | (a & 0x3f) << 12 |
		(b & 0x7ff) << 1) +
	       4;
}

/* Bytes from a load to what it loads. */
static int32_t ember_thumb_ahead(uint32_t a, uint32_t b)
{
	int32_t offset = b & 0xfff;

	return 4 + (a & 0x80 ? offset : -offset);
}

/* Whether it's of interest that rd is made of rn; bare: of sp alone. */
static bool ember_thumb_makes(uint32_t rd, uint32_t rn, bool bare)
{
	if (bare && rn != EMBER_SP)
		return rd == EMBER_SP || rd == EMBER_PC;
	return EMBER_THUMB_FRAME >> rd & 1;
}

/* Of a constant: add, sub, bic; compares have no register to set. */
static bool ember_thumb_constant_makes(uint32_t a, uint32_t b, bool bare)
{
	uint32_t op = a & 0xfbe0, rd = b >> 8 & 15;

	return (op == 0xf100 || op == 0xf1a0 || op == 0xf200 || op == 0xf2a0 ||
		op == 0xf020) &&
	       rd != EMBER_PC && ember_thumb_makes(rd, a & 15, bare);
}

/* Branches and calls of two halves, and what has their form. */
EMBER_RUNS_INLINE uint32_t ember_thumb_look_branch(uint32_t a, uint32_t b, int32_t *to)
{
	if (b & 0x4000)
		return EMBER_RUNS_IS(CALL, 4);
	if (b & 0x1000) {
		*to = ember_thumb_far(a, b);
		return EMBER_RUNS_IS(JUMP, 4);
	}
	/* Above these conditions are hints, barriers and system registers; and udf. */
	if ((a >> 6 & 15) >= 14)
		return (a & 0xfff0) == 0xf7f0 && (b & 0xf000) == 0xa000 ?
			       0 :
			       EMBER_RUNS_IS(PLAIN, 4);
	*to = ember_thumb_near(a, b);
	return EMBER_RUNS_IS(BRANCH, 4);
}

/* str and ldr by sp or pc. */
static uint32_t ember_thumb_look_single(uint32_t a, uint32_t b, int32_t *to)
{
	if (b >> 12 != EMBER_PC && (a & 0xff7f) == 0xf85f) {
		*to = ember_thumb_ahead(a, b);
		return EMBER_RUNS_IS(LOAD, 4);
	}
	/* [sp, #imm] */
	return (a & 0xffef) == 0xf8cd && !(EMBER_THUMB_KEPT >> (b >> 12) & 1) ?
		       EMBER_RUNS_IS(PLAIN, 4) :
		       0;
}

/* Many registers, or two. */
static uint32_t ember_thumb_look_many(uint32_t a, uint32_t b)
{
	/* tbb, tbh; ldm of pc */
	if (((a & 0xfff0) == 0xe8d0 && (b & 0xffe0) == 0xf000) ||
	    ((a & 0x50) == 0x10 && b & 0x8000))
		return 0;
	/* strd and ldrd [sp, #imm] */
	if ((a & 0xffef) == 0xe9cd &&
	    !((EMBER_THUMB_KEPT >> (b >> 12) | EMBER_THUMB_KEPT >> (b >> 8 & 15)) & 1))
		return EMBER_RUNS_IS(PLAIN, 4);
	return EMBER_THUMB_BASES >> (a & 15) & 1 ? 0 : EMBER_RUNS_IS(PLAIN, 4);
}

/* What is found most is looked at first. */
EMBER_RUNS_INLINE uint32_t ember_thumb_look(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t kind = ember_thumb_kind[code[1]], a, b, rd;

	if (kind == EMBER_THUMB_PLAIN)
		return EMBER_RUNS_IS(PLAIN, 2);
	a = ember_thumb_half(code);
	b = ember_thumb_half(code + 2);
	switch (kind) {
	case EMBER_THUMB_R7: return bare ? EMBER_RUNS_IS(PLAIN, 2) : 0;
	case EMBER_THUMB_HIGH:
		if ((a & 0xff00) == 0x4700)
			return a & 0x80 ? EMBER_RUNS_IS(CALL, 2) : 0;
		rd = (a & 7) | (a >> 4 & 8);
		if (EMBER_THUMB_FRAME >> rd & 1 &&
		    (a & 0x200 ? ember_thumb_makes(rd, a >> 3 & 15, bare) :
				 rd == EMBER_SP || rd == EMBER_PC))
			return 0;
		return EMBER_RUNS_IS(PLAIN, 2);
	case EMBER_THUMB_LOAD: *to = 4 + 4 * (a & 0xff); return EMBER_RUNS_IS(LOAD, 2);
	case EMBER_THUMB_CBZ:
		*to = 4 + ((a & 0x200) >> 3 | (a & 0xf8) >> 2);
		return EMBER_RUNS_IS(BRANCH, 2);
	case EMBER_THUMB_IT:
		if (!(a & 15))
			return EMBER_RUNS_IS(PLAIN, 2);
		*to = 4 - __builtin_ctz(a & 15);
		return EMBER_RUNS_IS(BLOCK, 2);
	case EMBER_THUMB_IF: *to = 4 + (int8_t)a * 2; return EMBER_RUNS_IS(BRANCH, 2);
	case EMBER_THUMB_JUMP:
		*to = 4 + (int32_t)(a << 21) / (1 << 20);
		return EMBER_RUNS_IS(JUMP, 2);
	case EMBER_THUMB_CONSTANT:
		if (b & 0x8000)
			return ember_thumb_look_branch(a, b, to);
		if (EMBER_THUMB_FRAME >> (b >> 8 & 15) & 1 &&
		    ember_thumb_constant_makes(a, b, bare))
			return 0;
		return EMBER_RUNS_IS(PLAIN, 4);
	case EMBER_THUMB_SINGLE:
		if (EMBER_THUMB_BASES >> (a & 15) & 1)
			return ember_thumb_look_single(a, b, to);
		return b >> 12 == EMBER_PC ? 0 : EMBER_RUNS_IS(PLAIN, 4);
	case EMBER_THUMB_MANY:
		if (b & 0x8000 || EMBER_THUMB_BASES >> (a & 15) & 1)
			return ember_thumb_look_many(a, b);
		return EMBER_RUNS_IS(PLAIN, 4);
	case EMBER_THUMB_REGISTER:
		return (b >> 8 & 15) == EMBER_SP ? 0 : EMBER_RUNS_IS(PLAIN, 4);
	case EMBER_THUMB_VECTOR:
		return EMBER_THUMB_BASES >> (a & 15) & 1 ? 0 : EMBER_RUNS_IS(PLAIN, 4);
	case EMBER_THUMB_STEP: return 0;
	}
	return EMBER_RUNS_IS(PLAIN, 4);
}

/* Calls of a known place, and loads of the code, by the first half's upper byte. */
enum {
	EMBER_QUIET_NARROW, /* neither */
	EMBER_QUIET_WIDE,
	EMBER_QUIET_NOT, /* ldr [pc]; branches; and of all registers */
};

static const uint8_t ember_thumb_quiets[256] = {
	[0x48 ... 0x4f] = EMBER_QUIET_NOT,  [0xe8 ... 0xe9] = EMBER_QUIET_NOT,
	[0xea ... 0xeb] = EMBER_QUIET_WIDE, [0xec ... 0xed] = EMBER_QUIET_NOT,
	[0xee ... 0xef] = EMBER_QUIET_WIDE, [0xf0 ... 0xf8] = EMBER_QUIET_NOT,
	[0xf9 ... 0xff] = EMBER_QUIET_WIDE,
};

EMBER_RUNS_INLINE uint32_t ember_thumb_look_quiet(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t quiet = ember_thumb_quiets[code[1]], a, b;

	(void)bare;
	if (quiet == EMBER_QUIET_NARROW)
		return EMBER_RUNS_IS(PLAIN, 2);
	if (quiet == EMBER_QUIET_WIDE)
		return EMBER_RUNS_IS(PLAIN, 4);
	a = ember_thumb_half(code);
	if (a < 0xe800) {
		*to = 4 + 4 * (a & 0xff);
		return EMBER_RUNS_IS(LOAD, 2);
	}
	b = ember_thumb_half(code + 2);
	if ((a & 0xf800) == 0xf000) {
		if ((b & 0xc000) != 0xc000)
			return EMBER_RUNS_IS(PLAIN, 4);
		*to = ember_thumb_far(a, b);
		return b & 0x1000 ? EMBER_RUNS_IS(CALL, 4) : EMBER_RUNS_IS(OTHER, 4);
	}
	if ((a & 15) != EMBER_PC)
		return EMBER_RUNS_IS(PLAIN, 4);
	if ((a & 0xff7f) != 0xf85f)
		return 0;
	*to = ember_thumb_ahead(a, b);
	return EMBER_RUNS_IS(LOAD, 4);
}

bool ember_thumb_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	(void)behind;
	return ember_runs_begins(ember_thumb_look, &ember_isa_thumb, code, room, pc);
}

enum ember_walk_end ember_thumb_walk(struct ember_flow_walk *walk)
{
	return ember_runs_walk((struct ember_runs){ .look = ember_thumb_look,
						    .step = ember_thumb_step,
						    .shift = 1,
						    .align = 3,
						    .begins = ember_thumb_begins },
			       walk);
}

uint32_t ember_thumb_quiet(struct ember_quiet *quiet)
{
	return ember_runs_quiet(
		(struct ember_runs){ .look = ember_thumb_look_quiet, .shift = 1, .align = 3 },
		quiet);
}

const struct ember_isa ember_isa_thumb = {
	.shift = 1,
	.entry = EMBER_LINK_ENTRY,
	.walk = ember_thumb_walk,
	.quiet = ember_thumb_quiet,
	.calls = ember_thumb_calls,
	.step = ember_thumb_step,
	.special = ember_thumb_special,
	.begins = ember_thumb_begins,
};
