/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that are read one value after the other; past their end there are zeros, and
 * `bad` is set.
 */
#ifndef EMBER_UNWIND_CURSOR_H
#define EMBER_UNWIND_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ember_cursor {
	const uint8_t *at, *end;
	bool bad;
};

/* Little or big endian as the host: other files aren't opened. */
static inline uint64_t ember_cursor_word(struct ember_cursor *c, unsigned int bytes)
{
	uint64_t u64 = 0;
	uint32_t u32;
	uint16_t u16;

	if ((size_t)(c->end - c->at) < bytes) {
		c->bad = true;
		c->at = c->end;
		return 0;
	}
	c->at += bytes;
	switch (bytes) {
	case 1: return c->at[-1];
	case 2: memcpy(&u16, c->at - 2, 2); return u16;
	case 4: memcpy(&u32, c->at - 4, 4); return u32;
	case 8: memcpy(&u64, c->at - 8, 8); return u64;
	}
	c->bad = true;
	return 0;
}

/* LEB128; *sign: all bits above what was written, if the last one of that is set. */
static inline uint64_t ember_cursor_leb(struct ember_cursor *c, uint64_t *sign)
{
	unsigned int shift = 0;
	uint64_t value = 0;
	uint8_t byte;

	do {
		byte = ember_cursor_word(c, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*sign = shift < 64 && byte & 0x40 ? ~0ull << shift : 0;
	return value;
}

static inline uint64_t ember_cursor_uleb(struct ember_cursor *c)
{
	uint64_t sign;

	return ember_cursor_leb(c, &sign);
}

static inline int64_t ember_cursor_sleb(struct ember_cursor *c)
{
	uint64_t sign, value = ember_cursor_leb(c, &sign);

	return value | sign;
}

/* A block with its length in front. */
static inline struct ember_cursor ember_cursor_block(struct ember_cursor *c)
{
	uint64_t bytes = ember_cursor_uleb(c);
	struct ember_cursor block = { c->at, c->at, false };

	if (bytes > (uint64_t)(c->end - c->at)) {
		c->bad = true;
		bytes = c->end - c->at;
	}
	block.end += bytes;
	c->at += bytes;
	return block;
}

#endif
