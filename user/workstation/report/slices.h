/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How `report` makes a series of a log: a file for each part of its time. */
#ifndef EMBER_SLICES_H
#define EMBER_SLICES_H

#include "model/profile.h"

/* The usual arguments of ember_export_write(), before anything is read: 0, or 2 (said). */
int ember_slices_check(const char *output, const char *format);
/*
 * Into OUT's folder, OUT's name with the time before its ending: cpu-20261128T101530.folded,
 * or, where no clock was set, cpu-000090s.folded since boot. Slices begin at multiples of
 * their width; one without samples isn't written. 0, or 1 (said).
 */
int ember_slices_write(const struct ember_profile *profile, double seconds, const char *output,
		       const char *format);

#endif
