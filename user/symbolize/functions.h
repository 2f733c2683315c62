/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of a file that has lost its symbols. */
#ifndef EMBER_FUNCTIONS_H
#define EMBER_FUNCTIONS_H

#include "elf/elf.h"

/*
 * For wanted addresses that have no name yet: the name by Go's table, else where their
 * function begins, by .eh_frame_hdr or .eh_frame, and (scan) by .ARM.exidx and by where
 * the code's calls go.
 */
void ember_elf_functions(const struct ember_elf *elf, bool scan, struct ember_addr_lookup *wanted,
			 struct ember_strings *strings);

#endif
