/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_NAMING_H
#define EMBER_NAMING_H

#include "model/profile.h"
#include "model/tally.h"

struct ember_symbols;

/*
 * What was sampled, with names. The caller frees it; it needs neither symbols nor the
 * tally any longer. The tally has to last as long as the symbols; its moments become the
 * profile's, not sorted yet.
 */
struct ember_profile *ember_naming_profile(struct ember_tally *tally,
					   struct ember_symbols *symbols);

#endif
