/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_TIMELINE_H
#define EMBER_EXPORT_TIMELINE_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Write what ran on each CPU in each second before the last sample, with its share of that CPU's
 * samples of that second: the latest come last. The profile must have moments of the clock.
 */
void ember_export_timeline(FILE *out, const struct ember_profile *profile);

#endif
