/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions begin, in a file that may have lost most of its symbols: what symbols
 * are left, the entry, .ARM.exidx, and where calls go to. And which of ARM's instruction
 * sets a piece of code is in.
 */
#ifndef EMBER_UNWIND_STARTS_H
#define EMBER_UNWIND_STARTS_H

#include "symbols/elf.h"
#include "unwind/exidx.h"
#include "unwind/isa.h"

enum { EMBER_START_GUESSED, EMBER_START_CALLED, EMBER_START_NAMED };	/* its mode */

struct ember_start {
	uint32_t address;		/* from `base` on */
	uint8_t trust;			/* EMBER_START_* */
	bool sure;			/* the file says so, or more calls than one that were seen */
	bool other;			/* ARM mode, where Thumb is the rule */
};

struct ember_starts {
	const struct ember_elf *elf;
	const struct ember_isa *isa, *other;	/* NULL: there's but one */
	uint64_t base, end;		/* addresses of all code */
	struct ember_start *start;	/* in order of address */
	unsigned int nr, room, tidy;
	uint64_t entry;			/* where the process begins; 0: nowhere */
};

/* calls: all code is read for where they go. false: there's no code, or none that is known. */
bool ember_starts_open(struct ember_starts *starts, const struct ember_elf *elf,
		       const struct ember_exidx *exidx, bool calls);
void ember_starts_close(struct ember_starts *starts);

/* The first at `address` or behind it: its number; starts->nr if there's none. */
unsigned int ember_starts_from(const struct ember_starts *starts, uint64_t address);

/* What the code from there on seems to be in. */
const struct ember_isa *ember_starts_mode(const struct ember_starts *starts, uint64_t address);

/* Bytes of code from an address on, `bytes` at most; how many there are. */
uint32_t ember_starts_code(const struct ember_starts *starts, uint64_t address, uint8_t *code,
			   uint32_t bytes);

#endif
