/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules for code that carries no unwind information, from what its prologues and epilogues
 * do. Each function's instructions are followed along all branches from the first one on;
 * what no branch leads to (a table's targets, landing pads) has the frame of the function's
 * body.
 */
#ifndef EMBER_UNWIND_SCAN_H
#define EMBER_UNWIND_SCAN_H

#include "unwind/cfi.h"
#include "unwind/starts.h"

struct ember_scan {
	struct ember_starts starts;
	struct ember_routine *routine;	/* the one at hand */
};

/* calls: functions begin where calls go, too. false: not an architecture that is scanned. */
bool ember_scan_open(struct ember_scan *scan, const struct ember_elf *elf,
		     const struct ember_exidx *exidx, bool calls);
void ember_scan_close(struct ember_scan *scan);

/*
 * Tells what holds from place to place in begin .. end, in order. hint: what is said of
 * these functions once they have their frame, or NULL; where the code says otherwise it's
 * the hint that is believed, save at the very first instructions.
 */
void ember_scan_tell(struct ember_scan *scan, uint64_t begin, uint64_t end,
		     const struct ember_rule *hint, ember_cfi_row *row, void *context);

#endif
