// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/event.h"

#include <stdio.h>
#include <string.h>

static const struct ember_event_kind ember_kinds[] = {
	{ "growth", EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, EMBER_FEATURE_GROWTH, 64 << 10,
	  "no rss_stat tracepoint (needs CONFIG_TRACEPOINTS)" },
};
#define EMBER_KINDS (sizeof(ember_kinds) / sizeof(*ember_kinds))

const struct ember_event_kind *ember_event_find(const char *name, size_t n)
{
	unsigned int i;

	for (i = 0; i < EMBER_KINDS; i++)
		if (strlen(ember_kinds[i].name) == n && !memcmp(ember_kinds[i].name, name, n))
			return &ember_kinds[i];
	return NULL;
}

const struct ember_event_kind *ember_event_of(uint32_t type)
{
	unsigned int i;

	for (i = 0; i < EMBER_KINDS; i++)
		if (ember_kinds[i].type == type)
			return &ember_kinds[i];
	return NULL;
}

void ember_event_name(uint32_t type, char name[EMBER_EVENT_NAME])
{
	const struct ember_event_kind *kind = ember_event_of(type);

	if (kind)
		snprintf(name, EMBER_EVENT_NAME, "%s", kind->name);
	else
		snprintf(name, EMBER_EVENT_NAME, "event-%u", type);
}

bool ember_event_name_good(const char *name, size_t n)
{
	static const char *const taken[] = { "cpu", "samples", "before", "after" };
	size_t i;

	if (!n || n >= EMBER_EVENT_NAME)
		return false;
	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (strlen(taken[i]) == n && !memcmp(taken[i], name, n))
			return false;
	for (i = 0; i < n; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') ||
		      (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '_'))
			return false;
	return true;
}

void ember_unit_name(uint32_t unit, char name[EMBER_UNIT_NAME])
{
	static const char *const units[] = { "count", "nanoseconds", "bytes" };

	if (unit < sizeof(units) / sizeof(*units))
		snprintf(name, EMBER_UNIT_NAME, "%s", units[unit]);
	else
		snprintf(name, EMBER_UNIT_NAME, "unit-%u", unit);
}

void ember_amount(uint64_t value, bool bytes, char text[EMBER_AMOUNT_MAX])
{
	static const char letters[] = "KMGTPE";
	unsigned int unit = 0;
	uint64_t part = value;

	if (!bytes || value < 1024) {
		snprintf(text, EMBER_AMOUNT_MAX, "%llu%s", (unsigned long long)value,
			 bytes ? " B" : "");
		return;
	}
	for (; part >> 20 && letters[unit + 1]; unit++)
		part >>= 10;
	/* In hundredths, rounded: part is below 2^20. */
	part = (part * 100 + 512) >> 10;
	snprintf(text, EMBER_AMOUNT_MAX, "%llu.%02u %ciB", (unsigned long long)part / 100,
		 (unsigned int)(part % 100), letters[unit]);
}
