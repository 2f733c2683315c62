/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An x86-64 instruction in its parts, and how long it is. */
#ifndef EMBER_UNWIND_X86_H
#define EMBER_UNWIND_X86_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/isa.h"

#define EMBER_X86_BYTES 15 /* of the longest one */
#define EMBER_X86_AHEAD 40 /* more than is read before an instruction is found too long */

struct ember_x86 {			/* begins zeroed */
	uint8_t rex, opcode;
	uint8_t map;			/* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
	bool small;			/* operands of 16 bits */
	bool vector;			/* VEX, EVEX */
	bool look;			/* it may change the flow or the frame */
	uint8_t mod, reg, rm, base;	/* of ModRM and SIB, without REX */
	bool has_sib;
	int32_t displacement, immediate;
};

/* What follows opcodes of one byte, and those behind 0f. Low bits: a constant's bytes. */
enum {
	EMBER_X86_CONSTANT = 7,
	EMBER_X86_SIZED = 8,		/* of two bytes, by a prefix */
	EMBER_X86_MODRM = 16,
	EMBER_X86_PREFIX = 32,
	EMBER_X86_ODD = 64,		/* more opcode, or a constant like no other's */
	EMBER_X86_LOOK = 128,		/* it may change the frame or the flow */
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

/* As in struct ember_isa. */
uint32_t ember_x86_calls(const uint8_t *code, uint32_t room);
void ember_x86_step(const uint8_t *code, uint32_t room, uint64_t pc,
		    struct ember_frame_layout *frame, struct ember_insn *insn);
uint8_t ember_x86_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset);
bool ember_x86_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind);
bool ember_x86_padding(const uint8_t *code, uint32_t room);
enum ember_walk_end ember_x86_walk(struct ember_flow_walk *walk);
uint32_t ember_x86_quiet(struct ember_quiet *quiet);
uint32_t ember_x86_nothing(const uint8_t *code, uint32_t room);

static inline void ember_x86_push(struct ember_frame_layout *f, bool rbp)
{
	ember_frame_move(f, 8);
	if (rbp)
		ember_frame_save(&f->fp_at, f->fp, ember_frame_place(f, 0));
}

static inline void ember_x86_pop(struct ember_frame_layout *f, bool rbp)
{
	if (rbp)
		ember_frame_restore(&f->fp_at, &f->fp, ember_frame_place(f, 0));
	ember_frame_move(f, -8);
}

/* EMBER_FLOW_* */
uint8_t ember_x86_flow(const struct ember_x86 *x);

#endif
