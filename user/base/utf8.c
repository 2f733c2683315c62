// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t ember_utf8_length(const unsigned char *at, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, bytes = *at < 0xc0 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
	uint32_t c;

	if (bytes == 1)
		return *at >= 0x20 && *at < 0x7f;
	if (bytes > n || *at > 0xf4)
		return 0;
	c = *at & (0x7f >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	if (c < least[bytes] || c < 0xa0 || (c >= 0xd800 && c < 0xe000) || c == 0xfffe ||
	    c == 0xffff || c > 0x10ffff)
		return 0;
	return bytes;
}

void ember_utf8_clean(char *to, const char *from, size_t n)
{
	size_t at = 0, bytes, i;

	while (at < n) {
		bytes = ember_utf8_length((const unsigned char *)from + at, n - at);
		for (i = 0; i < bytes; i++)
			to[at + i] = from[at + i];
		if (!bytes)
			to[at] = '?';
		at += bytes ? bytes : 1;
	}
}

size_t ember_utf8_escape(char *to, size_t room, const char *from)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = strlen(from), at = 0, used = 0, bytes, i;

	while (at < n) {
		bytes = ember_utf8_length((const unsigned char *)from + at, n - at);
		if (used + (bytes ? bytes : 4) >= room)
			break;
		for (i = 0; i < bytes; i++)
			to[used++] = from[at + i];
		if (!bytes) {
			to[used++] = '\\';
			to[used++] = 'x';
			to[used++] = digit[(unsigned char)from[at] >> 4];
			to[used++] = digit[from[at] & 15];
		}
		at += bytes ? bytes : 1;
	}
	to[used] = 0;
	return used;
}

size_t ember_utf8_columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

size_t ember_utf8_bytes(const char *text, size_t columns)
{
	size_t at;

	for (at = 0; text[at]; at++)
		if ((text[at] & 0xc0) != 0x80 && !columns--)
			break;
	return at;
}
