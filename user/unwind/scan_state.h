/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scan of code keeps. */
#ifndef EMBER_UNWIND_SCAN_STATE_H
#define EMBER_UNWIND_SCAN_STATE_H

#include "unwind/cfi.h"
#include "unwind/starts.h"

#define EMBER_SCAN_AHEAD 16	/* bytes that are looked at behind a function */

struct ember_scan {
	struct ember_starts starts;
	struct ember_function_flow *routine;	/* the one at hand */
	uint64_t end;			/* address: of the range to scan */
	struct ember_rule hint;
	bool hinted, follows, emits;	/* follows, emits: the function at hand */
	unsigned int joins;
	struct ember_start next;	/* behind the function at hand, */
	bool has_next;			/* if there's one */
	struct ember_piece *piece;
	struct ember_emit *emit;
};

#endif
