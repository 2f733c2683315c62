/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function's instructions from a place on, each behind the other. */
#ifndef EMBER_UNWIND_RUN_H
#define EMBER_UNWIND_RUN_H

#include "unwind/flow_state.h"

void ember_run_start(struct ember_function_flow *routine, uint32_t place,
		     const struct ember_frame_layout *frame);

/* Goes on until it leaves or comes to where it was, or routine->work is `work` or more. */
void ember_run_go(struct ember_function_flow *routine, unsigned int work);

/* The walk's frame has that number. */
void ember_run_number(struct ember_function_flow *routine, uint16_t number);

/* Notes what is at a place: its frame's number, or EMBER_FRAME_*. */
void ember_run_mark(struct ember_function_flow *routine, uint32_t place, uint16_t what);

/* Whether a frame is another one than functions begin with. */
bool ember_run_made(const struct ember_function_flow *routine, const struct ember_frame_layout *frame);

/*
 * Whether a function begins there that saves its return address, before it does anything
 * else than compute. behind: right behind a call.
 */
bool ember_run_begins(struct ember_function_flow *routine, uint32_t place, bool behind);

#endif
