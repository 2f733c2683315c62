/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outer part of a stack, from where its thread began, is mostly one that was there
 * before: which stack of a dictionary has as much of it as any?
 */
#ifndef EMBER_STACK_PREFIX_H
#define EMBER_STACK_PREFIX_H

#include "model/dictionary.h"

#define EMBER_OUTER_SLOTS	4096

struct ember_stack_prefix {			/* begins zeroed */
	struct ember_stack_prefix_slot {
		uint32_t hash;		/* of an outer part */
		uint32_t stack;		/* the last one that had it, + 1; 0: none */
	} slot[EMBER_OUTER_SLOTS];	/* by hash: what shares one gives way */
};

/*
 * A stack of the dictionary, of number `least` or above, and how many of its outermost frames
 * are the other's, too; EMBER_NO_NUMBER: there's none.
 */
uint32_t ember_stack_prefix_find(const struct ember_stack_prefix *outer, const struct ember_dictionary *dict,
			  const struct ember_normalized *placed, uint32_t least,
			  unsigned int *shared);
void ember_stack_prefix_add(struct ember_stack_prefix *outer, const struct ember_normalized *placed,
		     uint32_t stack);

#endif
