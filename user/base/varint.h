/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in as few bytes as they need: 7 bits a byte, the lowest first. */
#ifndef EMBER_VARINT_H
#define EMBER_VARINT_H

#include <stdint.h>

#define EMBER_VARINT_MAX	10	/* bytes */

static inline uint8_t *ember_varint_put(uint8_t *at, uint64_t value)
{
	for (; value > 127; value >>= 7)
		*at++ = 128 | value;
	*at++ = value;
	return at;
}

/* Of what was put, and nothing else. */
static inline const uint8_t *ember_varint_get(const uint8_t *at, uint64_t *value)
{
	unsigned int shift;

	*value = 0;
	for (shift = 0; *at & 128; shift += 7)
		*value |= (uint64_t)(*at++ & 127) << shift;
	*value |= (uint64_t)*at++ << shift;
	return at;
}

/* With the sign in the lowest bit, so that what is near 0 is small. */
static inline uint64_t ember_zigzag(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t ember_unzigzag(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

#endif
