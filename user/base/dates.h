/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When files changed, by CLOCK_BOOTTIME. Their own times are dates, by a clock that may be
 * set while it runs: a board without one begins in 1970.
 */
#ifndef EMBER_DATES_H
#define EMBER_DATES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define EMBER_DATES_MAX 8

struct ember_dates {			/* begins zeroed */
	uint64_t since;			/* CLOCK_BOOTTIME of the first look, in ns */
	int64_t offset[EMBER_DATES_MAX];	/* CLOCK_REALTIME less CLOCK_BOOTTIME, each once */
	uint32_t nr;
};

/* What the two clocks showed, in ns; _look: show. Of more than fit the last one is kept. */
void ember_dates_add(struct ember_dates *dates, uint64_t boottime, uint64_t realtime);
void ember_dates_look(struct ember_dates *dates);
/* All that others have shown. */
void ember_dates_join(struct ember_dates *dates, const struct ember_dates *others);

/*
 * Whether a file's time is one of those since `boottime`, by any date that was shown, or
 * is shown now. One without nanoseconds may be of a file system that counts by 2 s.
 */
bool ember_dates_since(const struct ember_dates *dates, uint64_t boottime,
		       const struct timespec *time);

/*
 * Whether a file's time lies before `boottime` for certain: by these dates, and by that of
 * a clock which began in 1970 and was set since.
 */
bool ember_dates_before(const struct ember_dates *dates, uint64_t boottime,
			const struct timespec *time);

#endif
