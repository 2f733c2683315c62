/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_MESSAGE_H
#define EMBER_MESSAGE_H

#include <stdbool.h>

#include "base/poison.h"

/* One line on stderr, `emberprof: ...`. Returns 1, the exit status of a failure. */
int ember_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on a line is left out if stderr would make us wait for its reader: for programs
 * that must go on whatever happens to their log. See ember_message_ready().
 */
void ember_message_never_wait(void);
/* Whether a line can be written to stderr now. */
bool ember_message_ready(void);

#endif
