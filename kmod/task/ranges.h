/* SPDX-License-Identifier: GPL-2.0-only */
/* The executable addresses of an address space, as of its last scan. */
#ifndef EMBER_RANGES_H
#define EMBER_RANGES_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct ember_budget;
struct ember_scan_mapping;

/* Executable addresses, in order, read in hard interrupt context. */
struct ember_code_ranges {
	struct rcu_head rcu;
	u32 number;			/* no other's */
	unsigned int nr;
	u32 bytes;			/* that are charged */
	struct ember_range {
		unsigned long start, end;
		u64 offset;		/* of the start in its file */
		u32 file;		/* number */
	} range[];
};

/* The one that an address is in, or NULL. */
static inline const struct ember_range *ember_ranges_find(const struct ember_code_ranges *ranges,
							  unsigned long pc)
{
	unsigned int low = 0, high = ranges->nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;
		const struct ember_range *range = &ranges->range[middle];

		if (pc < range->start)
			high = middle;
		else if (pc >= range->end)
			low = middle + 1;
		else
			return range;
	}
	return NULL;
}

/* Return those of nr mappings, charged, or NULL: no room, none, or too many to look up. */
struct ember_code_ranges *ember_ranges_new(struct ember_budget *budget,
					   const struct ember_scan_mapping *map, unsigned int nr);
/* Gives them back, when no sample can be reading them any more, or at once, as none is. */
void ember_ranges_drop(struct ember_budget *budget, struct ember_code_ranges *ranges);
void ember_ranges_free(struct ember_budget *budget, struct ember_code_ranges *ranges);
void ember_ranges_module_exit(void);	/* waits until all are gone */

#endif
