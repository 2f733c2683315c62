/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two profiles, function by function, and which differences aren't noise. Functions are the
 * same by name, whatever build or process they're of.
 */
#ifndef EMBER_DIFF_H
#define EMBER_DIFF_H

#include "model/profile.h"

#define EMBER_DIFF_PARTS	32	/* of the time, which show how much shares vary */

/* The profiles of one side; several are repetitions of the same. */
struct ember_runs {
	struct ember_profile **run;
	uint32_t nr;
};

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

/*
 * Compare runs[0], before, with runs[1], after. by_time: shares are of the time that each
 * took, not of its samples. Returns NULL, or why the runs of side `wrong` can't be compared,
 * in static storage. Free it in either case.
 */
const char *ember_diff_make(struct ember_diff *diff, const struct ember_runs runs[2],
			    bool by_time);
void ember_diff_free(struct ember_diff *diff);

/*
 * One profile, for readers that know of a base: samples of before count against it. NULL:
 * the runs have other kinds of values. The caller frees it.
 */
struct ember_profile *ember_diff_base(const struct ember_runs runs[2], bool by_time);

#endif
