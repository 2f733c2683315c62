/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_NAMING_H
#define EMBER_NAMING_H

#include "model/profile.h"
#include "model/recording.h"

struct ember_symbols;

/*
 * What was recorded, with names for what was sampled. After ember_recording_stop().
 * The caller frees it; it doesn't need symbols any longer.
 */
struct ember_profile *ember_naming_profile(const struct ember_recording *recording,
					   struct ember_symbols *symbols);

#endif
