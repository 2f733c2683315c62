/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_NAMING_WAIT_H
#define EMBER_NAMING_WAIT_H

#include "model/profile.h"

/*
 * Return what waits are for (base/wait_kind.h): by the waiter's state, EMBER_WAIT_*, and the names
 * of the nr innermost frames of the stack, which are the kernel's. NULL: this build has no kinds.
 */
const char *ember_naming_wait(const struct ember_profile *profile, uint32_t state,
			      const uint32_t *frame, uint32_t nr);

#endif
