/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a function's code, for the files of unwind/ that follow it. */
#ifndef EMBER_FLOW_STATE_H
#define EMBER_FLOW_STATE_H

#include <string.h>

#include "unwind/isa.h"

/* Longer ones are taken in pieces. */
#define EMBER_FLOW_BYTES (256u << 10)
#define EMBER_FLOW_FRAMES     1024
#define EMBER_FLOW_SPARE	 4 /* places behind the last one, read along with it */

struct ember_function_flow {
	const struct ember_isa *isa;
	uint64_t begin;			/* address */
	uint32_t bytes, room;		/* of the code; that were read */
	const uint8_t *code;
	/* By place: 1 + the frame's number, with INSIDE, or DATA; 0: none was found. */
	uint16_t *at;			/* of the function's first one, in: */
	uint16_t found[EMBER_FLOW_BYTES + EMBER_FLOW_SPARE];
	struct ember_flow_walk walk;		/* over them */
	struct ember_frame_layout frame[EMBER_FLOW_FRAMES];
	struct ember_known known[EMBER_FLOW_FRAMES];
	uint32_t count[EMBER_FLOW_FRAMES];	/* places that find it, of the first `counted` */
	unsigned int nr, base;		/* base: these are functions' that were before it */
	uint32_t counted;
	unsigned int room_todo;		/* branches not yet followed: walk.todo */
	struct ember_trail {
		uint32_t place, places;
	} *trail;			/* what a try has marked */
	unsigned int nr_trail, room_trail;
	uint8_t data[EMBER_FLOW_BYTES / 8];	/* places that it loads from: a bit each */
	struct ember_doings {		/* of what it does; a try that fails takes it back */
		uint16_t table;		/* 1 + frame at a jump by a table; 0: there was none */
		unsigned int good, bad;	/* returns that find the stack as it was, or not */
		bool leaves;		/* goes on behind its end, with a frame, */
	} done, before;			/* now; when the try began */
	/* What a try found, if nothing was known behind it: it's taken over where it is next. */
	uint64_t next, over;		/* addresses: of its function; of the code it was tried in; 0 */
	uint32_t next_bytes;
	unsigned int floor;		/* frames that aren't the try's */
	bool calls;			/* or may do so: the last of it is a call */
	/* How far it is followed. */
	uint8_t phase, then;		/* then: once no branch is left */
	bool again;			/* the second time, with what is data known */
	uint32_t whole;			/* bytes, before another function was found in them */
	uint32_t gap;			/* place: all before it are known */
	unsigned int work;		/* done in this step */
	struct ember_run {		/* of instructions, each behind the other */
		bool on;
		uint32_t place;
		uint16_t number, before;	/* of frames: now; in front of a conditional block */
		uint8_t last;		/* EMBER_FLOW_* */
		struct ember_frame_layout frame;
	} run;
};

/* ember_function_flow.phase, and then */
enum {
	EMBER_FLOW_RUN, /* all branches, then `then` */
	EMBER_FLOW_GAPS, /* code that no branch leads to: */
	EMBER_FLOW_TRIED, /* as another function's; */
	EMBER_FLOW_UNDO, /* that it wasn't; */
	EMBER_FLOW_BODY, /* as this one's */
	EMBER_FLOW_FILLED,
	EMBER_FLOW_DONE,
};

/* Four places at once. */
static inline uint64_t ember_flow_four(const uint16_t *at)
{
	uint64_t four;

	memcpy(&four, at, sizeof(four));
	return four;
}

#define EMBER_FLOW_EACH 0x0001000100010001ull
#define EMBER_FLOW_FLAG (EMBER_FLOW_EACH << 15)

/* The bits in which one of eight places differs from the four that are given. */
static inline uint64_t ember_flow_differ(const uint16_t *at, uint64_t same)
{
	return (ember_flow_four(at) ^ same) | (ember_flow_four(at + 4) ^ same);
}

/* A flag is left where one of eight places is unknown. */
static inline uint64_t ember_flow_unknown(const uint16_t *at)
{
	uint64_t a = ember_flow_four(at), b = ember_flow_four(at + 4);

	return ((a - EMBER_FLOW_EACH) & ~a) | ((b - EMBER_FLOW_EACH) & ~b);
}

static inline uint32_t ember_flow_places(const struct ember_function_flow *f)
{
	return f->bytes >> f->isa->shift;
}

#endif
