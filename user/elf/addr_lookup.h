/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sampled addresses of one file (or of the kernel). The caller passes all symbols
 * twice, in any order: first their extents, to find the start of each address' function,
 * then their names, of which only those of these functions are kept.
 */
#ifndef EMBER_ADDR_LOOKUP_H
#define EMBER_ADDR_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

struct ember_want {
	uint64_t address;
	const char *name;		/* the answer, or NULL */
	const char *plain;		/* the same, demangled */
	const char *module;
	uint64_t in_start;		/* the innermost function around it, by its size */
	uint64_t near_start, near_end;	/* the nearest symbol at or before it */
	uint64_t begin;			/* of its function, where that has no name; 0: unknown */
	uint16_t rank;			/* of name */
	bool in;
	uint8_t near;			/* what that is: EMBER_SYMBOL_*, or 0 */
};

/* Addresses as they come up, many times each; what is wanted is made from them. */
struct ember_asked {
	uint64_t *at;
	uint32_t nr, room;
};

struct ember_addr_lookup {
	struct ember_want *want;	/* by address, each once */
	uint32_t nr;
};

/* kind: the higher one counts if two are at one place */
#define EMBER_SYMBOL_BARRIER	1	/* names nothing, only ends what is before it */
#define EMBER_SYMBOL_UNSIZED	2	/* a function that ends where the next one starts */
#define EMBER_SYMBOL_SIZED	3

/* Of several names of one function the lowest rank wins, then the alphabet. */
#define EMBER_RANK_GLOBAL	0x000
#define EMBER_RANK_WEAK		0x100	/* seen by others: open, not __GI___libc_open */
#define EMBER_RANK_LOCAL	0x200
#define EMBER_RANK_UNTYPED	0x400
#define EMBER_RANK_MARK		0x800	/* begins a section rather than a function */

struct ember_symbol {
	uint64_t start;
	uint64_t end;			/* the first address that it can't name */
	uint16_t rank;
	uint8_t kind;
};

/* A symbol's name, that outlives wanted; NULL if it has none. */
typedef const char *(*ember_symbol_name)(void *context);

void ember_asked_add(struct ember_asked *asked, uint64_t address);
void ember_asked_free(struct ember_asked *asked);

/*
 * Of what was asked, as `place` turns it into the addresses that symbols have (false:
 * it has none; NULL: it's one as it is). Nothing has a name yet.
 */
typedef bool (*ember_asked_place)(void *context, uint64_t *address);
void ember_addr_lookup_new(struct ember_addr_lookup *wanted, struct ember_asked *asked,
		       ember_asked_place place, void *context);
void ember_addr_lookup_free(struct ember_addr_lookup *wanted);

/* First pass; then _settle; then the second pass. */
void ember_addr_lookup_extent(struct ember_addr_lookup *wanted, const struct ember_symbol *symbol);
void ember_addr_lookup_settle(struct ember_addr_lookup *wanted);
void ember_addr_lookup_name(struct ember_addr_lookup *wanted, const struct ember_symbol *symbol,
		       const char *module, ember_symbol_name name, void *context);

/* In a single pass instead: what comes later wins. */
void ember_addr_lookup_latest(struct ember_addr_lookup *wanted, uint64_t start, uint64_t end,
			 ember_symbol_name name, void *context);

/* NULL: that address wasn't wanted. */
const struct ember_want *ember_addr_lookup_find(const struct ember_addr_lookup *wanted,
					   uint64_t address);

/*
 * The same, also for an address that was not wanted, if those before and behind it are in one
 * function: none begins between them.
 */
const struct ember_want *ember_addr_lookup_known(const struct ember_addr_lookup *wanted,
						 uint64_t address);

/* The first one again, if it's a named function's first; else NULL. */
const struct ember_want *ember_addr_lookup_start(const struct ember_addr_lookup *wanted,
					    uint64_t address);

#endif
