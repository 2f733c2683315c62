/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own list of its functions, and its modules'. */
#ifndef EMBER_KALLSYMS_H
#define EMBER_KALLSYMS_H

#include <stdbool.h>
#include <stdio.h>

#include "symbolize/strings.h"
#include "symbolize/addr_lookup.h"

/*
 * Names what is wanted, in two readings of the list: it has 200,000 lines, and a
 * board hasn't the memory for them. modules is /proc/modules, which tells where a
 * module ends, or NULL.
 */
void ember_kallsyms_name(FILE *kallsyms, FILE *modules, struct ember_addr_lookup *wanted,
			 struct ember_strings *strings);

/* There are lines, and none has an address. */
bool ember_kallsyms_hidden(FILE *kallsyms);

#endif
