// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/numbers.h"

#include <string.h>

#include "base/memory.h"

#define EMBER_NUMBERS_LEAST 256

uint32_t ember_numbers_find(const struct ember_numbers *n, uint64_t number)
{
	const struct ember_number *slot;

	if (!n->slots)
		return EMBER_NO_NUMBER;
	slot = &n->slot[number & (n->slots - 1)];
	return slot->number == number ? slot->is : EMBER_NO_NUMBER;
}

/* Each number has a slot of its own in a table of twice the size, too. */
static void ember_numbers_grow(struct ember_numbers *n)
{
	uint32_t i, slots = n->slots ? 2 * n->slots : EMBER_NUMBERS_LEAST;
	struct ember_number *slot = ember_xrealloc(NULL, slots, sizeof(*slot));

	memset(slot, 0xff, slots * sizeof(*slot));
	for (i = 0; i < n->slots; i++)
		if (n->slot[i].is != EMBER_NO_NUMBER)
			slot[n->slot[i].number & (slots - 1)] = n->slot[i];
	free(n->slot);
	n->slot = slot;
	n->slots = slots;
}

void ember_numbers_add(struct ember_numbers *n, uint64_t number, uint32_t is)
{
	struct ember_number *slot;

	if (is == EMBER_NO_NUMBER || number > UINT32_MAX)
		return;
	if (!n->slots)
		ember_numbers_grow(n);
	for (;;) {
		slot = &n->slot[number & (n->slots - 1)];
		n->used += slot->is == EMBER_NO_NUMBER;
		if (slot->is == EMBER_NO_NUMBER)
			break;
		if (slot->number == number)
			return;
		/* Few numbers that are far apart don't make a large table. */
		if (n->slots == EMBER_NUMBERS_MAX || n->used < n->slots / 4)
			break;
		ember_numbers_grow(n);
	}
	*slot = (struct ember_number){ number, is };
}

void ember_numbers_free(struct ember_numbers *n)
{
	free(n->slot);
	memset(n, 0, sizeof(*n));
}
