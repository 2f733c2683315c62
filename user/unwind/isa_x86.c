// SPDX-License-Identifier: GPL-2.0-or-later
/* x86-64: what instructions do to the frame. Source: Intel SDM, volume 2, A.3. */
#include <string.h>

#include "unwind/isa.h"
#include "unwind/x86.h"

enum { EMBER_RSP = 4, EMBER_RBP = 5 };

#define EMBER_REX_R 4
#define EMBER_REX_B 1

static void ember_x86_save(struct ember_frame_layout *f, int64_t offset)
{
	ember_frame_save(&f->fp_at, f->fp, ember_frame_place(f, offset));
}

static void ember_x86_restore(struct ember_frame_layout *f, int64_t offset)
{
	ember_frame_restore(&f->fp_at, &f->fp, ember_frame_place(f, offset));
}

/* to = from + add, of rsp and rbp; anything else isn't known. */
static void ember_x86_assign(struct ember_frame_layout *f, unsigned int to, unsigned int from,
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

static void ember_x86_arithmetic(const struct ember_x86 *x, struct ember_frame_layout *f)
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
static void ember_x86_compute(const struct ember_x86 *x, struct ember_frame_layout *f)
{
	unsigned int to = x->opcode & 2 ? ember_x86_reg(x) : ember_x86_rm(x);

	if ((x->mod == 3 || x->opcode & 2) && (to == EMBER_RSP || to == EMBER_RBP))
		ember_x86_assign(f, to, 16, 0);
}

static void ember_x86_move(const struct ember_x86 *x, struct ember_frame_layout *f,
			   unsigned int to, unsigned int from)
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

static void ember_x86_lea(const struct ember_x86 *x, struct ember_frame_layout *f)
{
	unsigned int to = ember_x86_reg(x);

	if (to != EMBER_RSP && to != EMBER_RBP)
		return;
	if (ember_x86_on_stack(x))
		ember_x86_assign(f, to, EMBER_RSP, x->displacement);
	else
		ember_x86_assign(f, to, x->has_sib ? 16 : ember_x86_rm(x), x->displacement);
}

static void ember_x86_stack(const struct ember_x86 *x, struct ember_frame_layout *f)
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

static void ember_x86_does(const uint8_t *code, uint32_t room, uint64_t pc,
			   struct ember_frame_layout *frame, struct ember_insn *insn)
{
	struct ember_x86 x = {};
	uint32_t bytes;

	ember_x86_know();
	bytes = ember_x86_decode(&x, code);

	if (bytes > room || bytes > EMBER_X86_BYTES)
		return;
	insn->bytes = bytes;
	if (!x.look)
		return;
	insn->flow = ember_x86_flow(&x);
	if (insn->flow == EMBER_FLOW_BRANCH ||
	    (insn->flow == EMBER_FLOW_CALL && x.opcode == 0xe8))
		insn->target = pc + bytes + x.immediate;
	insn->conditional = insn->flow == EMBER_FLOW_BRANCH &&
			    !(x.map == 0 && (x.opcode == 0xe9 || x.opcode == 0xeb));
	if (!x.map) {
		insn->frame = true;
		ember_x86_stack(&x, frame);
	}
}

/* Where less is left than is read before an instruction is found too long. */
static void ember_x86_at_end(const uint8_t *code, uint32_t room, uint64_t pc,
			     struct ember_frame_layout *frame, struct ember_insn *insn)
{
	uint8_t copy[EMBER_X86_AHEAD] = {};

	ember_x86_does(memcpy(copy, code, room), room, pc, frame, insn);
}

void ember_x86_step(const uint8_t *code, uint32_t room, uint64_t pc,
		    struct ember_frame_layout *frame, struct ember_insn *insn)
{
	*insn = (struct ember_insn){};
	if (room < EMBER_X86_AHEAD)
		ember_x86_at_end(code, room, pc, frame, insn);
	else
		ember_x86_does(code, room, pc, frame, insn);
}

/* syscall */
uint32_t ember_x86_calls(const uint8_t *code, uint32_t room)
{
	const uint8_t *p = code, *end = code + room;

	while (p < end && (p = memchr(p, 0x05, end - p)))
		if (p++ > code && p[-2] == 0x0f)
			return p - code - 1;
	return room;
}

/* What fills up to an aligned address: nop in all its lengths, int3. */
bool ember_x86_padding(const uint8_t *code, uint32_t room)
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
bool ember_x86_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind)
{
	if ((behind && pc & 15) || room < 4)
		return false;
	switch (code[0]) {
	case 0x53:
	case 0x55: return true;
	case 0x41: return code[1] >= 0x54 && code[1] <= 0x57;
	case 0xf3: return !memcmp(code, "\xf3\x0f\x1e\xfa", 4);
	case 0x48: return !behind && (code[1] | 2) == 0x83 && code[2] == 0xec;
	}
	return false;
}

#define EMBER_X86_IS(code, room, bytes) \
	((room) >= sizeof(bytes) - 1 && !memcmp(code, bytes, sizeof(bytes) - 1))

/* rt_sigreturn; exit with what a thread's function returned, in musl's and in other words */
uint8_t ember_x86_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset)
{
	const uint8_t *first = code;

	*cfa_offset = 0;
	if (room < 7)
		return EMBER_CFA_NONE;
	/* Nearly all code ends here. */
	first += code[0] == 0x48;
	if (!(first[0] == 0xb8 && first[1] == 0x0f) &&
	    !(first[0] == 0x89 && first[1] == 0xc7) && !(first[0] == 0xc7 && first[1] == 0xc0))
		return EMBER_CFA_NONE;
	if (EMBER_X86_IS(code, room, "\x48\xc7\xc0\x0f\0\0\0\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\xb8\x0f\0\0\0\x0f\x05"))
		return EMBER_CFA_SIGNAL;
	if (EMBER_X86_IS(code, room, "\x89\xc7\xb8\x3c\0\0\0\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\x89\xc7\x31\xc0\xb0\x3c\x0f\x05") ||
	    EMBER_X86_IS(code, room, "\x48\x89\xc7\xb8\x3c\0\0\0\x0f\x05"))
		return EMBER_CFA_END;
	return EMBER_CFA_NONE;
}
