/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions' source, line by line, with what each line took. Names of sources are a stranger's:
 * regular files alone are read, below folders that the user named; where a program of this
 * machine was built, for a log that this machine has recorded.
 */
#ifndef EMBER_LISTING_H
#define EMBER_LISTING_H

#include "model/profile.h"

struct ember_symfs;

struct ember_listing {
	const char *pattern;		/* a regular expression (POSIX, extended) of their names */
	const char *folder;		/* the sources are below it; NULL: not given */
	const struct ember_symfs *symfs; /* and below boards' roots; NULL: none */
};

/* NULL, or what's wrong with the pattern, in static storage. */
const char *ember_listing_wrong(const char *pattern);
/* All that match, by name. 0, or 1 (said): there is none, or it has no lines. */
int ember_listing_write(const struct ember_profile *profile, const struct ember_listing *listing,
			const char *output);

#endif
