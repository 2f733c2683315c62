/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of files that the module has not seen yet: compiled ahead, handed in when it has. */
#ifndef EMBER_UNWIND_READY_H
#define EMBER_UNWIND_READY_H

#include "elf/elf.h"
#include "unwind/table_builder.h"

/* All of a set; more is not compiled ahead. */
#define EMBER_READY_BYTES (16u << 20)

/* A file as it is now: one that is written to becomes another. */
struct ember_ready_key {
	uint64_t device, inode, bytes;
	int64_t changed_ns;
};

struct ember_ready_set {		/* begins zeroed */
	struct ember_ready {
		struct ember_ready_key key;
		struct ember_table table;	/* without pages: none could be had */
	} *ready;
	uint32_t nr;
	unsigned int room;
	uint64_t bytes;
};

/* False: it is no file. */
bool ember_ready_key(const struct ember_elf *elf, struct ember_ready_key *key);

/* The file's entry, or NULL. */
struct ember_ready *ember_ready_find(const struct ember_ready_set *set,
				     const struct ember_ready_key *key);

/* The table is the set's from here on. */
void ember_ready_add(struct ember_ready_set *set, const struct ember_ready_key *key,
		     const struct ember_table *table);
/* Drops an entry and its table. */
void ember_ready_drop(struct ember_ready_set *set, struct ember_ready *ready);
void ember_ready_free(struct ember_ready_set *set);

#endif
