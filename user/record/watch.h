/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and threads that others started: when do they end? */
#ifndef EMBER_WATCH_H
#define EMBER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct ember_watch {
	struct pollfd *fds;		/* [nr] pidfds; -1: none, or it has ended */
	uint64_t *start;		/* [nr] start time, to know an id that is used again */
	uint32_t *ids;			/* [nr] */
	uint32_t nr;
	uint32_t left;			/* still there */
	bool blind;			/* some can't be polled: look every second */
	bool threads;
};

/*
 * 0, or 1 (said): no such process or thread. Where the kernel has pidfds, an end wakes the
 * loop; else `blind` is set.
 */
int ember_watch_open(struct ember_watch *watch, const uint32_t *ids, uint32_t nr,
		     bool threads);

/* Adds what there is to wait for. */
void ember_watch_wait(const struct ember_watch *watch, struct ember_loop *loop);
/* Looks now, without waiting. Returns how many are left. */
uint32_t ember_watch_look(struct ember_watch *watch);
/* Looks, too; `ids` has room for all, and becomes those left. */
uint32_t ember_watch_left(struct ember_watch *watch, uint32_t *ids);

void ember_watch_close(struct ember_watch *watch);

#endif
