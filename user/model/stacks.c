// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packed: the head's 8 bytes, then each frame as its difference to the frame before,
 * sign in the lowest bit, 7 bits a byte, the lowest first.
 */
#include "model/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define EMBER_STACK_HEAD   __builtin_offsetof(struct ember_stack, frames)
#define EMBER_STACK_PACKED (EMBER_STACK_HEAD + 10 * EMBER_FRAMES_MAX)

static uint32_t ember_stack_pack(uint8_t *to, const struct ember_stack *stack)
{
	unsigned int i, n = stack->nr_kernel + stack->nr_user;
	uint8_t *at = to + EMBER_STACK_HEAD;
	uint64_t last = 0, rest;
	int64_t delta;

	memcpy(to, stack, EMBER_STACK_HEAD);
	for (i = 0; i < n; i++) {
		delta = stack->frames[i] - last;
		rest = (uint64_t)delta << 1 ^ (uint64_t)(delta >> 63);
		for (; rest > 127; rest >>= 7)
			*at++ = 128 | rest;
		*at++ = rest;
		last = stack->frames[i];
	}
	return at - to;
}

void ember_stacks_get(const struct ember_stacks *stacks, uint32_t number,
		      struct ember_stack *stack)
{
	const uint8_t *at = stacks->bytes + stacks->at[number];
	unsigned int i, shift;
	uint64_t last = 0, rest;

	memcpy(stack, at, EMBER_STACK_HEAD);
	at += EMBER_STACK_HEAD;
	for (i = 0; i < stack->nr_kernel + stack->nr_user; i++) {
		rest = 0;
		for (shift = 0; *at & 128; shift += 7)
			rest |= (uint64_t)(*at++ & 127) << shift;
		rest |= (uint64_t)*at++ << shift;
		last += rest >> 1 ^ -(rest & 1);
		stack->frames[i] = last;
	}
}

bool ember_stacks_user(const struct ember_stacks *stacks, uint32_t number)
{
	uint16_t nr_user;

	memcpy(&nr_user,
	       stacks->bytes + stacks->at[number] +
		       __builtin_offsetof(struct ember_stack, nr_user),
	       sizeof(nr_user));
	return nr_user;
}

struct ember_stacks_key {
	const struct ember_stacks *stacks;
	const uint8_t *packed;
	uint32_t bytes;
};

static bool ember_stacks_same(const void *context, uint32_t item)
{
	const struct ember_stacks_key *key = context;
	const struct ember_stacks *s = key->stacks;

	return s->at[item + 1] - s->at[item] == key->bytes &&
	       !memcmp(s->bytes + s->at[item], key->packed, key->bytes);
}

uint32_t ember_stacks_add(struct ember_stacks *s, const struct ember_stack *stack)
{
	uint8_t packed[EMBER_STACK_PACKED];
	struct ember_stacks_key key = { s, packed, ember_stack_pack(packed, stack) };
	uint64_t hash = ember_mix_bytes(0, packed, key.bytes);
	uint32_t number = ember_index_find(&s->index, hash, ember_stacks_same, &key);

	if (number != EMBER_NO_NUMBER || s->used > UINT32_MAX / 2 - sizeof(packed))
		return number;
	if (s->size - s->used < key.bytes) {
		s->size += s->size / 2 + 4096;
		s->bytes = ember_grow(s->bytes, s->size, 1);
	}
	if (s->at_size < s->nr + 2) {
		s->at_size += s->at_size / 2 + 256;
		s->at = ember_grow(s->at, s->at_size, sizeof(*s->at));
	}
	memcpy(s->bytes + s->used, packed, key.bytes);
	s->at[s->nr] = s->used;
	s->used += key.bytes;
	s->at[++s->nr] = s->used;
	ember_index_add(&s->index, hash, s->nr - 1);
	return s->nr - 1;
}

void ember_stacks_free(struct ember_stacks *s)
{
	free(s->bytes);
	free(s->at);
	ember_index_free(&s->index);
	memset(s, 0, sizeof(*s));
}
