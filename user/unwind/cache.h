/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled unwind tables kept in a folder, by the build-id of what they are of: the next
 * recording has them at once. What is read back is checked as if a stranger had written it.
 */
#ifndef EMBER_UNWIND_CACHE_H
#define EMBER_UNWIND_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include <emberprof_table.h>

/* All files of a cache; the oldest go first. */
#define EMBER_CACHE_BYTES (16u << 20)

struct ember_table_key {
	uint8_t id[20];			/* build-id */
	uint32_t bytes;			/* of id; 0: the file has none, never cached */
	bool debug;			/* a debug file was at hand */
};

struct ember_table_cache {
	const char *dir;		/* NULL: there is none */
	bool reported;			/* that it can't be written */
};

/* The caller's then, for ember_table_drop(). false: it isn't there, or is no good one. */
bool ember_cache_get(struct ember_table_cache *cache, const struct ember_table_key *key,
		     struct ember_table *table);

/* One line on stderr, once, if that can't be done. */
void ember_cache_put(struct ember_table_cache *cache, const struct ember_table_key *key,
		     const struct ember_table *table);

#endif
