// SPDX-License-Identifier: GPL-2.0-only
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "budget.h"
#include "exits.h"
#include "../base/limits.h"

#define EMBER_BUDGET_MOST  (4UL << 20)
#define EMBER_BUDGET_SHARE 8 /* of max_bytes, where that's less */

/* Pages of a process's top-level table; with page table isolation x86 has two of them. */
#define EMBER_PGD_BYTES \
	(PAGE_ALIGN(PTRS_PER_PGD * sizeof(pgd_t)) \
	 << (IS_ENABLED(CONFIG_PAGE_TABLE_ISOLATION) || \
	     IS_ENABLED(CONFIG_MITIGATION_PAGE_TABLE_ISOLATION)))
#define EMBER_PIN_BYTES (EMBER_PGD_BYTES + sizeof(struct mm_struct) + cpumask_size())

/* Of all sessions: freed as far as they are concerned, not by RCU yet. */
static atomic_long_t ember_budget_on_the_way;

unsigned long ember_budget_most(void)
{
	return min(EMBER_BUDGET_MOST, ember_max_bytes / EMBER_BUDGET_SHARE);
}

size_t ember_budget_rounded(size_t bytes)
{
	return max_t(size_t, roundup_pow_of_two(bytes), 64);
}

/* Those that are dead, at most. */
static unsigned long ember_budget_dead(const struct ember_budget *budget)
{
	unsigned int pins = atomic_read(&budget->pins);

	if (ember_exits_known())
		pins = min(pins, ember_exits() - READ_ONCE(budget->exits));
	return pins * EMBER_PIN_BYTES;
}

unsigned long ember_budget_used(const struct ember_budget *budget)
{
	return atomic_long_read(&budget->bytes) + atomic_long_read(&ember_budget_on_the_way) +
	       ember_budget_dead(budget);
}

bool ember_budget_take(struct ember_budget *budget, size_t bytes)
{
	unsigned long taken = atomic_long_add_return(bytes, &budget->bytes) +
			      atomic_long_read(&ember_budget_on_the_way);

	/* Half of it is for mms, so that a new process always has a space. */
	if (taken <= budget->most / 2 && ember_budget_used(budget) <= budget->most)
		return true;
	atomic_long_sub(bytes, &budget->bytes);
	atomic_long_inc(&budget->refused);
	return false;
}

void ember_budget_give(struct ember_budget *budget, size_t bytes)
{
	atomic_long_sub(bytes, &budget->bytes);
}

void ember_budget_going(struct ember_budget *budget, size_t bytes)
{
	atomic_long_add(bytes, &ember_budget_on_the_way);
	atomic_long_sub(bytes, &budget->bytes);
}

void ember_budget_gone(size_t bytes)
{
	atomic_long_sub(bytes, &ember_budget_on_the_way);
}

bool ember_budget_pin(struct ember_budget *budget)
{
	if (ember_budget_used(budget) + EMBER_PIN_BYTES > budget->most) {
		atomic_long_inc(&budget->refused);
		return false;
	}
	atomic_inc(&budget->pins);
	return true;
}

void ember_budget_unpin(struct ember_budget *budget)
{
	atomic_dec(&budget->pins);
}

bool ember_budget_pressed(const struct ember_budget *budget)
{
	return ember_budget_dead(budget) > budget->most / 4;
}

void ember_budget_searched(struct ember_budget *budget, u32 exits)
{
	WRITE_ONCE(budget->exits, exits);
}
