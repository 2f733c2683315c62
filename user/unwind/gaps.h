/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code of a function that no branch leads to: another function's, or this one's. */
#ifndef EMBER_UNWIND_GAPS_H
#define EMBER_UNWIND_GAPS_H

#include "unwind/flow_state.h"

/*
 * These go on with routine->phase as it's named. Looks for the next gap: fills it, or begins a
 * run there, or ends the function before it.
 */
void ember_gap_next(struct ember_function_flow *routine);

/* Whether what begins there did as a function does that has no frame: then it's one. */
void ember_gap_tried(struct ember_function_flow *routine);

/* Takes back what was found of it otherwise, in steps of about `work`. */
void ember_gap_undo(struct ember_function_flow *routine, unsigned int work);

/* Begins to fill it with the frame of the function's body. */
void ember_gap_body(struct ember_function_flow *routine, unsigned int work);

void ember_gap_filled(struct ember_function_flow *routine);

#endif
