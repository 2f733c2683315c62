/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which occurrences become samples: those of a period's weight or more do. Smaller ones are laid
 * end to end on a grid with a mark in each period: one that covers a mark becomes a sample of a
 * period's weight. So sums of weights are unbiased. Pure arithmetic.
 */
#ifndef EMBER_RULE_H
#define EMBER_RULE_H

#include "grid.h"

/* Pass the marks below `total`. Returns a period for each. */
static noinline __maybe_unused u64 ember_rule_marks(struct ember_grid *marks, u64 total)
{
	return ember_grid_pass(marks, total - 1) * marks->period;
}

/*
 * Lay an occurrence's weight on the marks. total: of those so far that were smaller than a period.
 * Returns whether it becomes a sample, whose weight ember_rule_due() returns next.
 */
static __always_inline bool ember_rule_lay(const struct ember_grid *marks, u64 *total, u64 weight)
{
	if (unlikely(weight >= marks->period))
		return true;
	*total += weight;
	return unlikely(*total > marks->next);
}

static inline u64 ember_rule_due(struct ember_grid *marks, u64 total, u64 weight)
{
	return weight >= marks->period ? weight : ember_rule_marks(marks, total);
}

/*
 * Returns how many occurrences a sample counts for that weighs `sample` and comes of one that
 * weighs `one`: their ratio, which is rounded up or down at random, by the marks' generator, so
 * that sums of counts are unbiased, too.
 */
static inline u64 ember_rule_count(const struct ember_grid *marks, u64 sample, u64 one)
{
	/* Other bits of the generator's state than those that placed the marks. */
	u32 chance = marks->state * 0x9e3779b1, left;
	u64 count;

	/* One that weighs a period or more is itself. */
	if (sample <= one || !one)
		return 1;
	count = div_u64_rem(sample, one, &left);
	return count + (((u64)chance * one) >> 32 < left);
}

#endif
