/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which changes of a comparison are noise. */
#ifndef EMBER_NOISE_H
#define EMBER_NOISE_H

#include "workstation/report/diff_state.h"

/* Set z and `is` of each change, and the diff's spread, distance and noise. */
void ember_noise_judge(struct ember_diff *diff, bool by_time);

#endif
