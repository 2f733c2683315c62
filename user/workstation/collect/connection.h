/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections: bounded in number, for each address and in memory. When there are too
 * many, those go first that never sent a packet; silent ones expire.
 */
#ifndef EMBER_CONNECTION_H
#define EMBER_CONNECTION_H

#include "workstation/collect/source.h"

/* Accepts what waits at a listener. The list of sources changes. */
void ember_connection_accept(struct ember_sources *sources,
			     const struct ember_address *address, int listener);
/* Hands out what came; false: it ended, or is to end. */
bool ember_connection_read(struct ember_sources *sources, struct ember_source *connection);
/* Whether it was silent for too long. */
bool ember_connection_has_expired(const struct ember_source *connection, uint64_t now_ns);
/* Closes item i of the sources, and counts that. */
void ember_connection_close(struct ember_sources *sources, uint32_t i);

#endif
