/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One HTML page that shows a profile, or two, over time; user/workstation/page/ is what runs in it. */
#ifndef EMBER_PAGE_H
#define EMBER_PAGE_H

#include <stdio.h>

#include "model/profile.h"

struct ember_page {
	const struct ember_profile *profile;
	bool compared;			/* types 0 and 1 are before and after */
	double scale;			/* then, what a sample of before counts */
	const struct ember_profile *side[2];	/* then, one of each side */
};

/* Whether this build writes pages. */
extern const bool ember_page_possible;

/* Self-contained: it asks for nothing from anywhere. Whether it arrived: ferror(out). */
void ember_export_page(FILE *out, const struct ember_page *page);

#endif
