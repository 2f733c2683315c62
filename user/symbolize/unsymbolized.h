/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has no names in a profile, and what would supply them. */
#ifndef EMBER_UNSYMBOLIZED_H
#define EMBER_UNSYMBOLIZED_H

#include "model/profile.h"

/*
 * Report on stderr what lacks names: in one line, or, verbose, in one for each file, those
 * with most samples first.
 */
void ember_unsymbolized_print(const struct ember_profile *profile, bool verbose);

#endif
