// SPDX-License-Identifier: GPL-2.0-or-later
/* Thumb-2: instructions of one or two halves. */
#include "unwind/isa_arm.h"

/* T32's modified immediate constant. */
static int64_t ember_thumb_constant(uint32_t i, uint32_t imm3, uint32_t imm8)
{
	uint32_t imm12 = i << 11 | imm3 << 8 | imm8, turned, by = imm12 >> 7;

	switch (imm12 >> 8) {
	case 0: return imm8;
	case 1: return imm8 << 16 | imm8;
	case 2: return imm8 << 24 | imm8 << 8;
	case 3: return imm8 << 24 | imm8 << 16 | imm8 << 8 | imm8;
	}
	turned = 0x80 | (imm12 & 0x7f);
	return turned >> by | turned << (32 - by);
}

/* b, b<cond>, bl, blx */
static bool ember_thumb_branch(uint32_t a, uint32_t b, uint64_t pc, struct ember_insn *insn)
{
	uint32_t s = a >> 10 & 1, j1 = b >> 13 & 1, j2 = b >> 11 & 1;
	int32_t offset;

	if ((a & 0xf800) != 0xf000 || !(b & 0x8000))
		return false;
	if ((b & 0xd000) == 0x8000) {
		/* Above these conditions are hints, barriers and system registers. */
		if ((a >> 6 & 15) >= 14) {
			/* udf.w */
			if ((a & 0xfff0) == 0xf7f0 && (b & 0xf000) == 0xa000)
				insn->flow = EMBER_FLOW_RETURN;
			return true;
		}
		offset = -(int32_t)s * (1 << 20) | j2 << 19 | j1 << 18 | (a & 0x3f) << 12 |
			 (b & 0x7ff) << 1;
		insn->conditional = true;
		insn->flow = EMBER_FLOW_BRANCH;
	} else {
		offset = -(int32_t)s * (1 << 24) | (uint32_t)(j1 == s) << 23 |
			 (uint32_t)(j2 == s) << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1;
		insn->flow = b & 0x4000 ? EMBER_FLOW_CALL : EMBER_FLOW_BRANCH;
		insn->other_mode = (b & 0xd000) == 0xc000;
	}
	pc += 4;
	if (insn->other_mode)
		pc &= ~3ull;
	insn->target = (uint32_t)(pc + offset);
	return true;
}

/* One register at an address from sp; with write-back a push or a pop. */
static bool ember_thumb_single(uint32_t a, uint32_t b, struct ember_frame_layout *f,
			       struct ember_insn *insn)
{
	unsigned int reg = b >> 12;
	bool load = a & 0x10;
	int32_t imm = b & 0xff;

	if ((a & 0xffef) == 0xf8cd) {
		if (load)
			ember_arm_load(f, reg, b & 0xfff);
		else
			ember_arm_store(f, reg, b & 0xfff);
		if (load && reg == EMBER_PC)
			insn->flow = EMBER_FLOW_INDIRECT;
		return true;
	}
	if ((a & 0xffef) != 0xf84d)
		return false;
	if (!load && (b & 0xf00) == 0xd00) {
		ember_frame_move(f, imm);
		ember_arm_store(f, reg, 0);
	} else if (load && (b & 0xf00) == 0xb00) {
		ember_arm_load(f, reg, 0);
		ember_frame_move(f, -imm);
		if (reg == EMBER_PC)
			insn->flow = EMBER_FLOW_RETURN;
	}
	return true;
}

/* strd and ldrd by sp. */
static bool ember_thumb_double(uint32_t a, uint32_t b, struct ember_frame_layout *f)
{
	unsigned int first = b >> 12, second = b >> 8 & 15;
	int32_t imm = (b & 0xff) * 4;

	switch (a) {
	case 0xe96d:
		ember_frame_move(f, imm);
		imm = 0;
		break; /* [sp, #-imm]! */
	case 0xe9cd: break; /* [sp, #imm] */
	case 0xe8fd: /* [sp], #imm */
		ember_arm_load(f, first, 0);
		ember_arm_load(f, second, 4);
		ember_frame_move(f, -imm);
		return true;
	case 0xe9dd:
		ember_arm_load(f, first, imm);
		ember_arm_load(f, second, imm + 4);
		return true;
	default: return false;
	}
	ember_arm_store(f, first, imm);
	ember_arm_store(f, second, imm + 4);
	return true;
}

/* add and sub of a constant, with 12 bits of it or a turned one. */
static bool ember_thumb_add(uint32_t a, uint32_t b, struct ember_frame_layout *f)
{
	uint32_t i = a >> 10 & 1, imm3 = b >> 12 & 7, imm8 = b & 0xff;
	unsigned int rn = a & 15, rd = b >> 8 & 15;
	int64_t imm;

	if (b & 0x8000)
		return false;
	switch (a & 0xfbe0) {
	case 0xf100:
	case 0xf1a0: imm = ember_thumb_constant(i, imm3, imm8); break;
	case 0xf200:
	case 0xf2a0: imm = i << 11 | imm3 << 8 | imm8; break;
	case 0xf020: ember_arm_lose(f, rd); return true; /* bic, which aligns */
	default: return false;
	}
	ember_arm_add(f, rd, rn, a & 0xa0 ? -imm : imm);
	return true;
}

/* tbb, tbh */
static void ember_thumb_table(uint32_t a, uint32_t b, struct ember_insn *insn)
{
	insn->flow = EMBER_FLOW_INDIRECT;
	if ((a & 15) == EMBER_PC)
		insn->table = b & 0x10 ? 2 : 1;
}

/* ldr, ldrd and vldr from behind the code. */
static void ember_thumb_literal(uint32_t a, uint32_t b, uint64_t pc, struct ember_insn *insn)
{
	int32_t offset, imm8 = (b & 0xff) * 4;

	if ((a & 0xff7f) == 0xf85f) {
		insn->literals = 4;
		offset = (a & 0x80 ? 1 : -1) * (int32_t)(b & 0xfff);
	} else if ((a & 0xfe7f) == 0xe85f && a & 0x100) {
		insn->literals = 8;
		offset = a & 0x80 ? imm8 : -imm8;
	} else if ((a & 0xff3f) == 0xed1f && (b & 0xe00) == 0xa00) {
		insn->literals = b & 0x100 ? 8 : 4;
		offset = a & 0x80 ? imm8 : -imm8;
	} else {
		return;
	}
	insn->literal = (uint32_t)((pc + 4) & ~3ull) + offset;
}

/* Data processing with registers: what sp becomes isn't known. */
static void ember_thumb_register(uint32_t a, uint32_t b, struct ember_frame_layout *f)
{
	uint32_t op = a & 0xffe0;

	if ((op == 0xeb00 || op == 0xeba0) && (b >> 8 & 15) == EMBER_SP)
		f->sp = EMBER_FRAME_UNKNOWN;
}

/* Many registers, or two of them, or a table's entry. */
static void ember_thumb_many(uint32_t a, uint32_t b, struct ember_frame_layout *f,
			     struct ember_insn *insn)
{
	if (a == 0xe92d)
		ember_arm_push(f, b);
	else if (a == 0xe8bd)
		insn->flow = ember_arm_pop(f, b) ? EMBER_FLOW_RETURN : EMBER_FLOW_NEXT;
	else if ((a & 0xfff0) == 0xe8d0 && (b & 0xffe0) == 0xf000)
		ember_thumb_table(a, b, insn);
	else if (!ember_thumb_double(a, b, f) && (a & 0xfe50) == 0xe810 && b & 0x8000)
		insn->flow = EMBER_FLOW_INDIRECT; /* ldm with pc */
}

static void ember_thumb_wide(uint32_t a, uint32_t b, uint64_t pc, struct ember_frame_layout *f,
			     struct ember_insn *insn)
{
	ember_thumb_literal(a, b, pc, insn);
	switch (a >> 8 & 0xfe) {
	case 0xe8:
		insn->frame = true;
		ember_thumb_many(a, b, f, insn);
		break;
	case 0xea:
		insn->frame = true;
		ember_thumb_register(a, b, f);
		break;
	case 0xec:
		insn->frame = true;
		if ((a & 0xffbf) == 0xed2d && (b & 0xe00) == 0xa00)
			ember_frame_move(f, (b & 0xff) * 4); /* vpush */
		else if ((a & 0xffbf) == 0xecbd && (b & 0xe00) == 0xa00)
			ember_frame_move(f, -(int64_t)(b & 0xff) * 4); /* vpop */
		break;
	case 0xf0:
	case 0xf2:
	case 0xf4:
	case 0xf6:
		if (!ember_thumb_branch(a, b, pc, insn))
			insn->frame = ember_thumb_add(a, b, f);
		break;
	case 0xf8:
		insn->frame = ember_thumb_single(a, b, f, insn);
		if (!insn->frame && (a & 0xff70) == 0xf850 && b >> 12 == EMBER_PC)
			insn->flow = EMBER_FLOW_INDIRECT; /* ldr pc */
		break;
	}
}

/* mov, add and branches by registers of all sixteen. */
static void ember_thumb_high(uint32_t a, struct ember_frame_layout *f, struct ember_insn *insn)
{
	unsigned int rm = a >> 3 & 15, rd = (a & 7) | (a >> 4 & 8);

	switch (a >> 8 & 3) {
	case 0:
		if (rd == EMBER_SP)
			f->sp = EMBER_FRAME_UNKNOWN;
		else if (rd == EMBER_PC)
			insn->flow = EMBER_FLOW_INDIRECT;
		break;
	case 2:
		if (rd == EMBER_PC)
			insn->flow = rm == EMBER_LR ? EMBER_FLOW_RETURN : EMBER_FLOW_INDIRECT;
		else
			ember_arm_add(f, rd, rm, 0);
		break;
	case 3:
		insn->flow = a & 0x80	    ? EMBER_FLOW_CALL :
			     rm == EMBER_LR ? EMBER_FLOW_RETURN :
					      EMBER_FLOW_INDIRECT;
		break;
	}
}

/* Of the group of pushes and pops. */
static void ember_thumb_misc(uint32_t a, uint64_t pc, struct ember_frame_layout *f,
			     struct ember_insn *insn)
{
	if ((a & 0xfe00) == 0xb400) {
		ember_arm_push(f, (a & 0xff) | (a & 0x100) << 6);
	} else if ((a & 0xfe00) == 0xbc00) {
		if (ember_arm_pop(f, (a & 0xff) | (a & 0x100) << 7))
			insn->flow = EMBER_FLOW_RETURN;
	} else if ((a & 0xff00) == 0xb000) {
		ember_frame_move(f, (a & 0x80 ? 4 : -4) * (int64_t)(a & 0x7f));
	} else if ((a & 0xf500) == 0xb100) { /* cbz, cbnz */
		insn->flow = EMBER_FLOW_BRANCH;
		insn->conditional = true;
		insn->target = (uint32_t)(pc + 4 + ((a & 0x200) >> 3 | (a & 0xf8) >> 2));
	} else if ((a & 0xff00) == 0xbf00 && a & 15) {
		insn->block = 4 - __builtin_ctz(a & 15); /* it */
	}
}

static void ember_thumb_narrow(uint32_t a, uint64_t pc, struct ember_frame_layout *f,
			       struct ember_insn *insn)
{
	uint32_t reg = a >> 8 & 7, imm = a & 0xff;

	switch (a >> 11) {
	case 0x06:
	case 0x07: /* add and sub of a constant */
		insn->frame = reg == EMBER_R7;
		if (insn->frame)
			ember_arm_add(f, reg, reg, a & 0x800 ? -(int64_t)imm : imm);
		break;
	case 0x08:
		insn->frame = a & 0x400;
		if (insn->frame)
			ember_thumb_high(a, f, insn);
		break;
	case 0x09: /* ldr [pc, #imm] */
		insn->literals = 4;
		insn->literal = ((pc + 4) & ~3ull) + 4 * imm;
		break;
	case 0x12:
	case 0x13: /* str and ldr [sp, #imm] */
	case 0x15: /* add of sp and a constant */
		insn->frame = reg == EMBER_R7;
		if (!insn->frame)
			break;
		if (a >> 11 == 0x12)
			ember_arm_store(f, reg, 4 * imm);
		else if (a >> 11 == 0x13)
			ember_arm_load(f, reg, 4 * imm);
		else
			ember_arm_add(f, reg, EMBER_SP, 4 * imm);
		break;
	case 0x16:
	case 0x17:
		insn->frame = true;
		ember_thumb_misc(a, pc, f, insn);
		break;
	case 0x1a:
	case 0x1b:
		if ((a >> 8 & 15) < 14) {
			insn->flow = EMBER_FLOW_BRANCH;
			insn->conditional = true;
			insn->target = (uint32_t)(pc + 4 + (int8_t)a * 2);
		} else if ((a >> 8 & 15) == 14) {
			insn->flow = EMBER_FLOW_RETURN; /* udf */
		}
		break;
	case 0x1c:
		insn->flow = EMBER_FLOW_BRANCH;
		insn->target = (uint32_t)(pc + 4 + (int32_t)(a << 21) / (1 << 20));
		break;
	}
}

void ember_thumb_step(const uint8_t *code, uint32_t room, uint64_t pc,
		      struct ember_frame_layout *frame, struct ember_insn *insn)
{
	uint32_t a;

	*insn = (struct ember_insn){};
	if (room < 2)
		return;
	a = ember_thumb_half(code);
	if (a < 0xe800) {
		insn->bytes = 2;
		ember_thumb_narrow(a, pc, frame, insn);
	} else if (room >= 4) {
		insn->bytes = 4;
		ember_thumb_wide(a, ember_thumb_half(code + 2), pc, frame, insn);
	}
	if (insn->flow == EMBER_FLOW_CALL) {
		frame->ip = EMBER_FRAME_UNKNOWN;
		insn->frame = true;
	}
}

/* svc #0 */
uint32_t ember_thumb_calls(const uint8_t *code, uint32_t room)
{
	return ember_code_find(code, room, 0xdf, 1, 1);
}

uint8_t ember_thumb_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset)
{
	uint32_t a;

	if (room < 6)
		return EMBER_CFA_NONE;
	a = ember_thumb_half(code);
	if ((a & 0xff00) == 0x2700 && ember_thumb_half(code + 2) == 0xdf00)
		return ember_arm_special(a & 0xff, cfa_offset);
	if (a == 0xf04f && (ember_thumb_half(code + 2) & 0xff00) == 0x0700 &&
	    ember_thumb_half(code + 4) == 0xdf00)
		return ember_arm_special(ember_thumb_half(code + 2) & 0xff, cfa_offset);
	return EMBER_CFA_NONE;
}
