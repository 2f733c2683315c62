/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_CALLTREE_H
#define EMBER_CALLTREE_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Who called what, below each other, those that took most first; what took less than
 * `least` of 1000 is left out. Whether it arrived: ferror(out).
 */
void ember_export_calltree(FILE *out, const struct ember_profile *profile, unsigned int least);

#endif
