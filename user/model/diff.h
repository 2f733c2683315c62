/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two profiles, function by function, and which differences aren't noise. Functions are the
 * same by name, whatever build or process they're of.
 */
#ifndef EMBER_DIFF_H
#define EMBER_DIFF_H

#include "model/profile.h"

#define EMBER_DIFF_PARTS	32	/* of the time, which show how much shares vary */

struct ember_change {
	uint32_t name;			/* a string of `both` */
	bool kernel;
	uint64_t self[2], total[2];	/* samples before and after */
	double self_z, total_z;		/* how far that is from none, in standard errors */
	struct ember_change_part {
		uint32_t self, total;
	} *part[2];			/* samples in each part of the time; NULL: not told */
	bool is;			/* it isn't noise */
};

struct ember_diff {
	/* Types 0 and 1: before and after. Threads are left out. */
	struct ember_profile *both;
	uint64_t nr[2];			/* samples */
	uint64_t *part[2];		/* of them in each part of the time; NULL: not told */
	double per[2];			/* what shares are of: samples, or seconds of CPU in all */
	struct ember_change *change;	/* what has changed most first */
	uint32_t nr_change, change_size;
	uint32_t nr_is;
	double spread;			/* how much more than by chance samples of it vary */
	struct ember_index index;
};

/*
 * by_time: shares are of the time that each took, not of its samples. NULL, or why they
 * can't be compared, in static storage. To be freed in either case.
 */
const char *ember_diff_make(struct ember_diff *diff, const struct ember_profile *before,
			    const struct ember_profile *after, bool by_time);
void ember_diff_free(struct ember_diff *diff);

/*
 * One profile, for readers that know of a base: samples of before count against it. NULL:
 * the two have other kinds of values. The caller frees it.
 */
struct ember_profile *ember_diff_base(const struct ember_profile *before,
				      const struct ember_profile *after, bool by_time);

#endif
