/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of the time that a profile was taken in. */
#ifndef EMBER_SLICE_H
#define EMBER_SLICE_H

#include "model/profile.h"

/* From `first` up to before `last`, of the profile's moments and of its weighted ones. */
struct ember_slice {
	uint32_t first, last;
	uint32_t first_weighted, last_weighted;
};

/*
 * Return a profile, without moments, of the samples at those moments, for the caller to free.
 * Its counts of lost and truncated samples are 0: these are known for the whole profile only.
 */
struct ember_profile *ember_slice_make(const struct ember_profile *profile,
				       const struct ember_slice *slice);

#endif
