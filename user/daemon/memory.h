/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon has resident, and how it becomes less. */
#ifndef EMBER_DAEMON_MEMORY_H
#define EMBER_DAEMON_MEMORY_H

#include "daemon/daemon_state.h"

/* At the start: have arrays that double be mappings, which leave nothing behind in glibc's heap. */
void ember_daemon_heap(void);
/* Give back what was freed: glibc would keep it between blocks that are in use. */
void ember_daemon_trim(void);
/* Drop what can be made again, if more is resident than the configuration allows. */
void ember_daemon_shrink(struct ember_daemon *daemon);

#endif
