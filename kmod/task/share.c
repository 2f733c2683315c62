// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "share.h"

/* Each of the two: 0.5 % of a CPU. */
#define EMBER_SHARE_COST 200
/* What nobody took isn't kept for longer: 100 ms of first scans, 20 of others at once. */
#define EMBER_SHARE_FIRST_NS (20ULL * NSEC_PER_SEC)
#define EMBER_SHARE_LATER_NS (4ULL * NSEC_PER_SEC)
#define EMBER_SHARE_LIGHT_NS (4ULL * NSEC_PER_SEC)
/* As wall time it may be somebody else's: a real-time task's, say. */
#define EMBER_SHARE_MOST_NS (10 * NSEC_PER_MSEC)

/* Until when what was taken is paid for, ns; by `first`. */
static atomic64_t ember_share_paid[2];

bool ember_share_left(bool first, bool light, u64 now)
{
	s64 debt = atomic64_read(&ember_share_paid[first]) - now;

	return debt <= (light ? (s64)EMBER_SHARE_LIGHT_NS : 0);
}

void ember_share_take(bool first, u64 took, u64 now)
{
	s64 least = now - (first ? EMBER_SHARE_FIRST_NS : EMBER_SHARE_LATER_NS);
	s64 cost = EMBER_SHARE_COST * min_t(u64, took, EMBER_SHARE_MOST_NS);
	s64 paid = atomic64_read(&ember_share_paid[first]);

	while (!atomic64_try_cmpxchg(&ember_share_paid[first], &paid, max(paid, least) + cost))
		;
}
