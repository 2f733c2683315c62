/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: one session and one recording, for the life of the device. */
#ifndef EMBER_DAEMON_H
#define EMBER_DAEMON_H

#include "daemon/daemon_state.h"

/* Run until a signal ends it. command: argv. Returns 0, or 1 or 2 (said). */
int ember_daemon_run(struct ember_daemon *daemon, const struct ember_config_source *source,
		     char **command);

#endif
