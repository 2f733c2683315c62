/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that a seed repeats, a sequence for each thread. */
#ifndef GUEST_CHANCE_H
#define GUEST_CHANCE_H

#include <stdint.h>

static __thread uint32_t chance_state = 2463534242u;

static inline uint32_t chance(void)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 17;
	chance_state ^= chance_state << 5;
	return chance_state;
}

/* One in so many times. */
static inline int one_in(uint32_t n)
{
	return chance() % n == 0;
}

/* The n-th sequence of a seed; never the state 0, which would stay. */
static inline void chance_seed(uint32_t seed, uint32_t n)
{
	chance_state = (seed + 1) * 2654435761u ^ (n + 1) * 2246822519u;
	if (!chance_state)
		chance_state = 1;
	for (int i = 0; i < 16; i++)
		chance();
}

#endif
