/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message of numbers and packed columns (doc/ember.proto), split by field. */
#ifndef EMBER_LOG_COLUMNS_H
#define EMBER_LOG_COLUMNS_H

#include "base/proto.h"

#define EMBER_COLUMNS	11

struct ember_columns {
	uint64_t number[EMBER_COLUMNS];		/* by field; 0: absent */
	struct ember_message column[EMBER_COLUMNS];
};

/* Splits a message. Returns false if it isn't one. */
bool ember_columns_take(struct ember_columns *columns, const struct ember_field *message);
/* Adds a column's next difference to *last. Returns false at the end, or if it is bad. */
bool ember_columns_next(struct ember_message *column, uint64_t *last);

#endif
