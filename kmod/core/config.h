/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_CONFIG_H
#define EMBER_CONFIG_H

#include <linux/types.h>

struct ember_session;

/* Undoes ember_session_config(); the session is stopped, or not yet published. */
void ember_session_unconfig(struct ember_session *s);
/* The session is stopped and nobody reads: whether unconfig has nobody to wait for. Waits
 * for that itself, half a second at most.
 */
bool ember_session_quiet(struct ember_session *s);

#endif
