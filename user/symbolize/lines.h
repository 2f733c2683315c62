/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the source code is, and what was inlined there: by a file's DWARF, read with
 * libdw, as far as it's asked for. Workstations only: elsewhere nothing is known of lines.
 */
#ifndef EMBER_LINES_H
#define EMBER_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/strings.h"

struct ember_call {
	const char *name;		/* as people write it, or NULL: unknown */
	const char *linkage;		/* as the linker would know it */
	const char *file;		/* path, as given to the compiler; NULL: unknown */
	uint32_t line;			/* 0: unknown */
	bool here;			/* that path is one of this machine */
};

struct ember_lines;
struct ember_companions;

/*
 * Open the line information of an ELF file; @fd stays the caller's. @companions: where to find
 * the files that it refers to, or NULL. Return NULL if there is no debug information.
 */
struct ember_lines *ember_lines_open(int fd, const struct ember_companions *companions);
/*
 * At an address of the file's own, innermost first: the last one is the function, what's
 * before it was inlined into the next. *nr: how many; 0: nothing is known. They last until
 * the next question, and `strings` keeps the texts.
 */
const struct ember_call *ember_lines_at(struct ember_lines *lines, uint64_t address,
					struct ember_strings *strings, uint32_t *nr);
void ember_lines_close(struct ember_lines *lines);

#endif
