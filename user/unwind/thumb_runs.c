// SPDX-License-Identifier: GPL-2.0-or-later
/* Thumb-2: instructions in a row that do nothing of interest. */
#include "unwind/isa_arm.h"
#include "unwind/runs.h"

/* By the first half's upper byte: bytes of those that are always plain, */
#define EMBER_THUMB_PLAIN 7
/* and << 4 of those that call nothing at a known place and load nothing from the code. */

static const uint8_t ember_thumb_kind[256] = {
	[0x00 ... 0x36] = 0x22, [0x37] = 0x20, /* add and sub of r7 */
	[0x38 ... 0x3e] = 0x22, [0x3f] = 0x20,
	[0x40 ... 0x43] = 0x22, [0x44] = 0x20,
	[0x45] = 0x22,		[0x46 ... 0x47] = 0x20, /* of all registers */
	[0x50 ... 0x96] = 0x22, [0x97] = 0x20, /* str, ldr [sp] and add sp of r7 */
	[0x98 ... 0x9e] = 0x22, [0x9f] = 0x20,
	[0xa0 ... 0xae] = 0x22, [0xaf ... 0xb1] = 0x20,
	[0xb2] = 0x22,		[0xb3 ... 0xb5] = 0x20, /* sxt, uxt */
	[0xb6 ... 0xb8] = 0x22, [0xb9] = 0x20,
	[0xba] = 0x22, /* cps, rev */
	[0xbb ... 0xbd] = 0x20, [0xbe] = 0x22,
	[0xbf] = 0x20, /* bkpt */
	[0xc0 ... 0xcf] = 0x22, [0xd0 ... 0xe7] = 0x20,
	[0xea] = 0x44,		[0xeb] = 0x40,
	[0xee ... 0xef] = 0x44, [0xf9 ... 0xff] = 0x44,
};

/* Registers that a frame is told by; and bases of accesses that are looked at. */
#define EMBER_THUMB_FRAME \
	(1 << EMBER_R7 | 1 << EMBER_R11 | 1 << EMBER_IP | 1 << EMBER_SP | 1 << EMBER_PC)
#define EMBER_THUMB_BASES (1 << EMBER_SP | 1 << EMBER_PC)

static uint32_t ember_thumb_plain_bytes(const uint8_t *code)
{
	uint32_t bytes = ember_thumb_kind[code[1]] & EMBER_THUMB_PLAIN, a, b;

	if (bytes)
		return bytes;
	a = ember_thumb_half(code);
	b = ember_thumb_half(code + 2);
	switch (a >> 8) {
	case 0x44:
	case 0x46: /* add and mov of all registers */
		return EMBER_THUMB_FRAME >> ((a & 7) | (a >> 4 & 8)) & 1 ? 0 : 2;
	case 0xe8: /* tbb, tbh; ldm of pc */
		if ((a & 0xf0) == 0xd0 && (b & 0xffe0) == 0xf000)
			return 0;
	/* fall through */
	case 0xe9:
		if ((a & 0x50) == 0x10 && b & 0x8000)
			return 0;
	/* fall through */
	case 0xec:
	case 0xed: return EMBER_THUMB_BASES >> (a & 15) & 1 ? 0 : 4;
	case 0xeb:
	case 0xf0 ... 0xf7: /* of a constant; not branches */
		return EMBER_THUMB_FRAME >> (b >> 8 & 15) & 1 || b & 0x8000 ? 0 : 4;
	case 0xf8: return EMBER_THUMB_BASES >> (a & 15) & 1 || b >> 12 == EMBER_PC ? 0 : 4;
	}
	return 0;
}

static uint32_t ember_thumb_quiet_bytes(const uint8_t *code)
{
	uint32_t bytes = ember_thumb_kind[code[1]] >> 4, a;

	if (bytes)
		return bytes;
	a = ember_thumb_half(code);
	switch (a >> 8) {
	case 0xe8:
	case 0xe9:
	case 0xec:
	case 0xed:
	case 0xf8: return (a & 15) == EMBER_PC ? 0 : 4;
	case 0xf0 ... 0xf7: return (code[3] & 0xc0) == 0xc0 ? 0 : 4;
	}
	return 0;
}

uint32_t ember_thumb_plain(const uint8_t *code, uint32_t room, struct ember_found *found)
{
	return ember_runs_plain(ember_thumb_plain_bytes, 1, 4, code, room, found);
}

uint32_t ember_thumb_quiet(const uint8_t *code, uint32_t room, uint32_t end,
			   const bool *literal)
{
	return ember_runs_quiet(ember_thumb_quiet_bytes, 1, 4, code, room, end, literal);
}
