/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named frames as locations of a profile, with their mappings and functions. */
#ifndef EMBER_NAMING_LOCATION_H
#define EMBER_NAMING_LOCATION_H

#include "symbolize/naming_frame.h"

/* Returns the frame's location, new or as it was. */
uint32_t ember_naming_locate(struct ember_naming *naming, const struct ember_naming_frame *frame);
/* The same of a softirq that nobody could look into: its vector is what we know. */
uint32_t ember_naming_vector(struct ember_naming *naming, uint8_t vector);

#endif
