// SPDX-License-Identifier: GPL-2.0-only
/* How long the walks of one interrupt may take, by the counter. */
#include <linux/time64.h>

#include "../counter.h"
#include "unwind.h"

unsigned int ember_max_walk_us = 50;

static unsigned long ember_walk_counts = ULONG_MAX;

void ember_walk_limit(void)
{
	u32 ns = ember_max_walk_us * NSEC_PER_USEC;

	/* An eighth is for what is written after the walks. */
	if (ns)
		ember_walk_counts = ember_counter_of_ns(ns - ns / 8);
}

/*
 * Returns the counts since `begun`, 1 at least, or 0 if the time of its interrupt's walks is
 * up, or will be before as much has passed again as since the last look, which returned
 * `looked`.
 */
unsigned long ember_walk_look(unsigned long begun, unsigned long looked)
{
	unsigned long since = ember_counter_since(ember_counter(), begun) | 1;
	unsigned long piece = looked > 1 ? ember_counter_since(since, looked) : 0;

	return since + piece < ember_walk_counts ? since : 0;
}
