/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples that count for several points each, since the module kept its budget. */
#ifndef EMBER_THROTTLED_H
#define EMBER_THROTTLED_H

#include <stdint.h>

struct ember_throttled {		/* begins zeroed */
	uint64_t samples;
	uint64_t points;		/* that these count for */
	uint32_t most;			/* points that one counts for, at most */
};

/* One more, of 2 points or more. */
static inline void ember_throttled_add(struct ember_throttled *throttled, uint32_t points)
{
	throttled->samples++;
	throttled->points += points;
	if (points > throttled->most)
		throttled->most = points;
}

/* Add all of `more`. */
static inline void ember_throttled_join(struct ember_throttled *throttled,
					const struct ember_throttled *more)
{
	throttled->samples += more->samples;
	throttled->points += more->points;
	if (more->most > throttled->most)
		throttled->most = more->most;
}

#endif
