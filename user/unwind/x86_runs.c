// SPDX-License-Identifier: GPL-2.0-or-later
/* x86-64: instructions in a row that do nothing of interest. Source: as in x86.c. */
#include "unwind/runs.h"
#include "unwind/x86.h"

#define EMBER_REX_W 8
#define EMBER_REX_R 4
#define EMBER_REX_B 1

#define EMBER_X86_FIRST	   12 /* bytes that a look reads */
#define EMBER_X86_PREFIXES 3 /* more are rare */

/* What an opcode may do, << 8, above what follows it: */
enum {
	EMBER_X86_NOTHING,
	EMBER_X86_TWO, /* to rsp and rbp, by both registers of its ModRM, */
	EMBER_X86_SECOND, /* by the second one */
	EMBER_X86_GROUP, /* ff */
	EMBER_X86_BY_BYTE, /* a branch, always or not, by a byte or a word; and a call */
	EMBER_X86_BY_WORD,
	EMBER_X86_JUMP_BYTE,
	EMBER_X86_JUMP_WORD,
	EMBER_X86_CALL,
	EMBER_X86_CONSTANTS, /* nothing; how long it is depends on more */
	EMBER_X86_VECTOR, /* nothing; VEX, EVEX */
	EMBER_X86_STEP, /* anything */
	EMBER_X86_REX,
	EMBER_X86_0F,
};

/* By ModRM alone: bytes of it, with SIB and displacement. */
enum {
	EMBER_X86_PLACE = 15,
	EMBER_X86_BASE = 16, /* SIB's base may bring a displacement */
	EMBER_X86_REG_SP = 32, /* its first register may be rsp, */
	EMBER_X86_REG_BP = 64, /* rbp, */
	EMBER_X86_STACK =
		128, /* that goes to a place, or comes from one, that may be by rsp */
	EMBER_X86_RM_SP = 256, /* its second one */
	EMBER_X86_RM_BP = 512,
};

static uint16_t ember_x86_op[2][256], ember_x86_place[256];

static uint8_t ember_x86_does(uint8_t map, uint8_t op)
{
	if (!map && op >> 4 == 4)
		return EMBER_X86_REX;
	if (!map && op == 0x0f)
		return EMBER_X86_0F;
	if (!map && (op == 0xc4 || op == 0xc5 || op == 0x62))
		return EMBER_X86_VECTOR;
	if (!map && (op >> 3 == 0xb8 >> 3 || (op | 1) == 0xf7))
		return EMBER_X86_CONSTANTS;
	if (!(ember_x86_kind[map][op] & EMBER_X86_LOOK))
		return EMBER_X86_NOTHING;
	if (op >> 4 == (map ? 8 : 7))
		return map ? EMBER_X86_BY_WORD : EMBER_X86_BY_BYTE;
	if (map)
		return EMBER_X86_STEP;
	switch (op) {
	case 0x00 ... 0x37:
	case 0x89:
	case 0x8b:
	case 0x8d: return EMBER_X86_TWO;
	case 0x81:
	case 0x83: return EMBER_X86_SECOND;
	case 0xe0 ... 0xe3: return EMBER_X86_BY_BYTE;
	case 0xe8: return EMBER_X86_CALL;
	case 0xe9: return EMBER_X86_JUMP_WORD;
	case 0xeb: return EMBER_X86_JUMP_BYTE;
	case 0xff: return EMBER_X86_GROUP;
	}
	return EMBER_X86_STEP;
}

static uint16_t ember_x86_place_of(uint8_t modrm)
{
	uint8_t mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;
	uint16_t place = 1 + (mod != 3 && rm == 4);

	if (mod == 1)
		place += 1;
	else if (mod == 2 || (mod == 0 && rm == 5))
		place += 4;
	if (mod == 0 && rm == 4)
		place |= EMBER_X86_BASE;
	if (reg == 4)
		place |= EMBER_X86_REG_SP;
	if (reg == 5)
		place |= EMBER_X86_REG_BP | (mod != 3 && rm == 4 ? EMBER_X86_STACK : 0);
	if (mod == 3 && (rm & 6) == 4)
		place |= rm == 4 ? EMBER_X86_RM_SP : EMBER_X86_RM_BP;
	return place;
}

static void ember_x86_learn(void)
{
	unsigned int op, map;

	if (ember_x86_place[0])
		return;
	ember_x86_know();
	for (op = 0; op < 256; op++) {
		for (map = 0; map < 2; map++)
			ember_x86_op[map][op] = ember_x86_does(map, op) << 8 |
						ember_x86_kind[map][op];
		ember_x86_place[op] = ember_x86_place_of(op);
	}
}

/* Whether registers in its ModRM make it change the frame, perhaps. */
static inline bool ember_x86_registers(uint16_t place, uint8_t rex, bool second, bool bare)
{
	/* What rbp becomes is of interest where it's known, or made of rsp, or loaded. */
	uint16_t reg = EMBER_X86_REG_SP | (bare ? EMBER_X86_STACK : EMBER_X86_REG_BP),
		 rm = EMBER_X86_RM_SP | (bare ? 0 : EMBER_X86_RM_BP);

	return place &
	       ((rex & EMBER_REX_R || second ? 0 : reg) | (rex & EMBER_REX_B ? 0 : rm));
}

static inline int32_t ember_x86_word(const uint8_t *at)
{
	int32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* VEX, EVEX: bytes; 0: rare. */
static uint32_t ember_x86_vector(const uint8_t *code)
{
	uint32_t map = 1, at = 2, bytes;
	uint16_t place;
	uint8_t op;

	if (*code == 0xc4) {
		map = code[1] & 3;
		at = 3;
	} else if (*code == 0x62) {
		map = (code[1] & 7) > 3 ? 2 : code[1] & 7;
		at = 4;
	}
	op = code[at];
	if (!map || (map == 1 && op == 0x77))
		return 0;
	bytes = map == 3 ? 1 : map == 2 || op >> 4 == 8 ? 0 : ember_x86_kind[1][op] & 7;
	place = ember_x86_place[code[at + 1]];
	if (place & EMBER_X86_BASE && (code[at + 2] & 7) == 5)
		bytes += 4;
	return at + 1 + bytes + (place & EMBER_X86_PLACE);
}

/* Bytes of a constant that depends on more than the opcode: of mov and test. */
static uint32_t ember_x86_odd(uint8_t op, uint8_t rex, bool small, const uint8_t *at)
{
	if (op >> 3 == 0xb8 >> 3)
		return rex & EMBER_REX_W ? 8 : small ? 2 : 4;
	if ((op | 1) == 0xf7 && (*at >> 3 & 7) < 2)
		return op == 0xf6 ? 1 : small ? 2 : 4;
	return 0;
}

/* quiet: only a call is of interest. */
static inline __attribute__((always_inline)) uint32_t
ember_x86_known(const uint8_t *code, bool quiet, bool bare, int32_t *to)
{
	const uint8_t *at = code;
	uint16_t kind = ember_x86_op[0][*at++], place = 0;
	uint8_t rex = 0;
	bool small = false;
	uint32_t bytes;

	while (kind & EMBER_X86_PREFIX) {
		if (at - code > EMBER_X86_PREFIXES)
			return 0;
		small |= at[-1] == 0x66;
		kind = ember_x86_op[0][*at++];
	}
	if (kind >> 8 >= EMBER_X86_REX) {
		if (kind >> 8 == EMBER_X86_REX) {
			rex = at[-1];
			kind = ember_x86_op[0][*at++];
		}
		if (kind >> 8 == EMBER_X86_0F)
			kind = ember_x86_op[1][*at++];
	}
	if (kind & EMBER_X86_PREFIX)
		return 0;
	bytes = at - code + (kind & EMBER_X86_CONSTANT);
	if (small && kind & EMBER_X86_SIZED)
		bytes -= 2;
	if (kind & EMBER_X86_ODD) {
		if (kind >> 8 == EMBER_X86_VECTOR && at == code + 1) {
			bytes = ember_x86_vector(code);
			return bytes ? EMBER_RUNS_IS(PLAIN, bytes) : 0;
		}
		if (kind >> 8 != EMBER_X86_CONSTANTS)
			return 0;
		bytes = at - code + ember_x86_odd(at[-1], rex, small, at);
	}
	if (kind & EMBER_X86_MODRM) {
		place = ember_x86_place[*at];
		bytes += place & EMBER_X86_PLACE;
		if (place & EMBER_X86_BASE && (at[1] & 7) == 5)
			bytes += 4;
	}
	if (quiet) {
		if (kind >> 8 != EMBER_X86_CALL)
			return EMBER_RUNS_IS(PLAIN, bytes);
		*to = bytes + ember_x86_word(at);
		return small ? 0 : EMBER_RUNS_IS(CALL, bytes);
	}
	switch (kind >> 8) {
	case EMBER_X86_TWO:
	case EMBER_X86_SECOND:
		if (ember_x86_registers(place, rex, kind >> 8 == EMBER_X86_SECOND, bare))
			return 0;
		break;
	case EMBER_X86_GROUP:
		/* inc, dec; call */
		if ((*at >> 3 & 7) >= 2)
			return (*at >> 3 & 7) == 2 ? EMBER_RUNS_IS(CALL, bytes) : 0;
		break;
	case EMBER_X86_BY_BYTE: *to = bytes + (int8_t)*at; return EMBER_RUNS_IS(BRANCH, bytes);
	case EMBER_X86_BY_WORD:
		*to = bytes + ember_x86_word(at);
		return EMBER_RUNS_IS(BRANCH, bytes);
	case EMBER_X86_JUMP_BYTE: *to = bytes + (int8_t)*at; return EMBER_RUNS_IS(JUMP, bytes);
	case EMBER_X86_JUMP_WORD:
		*to = bytes + ember_x86_word(at);
		return EMBER_RUNS_IS(JUMP, bytes);
	case EMBER_X86_CALL: return EMBER_RUNS_IS(CALL, bytes);
	case EMBER_X86_STEP: return 0;
	}
	return EMBER_RUNS_IS(PLAIN, bytes);
}

static inline uint32_t ember_x86_look(const uint8_t *code, bool bare, int32_t *to)
{
	return ember_x86_known(code, false, bare, to);
}

static inline uint32_t ember_x86_look_quiet(const uint8_t *code, bool bare, int32_t *to)
{
	return ember_x86_known(code, true, bare, to);
}

enum ember_walk_end ember_x86_walk(struct ember_walk *walk)
{
	ember_x86_learn();
	return ember_runs_walk((struct ember_runs){ .look = ember_x86_look,
						    .ahead = EMBER_X86_FIRST,
						    .longest = 15 },
			       walk);
}

/* Nothing is loaded from the code that isn't elsewhere, too. */
uint32_t ember_x86_quiet(struct ember_quiet *quiet)
{
	ember_x86_learn();
	return ember_runs_quiet((struct ember_runs){ .look = ember_x86_look_quiet,
						     .ahead = EMBER_X86_FIRST,
						     .longest = 15 },
				quiet);
}
