/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon says of itself. */
#ifndef EMBER_DAEMON_STATUS_H
#define EMBER_DAEMON_STATUS_H

#include "base/message.h"
#include "daemon/daemon_state.h"

/* Returns bytes that are resident, 0 if that is unknown. */
uint64_t ember_daemon_resident(void);
/* Print one line without its end. */
void ember_daemon_line(const struct ember_daemon *daemon, FILE *out);
/* Print all of it as one JSON object. */
void ember_daemon_json(const struct ember_daemon *daemon, FILE *out);

/* Send the line to the service manager. */
void ember_daemon_notify(const struct ember_daemon *daemon);
/*
 * An ember_message_sink, whose context is the daemon: keep the last error or warning, and write
 * the line to stderr; an error or warning that is repeated only once a minute.
 */
void ember_daemon_message(void *context, enum ember_message_level level, const char *line);

#endif
