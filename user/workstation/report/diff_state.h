/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a comparison has found, for those that judge and show it. */
#ifndef EMBER_DIFF_STATE_H
#define EMBER_DIFF_STATE_H

#include "model/profile.h"

#define EMBER_DIFF_PARTS	32	/* of the time, which show how much shares vary */

struct ember_change {
	uint32_t name;			/* a string of `both` */
	bool kernel;
	uint64_t self[2], total[2];	/* samples before and after */
	double self_z, total_z;		/* the change in standard errors */
	struct ember_change_part {
		uint64_t self, total;
	} *part[2];			/* samples in each of its side's parts; NULL: none */
	bool is;			/* it isn't noise */
};

struct ember_diff {
	/* Types 0 and 1: before and after. Threads are left out. */
	struct ember_profile *both;
	uint32_t wrong;			/* the side that can't be compared */
	uint64_t nr[2];			/* samples */
	struct ember_diff_parts {
		uint64_t *all;		/* samples in each */
		uint32_t nr;		/* 0: there are none */
		bool runs;		/* each is a run; else a part of one's time */
	} parts[2];
	double per[2];			/* what shares are of: samples, or seconds of CPU in all */
	struct ember_change *change;	/* what isn't noise first, then by size */
	uint32_t nr_change, change_size;
	uint32_t nr_is;
	double spread;			/* variance, as a multiple of that of independent samples */
	double distance;		/* total variation: half the sum of self changes, in shares */
	double noise;			/* what it may be without any change */
	struct ember_index index;
};

#endif
