// SPDX-License-Identifier: GPL-2.0-only
/* How long the walks of one interrupt may take, by the counter. */
#include <linux/limits.h>
#include <linux/time64.h>

#include "walk.h"

unsigned int ember_max_walk_us = 50;

unsigned long ember_walk_counts = ULONG_MAX;
u32 ember_walk_half = U32_MAX;

void ember_walk_limit(void)
{
	u32 ns = ember_max_walk_us * NSEC_PER_USEC;

	/* An eighth is for what is written after the walks. */
	if (!ns)
		return;
	ember_walk_counts = ember_counter_of_ns(ns - ns / 8);
	ember_walk_half = ember_walk_counts / 2;
}

bool ember_walk_again(struct ember_walk *walk)
{
	unsigned long *full = walk->frames + walk->nr;

	if (!ember_walk_more(walk, &full))
		return false;
	walk->room = full - walk->frames;
	return true;
}
