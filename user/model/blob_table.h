/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of bytes, each kept once, known by a number. */
#ifndef EMBER_BLOB_TABLE_H
#define EMBER_BLOB_TABLE_H

#include "model/index.h"

struct ember_blob_table {			/* begins zeroed */
	uint8_t *bytes;			/* one after the other */
	uint32_t used, size;
	uint32_t *at;			/* by number: where in bytes; at[nr] == used */
	uint32_t nr, at_size;
	struct ember_index index;
};

/* Its number, old or new; EMBER_NO_NUMBER when 2 GiB are full. n: up to 64 KiB. */
uint32_t ember_blob_table_add(struct ember_blob_table *bag, const void *bytes, uint32_t n);
void ember_blob_table_free(struct ember_blob_table *bag);

static inline const uint8_t *ember_blob_table_get(const struct ember_blob_table *bag, uint32_t number)
{
	return bag->bytes + bag->at[number];
}

#endif
