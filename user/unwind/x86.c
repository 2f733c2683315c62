// SPDX-License-Identifier: GPL-2.0-or-later
/* Source: Intel SDM, volume 2, 2.1 to 2.7 and A.3. */
#include "unwind/x86.h"

#include <string.h>

#include "unwind/isa.h"

#define EMBER_REX_W 8
#define EMBER_REX_R 4
#define EMBER_REX_B 1

uint8_t ember_x86_kind[2][256];

static bool ember_x86_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3: return true;
	}
	return false;
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

uint8_t ember_x86_flow(const struct ember_x86 *x)
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

/* Of one byte: whether it may move rsp or rbp, save or restore rbp. */
static bool ember_x86_stacks(uint8_t op)
{
	switch (op) {
	case 0x50 ... 0x5f:
	case 0x68:
	case 0x6a:
	case 0x81:
	case 0x83:
	case 0x89:
	case 0x8b:
	case 0x8d:
	case 0x8f:
	case 0x9c:
	case 0x9d:
	case 0xc9:
	case 0xff: return true;
	}
	return op < 0x38 && (op & 5) == 1;
}

static uint8_t ember_x86_kind_of(uint8_t map, uint8_t op)
{
	struct ember_x86 x = { .map = map, .opcode = op };
	unsigned int bytes = ember_x86_constant(&x);
	uint8_t kind = bytes & EMBER_X86_CONSTANT;

	if (ember_x86_has_modrm(&x))
		kind |= EMBER_X86_MODRM;
	if (!map && ember_x86_prefix(op))
		kind |= EMBER_X86_PREFIX;
	if (!map && ember_x86_stacks(op))
		kind |= EMBER_X86_LOOK;
	x.rex = EMBER_REX_W;
	if (bytes > 4 || ember_x86_constant(&x) != bytes ||
	    (map ? op == 0x38 || op == 0x3a :
		   op == 0x0f || op == 0x62 || op == 0xc4 || op == 0xc5))
		kind |= EMBER_X86_ODD;
	x.rex = 0;
	x.small = true;
	if (ember_x86_constant(&x) != bytes)
		kind |= EMBER_X86_SIZED;
	x.small = false;
	/* Those that an opcode has in ModRM, in place of a register. */
	for (x.reg = 0; x.reg < (map || op < 0xf0 ? 1 : 8); x.reg++) {
		if (ember_x86_constant(&x) != bytes)
			kind |= EMBER_X86_ODD;
		if (ember_x86_flow(&x) != EMBER_FLOW_NEXT)
			kind |= EMBER_X86_LOOK;
	}
	return kind;
}

void ember_x86_fill(void)
{
	unsigned int op;

	for (op = 0; op < 256; op++) {
		ember_x86_kind[0][op] = ember_x86_kind_of(0, op);
		ember_x86_kind[1][op] = ember_x86_kind_of(1, op);
	}
}

/* More of an opcode behind 0f, VEX or EVEX; returns its kind. */
static uint8_t ember_x86_escape(struct ember_x86 *x, const uint8_t **at)
{
	uint8_t first = x->opcode;

	switch (first) {
	case 0x0f:
		x->map = 1;
		x->opcode = *(*at)++;
		if (x->opcode != 0x38 && x->opcode != 0x3a)
			return ember_x86_kind[1][x->opcode];
		x->map = x->opcode == 0x38 ? 2 : 3;
		x->opcode = *(*at)++;
		return EMBER_X86_ODD;
	case 0xc5:
		x->map = 1;
		*at += 1;
		break;
	case 0xc4:
		x->map = **at & 3;
		*at += 2;
		break;
	case 0x62:
		/* 5 and 6 have no constants, as 2. */
		x->map = (**at & 7) > 3 ? 2 : **at & 7;
		*at += 3;
		break;
	default: return EMBER_X86_ODD | ember_x86_kind[0][first];
	}
	x->vector = true;
	x->opcode = *(*at)++;
	return EMBER_X86_ODD;
}

static int32_t ember_x86_number(const uint8_t *at, unsigned int bytes)
{
	int32_t value = 0;
	int16_t small;

	switch (bytes) {
	case 1: return (int8_t)*at;
	case 2: memcpy(&small, at, 2); return small;
	case 4: memcpy(&value, at, 4); break;
	}
	return value;
}

static const uint8_t *ember_x86_modrm(struct ember_x86 *x, const uint8_t *at)
{
	uint8_t byte = *at++;
	unsigned int bytes;

	x->mod = byte >> 6;
	x->reg = byte >> 3 & 7;
	x->rm = byte & 7;
	if (x->mod == 3)
		return at;
	x->base = x->rm;
	if (x->rm == 4) {
		x->has_sib = true;
		x->base = *at++;
	}
	bytes = x->mod == 1 ? 1 : x->mod == 2 || (x->base & 7) == 5 ? 4 : 0;
	x->displacement = ember_x86_number(at, bytes);
	return at + bytes;
}

uint32_t ember_x86_decode(struct ember_x86 *x, const uint8_t *code)
{
	const uint8_t *at = code;
	unsigned int bytes;
	uint8_t byte, kind;

	byte = *at++;
	kind = ember_x86_kind[0][byte];
	while (kind & EMBER_X86_PREFIX && at - code < EMBER_X86_BYTES) {
		x->small |= byte == 0x66;
		byte = *at++;
		kind = ember_x86_kind[0][byte];
	}
	if ((byte & 0xf0) == 0x40) {
		x->rex = byte;
		byte = *at++;
		kind = ember_x86_kind[0][byte];
	}
	x->opcode = byte;
	if (kind & EMBER_X86_ODD)
		kind = ember_x86_escape(x, &at);
	if (kind & EMBER_X86_ODD ? ember_x86_has_modrm(x) : kind & EMBER_X86_MODRM)
		at = ember_x86_modrm(x, at);
	bytes = kind & EMBER_X86_ODD		   ? ember_x86_constant(x) :
		kind & EMBER_X86_SIZED && x->small ? 2 :
						     kind & EMBER_X86_CONSTANT;
	x->immediate = ember_x86_number(at, bytes);
	x->look = kind & EMBER_X86_LOOK;
	return at + bytes - code;
}
