/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of the time that a profile was taken in. */
#ifndef EMBER_SLICE_H
#define EMBER_SLICE_H

#include "model/profile.h"

/*
 * Of the moments from `first` on, before `last`, a profile of its own, without moments; the
 * caller frees it. What was lost and truncated is told of the whole alone.
 */
struct ember_profile *ember_slice(const struct ember_profile *profile, uint32_t first,
				  uint32_t last);

#endif
