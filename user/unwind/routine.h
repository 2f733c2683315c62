/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function's code, and the frame that each of its instructions finds. */
#ifndef EMBER_UNWIND_ROUTINE_H
#define EMBER_UNWIND_ROUTINE_H

#include "unwind/isa.h"

/* Longer ones are taken in pieces. */
#define EMBER_ROUTINE_BYTES (256u << 10)
#define EMBER_ROUTINE_FRAMES     1024
#define EMBER_FRAME_INSIDE   UINT16_MAX /* in an instruction's middle */
#define EMBER_FRAME_DATA     (UINT16_MAX - 1)

struct ember_routine {
	const struct ember_isa *isa;
	uint64_t begin;			/* address */
	uint32_t bytes, room;		/* of the code; that were read */
	uint8_t code[EMBER_ROUTINE_BYTES + 16];
	/* By place: 1 + the frame's number, INSIDE, or DATA; 0: none was found. */
	uint16_t at[EMBER_ROUTINE_BYTES + 1];
	struct ember_frame frame[EMBER_ROUTINE_FRAMES];
	unsigned int nr;
	struct ember_todo {		/* branches not yet followed */
		uint32_t place;
		uint16_t frame;
	} *todo;
	unsigned int nr_todo, room_todo;
	uint32_t *trail;		/* places of the run at hand */
	unsigned int nr_trail, room_trail;
	uint32_t *data;			/* places that it loads from */
	unsigned int nr_data, room_data;
	uint16_t table;			/* 1 + frame at a jump by a table; 0: there was none */
	unsigned int good, bad;		/* returns that find the stack as it was, or not */
	bool leaves;			/* goes on behind its end, with a frame, */
	bool calls;			/* or may do so: the last of it is a call */
};

/*
 * code, bytes, room and isa are set: finds the frames. Cuts `bytes` where another function
 * begins that nothing told of.
 */
void ember_routine_follow(struct ember_routine *routine);

static inline uint32_t ember_routine_places(const struct ember_routine *f)
{
	return f->bytes / f->isa->unit;
}

#endif
