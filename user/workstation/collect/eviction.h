/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which logs of a store go when it is full. */
#ifndef EMBER_EVICTION_H
#define EMBER_EVICTION_H

#include "workstation/collect/store.h"

/* Called with the name of each log that has to go. */
typedef void ember_store_remove(void *context, const char *name);

/*
 * Makes room for n bytes and one log more. The oldest logs go first; those that are being
 * written to go last, and before them those of boards that have less than their share: a
 * board that sends much, or many that send once, make one that is at work lose nothing.
 */
void ember_store_shrink(struct ember_store *store, uint64_t n, ember_store_remove *remove,
			void *context);

#endif
