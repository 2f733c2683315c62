// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits at *text, which moves past them. */
static bool ember_digits(const char **text, uint64_t *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return !errno;
}

static bool ember_digits32(const char **text, uint32_t *number)
{
	uint64_t value;

	if (!ember_digits(text, &value) || value > UINT32_MAX)
		return false;
	*number = value;
	return true;
}

bool ember_number(const char *text, uint32_t *number)
{
	return ember_digits32(&text, number) && !*text;
}

bool ember_number_bytes(const char *text, uint64_t unit, uint64_t *bytes)
{
	static const char letters[] = "bkmg";
	const char *letter;

	if (!ember_digits(&text, bytes))
		return false;
	if (*text) {
		letter = strchr(letters, *text | 0x20);
		if (!letter)
			return false;
		unit = 1ull << 10 * (letter - letters);
		text++;
		if (unit > 1 && *text) {
			text += (*text | 0x20) == 'i';
			if ((*text++ | 0x20) != 'b')
				return false;
		}
		if (*text)
			return false;
	}
	return !__builtin_mul_overflow(*bytes, unit, bytes);
}

bool ember_number_seconds(const char *text, double *seconds)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {
		{ "", 1 },	{ "s", 1 },  { "ms", 1e-3 }, { "us", 1e-6 },
		{ "ns", 1e-9 }, { "m", 60 }, { "h", 3600 },
	};
	uint64_t whole = 0, part = 0;
	double scale = 1;
	unsigned int i;

	if (*text != '.' && !ember_digits(&text, &whole))
		return false;
	if (*text == '.') {
		const char *from = ++text;

		if (!ember_digits(&text, &part))
			return false;
		while (from++ < text)
			scale *= 10;
	}
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(text, units[i].name)) {
			*seconds = (whole + part / scale) * units[i].seconds;
			return *seconds > 0 && *seconds <= 366 * 86400.0;
		}
	return false;
}

bool ember_number_share(const char *text, uint32_t *ppm)
{
	uint64_t whole = 0, share;
	uint32_t unit = 10000;

	if (*text != '.' && !ember_digits(&text, &whole))
		return false;
	if (whole > 100)
		return false;
	share = whole * unit;
	if (*text == '.') {
		if (*++text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++) {
			unit /= 10;
			share += unit * (*text - '0');
		}
	}
	text += *text == '%';
	*ppm = share;
	return !*text && share <= 1000000;
}

bool ember_number_list(const char *text, uint32_t *list, uint32_t *nr, uint32_t most)
{
	for (;;) {
		if (*nr >= most || !ember_digits32(&text, &list[*nr]))
			return false;
		++*nr;
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

bool ember_number_cpus(const char *text, uint8_t *mask, uint32_t bytes, uint32_t *highest)
{
	uint32_t first, last;

	for (;;) {
		if (!ember_digits32(&text, &first))
			return false;
		last = first;
		if (*text == '-' && (text++, !ember_digits32(&text, &last)))
			return false;
		if (last < first || last / 8 >= bytes)
			return false;
		if (last > *highest)
			*highest = last;
		for (; first <= last; first++)
			mask[first / 8] |= 1 << (first % 8);
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}
