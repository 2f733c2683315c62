/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles a file's unwind table from its unwind information and its code: at once, or in slices
 * of bounded work, between which an event loop can run.
 */
#ifndef EMBER_UNWIND_COMPILE_H
#define EMBER_UNWIND_COMPILE_H

#include "elf/elf.h"
#include "unwind/table_builder.h"

/* Work of one step: less than 300,000 instructions, which take a Cortex-A7 0.6 ms. */
#define EMBER_COMPILE_SLICE 480

struct ember_compiled {
	struct ember_table table;	/* the caller's: ember_table_drop() */
	uint64_t code;			/* bytes, by the section headers */
	uint64_t bytes[EMBER_UNWIND_SOURCES];	/* of it, by source; NONE: no usable rule */
	unsigned int bad;		/* entries that make no sense */
};

struct ember_compiler;

/*
 * Begins to compile a file's table. debug: the file that has what was stripped, whose addresses
 * want `bias` added, or NULL. Both files stay open until ember_compile_end(). Returns NULL where
 * nothing is known of the architecture.
 */
struct ember_compiler *ember_compile_begin(const struct ember_elf *elf,
					   const struct ember_elf *debug, uint64_t bias);

/* Goes on for about `work`; returns false when the table is complete. */
bool ember_compile_step(struct ember_compiler *compiler, unsigned int work);

/*
 * Frees the compiler. Hands over the table if the last step returned false; compiled may be NULL,
 * for a table that nobody wants any more.
 */
void ember_compile_end(struct ember_compiler *compiler, struct ember_compiled *compiled);

/* All of that in one call; false: nothing is known of the architecture. */
bool ember_unwind_compile(const struct ember_elf *elf, const struct ember_elf *debug,
			  uint64_t bias, struct ember_compiled *compiled);

#endif
