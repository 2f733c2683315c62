// SPDX-License-Identifier: GPL-2.0-or-later
/* Source: as in x86.c. */
#include "unwind/x86_words.h"

#include "unwind/x86.h"

#define EMBER_REX_W 8
#define EMBER_REX_R 4
#define EMBER_REX_B 1

#define EMBER_X86_PREFIXES 3 /* more are rare */

static struct ember_x86_words ember_x86_table;
const struct ember_x86_words *ember_x86_words;

static uint8_t ember_x86_does(uint8_t map, uint8_t op)
{
	if (!map && (op == 0xc4 || op == 0xc5 || op == 0x62))
		return EMBER_X86_VECTOR;
	if (!map && (op >> 3 == 0xb8 >> 3 || (op | 1) == 0xf7))
		return EMBER_X86_CONSTANTS;
	if (ember_x86_kind[map][op] & (EMBER_X86_PREFIX | EMBER_X86_ODD) ||
	    (!map && op >> 4 == 4))
		return EMBER_X86_RARE;
	if (!(ember_x86_kind[map][op] & EMBER_X86_LOOK))
		return EMBER_X86_NOTHING;
	if (op >> 4 == (map ? 8 : 7))
		return map ? EMBER_X86_BY_WORD : EMBER_X86_BY_BYTE;
	if (map)
		return EMBER_X86_STEP;
	switch (op) {
	case 0x00 ... 0x37:
	case 0x81:
	case 0x83:
	case 0x89:
	case 0x8b:
	case 0x8d: return EMBER_X86_NOTHING;
	case 0x50 ... 0x57: return EMBER_X86_PUSH;
	case 0x58 ... 0x5f: return EMBER_X86_POP;
	case 0xc3: return EMBER_X86_RETURN;
	case 0xe0 ... 0xe3: return EMBER_X86_BY_BYTE;
	case 0xe8: return EMBER_X86_CALL;
	case 0xe9: return EMBER_X86_JUMP_WORD;
	case 0xeb: return EMBER_X86_JUMP_BYTE;
	case 0xff: return EMBER_X86_GROUP;
	}
	return EMBER_X86_STEP;
}

static uint32_t ember_x86_op_of(uint8_t map, uint8_t op)
{
	uint8_t kind = ember_x86_kind[map][op], does = ember_x86_does(map, op);
	uint32_t word = (uint32_t)does << EMBER_X86_DOES;

	if (!map && (op == 0x0f || op == 0x2e || op == 0x66 || op == 0x90 || op == 0xcc))
		word |= EMBER_X86_FILLS;
	if (!map && op >> 4 == 4)
		return EMBER_X86_MORE | EMBER_X86_REX |
		       (op & EMBER_REX_R ? 0 : EMBER_X86_REG) |
		       (op & EMBER_REX_B ? 0 : EMBER_X86_RM);
	if (kind & EMBER_X86_PREFIX)
		word |= EMBER_X86_PREFIXED;
	if (does >= EMBER_X86_VECTOR)
		return word | EMBER_X86_MORE;
	word |= 1 + map + (kind & EMBER_X86_CONSTANT);
	if (kind & EMBER_X86_MODRM)
		word |= EMBER_X86_BASE;
	if (does == EMBER_X86_CONSTANTS)
		return word |
		       ((op | 1) == 0xf7 ? EMBER_X86_FLOWS | EMBER_X86_STOPS : EMBER_X86_WIDE);
	if (does)
		return word | EMBER_X86_FLOWS | (does == EMBER_X86_CALL ? EMBER_X86_STOPS : 0);
	if (kind & EMBER_X86_LOOK)
		word |= EMBER_X86_RM | (op == 0x81 || op == 0x83 ? 0 : EMBER_X86_REG);
	return word & EMBER_X86_BASE ? word | EMBER_X86_SIMPLE : word;
}

static uint32_t ember_x86_place_of(uint8_t modrm)
{
	uint8_t mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;
	uint32_t bytes = 1 + (mod != 3 && rm == 4), place = 0;

	if (mod == 1)
		bytes += 1;
	else if (mod == 2 || (mod == 0 && rm == 5))
		bytes += 4;
	if (mod == 0 && rm == 4)
		place |= EMBER_X86_BASE;
	if (reg == 4)
		place |= EMBER_X86_REG_SP;
	if (reg == 5)
		place |= EMBER_X86_REG_BP | (mod != 3 && rm == 4 ? EMBER_X86_STACK : 0);
	if (mod == 3 && (rm & 6) == 4)
		place |= rm == 4 ? EMBER_X86_RM_SP : EMBER_X86_RM_BP;
	return place | bytes << EMBER_X86_PLACE;
}

void ember_x86_learn_all(void)
{
	struct ember_x86_words *words = &ember_x86_table;
	unsigned int i;

	ember_x86_know();
	for (i = 0; i < 256; i++) {
		words->op[0][i] = ember_x86_op_of(0, i);
		words->op[1][i] = ember_x86_op_of(1, i);
		words->place[i] = ember_x86_place_of(i);
	}
	for (i = 1; i <= 4; i++)
		words->first[i] = UINT64_MAX >> (64 - 16 * i);
	ember_x86_words = words;
}

/* The word of what VEX and EVEX begin. */
static uint32_t ember_x86_vector(const uint8_t *code)
{
	uint32_t map = 1, at = 2, constant;
	uint8_t op;

	if (*code == 0xc4) {
		map = code[1] & 3;
		at = 3;
	} else if (*code == 0x62) {
		map = (code[1] & 7) > 3 ? 2 : code[1] & 7;
		at = 4;
	}
	op = code[at++];
	if (!map)
		return EMBER_X86_STRANGE;
	if (map == 1 && op == 0x77)
		return at;
	constant = map == 3 ? 1 : map == 2 || op >> 4 == 8 ? 0 : ember_x86_kind[1][op] & 7;
	return (at << EMBER_X86_BEFORE) + EMBER_X86_BASE + at + constant;
}

uint32_t ember_x86_more(const uint8_t *code)
{
	uint32_t op = ember_x86_table.op[0][*code], map = 0, rex = 0;
	const uint8_t *at = code;
	bool small = false;

	if (op >> EMBER_X86_DOES == EMBER_X86_VECTOR)
		return ember_x86_vector(code);
	for (; ember_x86_kind[0][*at] & EMBER_X86_PREFIX; at++) {
		if (at - code == EMBER_X86_PREFIXES)
			return EMBER_X86_STRANGE;
		small |= *at == 0x66;
	}
	if (*at >> 4 == 4)
		rex = *at++;
	if (*at == 0x0f) {
		map = 1;
		at++;
	}
	op = ember_x86_table.op[map][*at];
	if (op & EMBER_X86_MORE)
		return EMBER_X86_STRANGE;
	/* f7 may have no constant, and is shorter then by more than is known here. */
	if (small && *at == 0xf7)
		return EMBER_X86_STRANGE;
	if (op & EMBER_X86_WIDE && rex & EMBER_REX_W)
		op += 4;
	else if (small && ember_x86_kind[map][*at] & EMBER_X86_SIZED)
		op -= 2;
	if (rex)
		op &= ember_x86_table.op[0][rex] | ~(EMBER_X86_REG | EMBER_X86_RM);
	return op + (at - code - map) + ((at + 1 - code) << EMBER_X86_BEFORE);
}
