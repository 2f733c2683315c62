// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/dates.h"

#include "base/clock.h"

#define EMBER_DATES_STEP   50000000 /* ns; less isn't a clock that was set */
#define EMBER_DATES_COARSE 2000000000ll /* ns; FAT's */

/* 146 years: logs and images may have any number, and sums of two of these are good. */
static bool ember_dates_sane(uint64_t ns)
{
	return ns < 1ull << 62;
}

void ember_dates_add(struct ember_dates *d, uint64_t boottime, uint64_t realtime)
{
	int64_t offset = realtime - boottime;
	uint32_t i;

	if (!ember_dates_sane(boottime) || !ember_dates_sane(realtime))
		return;
	if (!d->nr || boottime < d->since)
		d->since = boottime;
	for (i = 0; i < d->nr; i++)
		if (offset - d->offset[i] < EMBER_DATES_STEP &&
		    d->offset[i] - offset < EMBER_DATES_STEP)
			return;
	if (d->nr < EMBER_DATES_MAX)
		d->nr++;
	d->offset[d->nr - 1] = offset;
}

void ember_dates_look(struct ember_dates *d)
{
	ember_dates_add(d, ember_clock_ns(CLOCK_BOOTTIME), ember_clock_ns(CLOCK_REALTIME));
}

void ember_dates_join(struct ember_dates *d, const struct ember_dates *others)
{
	uint32_t i;

	for (i = 0; i < others->nr; i++)
		ember_dates_add(d, others->since, others->since + others->offset[i]);
}

static int64_t ember_dates_ns(const struct timespec *time)
{
	return time->tv_sec * 1000000000ll + time->tv_nsec;
}

/* The date's offset that was shown i-th; the last one is shown now. */
static int64_t ember_dates_offset(const struct ember_dates *d, uint32_t i, int64_t now)
{
	return i < d->nr ? d->offset[i] : (int64_t)ember_clock_ns(CLOCK_REALTIME) - now;
}

bool ember_dates_since(const struct ember_dates *d, uint64_t boottime,
		       const struct timespec *time)
{
	int64_t now = ember_clock_ns(CLOCK_BOOTTIME), first = ember_dates_ns(time);
	int64_t last = first + (time->tv_nsec ? 0 : EMBER_DATES_COARSE), offset;
	uint32_t i;

	if (!ember_dates_sane(boottime))
		return false;
	for (i = 0; i <= d->nr; i++) {
		offset = ember_dates_offset(d, i, now);
		if (last >= offset + (int64_t)boottime && first <= offset + now)
			return true;
	}
	return false;
}

bool ember_dates_before(const struct ember_dates *d, uint64_t boottime,
			const struct timespec *time)
{
	int64_t now = ember_clock_ns(CLOCK_BOOTTIME), at = ember_dates_ns(time), offset;
	int64_t began = (int64_t)boottime - EMBER_DATES_COARSE;
	bool future = true;
	uint32_t i;

	if (!ember_dates_sane(boottime))
		return false;
	for (i = 0; i <= d->nr; i++) {
		offset = ember_dates_offset(d, i, now);
		if (at >= offset + began && at <= offset + now)
			return false;
		future &= at > offset + now;
	}
	/* A clock that nobody has set yet shows what CLOCK_BOOTTIME does. */
	return !future && (at < began || at > now);
}
