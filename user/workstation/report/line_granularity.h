/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_LINE_GRANULARITY_H
#define EMBER_LINE_GRANULARITY_H

#include "model/profile.h"

/* Each line of a function becomes one of its own: `name file:line`. */
void ember_by_lines(struct ember_profile *profile);

#endif
