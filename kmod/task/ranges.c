// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/slab.h>

#include "budget.h"
#include "filetable.h"
#include "ranges.h"

#define EMBER_RANGES_MAX 511 /* of more no pc is looked up; 16 KiB with the header */

static bool ember_ranges_replaced; /* once, at least */

static void ember_ranges_free_late(struct rcu_head *rcu)
{
	struct ember_code_ranges *ranges = container_of(rcu, struct ember_code_ranges, rcu);

	ember_budget_gone(ranges->bytes);
	kfree(ranges);
}

void ember_ranges_drop(struct ember_budget *budget, struct ember_code_ranges *ranges)
{
	if (!ranges)
		return;
	ember_budget_going(budget, ranges->bytes);
	WRITE_ONCE(ember_ranges_replaced, true);
	call_rcu(&ranges->rcu, ember_ranges_free_late);
}

void ember_ranges_free(struct ember_budget *budget, struct ember_code_ranges *ranges)
{
	if (!ranges)
		return;
	ember_budget_give(budget, ranges->bytes);
	kfree(ranges);
}

void ember_ranges_module_exit(void)
{
	if (READ_ONCE(ember_ranges_replaced))
		rcu_barrier();
}

struct ember_code_ranges *ember_ranges_new(struct ember_budget *budget,
					   const struct ember_scan_mapping *map,
					   unsigned int nr)
{
	static atomic_t numbers;
	struct ember_code_ranges *ranges;
	unsigned int i;
	size_t bytes;

	if (!nr || nr > EMBER_RANGES_MAX)
		return NULL;
	bytes = ember_budget_rounded(struct_size(ranges, range, nr));
	if (!ember_budget_take(budget, bytes))
		return NULL;
	ranges = kmalloc(struct_size(ranges, range, nr), GFP_KERNEL | __GFP_NOWARN);
	if (!ranges) {
		ember_budget_give(budget, bytes);
		ember_budget_refuse(budget);
		return NULL;
	}
	for (i = 0; i < nr; i++) {
		ranges->range[i] = (struct ember_range){ map[i].start, map[i].end,
							 map[i].offset, map[i].number };
	}
	ranges->bytes = bytes;
	ranges->nr = nr;
	/* 0 is none's. */
	do
		ranges->number = atomic_inc_return(&numbers);
	while (!ranges->number);
	return ranges;
}
