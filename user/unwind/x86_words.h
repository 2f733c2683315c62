/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64: what is known of an instruction by its opcode's word in a table. */
#ifndef EMBER_UNWIND_X86_WORDS_H
#define EMBER_UNWIND_X86_WORDS_H

#include <stdint.h>

#define EMBER_X86_FIRST 16 /* bytes that a look reads; no instruction is longer */

/* What an opcode may do; the first ones are known at once. */
enum {
	EMBER_X86_NOTHING,
	EMBER_X86_BY_BYTE, /* a branch, always or not, by a byte (odd) or a word; and a call */
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
 * it change the frame. Of ModRM: which of these are there, and above that its bytes, with SIB's
 * and a displacement's. Of REX: which of them it leaves as they are.
 */
enum {
	EMBER_X86_LENGTH = 255,
	EMBER_X86_REG_SP = 1 << 8, /* the first register is rsp, */
	EMBER_X86_REG_BP = 1 << 9, /* rbp, */
	EMBER_X86_STACK = 1 << 10, /* that is stored, or loaded, by rsp perhaps */
	EMBER_X86_RM_SP = 1 << 11, /* the second one */
	EMBER_X86_RM_BP = 1 << 12,
	EMBER_X86_BASE = 1 << 13, /* there's ModRM; its SIB's base may bring a displacement */
	EMBER_X86_SIMPLE = 1 << 14, /* so there is, no more opcode, and it does NOTHING */
	EMBER_X86_FILLS = 1 << 15, /* what fills up to a function's start may begin so */
	EMBER_X86_FLOWS = 1 << 16, /* what it does is not NOTHING */
	EMBER_X86_STOPS = 1 << 17, /* a call, or what has a constant at times; rare */
	EMBER_X86_WIDE = 1 << 18, /* its constant is longer with REX */
	EMBER_X86_MORE = 1 << 19, /* a prefix, 0f or REX */
	EMBER_X86_REX = 1 << 20,
	EMBER_X86_PREFIXED = 1 << 21, /* by one of the others */
	EMBER_X86_DOES = 24, /* << that: EMBER_X86_NOTHING ... */
	EMBER_X86_BEFORE = 28, /* << that: bytes in front of ModRM */
	EMBER_X86_PLACE = 24, /* << that: ModRM's bytes */
};

#define EMBER_X86_REG (EMBER_X86_REG_SP | EMBER_X86_REG_BP | EMBER_X86_STACK)
#define EMBER_X86_RM  (EMBER_X86_RM_SP | EMBER_X86_RM_BP)

#define EMBER_X86_STRANGE \
	(EMBER_X86_FLOWS | EMBER_X86_STOPS | EMBER_X86_RARE << EMBER_X86_DOES)

struct ember_x86_words {
	uint32_t op[2][256]; /* of one byte, and behind 0f */
	uint32_t place[256]; /* ModRM */
	uint64_t first[5]; /* so many of four places */
};

extern const struct ember_x86_words *ember_x86_words;

/* Fills them in. */
void ember_x86_learn_all(void);

static inline const struct ember_x86_words *ember_x86_learn(void)
{
	if (!ember_x86_words)
		ember_x86_learn_all();
	return ember_x86_words;
}

/* The word of what begins with prefixes, VEX or EVEX. */
uint32_t ember_x86_more(const uint8_t *code);

/* The word of an opcode with a ModRM, there, behind a REX of that word or another byte. */
static inline __attribute__((always_inline)) uint32_t
ember_x86_with(const struct ember_x86_words *words, uint32_t op, uint32_t leaves,
	       uint32_t watch, const uint8_t *rm, uint32_t *bytes)
{
	uint32_t place = words->place[*rm];

	*bytes = (op & EMBER_X86_LENGTH) + (place >> EMBER_X86_PLACE);
	if (op & place) {
		if (op & place & leaves & watch)
			return EMBER_X86_FLOWS | EMBER_X86_WATCHED << EMBER_X86_DOES;
		if (place & EMBER_X86_BASE && (rm[1] & 7) == 5)
			*bytes += 4;
	}
	return op;
}

/*
 * An instruction's opcode, in a word, and bytes of the whole. *rm: its ModRM. watch: registers
 * of it that count; where one is there the opcode is a strange one.
 */
static inline __attribute__((always_inline)) uint32_t
ember_x86_known(const struct ember_x86_words *words, const uint8_t *code, uint32_t watch,
		const uint8_t **rm, uint32_t *bytes)
{
	uint32_t op = words->op[0][*code], leaves = op;

	*rm = code + 1;
	if (op & EMBER_X86_REX) {
		op = words->op[0][code[1]] + 1;
		*rm = code + 2;
	}
	if (op & EMBER_X86_SIMPLE)
		return ember_x86_with(words, op, leaves, watch, *rm, bytes);
	if (op & EMBER_X86_WIDE && *rm != code + 1)
		op += *code >> 1 & 4;
	if (op & EMBER_X86_MORE) {
		if ((*rm)[-1] == 0x0f) {
			op = words->op[1][**rm] + (*rm - code - 1);
			++*rm;
		}
		/* As most are; none of these has a constant that depends on a prefix. */
		if (op & EMBER_X86_PREFIXED && code[1] == 0x0f &&
		    !(words->op[1][code[2]] & EMBER_X86_MORE)) {
			op = words->op[1][code[2]] + 1;
			*rm = code + 3;
		} else if (op & EMBER_X86_MORE) {
			/* It has taken REX into account. */
			op = ember_x86_more(code);
			leaves = UINT32_MAX;
			*rm = code + (op >> EMBER_X86_BEFORE);
		}
	}
	*bytes = op & EMBER_X86_LENGTH;
	return op & EMBER_X86_BASE ? ember_x86_with(words, op, leaves, watch, *rm, bytes) : op;
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
