/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a function that a scan has followed, one instruction after the other. */
#ifndef EMBER_UNWIND_SCAN_ROWS_H
#define EMBER_UNWIND_SCAN_ROWS_H

#include "unwind/scan_state.h"

/* Return what emitting takes; free() it. */
struct ember_emit *ember_scan_rows_new(void);
/* Begin with the function at hand. */
void ember_scan_rows_begin(struct ember_scan *scan);
/* Emit rows until *work reaches @most. Return false once the function has all of its rows. */
bool ember_scan_rows_step(struct ember_scan *scan, unsigned int *work, unsigned int most,
			  ember_cfi_row *row, void *context);

#endif
