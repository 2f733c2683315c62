/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream's numbers of its definitions, and the tally's. A table by number that grows with
 * what is defined up to EMBER_NUMBERS_MAX; beyond that a number replaces the one that is so
 * much lower. Writers forget definitions long before.
 */
#ifndef EMBER_LOG_NUMBERS_H
#define EMBER_LOG_NUMBERS_H

#include "model/index.h"

#define EMBER_NUMBERS_MAX	(1u << 20)

struct ember_numbers {			/* begins zeroed */
	struct ember_number {
		uint32_t number;
		uint32_t is;		/* EMBER_NO_NUMBER: free */
	} *slot;
	uint32_t slots, used;		/* slots: a power of two, or 0 */
};

/* Returns the tally's number; EMBER_NO_NUMBER: not defined, or forgotten. */
uint32_t ember_numbers_find(const struct ember_numbers *numbers, uint64_t number);
/* The first definition of a number holds. `is` may be EMBER_NO_NUMBER: nothing is added. */
void ember_numbers_add(struct ember_numbers *numbers, uint64_t number, uint32_t is);
void ember_numbers_free(struct ember_numbers *numbers);

#endif
