/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64: what is known of an instruction by its opcode's word in a table. */
#ifndef EMBER_UNWIND_X86_WORDS_H
#define EMBER_UNWIND_X86_WORDS_H

#include <stdint.h>

#define EMBER_X86_FIRST 16 /* bytes that a look reads; no instruction is longer */

/* What an opcode may do; the first ones are known at once. */
enum {
	EMBER_X86_NOTHING,
	EMBER_X86_BY_BYTE, /* a branch, always or not, by a byte or a word; and a call */
	EMBER_X86_BY_WORD,
	EMBER_X86_JUMP_BYTE,
	EMBER_X86_JUMP_WORD,
	EMBER_X86_CALL,
	EMBER_X86_RETURN,
	EMBER_X86_PUSH,
	EMBER_X86_POP,
	EMBER_X86_WATCHED, /* a register that is watched is there */
	EMBER_X86_GROUP, /* ff */
	EMBER_X86_STEP, /* anything */
	EMBER_X86_CONSTANTS, /* nothing; how long it is depends on more */
	EMBER_X86_VECTOR, /* nothing; VEX, EVEX */
	EMBER_X86_RARE, /* a prefix, REX among them, and what is odd */
};

/*
 * Of an opcode, in words: its bytes, with a constant's, and registers of ModRM that may make
 * it change the frame. Of ModRM: its bytes, with SIB's and a displacement's, and which of
 * these registers are there. Of REX: which of them it leaves as they are.
 */
enum {
	EMBER_X86_LENGTH = 31,
	EMBER_X86_REG_SP = 1 << 5, /* the first register is rsp, */
	EMBER_X86_REG_BP = 1 << 6, /* rbp, */
	EMBER_X86_STACK = 1 << 7, /* that is stored, or loaded, by rsp perhaps */
	EMBER_X86_RM_SP = 1 << 8, /* the second one */
	EMBER_X86_RM_BP = 1 << 9,
	EMBER_X86_BASE = 1 << 10, /* SIB's base may bring a displacement */
	EMBER_X86_HAS_RM = 1 << 11,
	EMBER_X86_FILLS = 1 << 12, /* what fills up to a function's start may begin so */
	EMBER_X86_FLOWS = 1 << 13, /* what it does is not NOTHING */
	EMBER_X86_STOPS = 1 << 14, /* a call, or what has a constant at times; rare */
	EMBER_X86_WIDE = 1 << 15, /* its constant is longer with REX */
	EMBER_X86_MORE = 1 << 16, /* a prefix, 0f or REX */
	EMBER_X86_REX = 1 << 17,
	EMBER_X86_DOES = 20, /* << that: EMBER_X86_NOTHING ... */
	EMBER_X86_BEFORE = 24, /* << that: bytes in front of ModRM */
};

#define EMBER_X86_REG (EMBER_X86_REG_SP | EMBER_X86_REG_BP | EMBER_X86_STACK)
#define EMBER_X86_RM  (EMBER_X86_RM_SP | EMBER_X86_RM_BP)

#define EMBER_X86_STRANGE \
	(EMBER_X86_FLOWS | EMBER_X86_STOPS | EMBER_X86_RARE << EMBER_X86_DOES)

extern uint32_t ember_x86_op[2][256];
extern uint16_t ember_x86_place[256];

/* Fills them in. */
void ember_x86_learn_all(void);

static inline void ember_x86_learn(void)
{
	if (!ember_x86_place[0])
		ember_x86_learn_all();
}

/* The word of what begins with prefixes, VEX or EVEX. */
uint32_t ember_x86_more(const uint8_t *code);

/*
 * An instruction's opcode, in a word, and bytes of the whole. *rm: its ModRM. watch: registers
 * of it that count; where one is there the opcode is a strange one.
 */
static inline __attribute__((always_inline)) uint32_t
ember_x86_known(const uint8_t *code, uint32_t watch, const uint8_t **rm, uint32_t *bytes)
{
	uint32_t op = ember_x86_op[0][*code], place;

	*rm = code + 1;
	if (op & EMBER_X86_REX) {
		watch &= op;
		op = ember_x86_op[0][code[1]] + 1;
		*rm = code + 2;
		if (op & (EMBER_X86_MORE | EMBER_X86_WIDE)) {
			if (op & EMBER_X86_WIDE) {
				op += *code >> 1 & 4;
			} else if (code[1] == 0x0f) {
				op = ember_x86_op[1][code[2]] + 1;
				*rm = code + 3;
			}
			if (op & EMBER_X86_MORE) {
				op = ember_x86_more(code);
				*rm = code + (op >> EMBER_X86_BEFORE);
			}
		}
	} else if (op & EMBER_X86_MORE) {
		if (*code == 0x0f) {
			op = ember_x86_op[1][code[1]];
			*rm = code + 2;
		}
		if (op & EMBER_X86_MORE) {
			op = ember_x86_more(code);
			*rm = code + (op >> EMBER_X86_BEFORE);
		}
	}
	*bytes = op & EMBER_X86_LENGTH;
	if (op & EMBER_X86_HAS_RM) {
		place = ember_x86_place[**rm];
		if (place & op & watch)
			return EMBER_X86_FLOWS | EMBER_X86_WATCHED << EMBER_X86_DOES;
		*bytes = (op + place) & EMBER_X86_LENGTH;
		if (place & EMBER_X86_BASE && ((*rm)[1] & 7) == 5)
			*bytes += 4;
	}
	return op;
}

/* What an opcode does. f6 and f7 may have no constant: *bytes has it. */
static inline uint32_t ember_x86_done(uint32_t op, const uint8_t *rm, uint32_t *bytes)
{
	uint32_t does = op >> EMBER_X86_DOES & 15, reg = *rm >> 3 & 7;

	if (does == EMBER_X86_CONSTANTS) {
		if (reg >= 2)
			*bytes -= rm[-1] == 0xf6 ? 1 : 4;
		return EMBER_X86_NOTHING;
	}
	/* inc, dec; call */
	if (does == EMBER_X86_GROUP)
		return reg < 2	? EMBER_X86_NOTHING :
		       reg == 2 ? EMBER_X86_CALL :
				  EMBER_X86_STEP;
	return does;
}

#endif
