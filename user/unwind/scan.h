/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules for code that carries no unwind information, from what its prologues and epilogues
 * do. Each function's instructions are followed along all branches from the first one on;
 * what no branch leads to (a table's targets, landing pads) has the frame of the function's
 * body.
 */
#ifndef EMBER_UNWIND_SCAN_H
#define EMBER_UNWIND_SCAN_H

#include "unwind/scan_state.h"

/* calls: functions begin where calls go, too. false: not an architecture that is scanned. */
bool ember_scan_open(struct ember_scan *scan, const struct ember_elf *elf,
		     const struct ember_exidx *exidx, bool calls);
void ember_scan_close(struct ember_scan *scan);

/*
 * Begin to derive the unwind rules of begin .. end from the code. @hint: the rule that
 * .ARM.exidx has for these functions once their frame is set up, or NULL. If no instruction
 * of a function agrees with the hint, the hint overrides all rules but those at its entry.
 */
void ember_scan_begin(struct ember_scan *scan, uint64_t begin, uint64_t end,
		      const struct ember_rule *hint);

/* Emit rows in order until *work reaches @most. Return false once the range is done. */
bool ember_scan_step(struct ember_scan *scan, unsigned int *work, unsigned int most,
		     ember_cfi_row *row, void *context);

#endif
