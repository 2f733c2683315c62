/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An x86-64 instruction in its parts, and how long it is. */
#ifndef EMBER_UNWIND_X86_H
#define EMBER_UNWIND_X86_H

#include <stdbool.h>
#include <stdint.h>

#define EMBER_X86_BYTES 15 /* of the longest one */
#define EMBER_X86_AHEAD 40 /* more than is read before an instruction is found too long */

struct ember_x86 {			/* begins zeroed */
	uint8_t rex, opcode;
	uint8_t map;			/* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
	bool small;			/* operands of 16 bits */
	bool vector;			/* VEX, EVEX */
	bool look;			/* it may change the flow, or what rsp and rbp tell */
	uint8_t mod, reg, rm, base;	/* of ModRM and SIB, without REX */
	bool has_sib;
	int32_t displacement, immediate;
};

/* What is known of opcodes; ember_x86_know(), before all else, fills it in. */
extern uint8_t ember_x86_kind[2][256];
void ember_x86_fill(void);

static inline void ember_x86_know(void)
{
	if (!ember_x86_kind[0][255])
		ember_x86_fill();
}

/* Takes apart what begins at code, of which EMBER_X86_AHEAD bytes are there; returns its bytes. */
uint32_t ember_x86_decode(struct ember_x86 *x, const uint8_t *code);

/*
 * Bytes of an instruction that changes neither the flow nor rsp or rbp, or (quiet) of one that
 * calls nothing at a known place; 0: of others, and of rare ones. EMBER_X86_FIRST are there.
 */
#define EMBER_X86_FIRST 12
uint32_t ember_x86_plain(const uint8_t *code);
uint32_t ember_x86_quiet(const uint8_t *code);

/* EMBER_FLOW_* */
uint8_t ember_x86_flow(const struct ember_x86 *x);

#endif
