/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of bytes, each kept once, known by a number. */
#ifndef EMBER_BAG_H
#define EMBER_BAG_H

#include "model/index.h"

struct ember_bag {			/* begins zeroed */
	uint8_t *bytes;			/* one after the other */
	uint32_t used, size;
	uint32_t *at;			/* by number: where in bytes; at[nr] == used */
	uint32_t nr, at_size;
	struct ember_index index;
};

/* Its number, old or new; EMBER_NO_NUMBER when 2 GiB are full. n: up to 64 KiB. */
uint32_t ember_bag_add(struct ember_bag *bag, const void *bytes, uint32_t n);
void ember_bag_free(struct ember_bag *bag);

static inline const uint8_t *ember_bag_get(const struct ember_bag *bag, uint32_t number)
{
	return bag->bytes + bag->at[number];
}

#endif
