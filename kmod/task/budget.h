/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose amount the sampled decide: what is executable in their address spaces, the
 * files that they map, scratch of their scans, and the struct mm_struct and top-level
 * page table of those that are dead but not yet let go of. CONFIG sets an amount aside for
 * a session; what doesn't fit isn't kept, and counts as refused.
 */
#ifndef EMBER_BUDGET_H
#define EMBER_BUDGET_H

#include <linux/atomic.h>
#include <linux/types.h>

struct ember_budget {
	unsigned long most;		/* bytes */
	atomic_long_t bytes;		/* allocated */
	atomic_long_t refused;
	atomic_t pins;			/* mms that are kept from being freed; alive or dead */
	u32 exits;			/* exits.h: as of the last search for dead ones */
};

/* Bytes that each session sets aside. */
unsigned long ember_budget_most(void);

/* What kmalloc() takes for so many bytes, or a little more. */
size_t ember_budget_rounded(size_t bytes);

/* Any context. False: no room. */
bool ember_budget_take(struct ember_budget *budget, size_t bytes);
void ember_budget_give(struct ember_budget *budget, size_t bytes);
/* It's RCU's to free: counts in all budgets until it's gone. */
void ember_budget_going(struct ember_budget *budget, size_t bytes);
void ember_budget_gone(size_t bytes);
/* An allocation failed for which there was room in the budget. */
static inline void ember_budget_refuse(struct ember_budget *budget)
{
	atomic_long_inc(&budget->refused);
}

/* Hard interrupt context: one more mm is kept. False: dead ones may take all there is. */
bool ember_budget_pin(struct ember_budget *budget);
void ember_budget_unpin(struct ember_budget *budget);
/* So many may be dead that it's time to search for them. */
bool ember_budget_pressed(const struct ember_budget *budget);
/* None is dead any more of those that had ended when there had been `exits`. */
void ember_budget_searched(struct ember_budget *budget, u32 exits);

/* Bytes that are taken now. */
unsigned long ember_budget_used(const struct ember_budget *budget);

#endif
