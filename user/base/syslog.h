/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the system's log, as syslog(3) has them, by a datagram each. */
#ifndef EMBER_SYSLOG_H
#define EMBER_SYSLOG_H

#include "base/message.h"

#define EMBER_SYSLOG_SOCKET	"/dev/log"

/*
 * Send a line, as a daemon's, without waiting for the reader. False: nobody takes it there. Any
 * thread may call it.
 */
bool ember_syslog(const char *socket, enum ember_message_level level, const char *line);

#endif
