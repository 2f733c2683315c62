// SPDX-License-Identifier: GPL-2.0-only
#include <linux/log2.h>
#include <linux/mm.h>

#include "waits.h"

int ember_waits_allocate(struct ember_waits *waits, unsigned int shift, unsigned long least,
			 unsigned long most)
{
	unsigned long nr = totalram_pages() >> (shift - PAGE_SHIFT);

	if (waits->wait)
		return 0;
	nr = rounddown_pow_of_two(clamp(nr, least, most));
	waits->mask = nr * sizeof(struct ember_wait) - EMBER_WAITS_BUCKET;
	waits->wait = kvcalloc(nr, sizeof(*waits->wait), GFP_KERNEL);
	return waits->wait ? 0 : -ENOMEM;
}
