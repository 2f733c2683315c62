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

/* Add what follows a point, if there's one. */
static void ember_timestamp_fraction(const char **text, uint64_t *ns)
{
	uint64_t unit = 100000000;

	if (**text != '.')
		return;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
		*ns += (**text - '0') * unit;
		unit /= 10;
	}
}

/* A time of day: 10:15, 10:15:00, 10:15:00.250. */
static bool ember_timestamp_clock(const char **text, uint64_t *ns)
{
	uint32_t hour, minute, second = 0;

	if (!ember_digits(text, 2, &hour) || *(*text)++ != ':' ||
	    !ember_digits(text, 2, &minute))
		return false;
	if (**text == ':' && (++*text, !ember_digits(text, 2, &second)))
		return false;
	*ns += (hour * 3600 + minute * 60 + second) * 1000000000ull;
	ember_timestamp_fraction(text, ns);
	return hour < 24 && minute < 60 && second < 61;
}

static bool ember_timestamp_utc(const char *text)
{
	return !*text || !strcmp(text, "Z") || !strcmp(text, " UTC");
}

static bool ember_timestamp_date(const char *text, uint64_t *ns)
{
	uint32_t year, month, day;

	if (!ember_digits(&text, 4, &year) || *text++ != '-' ||
	    !ember_digits(&text, 2, &month) || *text++ != '-' ||
	    !ember_digits(&text, 2, &day) || year < 1970 || month < 1 || month > 12 ||
	    day < 1 || day > 31)
		return false;
	*ns = ember_days(year, month, day) * EMBER_DAY_NS;
	if ((*text == 'T' || (*text == ' ' && text[1] != 'U')) &&
	    (text++, !ember_timestamp_clock(&text, ns)))
		return false;
	return ember_timestamp_utc(text);
}

/* Seconds since boot, as the page shows them: 90.250 s. */
static bool ember_timestamp_uptime(const char *text, uint64_t *ns)
{
	uint64_t whole = 0;
	const char *first = text;

	while (*text >= '0' && *text <= '9' && whole < 1u << 31)
		whole = whole * 10 + (*text++ - '0');
	*ns = whole * 1000000000;
	ember_timestamp_fraction(&text, ns);
	return text > first && !strcmp(text, " s");
}

static bool ember_timestamp(const char *text, struct ember_log_timestamp *moment)
{
	const char *at = text;
	double seconds;

	*moment = (struct ember_log_timestamp){ .given = *text };
	if (!*text)
		return true;
	moment->relative = true;
	moment->boot = !strncmp(text, "boot+", 5);
	if (moment->boot)
		text += 4;
	if (*text == '+') {
		if (!strcmp(text + 1, "0"))
			seconds = 0;
		else if (!ember_number_seconds(text + 1, &seconds))
			return false;
		moment->ns = seconds * 1e9;
		return true;
	}
	if (ember_timestamp_uptime(text, &moment->ns))
		return moment->boot = true;
	moment->ns = 0;
	moment->day = ember_timestamp_clock(&at, &moment->ns) && ember_timestamp_utc(at);
	if (moment->day)
		return true;
	moment->relative = false;
	return ember_timestamp_date(text, &moment->ns);
}

bool ember_log_filter_time(struct ember_log_filter *f, const char *text)
{
	const char *comma = strchr(text, ',');
	char from[40];

	if (!comma || (size_t)(comma - text) >= sizeof(from))
		return false;
	memcpy(from, text, comma - text);
	from[comma - text] = 0;
	if (!ember_timestamp(from, &f->from) || !ember_timestamp(comma + 1, &f->to))
		return false;
	/* Over midnight. */
	if (f->from.day && f->to.day && f->to.ns < f->from.ns)
		f->to.ns += EMBER_DAY_NS;
	return (f->from.given || f->to.given) &&
	       !(f->from.given && f->to.given && f->from.relative == f->to.relative &&
		 f->from.day == f->to.day && f->from.ns >= f->to.ns);
}

bool ember_log_filter_ids(const uint32_t *ids, uint32_t nr, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (ids[i] == id)
			return true;
	return !nr;
}
