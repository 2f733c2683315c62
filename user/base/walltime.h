/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wall time that several recordings cover. */
#ifndef EMBER_WALLTIME_H
#define EMBER_WALLTIME_H

#include <stdint.h>

struct ember_walltime {			/* begins zeroed */
	struct ember_interval {
		uint64_t from, to;	/* ns since 1970 */
	} *item;
	unsigned int nr, size;
	uint64_t longest;		/* ns, of those without a clock */
};

/* Add a recording. time_ns: when it began, since 1970; 0: no clock was set. */
void ember_walltime_add(struct ember_walltime *wall, uint64_t time_ns, uint64_t duration_ns);

/*
 * Free it. Returns, in ns, the time in which any of those with a clock ran, or the longest
 * of those without one if that is more.
 */
uint64_t ember_walltime_end(struct ember_walltime *wall);

#endif
