// SPDX-License-Identifier: GPL-2.0-or-later
/* A32: instructions of one word, each with a condition. */
#include "unwind/isa_arm.h"
#include "unwind/runs_ahead.h"

#define EMBER_ARM_ALWAYS 14

static uint32_t ember_arm_word(const uint8_t *code)
{
	uint32_t word;

	memcpy(&word, code, sizeof(word));
	return word;
}

/* A constant of eight bits, turned to the right by an even number of bits. */
static int64_t ember_arm_constant(uint32_t i)
{
	uint32_t by = i >> 7 & 30, imm = i & 0xff;

	return by ? (imm >> by | imm << (32 - by)) : imm;
}

/* ldr, ldrd and vldr from behind the code. */
static void ember_arm_literal(uint32_t i, uint64_t pc, struct ember_insn *insn)
{
	int32_t offset = i & 0xfff, pair = (i >> 4 & 0xf0) | (i & 15), imm8 = (i & 0xff) * 4;

	if ((i & 0x0f7f0000) == 0x051f0000) {
		insn->literals = 4;
	} else if ((i & 0x0f7f00f0) == 0x014f00d0) {
		insn->literals = 8;
		offset = pair;
	} else if ((i & 0x0f3f0e00) == 0x0d1f0a00) {
		insn->literals = i & 0x100 ? 8 : 4;
		offset = imm8;
	} else {
		return;
	}
	insn->literal = pc + 8 + (i & 0x00800000 ? offset : -offset);
}

/* What pushes, pops and moves sp, of data that is stored and loaded. */
static bool ember_arm_memory(uint32_t i, struct ember_frame_layout *f, struct ember_insn *insn)
{
	unsigned int reg = i >> 12 & 15;
	int64_t imm = i & 0xfff, pair = (i >> 4 & 0xf0) | (i & 15);

	if ((i & 0x0fff0000) == 0x092d0000) {
		ember_arm_push(f, i & 0xffff);
	} else if ((i & 0x0fff0000) == 0x08bd0000) {
		if (ember_arm_pop(f, i & 0xffff))
			insn->flow = EMBER_FLOW_RETURN;
	} else if ((i & 0x0fff0000) == 0x052d0000) { /* str [sp, #-imm]! */
		ember_frame_move(f, imm);
		ember_arm_store(f, reg, 0);
	} else if ((i & 0x0fff0000) == 0x058d0000) { /* str [sp, #imm] */
		ember_arm_store(f, reg, imm);
	} else if ((i & 0x0fff0000) == 0x049d0000) { /* ldr [sp], #imm */
		ember_arm_load(f, reg, 0);
		ember_frame_move(f, -imm);
		if (reg == EMBER_PC)
			insn->flow = EMBER_FLOW_RETURN;
	} else if ((i & 0x0fff0000) == 0x059d0000 && reg != EMBER_PC) {
		ember_arm_load(f, reg, imm);
	} else if ((i & 0x0fff00f0) == 0x016d00f0) { /* strd [sp, #-imm]! */
		ember_frame_move(f, pair);
		ember_arm_store(f, reg, 0);
		ember_arm_store(f, reg + 1, 4);
	} else if ((i & 0x0fff00f0) == 0x00cd00d0) { /* ldrd [sp], #imm */
		ember_arm_load(f, reg, 0);
		ember_arm_load(f, reg + 1, 4);
		ember_frame_move(f, -pair);
	} else if ((i & 0x0fbf0e00) == 0x0d2d0a00) { /* vpush */
		ember_frame_move(f, (i & 0xff) * 4);
	} else if ((i & 0x0fbf0e00) == 0x0cbd0a00) { /* vpop */
		ember_frame_move(f, -(int64_t)(i & 0xff) * 4);
	} else if ((i & 0x0e108000) == 0x08108000) { /* ldm with pc; by fp it's a return */
		insn->flow = (i >> 16 & 15) == EMBER_R11 || (i >> 16 & 15) == EMBER_SP ?
				     EMBER_FLOW_RETURN :
				     EMBER_FLOW_INDIRECT;
	} else if ((i & 0x0c10f000) == 0x0410f000 && (i & 0x02000010) != 0x02000010) {
		/* ldr pc: of a table, or else to another function, as in a PLT */
		insn->flow = i & 0x02000000 ? EMBER_FLOW_INDIRECT : EMBER_FLOW_RETURN;
	} else {
		return false;
	}
	return true;
}

static bool ember_arm_flow(uint32_t i, uint64_t pc, struct ember_insn *insn)
{
	int32_t offset = (int32_t)(i << 8) / (1 << 6) + 8;

	if ((i & 0xfe000000) == 0xfa000000) { /* blx */
		insn->flow = EMBER_FLOW_CALL;
		insn->other_mode = true;
		insn->target = (uint32_t)(pc + offset + (i >> 23 & 2));
	} else if (i >> 28 == 15) {
		return true;
	} else if ((i & 0x0e000000) == 0x0a000000) {
		insn->flow = i & 0x01000000 ? EMBER_FLOW_CALL : EMBER_FLOW_BRANCH;
		insn->target = (uint32_t)(pc + offset);
	} else if ((i & 0x0ffffff0) == 0x012fff30) { /* blx of a register */
		insn->flow = EMBER_FLOW_CALL;
	} else if ((i & 0x0ffffff0) == 0x012fff10) {
		insn->flow = (i & 15) == EMBER_LR ? EMBER_FLOW_RETURN : EMBER_FLOW_INDIRECT;
	} else if ((i & 0x0fffffff) == 0x01a0f00e || (i & 0xfff000f0) == 0xe7f000f0) {
		insn->flow = EMBER_FLOW_RETURN; /* mov pc, lr; udf */
	} else {
		return false;
	}
	return true;
}

static void ember_arm_compute(uint32_t i, struct ember_frame_layout *f,
			      struct ember_insn *insn)
{
	unsigned int rd = i >> 12 & 15, rn = i >> 16 & 15;
	uint32_t op = i >> 20 & 0xff;

	/* Compares have no result; where these have none to set there's something else, and
	 * so there is among shifts by a register.
	 */
	if (i & 0x0c000000 || (op & 0x18) == 0x10 || (i & 0x02000090) == 0x00000090)
		return;
	if (op == 0x28 || op == 0x24)
		ember_arm_add(f, rd, rn,
			      op == 0x28 ? ember_arm_constant(i) : -ember_arm_constant(i));
	else if ((i & 0x0fff0ff0) == 0x01a00000)
		ember_arm_add(f, rd, i & 15, 0);
	else if (rd == EMBER_SP || op == 0x3c) /* bic, which aligns */
		ember_arm_lose(f, rd);
	else if (rd == EMBER_PC)
		insn->flow = EMBER_FLOW_INDIRECT;
}

static void ember_arm_step(const uint8_t *code, uint32_t room, uint64_t pc,
			   struct ember_frame_layout *frame, struct ember_insn *insn)
{
	struct ember_frame_layout unchanged;
	uint32_t i;

	*insn = (struct ember_insn){};
	if (room < 4)
		return;
	i = ember_arm_word(code);
	insn->bytes = 4;
	insn->conditional = i >> 28 < EMBER_ARM_ALWAYS;
	if (insn->conditional) {
		unchanged = *frame;
		frame = &unchanged;
	}
	ember_arm_literal(i, pc, insn);
	if (!ember_arm_flow(i, pc, insn)) {
		/* A conditional one leaves the frame as it was. */
		insn->frame = !insn->conditional;
		if (!ember_arm_memory(i, frame, insn))
			ember_arm_compute(i, frame, insn);
	}
	if (insn->flow == EMBER_FLOW_CALL) {
		frame->ip = EMBER_FRAME_UNKNOWN;
		insn->frame = true;
	}
}

/* Registers that a frame is found by: r7, r11, ip, sp; and pc; and of which it is of interest
 * where on the stack they are.
 */
#define EMBER_ARM_FRAME \
	(1 << EMBER_R7 | 1 << EMBER_R11 | 1 << EMBER_IP | 1 << EMBER_SP | 1 << EMBER_PC)
#define EMBER_ARM_KEPT (EMBER_ARM_FRAME | 1 << EMBER_LR)

/* Whether it's of interest what rd is made of. */
static bool ember_arm_makes(uint32_t rd, bool of_sp, bool bare)
{
	if (bare && !of_sp)
		return rd == EMBER_SP || rd == EMBER_PC;
	return EMBER_ARM_FRAME >> rd & 1;
}

/* Bytes from a load to what it loads. */
static int32_t ember_arm_ahead(uint32_t i)
{
	int32_t offset = i & 0xfff;

	return 8 + (i & 0x00800000 ? offset : -offset);
}

EMBER_RUNS_INLINE uint32_t ember_arm_look(const uint8_t *code, bool bare, int32_t *to)
{
	uint32_t i = ember_arm_word(code), rd = i >> 12 & 15, rn = i >> 16 & 15;
	bool plain;

	if (i >> 28 == 15)
		return 0;
	switch (i >> 24 & 15) {
	case 0:
	case 1:
		plain = (i & 0x90) != 0x90 &&
			!ember_arm_makes(rd, rn == EMBER_SP || (i & 15) == EMBER_SP, bare);
		break;
	case 2:
	case 3: plain = !ember_arm_makes(rd, rn == EMBER_SP, bare); break;
	case 5:
		if ((i & 0x007f0000) == 0x001f0000 && rd != EMBER_PC) {
			*to = ember_arm_ahead(i);
			return EMBER_RUNS_IS(LOAD, 4);
		}
	/* fall through */
	case 4: /* str and ldr [sp, #imm] */
		if ((i & 0x0fef0000) == 0x058d0000)
			plain = !(EMBER_ARM_KEPT >> rd & 1);
		else
			plain = rn != EMBER_SP && rn != EMBER_PC && rd != EMBER_PC;
		break;
	case 6: plain = rd != EMBER_PC; break;
	case 7: plain = rd != EMBER_PC && (i & 0xf0) != 0xf0; break;
	case 10:
		*to = (int32_t)(i << 8) / (1 << 6) + 8;
		return i >> 28 < EMBER_ARM_ALWAYS ? EMBER_RUNS_IS(BRANCH, 4) :
						    EMBER_RUNS_IS(JUMP, 4);
	case 11: return EMBER_RUNS_IS(CALL, 4);
	case 12:
	case 13: plain = rn != EMBER_SP && rn != EMBER_PC; break;
	case 14: plain = true; break;
	default: return 0;
	}
	return plain ? EMBER_RUNS_IS(PLAIN, 4) : 0;
}

/* Branches with a link, and loads by pc. */
EMBER_RUNS_INLINE uint32_t ember_arm_look_quiet(const uint8_t *code, bool bare, int32_t *to)
{
	uint8_t top = code[3] & 15;
	uint32_t i;

	(void)bare;
	if (code[3] >> 4 == 15)
		return 0;
	if (top == 11 && code[3] >> 4 == EMBER_ARM_ALWAYS) {
		*to = (int32_t)(ember_arm_word(code) << 8) / (1 << 6) + 8;
		return EMBER_RUNS_IS(CALL, 4);
	}
	if ((code[2] & 15) != EMBER_PC ||
	    (top != 1 && top != 4 && top != 5 && (top | 1) != 13))
		return EMBER_RUNS_IS(PLAIN, 4);
	i = ember_arm_word(code);
	if ((i & 0x0f7f0000) != 0x051f0000)
		return 0;
	*to = ember_arm_ahead(i);
	return EMBER_RUNS_IS(LOAD, 4);
}

static bool ember_arm_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	(void)behind;
	return ember_runs_begins(ember_arm_look, &ember_isa_arm, code, room, pc);
}

static enum ember_walk_end ember_arm_walk(struct ember_flow_walk *walk)
{
	return ember_runs_walk((struct ember_runs){ .look = ember_arm_look,
						    .step = ember_arm_step,
						    .shift = 1,
						    .begins = ember_arm_begins },
			       walk);
}

static uint32_t ember_arm_quiet(struct ember_quiet *quiet)
{
	return ember_runs_quiet(
		(struct ember_runs){
			.look = ember_arm_look_quiet,
			.shift = 1,
		},
		quiet);
}

/* svc */
static uint32_t ember_arm_calls(const uint8_t *code, uint32_t room)
{
	return ember_code_find(code, room, 0xef, 1, 1);
}

static uint8_t ember_arm_special_at(const uint8_t *code, uint32_t room, int32_t *cfa_offset)
{
	if (room < 8 || (ember_arm_word(code) & 0xfffff000) != 0xe3a07000 ||
	    (ember_arm_word(code + 4) & 0xff000000) != 0xef000000)
		return EMBER_CFA_NONE;
	return ember_arm_special(ember_arm_constant(ember_arm_word(code)), cfa_offset);
}

const struct ember_isa ember_isa_arm = {
	.shift = 1,
	.entry = EMBER_LINK_ENTRY,
	.walk = ember_arm_walk,
	.quiet = ember_arm_quiet,
	.calls = ember_arm_calls,
	.step = ember_arm_step,
	.special = ember_arm_special_at,
	.begins = ember_arm_begins,
};
