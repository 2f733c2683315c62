/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a folder of logs: a recorder's, or a collector's with boards below. */
#ifndef EMBER_RELAY_FOLLOW_H
#define EMBER_RELAY_FOLLOW_H

#include "relay/follow_state.h"

/* Follow until a signal ends it. Returns the exit status (said). */
int ember_follow_run(struct ember_follow *follow);

#endif
