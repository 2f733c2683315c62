/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_PERF_H
#define EMBER_EXPORT_PERF_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Write each sample with its time in the format of `perf script`, which FlameScope,
 * speedscope, Firefox Profiler and stackcollapse-perf read. The profile must have
 * moments. Callers check ferror(out) for errors.
 */
void ember_export_perf(FILE *out, const struct ember_profile *profile);

#endif
