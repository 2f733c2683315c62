/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CLOCK of a log: one moment by three clocks. */
#ifndef EMBER_STREAM_CLOCK_H
#define EMBER_STREAM_CLOCK_H

#include "base/proto.h"

struct ember_stream_clock {
	uint64_t monotonic_ns, boottime_ns, realtime_ns;
	bool is_set;			/* realtime_ns means something */
};

/* Appends it to a payload. part: an empty buffer, which is empty afterwards. */
void ember_stream_clock_put(struct ember_buf *plain, struct ember_buf *part,
			    const struct ember_stream_clock *clock);
/* Reads a field of that kind. Returns false if it isn't one. */
bool ember_stream_clock_get(struct ember_stream_clock *clock, const struct ember_field *field);

#endif
