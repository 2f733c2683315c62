/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_FOLDED_H
#define EMBER_EXPORT_FOLDED_H

#include <stdio.h>

#include "model/profile.h"

/*
 * `command;outer;...;leaf count` lines, each stack once, sorted; kernel frames end in
 * `_[k]`. Whether it arrived: ferror(out).
 */
void ember_export_folded(FILE *out, const struct ember_profile *profile);
/* The same with two counts, of types 0, times `scale`, and 1: before and after. */
void ember_export_folded_two(FILE *out, const struct ember_profile *both, double scale);

#endif
