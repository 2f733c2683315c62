// SPDX-License-Identifier: GPL-2.0-or-later
/* Packed: the head's 8 bytes, then each frame as its difference to the frame before. */
#include "model/stacks.h"

#include <string.h>

#include "base/varint.h"

#define EMBER_STACK_HEAD   __builtin_offsetof(struct ember_stack, frames)
#define EMBER_STACK_PACKED (EMBER_STACK_HEAD + EMBER_VARINT_MAX * EMBER_FRAMES_MAX)

uint32_t ember_stacks_add(struct ember_blob_table *stacks, const struct ember_stack *stack)
{
	unsigned int i, n = stack->nr_kernel + stack->nr_user;
	uint8_t packed[EMBER_STACK_PACKED], *at = packed + EMBER_STACK_HEAD;
	uint64_t last = 0;

	memcpy(packed, stack, EMBER_STACK_HEAD);
	for (i = 0; i < n; i++) {
		at = ember_varint_put(at, ember_zigzag(stack->frames[i] - last));
		last = stack->frames[i];
	}
	return ember_blob_table_add(stacks, packed, at - packed);
}

void ember_stacks_get(const struct ember_blob_table *stacks, uint32_t number,
		      struct ember_stack *stack)
{
	const uint8_t *at = ember_blob_table_get(stacks, number);
	uint64_t last = 0, value;
	unsigned int i;

	memcpy(stack, at, EMBER_STACK_HEAD);
	at += EMBER_STACK_HEAD;
	for (i = 0; i < stack->nr_kernel + stack->nr_user; i++) {
		at = ember_varint_get(at, &value);
		last += ember_unzigzag(value);
		stack->frames[i] = last;
	}
}

bool ember_stacks_user(const struct ember_blob_table *stacks, uint32_t number)
{
	uint16_t nr_user;

	memcpy(&nr_user,
	       ember_blob_table_get(stacks, number) +
		       __builtin_offsetof(struct ember_stack, nr_user),
	       sizeof(nr_user));
	return nr_user;
}
