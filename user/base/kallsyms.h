/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/kallsyms, a System.map or nm's output, and of /proc/modules. */
#ifndef EMBER_KALLSYMS_H
#define EMBER_KALLSYMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EMBER_KERNEL_LINE	1024
#define EMBER_KERNEL_BEGIN	"_stext"	/* every kernel has this symbol, and vmlinux too */

struct ember_kernel_symbol {
	uint64_t start;
	char type;			/* as nm says it */
	char *name;
	char *module;			/* or NULL */
	char text[EMBER_KERNEL_LINE];	/* holds both */
};

/* The next line that is a symbol. Returns false at the end. */
bool ember_kernel_symbol_next(FILE *kallsyms, struct ember_kernel_symbol *symbol);
/* Finds a symbol from here on. Returns false if there is none of that name. */
bool ember_kernel_symbol_find(FILE *kallsyms, const char *name, uint64_t *address);
/* Returns whether there are functions, and none has an address. */
bool ember_kernel_symbols_hidden(FILE *kallsyms);

struct ember_kernel_module {
	char name[64];
	uint64_t start, end;
};

/* The next module whose address isn't hidden. Returns false at the end. */
bool ember_kernel_module_next(FILE *modules, struct ember_kernel_module *module);

#endif
