/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of the time that a profile was taken in. */
#ifndef EMBER_SLICE_H
#define EMBER_SLICE_H

#include "model/profile.h"

/*
 * Make a profile, without moments, of the samples at moments `first` .. `last` - 1. Return the
 * profile, which the caller frees. Its counts of lost and truncated samples are 0: these are
 * known for the whole profile only.
 */
struct ember_profile *ember_slice(const struct ember_profile *profile, uint32_t first,
				  uint32_t last);

#endif
