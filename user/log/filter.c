// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/filter.h"

#include <string.h>

#include "base/number.h"

/* So many digits, and the text is behind them; false: there are others. */
static bool ember_digits(const char **text, unsigned int n, uint32_t *value)
{
	for (*value = 0; n--; (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static uint64_t ember_days(uint32_t year, uint32_t month, uint32_t day)
{
	/* Years begin with March, so that a leap day is the last one. */
	uint32_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return y * 365ull + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static bool ember_moment_date(const char *text, uint64_t *seconds)
{
	uint32_t year, month, day, hour = 0, minute = 0, second = 0;

	if (!ember_digits(&text, 4, &year) || *text++ != '-' ||
	    !ember_digits(&text, 2, &month) || *text++ != '-' || !ember_digits(&text, 2, &day))
		return false;
	if (*text == 'T' || *text == ' ') {
		text++;
		if (!ember_digits(&text, 2, &hour) || *text++ != ':' ||
		    !ember_digits(&text, 2, &minute))
			return false;
		if (*text == ':' && (text++, !ember_digits(&text, 2, &second)))
			return false;
	}
	if (*text == 'Z')
		text++;
	*seconds = ember_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return !*text && year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
	       hour < 24 && minute < 60 && second < 61;
}

static bool ember_moment(const char *text, struct ember_log_moment *moment)
{
	uint64_t whole;
	double seconds;

	moment->given = *text;
	moment->boot = !strncmp(text, "boot+", 5);
	if (moment->boot)
		text += 4;
	moment->relative = *text == '+';
	if (!*text)
		return true;
	if (moment->relative) {
		if (!strcmp(text + 1, "0"))
			seconds = 0;
		else if (!ember_number_seconds(text + 1, &seconds))
			return false;
		moment->ns = seconds * 1e9;
		return true;
	}
	if (!ember_moment_date(text, &whole))
		return false;
	moment->ns = whole * 1000000000;
	return true;
}

bool ember_log_filter_time(struct ember_log_filter *f, const char *text)
{
	const char *comma = strchr(text, ',');
	char from[40];

	if (!comma || (size_t)(comma - text) >= sizeof(from))
		return false;
	memcpy(from, text, comma - text);
	from[comma - text] = 0;
	return ember_moment(from, &f->from) && ember_moment(comma + 1, &f->to) &&
	       (f->from.given || f->to.given) &&
	       !(f->from.given && f->to.given && f->from.relative == f->to.relative &&
		 f->from.ns >= f->to.ns);
}

bool ember_log_filter_ids(const uint32_t *ids, uint32_t nr, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (ids[i] == id)
			return true;
	return !nr;
}
