/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time that scans may take: 1 % of one CPU, of all sessions and on all CPUs
 * together. Half of it is for the first scans of address spaces, half for the later
 * ones, so that neither many new processes nor changing ones take all of it.
 */
#ifndef EMBER_SHARE_H
#define EMBER_SHARE_H

#include <linux/types.h>

/* Any context, at `now` ns: whether a scan may be taken. `light`: one that takes next to
 * nothing, which may be ahead of its time a little.
 */
bool ember_share_left(bool first, bool light, u64 now);

/* One took so many ns. */
void ember_share_take(bool first, u64 took, u64 now);

#endif
