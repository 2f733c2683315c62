/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_JSON_H
#define EMBER_EXPORT_JSON_H

#include <stdio.h>

#include "model/profile.h"

/*
 * One object: types of values, period and times in ns, losses, mappings (of files, at
 * their own addresses), and samples, each with
 * its process, thread, values (one a type) and stack, outermost first, named as in
 * folded stacks. Whether it arrived: ferror(out).
 */
void ember_export_json(FILE *out, const struct ember_profile *profile);

#endif
