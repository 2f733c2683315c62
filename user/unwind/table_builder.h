/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table in the making: rows in the order of their places, each distinct rule once. */
#ifndef EMBER_TABLE_BUILDER_H
#define EMBER_TABLE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include <emberprof_table.h>
#include "model/index.h"

/* Between functions lies what fills them up to a round address: nothing calls from there. */
#define EMBER_PADDING 15

#define EMBER_MAKING_RECENT 64

struct ember_table_builder {			/* begins zeroed */
	struct ember_table table;
	unsigned int room_pages, room_rows, room_rules;
	struct ember_index rules;
	uint16_t recent[EMBER_MAKING_RECENT];	/* rules, each by a hash of it */
	uint64_t end;			/* file offset: so far it's made */
	uint64_t bytes[EMBER_UNWIND_SOURCES];	/* of code, by the source of its rule */
	uint64_t gap;			/* bytes before the next rows that are none of it */
};

/*
 * From `offset` in the file on, up to `end`, the rule holds. Places come in order: what lies
 * before the end of the last one is left out. A rule that finds no number any more is none.
 */
void ember_table_builder_add(struct ember_table_builder *making, uint64_t offset, uint64_t end,
		      const struct ember_rule *rule);

/* The table is whole; it's the caller's, for ember_table_drop(). */
struct ember_table ember_table_builder_done(struct ember_table_builder *making);
void ember_table_drop(struct ember_table *table);

/* Bytes of pages, rows and rules; and what the module makes of that. */
uint64_t ember_table_bytes(const struct ember_table *table);
uint64_t ember_table_loaded_bytes(const struct ember_table *table);

#endif
