/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a collector listens at: packets come in, acknowledgements go out. */
#ifndef EMBER_LINKS_H
#define EMBER_LINKS_H

#include "workstation/collect/source.h"

/* text: an address (base/address.h) to listen at, or a serial line. 0, or 1 (said). */
int ember_links_add(struct ember_sources *sources, const char *text);
/* How many connections the limit of descriptors allows; raises that as far as it may. */
void ember_links_limit(struct ember_sources *sources);
/* Adds what there is to wait for. */
void ember_links_wait(struct ember_sources *sources, struct ember_loop *loop);
/* After that wait: hands out what came, sends what waits, closes what has expired. */
void ember_links_turn(struct ember_sources *sources, const struct ember_loop *loop);
/* To where a packet came from, if that's still there. */
void ember_links_answer(struct ember_sources *sources, const struct ember_peer *peer,
			const void *bytes, uint32_t n);

#endif
