/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions' source, line by line, with what each line took. */
#ifndef EMBER_LISTING_H
#define EMBER_LISTING_H

#include "model/profile.h"

struct ember_listing {
	const char *pattern;		/* a regular expression (POSIX, extended) of their names */
	const char *folder;		/* where sources are, too; NULL: only where they were built */
};

/* NULL, or what's wrong with the pattern, in static storage. */
const char *ember_listing_wrong(const char *pattern);
/* All that match, by name. 0, or 1 (said): there is none, or it has no lines. */
int ember_listing_write(const struct ember_profile *profile, const struct ember_listing *listing,
			const char *output);

#endif
