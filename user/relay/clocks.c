// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/clocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

#define EMBER_CLOCKS_SAME 1000000 /* ns: offsets that differ by less are one */
#define EMBER_CLOCKS_MAX  1024 /* of which those in the middle may go */

static bool ember_clocks_near(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) < EMBER_CLOCKS_SAME;
}

static bool ember_clocks_same(const struct ember_stream_clock *a,
			      const struct ember_stream_clock *b)
{
	return a->is_set == b->is_set &&
	       ember_clocks_near(a->boottime_ns - a->monotonic_ns + (1ull << 62),
				 b->boottime_ns - b->monotonic_ns + (1ull << 62)) &&
	       (!a->is_set || ember_clocks_near(a->realtime_ns - a->monotonic_ns,
						b->realtime_ns - b->monotonic_ns));
}

void ember_relay_clocks_add(struct ember_relay_clocks *c,
			    const struct ember_stream_clock *clock)
{
	struct ember_stream_clock one = *clock;
	uint32_t at = c->nr;

	/* What a clock shows decides, not what its stream says of it. */
	one.is_set = one.is_set && one.realtime_ns >= EMBER_CLOCK_SET;
	ember_dates_add(&c->dates, one.boottime_ns, one.realtime_ns);
	c->set |= one.is_set;
	while (at && c->item[at - 1].monotonic_ns > one.monotonic_ns)
		at--;
	if (at && ember_clocks_same(&c->item[at - 1], &one))
		return;
	if (c->nr == EMBER_CLOCKS_MAX) {
		if (at < 2)
			return;
		memmove(c->item + 1, c->item + 2, (c->nr-- - 2) * sizeof(*c->item));
		at--;
	}
	c->item = ember_array_reserve(c->item, c->nr, &c->size, sizeof(*c->item));
	memmove(c->item + at + 1, c->item + at, (c->nr++ - at) * sizeof(*c->item));
	c->item[at] = one;
}

uint64_t ember_relay_clocks_wall(const struct ember_relay_clocks *c, uint64_t ns)
{
	const struct ember_stream_clock *before, *set;
	uint32_t low = 0, high = c->nr;
	uint64_t boot, real;

	if (!c->nr)
		return 0;
	/* item[low - 1] will be the last that isn't behind. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (c->item[middle].monotonic_ns <= ns)
			low = middle + 1;
		else
			high = middle;
	}
	before = &c->item[low ? low - 1 : 0];
	boot = ns + (before->boottime_ns - before->monotonic_ns);
	for (set = before; set < c->item + c->nr && !set->is_set; set++)
		;
	if (set == before)
		real = ns + (set->realtime_ns - set->monotonic_ns);
	else if (set < c->item + c->nr)
		real = set->realtime_ns - (set->boottime_ns - boot);
	else if (c->boot_known)
		real = boot + c->boot_real_ns;
	else
		return 0;
	return real >= EMBER_CLOCK_SET ? real : 0;
}

void ember_relay_clocks_forget(struct ember_relay_clocks *c, uint64_t ns)
{
	uint32_t n = 0;

	while (n + 1 < c->nr && c->item[n + 1].monotonic_ns <= ns)
		n++;
	if (!n)
		return;
	memmove(c->item, c->item + n, (c->nr - n) * sizeof(*c->item));
	c->nr -= n;
}

void ember_relay_clocks_free(struct ember_relay_clocks *c)
{
	free(c->item);
	memset(c, 0, sizeof(*c));
}
