/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two profiles, function by function, and which differences aren't noise. Functions are the
 * same by name, whatever build or process they're of.
 */
#ifndef EMBER_DIFF_H
#define EMBER_DIFF_H

#include "workstation/report/diff_state.h"

/* The profiles of one side; several are repetitions of the same. */
struct ember_diff_runs {
	struct ember_profile **run;
	uint32_t nr;
};

/*
 * Compare runs[0], before, with runs[1], after. by_time: shares are of the time that each
 * took, not of its samples. Returns NULL, or why the runs of side `wrong` can't be compared,
 * in static storage. Free it in either case.
 */
const char *ember_diff_make(struct ember_diff *diff, const struct ember_diff_runs runs[2],
			    bool by_time);
void ember_diff_free(struct ember_diff *diff);

/*
 * One profile, for readers that know of a base: samples of before count against it. NULL:
 * the runs have other kinds of values. The caller frees it.
 */
struct ember_profile *ember_diff_base(const struct ember_diff_runs runs[2], bool by_time);

#endif
