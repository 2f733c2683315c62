// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86-64: how long an instruction is, and what some do to the frame. Source: Intel SDM,
 * volume 2, 2.1 to 2.7 and A.3.
 */
#include <string.h>

#include "unwind/isa.h"

enum { EMBER_RSP = 4, EMBER_RBP = 5 };

#define EMBER_REX_W 8
#define EMBER_REX_R 4
#define EMBER_REX_B 1

struct ember_x86 {
	const uint8_t *at, *end;
	uint8_t rex, opcode;
	uint8_t map; /* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
	bool small; /* operands of 16 bits */
	bool vector; /* VEX, EVEX */
	uint8_t mod, reg, rm, base; /* of ModRM and SIB, without REX */
	bool has_sib;
	int32_t displacement, immediate;
	bool bad;
};

static uint8_t ember_x86_byte(struct ember_x86 *x)
{
	if (x->at == x->end) {
		x->bad = true;
		return 0;
	}
	return *x->at++;
}

/* Signed, of up to four bytes; of more the lower ones. */
static int32_t ember_x86_number(struct ember_x86 *x, unsigned int bytes)
{
	uint32_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		uint8_t byte = ember_x86_byte(x);

		if (i < 4)
			value |= (uint32_t)byte << 8 * i;
	}
	return bytes == 1 ? (int8_t)value : bytes == 2 ? (int16_t)value : (int32_t)value;
}

static void ember_x86_prefixes(struct ember_x86 *x)
{
	uint8_t byte;

	for (;;) {
		byte = ember_x86_byte(x);
		switch (byte) {
		case 0x66: x->small = true; continue;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
		case 0x67:
		case 0xf0:
		case 0xf2:
		case 0xf3: continue;
		}
		break;
	}
	if ((byte & 0xf0) == 0x40) {
		x->rex = byte;
		byte = ember_x86_byte(x);
	}
	x->opcode = byte;
}

static void ember_x86_opcode(struct ember_x86 *x)
{
	uint8_t byte;

	ember_x86_prefixes(x);
	switch (x->opcode) {
	case 0x0f:
		x->map = 1;
		x->opcode = ember_x86_byte(x);
		if (x->opcode == 0x38 || x->opcode == 0x3a) {
			x->map = x->opcode == 0x38 ? 2 : 3;
			x->opcode = ember_x86_byte(x);
		}
		return;
	case 0xc5:
		x->map = 1;
		ember_x86_byte(x);
		break;
	case 0xc4:
		x->map = ember_x86_byte(x) & 3;
		ember_x86_byte(x);
		break;
	case 0x62:
		byte = ember_x86_byte(x) & 7;
		/* 5 and 6 have no constants, as 2. */
		x->map = byte > 3 ? 2 : byte;
		ember_x86_byte(x);
		ember_x86_byte(x);
		break;
	default: return;
	}
	x->vector = true;
	x->opcode = ember_x86_byte(x);
}

static bool ember_x86_has_modrm(const struct ember_x86 *x)
{
	uint8_t op = x->opcode;

	if (x->map > 1)
		return true;
	if (x->map == 1)
		return !((op >= 0x05 && op <= 0x0c) || op == 0x0e ||
			 (op >= 0x30 && op <= 0x37) || op == 0x77 || op >> 4 == 8 ||
			 (op >= 0xa0 && op <= 0xa2) || (op >= 0xa8 && op <= 0xaa) ||
			 (op >= 0xc8 && op <= 0xcf)) ||
		       (x->vector && op != 0x77);
	if (op < 0x40)
		return (op & 7) < 4;
	return op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op <= 0x8f) ||
	       op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xc7 ||
	       (op >= 0xd0 && op <= 0xd3) || op >> 3 == 0xd8 >> 3 || op == 0xf6 ||
	       op == 0xf7 || op >= 0xfe;
}

static void ember_x86_modrm(struct ember_x86 *x)
{
	uint8_t byte = ember_x86_byte(x);

	x->mod = byte >> 6;
	x->reg = byte >> 3 & 7;
	x->rm = byte & 7;
	x->base = x->rm;
	if (x->mod == 3)
		return;
	if (x->rm == 4) {
		x->has_sib = true;
		x->base = ember_x86_byte(x);
	}
	if (x->mod == 1)
		x->displacement = ember_x86_number(x, 1);
	else if (x->mod == 2 || (x->base & 7) == 5)
		x->displacement = ember_x86_number(x, 4);
}

/* Bytes of the constant behind it. */
static unsigned int ember_x86_constant(const struct ember_x86 *x)
{
	unsigned int op = x->opcode, z = x->small ? 2 : 4;

	if (x->map == 3)
		return 1;
	if (x->map == 2)
		return 0;
	if (x->map == 1) {
		if (op >> 4 == 8 && !x->vector)
			return 4;
		return (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac || op == 0xba ||
		       op == 0xc2 || (op >= 0xc4 && op <= 0xc6) || op == 0x0f;
	}
	if (op < 0x40)
		return (op & 7) == 4 ? 1 : (op & 7) == 5 ? z : 0;
	if (op >> 4 == 7 || op >> 3 == 0xb0 >> 3 || (op >= 0xe0 && op <= 0xe7))
		return 1;
	if (op >> 3 == 0xb8 >> 3)
		return x->rex & EMBER_REX_W ? 8 : z;
	if (op >= 0xa0 && op <= 0xa3)
		return 8;
	switch (op) {
	case 0x68:
	case 0x69:
	case 0x81:
	case 0xa9:
	case 0xc7: return z;
	case 0x6a:
	case 0x6b:
	case 0x80:
	case 0x83:
	case 0xa8:
	case 0xc0:
	case 0xc1:
	case 0xc6:
	case 0xcd:
	case 0xeb: return 1;
	case 0xc2:
	case 0xca: return 2;
	case 0xc8: return 3;
	case 0xe8:
	case 0xe9: return 4;
	case 0xf6: return x->reg < 2;
	case 0xf7: return x->reg < 2 ? z : 0;
	}
	return 0;
}

static void ember_x86_save(struct ember_frame *f, int64_t offset)
{
	ember_frame_save(&f->fp_at, f->fp, ember_frame_place(f, offset));
}

static void ember_x86_restore(struct ember_frame *f, int64_t offset)
{
	ember_frame_restore(&f->fp_at, &f->fp, ember_frame_place(f, offset));
}

/* to = from + add, of rsp and rbp; anything else isn't known. */
static void ember_x86_assign(struct ember_frame *f, unsigned int to, unsigned int from,
			     int64_t add)
{
	int32_t value = from == EMBER_RSP ? ember_frame_apart(f->sp, -add) :
			from == EMBER_RBP ? ember_frame_apart(f->fp, -add) :
					    EMBER_FRAME_UNKNOWN;

	if (to == EMBER_RSP)
		f->sp = value;
	else if (to == EMBER_RBP && (f->fp_at != EMBER_FRAME_KEPT || from == EMBER_RSP))
		f->fp = value;
}

/* Registers with their bit of REX. */
static unsigned int ember_x86_reg(const struct ember_x86 *x)
{
	return x->reg | (x->rex & EMBER_REX_R ? 8 : 0);
}

static unsigned int ember_x86_rm(const struct ember_x86 *x)
{
	return x->rm | (x->rex & EMBER_REX_B ? 8 : 0);
}

/* A place on the stack, by rsp and a displacement alone. */
static bool ember_x86_on_stack(const struct ember_x86 *x)
{
	return x->mod != 3 && x->has_sib && x->base == 0x24 && !(x->rex & EMBER_REX_B);
}

static void ember_x86_arithmetic(const struct ember_x86 *x, struct ember_frame *f)
{
	unsigned int rm = ember_x86_rm(x);
	int64_t imm = x->immediate;

	if (x->mod != 3 || x->reg == 7 || (rm != EMBER_RSP && rm != EMBER_RBP))
		return;
	if (x->reg == 0 || x->reg == 5)
		ember_x86_assign(f, rm, rm, x->reg == 0 ? imm : -imm);
	else
		ember_x86_assign(f, rm, 16, 0); /* and: a turned stack */
}

/* Two registers' arithmetic: of a register's value, as alloca's, nothing is known. */
static void ember_x86_compute(const struct ember_x86 *x, struct ember_frame *f)
{
	unsigned int to = x->opcode & 2 ? ember_x86_reg(x) : ember_x86_rm(x);

	if ((x->mod == 3 || x->opcode & 2) && (to == EMBER_RSP || to == EMBER_RBP))
		ember_x86_assign(f, to, 16, 0);
}

static void ember_x86_move(const struct ember_x86 *x, struct ember_frame *f, unsigned int to,
			   unsigned int from)
{
	if (x->mod == 3 && (to == EMBER_RSP || to == EMBER_RBP))
		ember_x86_assign(f, to, from, 0);
	else if (ember_x86_on_stack(x) && ember_x86_reg(x) == EMBER_RBP) {
		if (x->opcode == 0x89)
			ember_x86_save(f, x->displacement);
		else
			ember_x86_restore(f, x->displacement);
	}
}

static void ember_x86_lea(const struct ember_x86 *x, struct ember_frame *f)
{
	unsigned int to = ember_x86_reg(x);

	if (to != EMBER_RSP && to != EMBER_RBP)
		return;
	if (ember_x86_on_stack(x))
		ember_x86_assign(f, to, EMBER_RSP, x->displacement);
	else
		ember_x86_assign(f, to, x->has_sib ? 16 : ember_x86_rm(x), x->displacement);
}

static void ember_x86_push(struct ember_frame *f, bool rbp)
{
	ember_frame_move(f, 8);
	if (rbp)
		ember_x86_save(f, 0);
}

static void ember_x86_pop(struct ember_frame *f, bool rbp)
{
	if (rbp)
		ember_x86_restore(f, 0);
	ember_frame_move(f, -8);
}

static void ember_x86_stack(const struct ember_x86 *x, struct ember_frame *f)
{
	bool rbp = (x->opcode & 7) == EMBER_RBP && !(x->rex & EMBER_REX_B);

	/* add, or, and, sub, ...; 38 to 3b compare */
	if (x->opcode < 0x38 && (x->opcode & 5) == 1)
		ember_x86_compute(x, f);
	switch (x->opcode) {
	case 0x50 ... 0x57: ember_x86_push(f, rbp); break;
	case 0x58 ... 0x5f: ember_x86_pop(f, rbp); break;
	case 0x68:
	case 0x6a:
	case 0x9c: ember_x86_push(f, false); break;
	case 0x8f:
	case 0x9d: ember_x86_pop(f, false); break;
	case 0x81:
	case 0x83: ember_x86_arithmetic(x, f); break;
	case 0x89: ember_x86_move(x, f, ember_x86_rm(x), ember_x86_reg(x)); break;
	case 0x8b: ember_x86_move(x, f, ember_x86_reg(x), ember_x86_rm(x)); break;
	case 0x8d: ember_x86_lea(x, f); break;
	case 0xc9:
		f->sp = f->fp;
		ember_x86_pop(f, true);
		break;
	case 0xff:
		if (x->reg == 6)
			ember_x86_push(f, false);
		break;
	}
}

static uint8_t ember_x86_flow(const struct ember_x86 *x)
{
	unsigned int op = x->opcode;

	if (x->vector || x->map > 1)
		return EMBER_FLOW_NEXT;
	if (x->map == 1)
		return op >> 4 == 8 ? EMBER_FLOW_BRANCH :
		       op == 0x0b   ? EMBER_FLOW_RETURN :
				      EMBER_FLOW_NEXT;
	if (op >> 4 == 7 || (op >= 0xe0 && op <= 0xe3) || op == 0xe9 || op == 0xeb)
		return EMBER_FLOW_BRANCH;
	switch (op) {
	case 0xe8: return EMBER_FLOW_CALL;
	case 0xc2:
	case 0xc3:
	case 0xca:
	case 0xcb:
	case 0xcc:
	case 0xcf:
	case 0xf4: return EMBER_FLOW_RETURN;
	case 0xff:
		return x->reg == 2 ? EMBER_FLOW_CALL :
		       x->reg == 4 ? EMBER_FLOW_INDIRECT :
				     EMBER_FLOW_NEXT;
	}
	return EMBER_FLOW_NEXT;
}

static void ember_x86_step(const uint8_t *code, uint32_t room, uint64_t pc,
			   struct ember_frame *frame, struct ember_insn *insn)
{
	struct ember_x86 x = { .at = code, .end = code + room };

	*insn = (struct ember_insn){};
	ember_x86_opcode(&x);
	if (ember_x86_has_modrm(&x))
		ember_x86_modrm(&x);
	x.immediate = ember_x86_number(&x, ember_x86_constant(&x));
	if (x.bad || x.at - code > 15)
		return;
	insn->bytes = x.at - code;
	insn->flow = ember_x86_flow(&x);
	if (insn->flow == EMBER_FLOW_BRANCH ||
	    (insn->flow == EMBER_FLOW_CALL && x.opcode == 0xe8))
		insn->target = pc + insn->bytes + x.immediate;
	insn->conditional = insn->flow == EMBER_FLOW_BRANCH &&
			    !(x.map == 0 && (x.opcode == 0xe9 || x.opcode == 0xeb));
	if (!x.vector && !x.map)
		ember_x86_stack(&x, frame);
}

/* What fills up to an aligned address: nop in all its lengths, int3. */
static bool ember_x86_padding(const uint8_t *code, uint32_t room)
{
	uint32_t i = 0;

	while (i < room && (code[i] == 0x66 || code[i] == 0x2e))
		i++;
	return i < room && (code[i] == 0x90 || code[i] == 0xcc ||
			    (code[i] == 0x0f && i + 1 < room && code[i + 1] == 0x1f));
}

/*
 * What saves a register that isn't the callee's to change, makes room, or takes an indirect
 * branch: behind a call, where that may come back, only at an aligned address.
 */
static bool ember_x86_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	if ((behind && pc & 15) || room < 4)
		return false;
	return code[0] == 0x53 || code[0] == 0x55 ||
	       (code[0] == 0x41 && code[1] >= 0x54 && code[1] <= 0x57) ||
	       !memcmp(code, "\xf3\x0f\x1e\xfa", 4) ||
	       (!behind && code[0] == 0x48 && (code[1] == 0x83 || code[1] == 0x81) &&
		code[2] == 0xec);
}

static bool ember_x86_is(const uint8_t *code, uint32_t room, const char *bytes, uint32_t n)
{
	return room >= n && !memcmp(code, bytes, n);
}
#define EMBER_X86_IS(code, room, bytes) ember_x86_is(code, room, bytes, sizeof(bytes) - 1)

/* rt_sigreturn; exit with what a thread's function returned, in musl's and in other words */
static uint8_t ember_x86_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset)
{
	*cfa_offset = 0;
	if (EMBER_X86_IS(code, room, "\x48\xc7\xc0\x0f\0\0\0\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\xb8\x0f\0\0\0\x0f\x05"))
		return EMBER_CFA_SIGNAL;
	if (EMBER_X86_IS(code, room, "\x89\xc7\xb8\x3c\0\0\0\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\x89\xc7\x31\xc0\xb0\x3c\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\x48\x89\xc7\xb8\x3c\0\0\0\x0f\x05"))
		return EMBER_CFA_END;
	return EMBER_CFA_NONE;
}

const struct ember_isa ember_isa_x86_64 = {
	.unit = 1,
	.entry = { .sp = 8,
		   .fp = EMBER_FRAME_UNKNOWN,
		   .r7 = EMBER_FRAME_UNKNOWN,
		   .ra_at = -8,
		   .fp_at = EMBER_FRAME_KEPT,
		   .r7_at = EMBER_FRAME_KEPT,
		   .ip = EMBER_FRAME_UNKNOWN,
		   .old_at = EMBER_FRAME_UNKNOWN },
	.step = ember_x86_step,
	.special = ember_x86_special,
	.begins = ember_x86_begins,
	.padding = ember_x86_padding,
};
