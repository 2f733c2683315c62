/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_PPROF_H
#define EMBER_EXPORT_PPROF_H

#include <stdio.h>

#include "model/profile.h"

/* pprof's profile.proto, gzipped or not. Whether it arrived: ferror(out). */
void ember_export_pprof(FILE *out, const struct ember_profile *profile, bool gzip);

#endif
