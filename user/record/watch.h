/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and threads that others started: when do they end? */
#ifndef EMBER_WATCH_H
#define EMBER_WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define EMBER_WATCH_OWN	2

struct ember_watch {
	struct pollfd *fds;		/* [EMBER_WATCH_OWN + nr]: the first are the caller's own */
	uint64_t *start;		/* [nr] start time, to know an id that is used again */
	uint32_t *ids;			/* [nr] */
	uint32_t nr;
	uint32_t left;			/* still there */
	bool blind;			/* some can't be polled: look every second */
	bool threads;
};

/*
 * 0, or 1 (said): no such process or thread. The caller's own are -1 until it sets them.
 * Where the kernel has pidfds, an end makes fds readable; else `blind` is set.
 */
int ember_watch_open(struct ember_watch *watch, const uint32_t *ids, uint32_t nr,
		     bool threads);

/* After a poll, or a second when blind: counts again who is left. */
uint32_t ember_watch_look(struct ember_watch *watch);

/* Looks now, without waiting; `ids` has room for all, and becomes those left. */
uint32_t ember_watch_left(struct ember_watch *watch, uint32_t *ids);

void ember_watch_close(struct ember_watch *watch);

#endif
