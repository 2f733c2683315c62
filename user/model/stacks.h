/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw stacks, each kept once and packed: about 4 bytes a frame. */
#ifndef EMBER_STACKS_H
#define EMBER_STACKS_H

#include <emberprof.h>

#include "model/blob_table.h"

/* As in struct ember_rec_stack: innermost first, kernel frames before user frames. */
struct ember_stack {
	uint16_t nr_kernel, nr_user;
	uint8_t context, end_kernel, end_user, vector;
	uint64_t frames[EMBER_FRAMES_MAX];
};

/* Its number, old or new; EMBER_NO_NUMBER when 2 GiB of stacks are full. */
uint32_t ember_stacks_add(struct ember_blob_table *stacks, const struct ember_stack *stack);
void ember_stacks_get(const struct ember_blob_table *stacks, uint32_t number,
		      struct ember_stack *stack);
/* Whether it has user frames, without unpacking it. */
bool ember_stacks_user(const struct ember_blob_table *stacks, uint32_t number);

#endif
