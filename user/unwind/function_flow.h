/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function's code, and the frame that each of its instructions finds. */
#ifndef EMBER_FUNCTION_FLOW_H
#define EMBER_FUNCTION_FLOW_H

#include "unwind/flow_state.h"

/*
 * Begin to find the frame of each instruction; the caller has set code, bytes, room and isa.
 * ember_flow_step() goes on for about @work instructions, shortens `bytes` if another function,
 * not known before, begins within them, and returns false when all frames are found.
 */
void ember_flow_begin(struct ember_function_flow *routine);

/* The same for a function that was followed as a try already; false: it wasn't. */
bool ember_flow_take(struct ember_function_flow *routine);

bool ember_flow_step(struct ember_function_flow *routine, unsigned int work);

#endif
