/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the CLOCKs of a stream say of its times. A sample's wall time comes from the last clock
 * before it, if that was set, else from the first one behind it that was: CLOCK_BOOTTIME runs on
 * through a suspend and when a clock is set.
 */
#ifndef EMBER_RELAY_CLOCKS_H
#define EMBER_RELAY_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/dates.h"
#include "log/stream_clock.h"

struct ember_relay_clocks {		/* begins zeroed */
	struct ember_stream_clock *item;	/* by CLOCK_MONOTONIC, each with other offsets */
	uint32_t nr, size;
	struct ember_dates dates;
	int64_t boot_real_ns;		/* of another stream of that boot, if boot_known: */
	bool boot_known;		/* CLOCK_REALTIME less CLOCK_BOOTTIME */
	bool set;			/* one of the clocks was */
};

/* Add a clock, at whatever place of the order. */
void ember_relay_clocks_add(struct ember_relay_clocks *clocks,
			    const struct ember_stream_clock *clock);
/*
 * Convert a time of the stream (CLOCK_MONOTONIC, ns) to ns since 1970. Return 0: no clock was
 * set yet that could place it.
 */
uint64_t ember_relay_clocks_wall(const struct ember_relay_clocks *clocks, uint64_t monotonic_ns);
/* Forget clocks that no sample from that time on needs. */
void ember_relay_clocks_forget(struct ember_relay_clocks *clocks, uint64_t monotonic_ns);
void ember_relay_clocks_free(struct ember_relay_clocks *clocks);

#endif
