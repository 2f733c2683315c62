/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grid of a CPU's points in time: one in each cell of a period's length, at
 * a random place in it (jitter) or in its middle. Pure arithmetic.
 */
#ifndef EMBER_GRID_H
#define EMBER_GRID_H

#ifdef __KERNEL__
#include <linux/math64.h>
#include <linux/types.h>
#endif

/* A state that the generator leaves as it is: the middle of each cell. */
#define EMBER_GRID_EVEN 0x80000000U

struct ember_grid {
	u64 cell;		/* where the cell of `next` begins, ns */
	u64 next;		/* the next point, ns */
	u32 period;		/* ns */
	u32 state;		/* of the generator, odd; EMBER_GRID_EVEN: no jitter */
};

/* A multiplicative generator, of whose values the upper bits count: a place in a cell needs no
 * better chance, only one that no workload is in step with.
 */
static inline void ember_grid_place(struct ember_grid *grid)
{
	grid->state *= 747796405;
	grid->next = grid->cell + (((u64)grid->state * grid->period) >> 32);
}

/* seed 0: no jitter. What `state` is later is a seed, too. */
static inline void ember_grid_init(struct ember_grid *grid, u64 origin, u32 period,
				   u32 seed)
{
	grid->cell = origin;
	grid->period = period;
	grid->state = seed & ~EMBER_GRID_EVEN ? seed | 1 : EMBER_GRID_EVEN;
	ember_grid_place(grid);
}

/* Goes on to the next point. */
static inline void ember_grid_step(struct ember_grid *grid)
{
	grid->cell += grid->period;
	ember_grid_place(grid);
}

/* Goes on to the first point after `now`; returns how many it passed. */
static inline u64 ember_grid_pass(struct ember_grid *grid, u64 now)
{
	u64 passed = 0;
	u64 behind;

	if (now < grid->next)
		return 0;
	behind = now - grid->cell;
	if (behind >= 4ULL * grid->period) {
		/* All cells but the one that `now` is in are over. */
		passed = div_u64(behind, grid->period);
		grid->cell += passed * grid->period;
		ember_grid_place(grid);
	}
	while (grid->next <= now) {
		passed++;
		ember_grid_step(grid);
	}
	return passed;
}

#endif
