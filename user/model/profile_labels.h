/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels of a profile's samples: sets of keys and values, as in model/labels.h. */
#ifndef EMBER_PROFILE_LABELS_H
#define EMBER_PROFILE_LABELS_H

#include "model/profile.h"

/* Return the set that has a label in front of those of `next`. Key and value are strings. */
uint32_t ember_profile_label(struct ember_profile *profile, uint32_t key, uint32_t value,
			     uint32_t next);
/* Return a key's value in a set: a string; 0: it has none. */
uint32_t ember_profile_label_find(const struct ember_profile *profile, uint32_t labels,
				  const char *key);
/* The same as a text, or NULL. */
const char *ember_profile_label_value(const struct ember_profile *profile, uint32_t labels,
				      const char *key);

#endif
