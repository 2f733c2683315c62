/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file's DWARF, of whatever kind the file is. */
#ifndef EMBER_DWARF_H
#define EMBER_DWARF_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

#include "workstation/symbols/alternate.h"

struct ember_dwarf {
	Elf *elf;			/* NULL: it's the Dwfl's */
	Dwarf *dwarf;
	Dwfl *dwfl;			/* of a relocatable file: it has given addresses to it */
	struct ember_alternate alternate;
	struct ember_companions companions;	/* no reach: none are looked for */
	char *path;			/* of the file; NULL: unknown */
	uint64_t base;			/* to be added to addresses: .text's, where files have none, */
	uint64_t limit;			/* and how many there are: other sections are elsewhere */
};

/*
 * Open a file's debug information; @fd stays the caller's. Of other files only the companions
 * are opened (NULL: none), unless a caller asks libdw itself for split units. Return false,
 * with all closed, if there is no debug information.
 */
bool ember_dwarf_open(struct ember_dwarf *dwarf, int fd,
		      const struct ember_companions *companions);
void ember_dwarf_close(struct ember_dwarf *dwarf);

#endif
