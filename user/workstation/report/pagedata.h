/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page's data, as JSON of columns: `nodes` are calls, each a frame below its parent;
 * `rows` have the self values of a thread on a CPU in a node; `moments` have their times.
 */
#ifndef EMBER_PAGEDATA_H
#define EMBER_PAGEDATA_H

#include <stdio.h>

#include "model/profile.h"

struct ember_page {
	const struct ember_profile *profile;
	bool compared;			/* types 0 and 1 are before and after */
	double scale;			/* then, what a sample of before counts */
	const struct ember_profile *side[2];	/* then, one of each side */
};

void ember_pagedata_put(FILE *out, const struct ember_page *page);

#endif
