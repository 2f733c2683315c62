/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_EXPORT_TABLE_H
#define EMBER_EXPORT_TABLE_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Functions of each command by what they cost themselves (self) and with all that they
 * call (total). No wider than `columns`, no more than `rows` of them; 0: as it comes.
 */
void ember_export_table(FILE *out, const struct ember_profile *profile, unsigned int columns,
		       unsigned int rows);

#endif
