/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions begin, in a file that may have lost most of its symbols: what symbols
 * are left, the entry, .ARM.exidx, and where calls go to. And which of ARM's instruction
 * sets a piece of code is in.
 */
#ifndef EMBER_UNWIND_STARTS_H
#define EMBER_UNWIND_STARTS_H

#include "elf/elf.h"
#include "unwind/exidx.h"
#include "unwind/isa.h"

enum { EMBER_START_GUESSED, EMBER_START_CALLED, EMBER_START_NAMED };	/* its mode */

struct ember_start {
	uint64_t address;
	bool sure;			/* the file says so, or more calls than one that were seen */
	bool other;			/* ARM mode, where Thumb is the rule */
};

#define EMBER_STARTS_RECENT 256

struct ember_starts {
	const struct ember_elf *elf;
	const struct ember_exidx *exidx;
	const struct ember_isa *isa, *other;	/* NULL: there's but one */
	uint64_t base, end;		/* addresses of all code */
	struct ember_starts_page {	/* of 4 KiB of code: starts in order, each once */
		uint16_t *start;	/* place << 4, EMBER_START_* << 2, sure << 1, other */
		uint16_t nr, room;
	} *page;
	uint32_t nr_pages;
	uint32_t recent[EMBER_STARTS_RECENT];	/* starts that more calls than one lead to */
	uint64_t entry;			/* where the process begins; 0: nowhere */
	uint8_t phase;			/* what is looked at next: */
	uint32_t next;			/* a section, or an entry of .ARM.exidx, */
	uint64_t at;			/* an address in it, */
	struct ember_elf_begins symbols;
	struct ember_literals *literals;
};

/* calls: all code is read for where they go. false: there's no code, or none that is known. */
bool ember_starts_open(struct ember_starts *starts, const struct ember_elf *elf,
		       const struct ember_exidx *exidx, bool calls);
void ember_starts_close(struct ember_starts *starts);

/* Search the next piece of the file, adding its cost to *work. Return false when done. */
bool ember_starts_step(struct ember_starts *starts, unsigned int *work);

/* The first start at `from` or behind it, and before `to`; false: there's none. */
bool ember_starts_next(const struct ember_starts *starts, uint64_t from, uint64_t to,
		       struct ember_start *start);

/* The last start at `address` or before it; false: there's none. */
bool ember_starts_last(const struct ember_starts *starts, uint64_t address,
		       struct ember_start *start);

/* What the code from there on seems to be in. */
const struct ember_isa *ember_starts_mode(const struct ember_starts *starts, uint64_t address);

/* Bytes of code from an address on, `bytes` at most; how many there are. */
uint32_t ember_starts_code(const struct ember_starts *starts, uint64_t address, uint8_t *code,
			   uint32_t bytes);

#endif
