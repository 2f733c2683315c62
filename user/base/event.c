// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/event.h"

#include <stdio.h>
#include <string.h>

#define EMBER_LACKS_SWITCH \
	"no sched_switch tracepoint, or no high resolution timers (needs CONFIG_TRACEPOINTS, CONFIG_HIGH_RES_TIMERS)"

#define EMBER_LACKS_COUNTER "no such hardware counter (emberprof check shows what it needs)"

static const struct ember_event_kind ember_kinds[] = {
	{ "growth", EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, "growth_samples", "growth",
	  EMBER_FEATURE_GROWTH, 64 << 10,
	  "no rss_stat tracepoint (needs CONFIG_TRACEPOINTS)" },
	/* The names of its values are those of Go's block profile. */
	{ "block", EMBER_EVENT_BLOCK, EMBER_UNIT_NANOSECONDS, "contentions", "delay",
	  EMBER_FEATURE_BLOCK, 10000000, EMBER_LACKS_SWITCH },
	{ "preempt", EMBER_EVENT_PREEMPT, EMBER_UNIT_NANOSECONDS, "preemptions", "preempted",
	  EMBER_FEATURE_BLOCK, 10000000, EMBER_LACKS_SWITCH },
	/* As in Go's mutex profile. */
	{ "mutex", EMBER_EVENT_MUTEX, EMBER_UNIT_NANOSECONDS, "contentions", "delay",
	  EMBER_FEATURE_MUTEX, 10000000, EMBER_LACKS_SWITCH },
	{ "threads", EMBER_EVENT_THREADS, EMBER_UNIT_NANOSECONDS, "threads", "wait",
	  EMBER_FEATURE_THREADS, 0,
	  "a module that lists no threads: install module and tool from one release" },
	{ "cycles", EMBER_EVENT_CYCLES, EMBER_UNIT_COUNT, "cycles_samples", "cycles",
	  EMBER_FEATURE_CYCLES, 1, EMBER_LACKS_COUNTER },
	{ "instructions", EMBER_EVENT_INSTRUCTIONS, EMBER_UNIT_COUNT, "instructions_samples",
	  "instructions", EMBER_FEATURE_INSTRUCTIONS, 1, EMBER_LACKS_COUNTER },
	{ "cache-misses", EMBER_EVENT_CACHE_MISSES, EMBER_UNIT_COUNT, "cache-misses_samples",
	  "cache-misses", EMBER_FEATURE_CACHE_MISSES, 1, EMBER_LACKS_COUNTER },
	{ "branch-misses", EMBER_EVENT_BRANCH_MISSES, EMBER_UNIT_COUNT,
	  "branch-misses_samples", "branch-misses", EMBER_FEATURE_BRANCH_MISSES, 1,
	  EMBER_LACKS_COUNTER },
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

bool ember_event_waits(uint32_t type)
{
	return type == EMBER_EVENT_BLOCK || type == EMBER_EVENT_PREEMPT;
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
	static const char *const taken[] = { "cpu", "samples", "before", "after", "wall" };
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

void ember_event_values(const char *name, char count[EMBER_VALUE_NAME],
			char value[EMBER_VALUE_NAME])
{
	const struct ember_event_kind *kind = ember_event_find(name, strlen(name));

	if (!kind) {
		ember_event_own_values(name, count, value);
		return;
	}
	snprintf(count, EMBER_VALUE_NAME, "%s", kind->count);
	snprintf(value, EMBER_VALUE_NAME, "%s", kind->value);
}

void ember_event_own_values(const char *name, char count[EMBER_VALUE_NAME],
			    char value[EMBER_VALUE_NAME])
{
	snprintf(count, EMBER_VALUE_NAME, "%s_samples", name);
	snprintf(value, EMBER_VALUE_NAME, "%s", name);
}

bool ember_event_are_values(const char *count, const char *value)
{
	char other_count[EMBER_VALUE_NAME], other[EMBER_VALUE_NAME];
	unsigned int i;

	for (i = 0; i < EMBER_KINDS; i++)
		if (!strcmp(ember_kinds[i].count, count) &&
		    !strcmp(ember_kinds[i].value, value))
			return true;
	if (!ember_event_name_good(value, strlen(value)))
		return false;
	ember_event_own_values(value, other_count, other);
	return !strcmp(other_count, count) && !strcmp(other, value);
}

uint32_t ember_event_count(uint32_t type, uint32_t detail)
{
	if ((!ember_event_waits(type) && type != EMBER_EVENT_MUTEX) ||
	    !EMBER_WAIT_COUNT(detail))
		return 1;
	return EMBER_WAIT_COUNT(detail);
}

uint32_t ember_event_state(uint32_t type, uint32_t detail)
{
	return ember_event_waits(type) ? EMBER_WAIT_KIND(detail) : 0;
}

static const char *const ember_units[] = { "count", "nanoseconds", "bytes" };
#define EMBER_UNITS (sizeof(ember_units) / sizeof(*ember_units))

void ember_unit_name(uint32_t unit, char name[EMBER_UNIT_NAME])
{
	if (unit < EMBER_UNITS)
		snprintf(name, EMBER_UNIT_NAME, "%s", ember_units[unit]);
	else
		snprintf(name, EMBER_UNIT_NAME, "unit-%u", unit);
}

uint32_t ember_unit_named(const char *name)
{
	uint32_t i;

	for (i = 0; i < EMBER_UNITS; i++)
		if (!strcmp(ember_units[i], name))
			return i;
	return EMBER_UNIT_COUNT;
}

/* Write a time in the largest unit that it has one of, in hundredths, rounded. */
static void ember_amount_time(uint64_t ns, char text[EMBER_AMOUNT_MAX])
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };
	uint64_t part;
	unsigned int i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		/* What rounds up to 1000 of a unit is 1 of the next. */
		if (ns < units[i].ns - units[i].ns / 200000)
			continue;
		part = (ns % units[i].ns * 100 + units[i].ns / 2) / units[i].ns;
		snprintf(text, EMBER_AMOUNT_MAX, "%llu.%02u %s",
			 (unsigned long long)(ns / units[i].ns + part / 100),
			 (unsigned int)(part % 100), units[i].name);
		return;
	}
	snprintf(text, EMBER_AMOUNT_MAX, "%llu ns", (unsigned long long)ns);
}

void ember_amount(uint64_t value, uint32_t unit, char text[EMBER_AMOUNT_MAX])
{
	static const char letters[] = "KMGTPE";
	unsigned int power = 0;
	uint64_t part = value;

	if (unit == EMBER_UNIT_NANOSECONDS) {
		ember_amount_time(value, text);
		return;
	}
	if (unit != EMBER_UNIT_BYTES || value < 1024) {
		snprintf(text, EMBER_AMOUNT_MAX, "%llu%s", (unsigned long long)value,
			 unit == EMBER_UNIT_BYTES ? " B" : "");
		return;
	}
	for (; part >> 20 && letters[power + 1]; power++)
		part >>= 10;
	/* In hundredths, rounded: part is below 2^20. */
	part = (part * 100 + 512) >> 10;
	snprintf(text, EMBER_AMOUNT_MAX, "%llu.%02u %ciB", (unsigned long long)part / 100,
		 (unsigned int)(part % 100), letters[power]);
}
