/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the next frame record can be where the last one says. Pure. */
#ifndef EMBER_FRAME_H
#define EMBER_FRAME_H

/* A frame of more bytes than this is no frame. */
#define EMBER_FRAME_BYTES_MAX	(16UL << 20)

/*
 * Stacks grow down, so records lie ever higher: above `low` (the stack pointer, or
 * the record before, neither of which can be a record itself), aligned, with room
 * for the record below `limit`.
 */
static inline bool ember_frame_sane(unsigned long frame, unsigned long low,
				    unsigned long limit, unsigned long bytes,
				    unsigned long align)
{
	/* Below `low` is very far above it. */
	return frame - low < EMBER_FRAME_BYTES_MAX && !(frame & (align - 1)) &&
	       frame <= limit - bytes;
}

/* No stack is larger. */
#define EMBER_STACK_BYTES_MAX	(1UL << 30)

#endif
