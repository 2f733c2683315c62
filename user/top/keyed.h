/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile whose rows are threads, processes or cgroups, in place of functions. */
#ifndef EMBER_KEYED_H
#define EMBER_KEYED_H

#include "model/profile.h"

enum ember_key {
	EMBER_KEY_FUNCTION,
	EMBER_KEY_THREAD,
	EMBER_KEY_PROCESS,
	EMBER_KEY_CGROUP,
	EMBER_KEYS
};

extern const char *const ember_key_names[EMBER_KEYS];

/* Replace each sample's stack by one frame that names its thread, process or cgroup. */
void ember_keyed(struct ember_profile *profile, enum ember_key key);

#endif
