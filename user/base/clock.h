/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_CLOCK_H
#define EMBER_CLOCK_H

#include <stdint.h>
#include <time.h>

/* A clock that says less was never set. */
#define EMBER_CLOCK_SET	(1704067200 * 1000000000ull)	/* 2024-01-01 */

static inline uint64_t ember_clock_ns(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? 0 : t.tv_sec * 1000000000ull + t.tv_nsec;
}

#endif
