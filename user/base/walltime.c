// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/walltime.h"

#include <stdlib.h>

#include "base/memory.h"

void ember_walltime_add(struct ember_walltime *wall, uint64_t time_ns, uint64_t duration_ns)
{
	if (!time_ns) {
		if (duration_ns > wall->longest)
			wall->longest = duration_ns;
		return;
	}
	/* Durations of foreign profiles may be anything. */
	if (duration_ns > UINT64_MAX - time_ns)
		duration_ns = UINT64_MAX - time_ns;
	wall->item =
		ember_array_reserve(wall->item, wall->nr, &wall->size, sizeof(*wall->item));
	wall->item[wall->nr++] = (struct ember_interval){ time_ns, time_ns + duration_ns };
}

static int ember_walltime_order(const void *a, const void *b)
{
	const struct ember_interval *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

uint64_t ember_walltime_end(struct ember_walltime *wall)
{
	uint64_t sum = 0, seen = 0;
	unsigned int i;

	if (wall->nr)
		qsort(wall->item, wall->nr, sizeof(*wall->item), ember_walltime_order);
	for (i = 0; i < wall->nr; i++) {
		struct ember_interval *item = &wall->item[i];

		if (item->from < seen)
			item->from = seen;
		if (item->to > item->from) {
			sum += item->to - item->from;
			seen = item->to;
		}
	}
	free(wall->item);
	return sum > wall->longest ? sum : wall->longest;
}
