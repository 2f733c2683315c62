// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/ack_window.h"

#include <string.h>

static bool ember_ack_window_bit(const struct ember_ack_window *a, uint32_t sequence)
{
	uint32_t bit = sequence % EMBER_ACK_WINDOW_WINDOW;

	return a->bit[bit / 8] >> bit % 8 & 1;
}

static void ember_ack_window_set(struct ember_ack_window *a, uint32_t sequence, bool came)
{
	uint32_t bit = sequence % EMBER_ACK_WINDOW_WINDOW;

	a->bit[bit / 8] &= ~(1 << bit % 8);
	a->bit[bit / 8] |= came << bit % 8;
}

/* Past what came, and past what is too far behind to wait for. */
static void ember_ack_window_advance(struct ember_ack_window *a, uint32_t least)
{
	if (least > a->end)
		least = a->end;
	while (a->base < least || (a->base < a->end && ember_ack_window_bit(a, a->base)))
		ember_ack_window_set(a, a->base++, false);
}

bool ember_ack_window_add(struct ember_ack_window *a, uint32_t sequence)
{
	/* `end` would overflow to 0. */
	if (sequence < a->base || sequence == UINT32_MAX)
		return false;
	if (sequence < a->end && ember_ack_window_bit(a, sequence))
		return false;
	if (sequence >= a->end) {
		if (sequence - a->base >= EMBER_ACK_WINDOW_WINDOW)
			ember_ack_window_advance(a, sequence - (EMBER_ACK_WINDOW_WINDOW - 1));
		if (sequence - a->base >= EMBER_ACK_WINDOW_WINDOW)
			a->base = sequence - (EMBER_ACK_WINDOW_WINDOW - 1);
		a->end = sequence + 1;
	}
	ember_ack_window_set(a, sequence, true);
	ember_ack_window_advance(a, 0);
	return true;
}

void ember_ack_window_put(const struct ember_ack_window *a, uint32_t stream,
			  struct ember_buf *to)
{
	uint8_t bits[EMBER_ACK_WINDOW_WINDOW / 8] = {};
	struct ember_chunk ack = { .flags = EMBER_CHUNK_ACK,
				   .stream = stream,
				   .sequence = a->base,
				   .payload = bits };
	uint32_t i;

	for (i = 0; i < a->end - a->base; i++)
		bits[i / 8] |= ember_ack_window_bit(a, a->base + i) << i % 8;
	ack.n = (i + 7) / 8;
	ember_chunk_put(&ack, to);
}

bool ember_ack_window_says(const struct ember_chunk *ack, uint32_t sequence)
{
	uint32_t bit = sequence - ack->sequence;

	if (sequence < ack->sequence)
		return true;
	return bit / 8 < ack->n && ack->payload[bit / 8] >> bit % 8 & 1;
}
