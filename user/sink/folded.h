/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_FOLDED_H
#define EMBER_FOLDED_H

#include <stdbool.h>
#include <stdio.h>

#include "model/recording.h"

/*
 * `comm;outer;...;leaf count` lines; kernel frames end in `_[k]`. Symbols are read
 * for files that were sampled, once each. False in *kernel_named if the kernel hides
 * its symbols. Returns 0, or 1 if the output failed (said).
 */
int ember_folded_write(FILE *out, const struct ember_recording *recording, bool *kernel_named);

#endif
