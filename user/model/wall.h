/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time of threads as a whole: what they took of CPUs, and what they waited. */
#ifndef EMBER_WALL_H
#define EMBER_WALL_H

#include "model/profile.h"

#define EMBER_WALL	"wall"		/* the type of its values, in nanoseconds */

/*
 * Add the values of that type to a profile with CPU samples and waits, or sum them up again, and
 * show them; each sample gets its state: [running], or what it waits for. Return false if CPU
 * samples or waits are missing.
 */
bool ember_wall_show(struct ember_profile *profile);

/* Return whether these values are shown. */
bool ember_wall_shown(const struct ember_profile *profile);

#endif
