/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/ID/stat says of a process or a thread. */
#ifndef EMBER_STAT_H
#define EMBER_STAT_H

#include <stdbool.h>
#include <stdint.h>

struct ember_stat {
	char state;			/* a letter: R, S, Z, ... */
	uint32_t threads;
	uint64_t ran, start;		/* clock ticks: in user and kernel mode; since boot */
};

/* Returns false if nothing has that number. */
bool ember_stat_read(uint32_t id, struct ember_stat *stat);

#endif
