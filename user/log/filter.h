/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which samples of a log are wanted. */
#ifndef EMBER_LOG_FILTER_H
#define EMBER_LOG_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "log/only.h"

#define EMBER_FILTER_IDS	64

#define EMBER_DAY_NS		(86400 * 1000000000ull)

/* ns since 1970, or (relative) since a stream's begin, its board's boot, or midnight (UTC). */
struct ember_log_timestamp {
	bool given, relative, boot, day;
	uint64_t ns;
};

struct ember_log_filter {		/* begins zeroed: all of them */
	struct ember_log_timestamp from, to;
	uint32_t pid[EMBER_FILTER_IDS], tid[EMBER_FILTER_IDS];
	uint32_t nr_pid, nr_tid;
	const char *comm, *board;	/* NULL: any */
	struct ember_only only;		/* by labels and the like */
	bool no_gaps;			/* none whose stack may lack frames in its middle */
};

/*
 * Parse FROM,TO, either of them empty: 2026-11-28T10:15:00.250 (UTC), with or without the
 * time, or +90, +5m since the log's begin, or boot+90; or, as the page shows them,
 * 10:15:00.250 (UTC, on the log's day) or, since boot, 90.250 s. Returns false for all else.
 */
bool ember_log_filter_time(struct ember_log_filter *filter, const char *text);
bool ember_log_filter_ids(const uint32_t *ids, uint32_t nr, uint32_t id);

#endif
