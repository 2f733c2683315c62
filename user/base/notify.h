/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service manager's notification protocol, as sd_notify(3) documents it. */
#ifndef EMBER_NOTIFY_H
#define EMBER_NOTIFY_H

#include <stdint.h>

/*
 * Sends one assignment to the socket that $NOTIFY_SOCKET names: "READY=1", "STOPPING=1",
 * "WATCHDOG=1", "STATUS=...". Escapes control characters and invalid UTF-8 in the value,
 * which others may have supplied, and cuts it to 1 KiB. Does nothing without a usable
 * socket, and gives up after a second if the manager does not read.
 */
void ember_notify(const char *state);

/*
 * Returns half of the watchdog's timeout in ns, which is how often to send "WATCHDOG=1";
 * 0: no watchdog expects it of this process ($WATCHDOG_USEC, $WATCHDOG_PID).
 */
uint64_t ember_notify_watchdog_ns(void);

#endif
