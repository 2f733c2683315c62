/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a file's units, or of a unit's functions. Workstations only. */
#ifndef EMBER_RANGES_H
#define EMBER_RANGES_H

#include <elfutils/libdw.h>
#include <stdint.h>

/* Sorted by `low`, and then `reach` is the highest `high` up to here. */
struct ember_range {
	uint64_t low, high, reach;
	Dwarf_Off is;			/* a unit's number, or a function's place */
};

struct ember_ranges {			/* begins zeroed */
	struct ember_range *range;
	uint32_t nr, size;
};

/* Add those of an entry, `*left` at most, which is what is left of it then. */
void ember_ranges_add(struct ember_ranges *ranges, Dwarf_Die *die, Dwarf_Off is, uint32_t *left);
/* Sort them, before any is looked for. */
void ember_ranges_sort(struct ember_ranges *ranges);
/* Return the innermost one that has the address, or NULL. */
const struct ember_range *ember_ranges_find(const struct ember_ranges *ranges, uint64_t address);
void ember_ranges_free(struct ember_ranges *ranges);

#endif
