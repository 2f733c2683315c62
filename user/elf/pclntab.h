/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go's table of functions (.gopclntab), which stripped programs keep, since the runtime
 * needs it: as Go 1.2, 1.16, 1.18 and 1.20 write it, in the byte order of this machine.
 */
#ifndef EMBER_PCLNTAB_H
#define EMBER_PCLNTAB_H

#include "elf/elf.h"

struct ember_pclntab {
	const struct ember_elf *elf;
	uint64_t offset, bytes; /* of the table, in the file */
	uint64_t nr; /* functions */
	uint64_t list, names; /* where these begin in the table, */
	uint64_t data; /* and what the list's offsets count from */
	uint64_t text; /* what the list's addresses count from */
	uint32_t word; /* bytes of one number in the list */
};

/* false: there is none, or it makes no sense. Nothing is to be closed. */
bool ember_pclntab_open(struct ember_pclntab *table, const struct ember_elf *elf);

/* NULL: the table has no function around it. */
const char *ember_pclntab_name(const struct ember_pclntab *table, uint64_t address,
			       struct ember_strings *strings);

#endif
