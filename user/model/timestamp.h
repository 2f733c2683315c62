/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_TIMESTAMP_H
#define EMBER_TIMESTAMP_H

#include <stdint.h>

/* When a single sample was taken. There may be many millions of them. */
struct ember_timestamp {
	uint64_t time_ns;		/* since 1970, or where there's no clock since boot */
	uint32_t sample;		/* which of a tally's counts, or of a profile's samples */
	uint32_t points;		/* that it counts for, one period each */
} __attribute__((packed, aligned(4)));

#endif
