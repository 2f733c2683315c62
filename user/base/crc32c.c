// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/crc32c.h"

#define EMBER_CRC32C_POLYNOMIAL 0x82f63b78u /* its bits reversed */

/* Half a byte at a time: a table of 64 bytes, and a log has few bytes. */
uint32_t ember_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	static uint32_t table[16];
	const uint8_t *at = bytes;
	unsigned int i, bit;

	for (i = 0; !table[15] && i < 16; i++) {
		uint32_t rest = i;

		for (bit = 0; bit < 4; bit++)
			rest = rest >> 1 ^ (rest & 1 ? EMBER_CRC32C_POLYNOMIAL : 0);
		table[i] = rest;
	}
	for (crc = ~crc; n--; at++) {
		crc ^= *at;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}
