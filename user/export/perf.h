/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_PERF_H
#define EMBER_EXPORT_PERF_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Each sample at its time, as `perf script` tells it, for what reads that: FlameScope,
 * speedscope, Firefox Profiler, stackcollapse-perf. Only of what has moments. Whether it
 * arrived: ferror(out).
 */
void ember_export_perf(FILE *out, const struct ember_profile *profile);

#endif
