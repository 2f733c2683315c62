/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many CPU samples there are of which thread and stack, and of what third thing. */
#ifndef EMBER_SAMPLE_SET_H
#define EMBER_SAMPLE_SET_H

#include "model/index.h"

struct ember_count {
	uint32_t thread, stack;
	uint32_t at;			/* of a tally: the CPU + 1, 0: unknown; of a recording: the
					 * generation of mappings, EMBER_NO_NUMBER: no user frames,
					 * or unknown */
	uint64_t samples;
} __attribute__((packed, aligned(4)));

struct ember_sample_set {		/* begins zeroed */
	struct ember_count *count;
	uint32_t nr, size;
	struct ember_index index;
};

/* Adds samples to the count that the other members name. Returns its number. */
uint32_t ember_sample_set_add(struct ember_sample_set *set, const struct ember_count *more);
void ember_sample_set_free(struct ember_sample_set *set);

#endif
