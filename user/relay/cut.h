/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One interval of a stream becomes a profile. */
#ifndef EMBER_RELAY_CUT_H
#define EMBER_RELAY_CUT_H

#include "model/profile.h"
#include "relay/feed.h"

struct ember_symbols;

struct ember_cut {
	uint64_t end_ns;		/* CLOCK_MONOTONIC of the stream: before that */
	uint64_t from_ns, to_ns;	/* the interval, in ns since 1970 */
};

enum ember_cut_state {
	EMBER_CUT_NONE,			/* no samples are pending */
	EMBER_CUT_HELD,			/* no clock places them yet */
	EMBER_CUT_OPEN,			/* the interval of the oldest one isn't over */
	EMBER_CUT_DUE,
};

/*
 * Find the interval of the oldest pending sample: a multiple of interval_ns (since 1970), from
 * its begin or from where the last cut ended. ended: nothing more will come of it.
 */
enum ember_cut_state ember_cut_find(const struct ember_feed *feed, uint64_t interval_ns,
				    bool ended, struct ember_cut *cut);
/*
 * Take the samples of the interval out of the feed, and move its cursor. Return them with names,
 * without single times, for the caller to free. symbols: new ones, which last no longer than
 * the feed.
 */
struct ember_profile *ember_cut_take(struct ember_feed *feed, const struct ember_cut *cut,
				     struct ember_symbols *symbols);

#endif
