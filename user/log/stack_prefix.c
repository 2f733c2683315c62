// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stack_prefix.h"

static unsigned int ember_stack_prefix_frames(const struct ember_normalized *p)
{
	return p->nr_kernel + p->nr_user;
}

/* hash[n]: of the n outermost frames. */
static void ember_stack_prefix_hash(const struct ember_normalized *p,
				    uint32_t hash[EMBER_FRAMES_MAX + 1])
{
	unsigned int n, all = ember_stack_prefix_frames(p);
	uint64_t h = 0;

	for (n = 1; n <= all; n++) {
		unsigned int i = all - n;

		h = ember_mix(h, p->address[i]);
		h = ember_mix(h, i < p->nr_kernel ? 1ull << 32 : p->extent[i]);
		hash[n] = h;
	}
}

/* How many of their outermost frames are the same. */
static unsigned int ember_stack_prefix_shared(const struct ember_normalized *a,
					      const struct ember_normalized *b)
{
	unsigned int n = 0, i = ember_stack_prefix_frames(a), j = ember_stack_prefix_frames(b);

	while (i-- && j--) {
		bool kernel = i < a->nr_kernel;

		if (kernel != (j < b->nr_kernel) || a->address[i] != b->address[j] ||
		    (!kernel && a->extent[i] != b->extent[j]))
			break;
		n++;
	}
	return n;
}

uint32_t ember_stack_prefix_find(const struct ember_stack_prefix *o,
				 const struct ember_dictionary *d,
				 const struct ember_normalized *p, uint32_t least,
				 unsigned int *shared)
{
	uint32_t hash[EMBER_FRAMES_MAX + 1];
	unsigned int n = ember_stack_prefix_frames(p);
	struct ember_normalized other;

	ember_stack_prefix_hash(p, hash);
	for (; n; n--) {
		const struct ember_stack_prefix_slot *slot =
			&o->slot[hash[n] % EMBER_OUTER_SLOTS];

		if (!slot->stack || slot->hash != hash[n] || slot->stack - 1 < least)
			continue;
		ember_dictionary_normalized(d, slot->stack - 1, &other);
		*shared = ember_stack_prefix_shared(p, &other);
		if (*shared)
			return slot->stack - 1;
	}
	return EMBER_NO_NUMBER;
}

void ember_stack_prefix_add(struct ember_stack_prefix *o, const struct ember_normalized *p,
			    uint32_t stack)
{
	uint32_t hash[EMBER_FRAMES_MAX + 1];
	unsigned int n;

	ember_stack_prefix_hash(p, hash);
	for (n = 1; n <= ember_stack_prefix_frames(p); n++)
		o->slot[hash[n] % EMBER_OUTER_SLOTS] =
			(struct ember_stack_prefix_slot){ hash[n], stack + 1 };
}
