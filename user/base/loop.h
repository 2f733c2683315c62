/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of each command that waits. In each turn every part adds what it waits for,
 * ember_loop_wait() sleeps until one of them is there, a deadline or a signal, and every part
 * does what is due.
 */
#ifndef EMBER_LOOP_H
#define EMBER_LOOP_H

#include <stdint.h>

#include "base/signals.h"

struct ember_loop {			/* begins as EMBER_LOOP() */
	const struct ember_signals *signals;	/* that end a wait; NULL: any that isn't blocked */
	struct pollfd *fd;
	uint32_t nr, size;
	uint64_t due_ns;		/* CLOCK_MONOTONIC; UINT64_MAX: no deadline */
};

#define EMBER_LOOP(signals_)	((struct ember_loop){ .signals = (signals_), .due_ns = UINT64_MAX })

/* Forgets the descriptors of the last turn. */
void ember_loop_begin(struct ember_loop *loop);
/* Adds a descriptor, or -1: none. Returns its place in this turn. */
uint32_t ember_loop_fd(struct ember_loop *loop, int fd, short events);
/* The next wait ends at that time at the latest: CLOCK_MONOTONIC. */
void ember_loop_due(struct ember_loop *loop, uint64_t ns);
/* The same, as seconds from now; < 0: never. */
void ember_loop_within(struct ember_loop *loop, double seconds);
/* Waits, and forgets the deadline. Returns 0, or 1 (said). */
int ember_loop_wait(struct ember_loop *loop);
/* Returns the events of a descriptor in the last wait. */
short ember_loop_ready(const struct ember_loop *loop, uint32_t place);
void ember_loop_free(struct ember_loop *loop);

#endif
