// SPDX-License-Identifier: GPL-2.0-or-later
/* Thumb-2: instructions in a row that do nothing of interest. */
#include "unwind/isa_arm.h"
#include "unwind/runs.h"

/* By the first half's upper byte: bytes of those that are always plain, */
#define EMBER_THUMB_PLAIN 7
/* and << 4 of those that call nothing at a known place and load nothing from the code. */

static const uint8_t ember_thumb_kind[256] = {
	[0x00 ... 0x36] = 0x22, [0x37] = 0x20, /* add and sub of r7 */
	[0x38 ... 0x3e] = 0x22, [0x3f] = 0x20,
	[0x40 ... 0x43] = 0x22, [0x44] = 0x20,
	[0x45] = 0x22,		[0x46 ... 0x47] = 0x20, /* of all registers */
	[0x50 ... 0x96] = 0x22, [0x97] = 0x20, /* str, ldr [sp] and add sp of r7 */
	[0x98 ... 0x9e] = 0x22, [0x9f] = 0x20,
	[0xa0 ... 0xae] = 0x22, [0xaf ... 0xb1] = 0x20,
	[0xb2] = 0x22,		[0xb3 ... 0xb5] = 0x20, /* sxt, uxt */
	[0xb6 ... 0xb8] = 0x22, [0xb9] = 0x20,
	[0xba] = 0x22, /* cps, rev */
	[0xbb ... 0xbd] = 0x20, [0xbe] = 0x22,
	[0xbf] = 0x20, /* bkpt */
	[0xc0 ... 0xcf] = 0x22, [0xd0 ... 0xe7] = 0x20,
	[0xea] = 0x44,		[0xeb] = 0x40,
	[0xee ... 0xef] = 0x44, [0xf9 ... 0xff] = 0x44,
};

/* Registers that a frame is told by; and bases of accesses that are looked at. */
#define EMBER_THUMB_FRAME \
	(1 << EMBER_R7 | 1 << EMBER_R11 | 1 << EMBER_IP | 1 << EMBER_SP | 1 << EMBER_PC)
#define EMBER_THUMB_BASES (1 << EMBER_SP | 1 << EMBER_PC)
/* Registers of which it's of interest where on the stack they are. */
#define EMBER_THUMB_KEPT (EMBER_THUMB_FRAME | 1 << EMBER_LR)

/* Branches and calls of two halves; or neither: 0. */
static uint32_t ember_thumb_look_branch(uint32_t a, uint32_t b, int32_t *to)
{
	uint32_t s = a >> 10 & 1, j1 = b >> 13 & 1, j2 = b >> 11 & 1;

	if (b & 0x5000) {
		*to = (-(int32_t)s * (1 << 24) | (uint32_t)(j1 == s) << 23 |
		       (uint32_t)(j2 == s) << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1) +
		      4;
		return b & 0x4000 ? EMBER_RUNS_IS(CALL, 4) : EMBER_RUNS_IS(JUMP, 4);
	}
	/* Above these conditions are hints, barriers and system registers. */
	if ((a >> 6 & 15) >= 14)
		return (a & 0xfff0) == 0xf7f0 && (b & 0xf000) == 0xa000 ?
			       0 :
			       EMBER_RUNS_IS(PLAIN, 4);
	*to = (-(int32_t)s * (1 << 20) | j2 << 19 | j1 << 18 | (a & 0x3f) << 12 |
	       (b & 0x7ff) << 1) +
	      4;
	return EMBER_RUNS_IS(BRANCH, 4);
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

/* Bytes from a load to what it loads. */
static int32_t ember_thumb_ahead(uint32_t a, uint32_t b)
{
	int32_t offset = b & 0xfff;

	return 4 + (a & 0x80 ? offset : -offset);
}

/* Of instructions that depend on more than the first half's upper byte. */
static uint32_t ember_thumb_look_more(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t a = ember_thumb_half(code), b = ember_thumb_half(code + 2);
	bool plain = false;
	uint32_t rd;

	switch (a >> 8) {
	case 0x37:
	case 0x3f: return bare ? EMBER_RUNS_IS(PLAIN, 2) : 0;
	case 0x48 ... 0x4f: /* ldr [pc, #imm] */
		*to = 4 + 4 * (a & 0xff);
		return EMBER_RUNS_IS(LOAD, 2);
	case 0x44: /* add and mov of all registers */
		rd = (a & 7) | (a >> 4 & 8);
		return rd == EMBER_SP || rd == EMBER_PC ? 0 : EMBER_RUNS_IS(PLAIN, 2);
	case 0x46:
		rd = (a & 7) | (a >> 4 & 8);
		return ember_thumb_makes(rd, a >> 3 & 15, bare) ? 0 : EMBER_RUNS_IS(PLAIN, 2);
	case 0x47: return a & 0x80 ? EMBER_RUNS_IS(CALL, 2) : 0;
	case 0xb1:
	case 0xb3:
	case 0xb9:
	case 0xbb: /* cbz, cbnz */
		*to = 4 + ((a & 0x200) >> 3 | (a & 0xf8) >> 2);
		return EMBER_RUNS_IS(BRANCH, 2);
	case 0xbf: /* it */
		if (!(a & 15))
			return EMBER_RUNS_IS(PLAIN, 2);
		*to = 4 - __builtin_ctz(a & 15);
		return EMBER_RUNS_IS(BLOCK, 2);
	case 0xd0 ... 0xdd: *to = 4 + (int8_t)a * 2; return EMBER_RUNS_IS(BRANCH, 2);
	case 0xdf: return EMBER_RUNS_IS(PLAIN, 2); /* svc */
	case 0xe0 ... 0xe7:
		*to = 4 + (int32_t)(a << 21) / (1 << 20);
		return EMBER_RUNS_IS(JUMP, 2);
	case 0xe8: /* tbb, tbh; ldm of pc */
		if ((a & 0xf0) == 0xd0 && (b & 0xffe0) == 0xf000)
			return 0;
	/* fall through */
	case 0xe9:
		if ((a & 0x50) == 0x10 && b & 0x8000)
			return 0;
		/* strd and ldrd [sp, #imm] */
		if ((a & 0xffef) == 0xe9cd)
			plain = !((EMBER_THUMB_KEPT >> (b >> 12) |
				   EMBER_THUMB_KEPT >> (b >> 8 & 15)) &
				  1);
	/* fall through */
	case 0xec:
	case 0xed: plain |= !(EMBER_THUMB_BASES >> (a & 15) & 1); break;
	case 0xf0 ... 0xf7: /* of a constant */
		if (b & 0x8000)
			return ember_thumb_look_branch(a, b, to);
		plain = !ember_thumb_constant_makes(a, b, bare);
		break;
	case 0xeb: plain = (b >> 8 & 15) != EMBER_SP; break;
	case 0xf8: /* str and ldr [sp, #imm] */
		if ((a & 0xff7f) == 0xf85f && b >> 12 != EMBER_PC) {
			*to = ember_thumb_ahead(a, b);
			return EMBER_RUNS_IS(LOAD, 4);
		}
		if ((a & 0xffef) == 0xf8cd)
			plain = !(EMBER_THUMB_KEPT >> (b >> 12) & 1);
		else
			plain = !(EMBER_THUMB_BASES >> (a & 15) & 1 || b >> 12 == EMBER_PC);
		break;
	}
	return plain ? EMBER_RUNS_IS(PLAIN, 4) : 0;
}

EMBER_RUNS_INLINE uint32_t ember_thumb_look(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t bytes = ember_thumb_kind[code[1]] & EMBER_THUMB_PLAIN;

	return bytes ? EMBER_RUNS_IS(PLAIN, bytes) : ember_thumb_look_more(code, bare, to);
}

/* bl, and loads by pc. */
static uint32_t ember_thumb_quiet_more(const uint8_t *code, int32_t *to)
{
	uint32_t a = ember_thumb_half(code), b;

	switch (a >> 8) {
	case 0x48 ... 0x4f: *to = 4 + 4 * (a & 0xff); return EMBER_RUNS_IS(LOAD, 2);
	case 0xf0 ... 0xf7:
		b = ember_thumb_half(code + 2);
		if ((b & 0xd000) == 0xd000)
			return ember_thumb_look_branch(a, b, to);
		return b >> 14 == 3 ? 0 : EMBER_RUNS_IS(PLAIN, 4);
	case 0xf8:
		if ((a & 0xff7f) == 0xf85f) {
			*to = ember_thumb_ahead(a, ember_thumb_half(code + 2));
			return EMBER_RUNS_IS(LOAD, 4);
		}
	/* fall through */
	case 0xe8:
	case 0xe9:
	case 0xec:
	case 0xed: return (a & 15) == EMBER_PC ? 0 : EMBER_RUNS_IS(PLAIN, 4);
	}
	return 0;
}

EMBER_RUNS_INLINE uint32_t ember_thumb_look_quiet(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t bytes = ember_thumb_kind[code[1]] >> 4;

	(void)bare;
	return bytes ? EMBER_RUNS_IS(PLAIN, bytes) : ember_thumb_quiet_more(code, to);
}

enum ember_walk_end ember_thumb_walk(struct ember_walk *walk)
{
	return ember_runs_walk((struct ember_runs){ .look = ember_thumb_look,
						    .shift = 1,
						    .ahead = 4,
						    .longest = 4,
						    .align = 3,
						    .begins = ember_thumb_begins },
			       walk);
}

bool ember_thumb_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	(void)behind;
	return ember_runs_begins(ember_thumb_look, &ember_isa_thumb, 4, code, room, pc);
}

uint32_t ember_thumb_quiet(struct ember_quiet *quiet)
{
	return ember_runs_quiet((struct ember_runs){ .look = ember_thumb_look_quiet,
						     .shift = 1,
						     .ahead = 4,
						     .longest = 4,
						     .align = 3 },
				quiet);
}
