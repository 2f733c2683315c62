/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jumps to functions of other files. They have no symbols: what they do names them. */
#ifndef EMBER_PLT_H
#define EMBER_PLT_H

#include "elf/elf.h"

/*
 * Names wanted addresses that have no name and lie in a PLT `function@plt`, after the
 * relocation of the word that their entry jumps by; on x86, ARM and arm64.
 */
void ember_elf_plt(const struct ember_elf *elf, struct ember_addr_lookup *wanted,
		   struct ember_strings *strings);

#endif
