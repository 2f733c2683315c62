/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file's unwind table, from all that the file tells of its functions. */
#ifndef EMBER_UNWIND_COMPILE_H
#define EMBER_UNWIND_COMPILE_H

#include "symbols/elf.h"
#include "unwind/making.h"
#include "unwind/turn.h"

struct ember_compiled {
	struct ember_table table;	/* the caller's: ember_table_drop() */
	uint64_t code;			/* bytes, by the section headers */
	uint64_t bytes[EMBER_UNWIND_SOURCES];	/* of it, by what told of them; NONE: told in vain */
	unsigned int bad;		/* entries that make no sense */
};

/*
 * debug: the file that has what was stripped, whose addresses want `bias` added; NULL:
 * there's none. turn: or NULL. false: nothing is known of the architecture.
 */
bool ember_unwind_compile(const struct ember_elf *elf, const struct ember_elf *debug,
			  uint64_t bias, const struct ember_turn *turn,
			  struct ember_compiled *compiled);

#endif
