/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARM's own unwind tables, .ARM.exidx and .ARM.extab: for a function one description of
 * its frame, as it is after the prologue. Source: Exception Handling ABI for the Arm
 * Architecture, 6 to 10.
 */
#ifndef EMBER_UNWIND_EXIDX_H
#define EMBER_UNWIND_EXIDX_H

#include "elf/elf.h"
#include <emberprof_table.h>

struct ember_exidx_entry {
	uint32_t begin;			/* address of a function, to the next one's */
	uint32_t data;			/* what is written of it, or where in .ARM.extab */
	bool elsewhere;
};

struct ember_exidx {			/* begins zeroed */
	const struct ember_elf *elf;
	struct ember_exidx_entry *entry;	/* in order */
	unsigned int nr;
	uint64_t offset, bytes, address;	/* of all of them */
};

/* false: there is none. */
bool ember_exidx_open(struct ember_exidx *exidx, const struct ember_elf *elf);
/* Lists some of its entries; false: all are there, or what comes isn't believed. */
bool ember_exidx_list(struct ember_exidx *exidx, unsigned int *work);
void ember_exidx_close(struct ember_exidx *exidx);

/* What the n-th says; rule.cfa is EMBER_CFA_NONE where it says that it can't be unwound;
 * false: it makes no sense.
 */
bool ember_exidx_rule(const struct ember_exidx *exidx, unsigned int n,
		      struct ember_rule *rule);

#endif
