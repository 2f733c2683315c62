/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_CONFIG_H
#define EMBER_CONFIG_H

struct ember_session;

/* Undoes ember_session_config(); the session is stopped, or not yet published. */
void ember_session_unconfig(struct ember_session *s);

#endif
