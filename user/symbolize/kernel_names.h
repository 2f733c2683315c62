/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names by the kernel's own list of its functions, and its modules'. */
#ifndef EMBER_KERNEL_NAMES_H
#define EMBER_KERNEL_NAMES_H

#include <stdio.h>

#include "elf/strings.h"
#include "elf/addr_lookup.h"

/*
 * Name the wanted addresses in two passes over the list: its 200,000 lines do not fit into
 * a board's memory. @modules is /proc/modules, which gives the end of each module, or NULL.
 */
void ember_kernel_names(FILE *kallsyms, FILE *modules, struct ember_addr_lookup *wanted,
			 struct ember_strings *strings);

#endif
