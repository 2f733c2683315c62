/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file's DWARF, of whatever kind the file is. */
#ifndef EMBER_DWARF_H
#define EMBER_DWARF_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

struct ember_dwarf {
	Dwarf *dwarf;
	Dwfl *dwfl;			/* of a relocatable file: it has given addresses to it */
	int fd;				/* else; -1: none */
	uint64_t base;			/* to be added to addresses: .text's, where files have none, */
	uint64_t limit;			/* and how many there are: other sections are elsewhere */
};

/* The descriptor stays the caller's. False: it tells nothing, and all is closed. */
bool ember_dwarf_open(struct ember_dwarf *dwarf, int fd);
void ember_dwarf_close(struct ember_dwarf *dwarf);

#endif
