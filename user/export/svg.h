/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_SVG_H
#define EMBER_EXPORT_SVG_H

#include <stdio.h>

#include "model/profile.h"

/*
 * A flame graph, self-contained; readable without scripts, with them it zooms and
 * searches. Equal names have equal colours, in every run. Whether it arrived:
 * ferror(out).
 */
void ember_export_svg(FILE *out, const struct ember_profile *profile);

#endif
