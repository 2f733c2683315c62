// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/ranges.h"

#include <stdlib.h>

#include "base/memory.h"

void ember_ranges_add(struct ember_ranges *r, Dwarf_Die *die, Dwarf_Off is, uint32_t *left)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while (*left && (at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		--*left;
		/* What the linker has left out begins at 0. */
		if (!low || low >= high)
			continue;
		r->range = ember_array_reserve(r->range, r->nr, &r->size, sizeof(*r->range));
		r->range[r->nr++] = (struct ember_range){ low, high, 0, is };
	}
}

static int ember_range_order(const void *a, const void *b)
{
	const struct ember_range *left = a, *right = b;

	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	/* Of those that begin together the larger one has the others in it. */
	return left->high > right->high ? -1 : left->high < right->high;
}

void ember_ranges_sort(struct ember_ranges *r)
{
	uint32_t i;

	if (r->nr)
		qsort(r->range, r->nr, sizeof(*r->range), ember_range_order);
	for (i = 0; i < r->nr; i++) {
		r->range[i].reach = r->range[i].high;
		if (i && r->range[i - 1].reach > r->range[i].reach)
			r->range[i].reach = r->range[i - 1].reach;
	}
}

const struct ember_range *ember_ranges_find(const struct ember_ranges *r, uint64_t address)
{
	uint32_t low = 0, high = r->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r->range[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- && r->range[low].reach > address)
		if (r->range[low].high > address)
			return &r->range[low];
	return NULL;
}

void ember_ranges_free(struct ember_ranges *r)
{
	free(r->range);
}
