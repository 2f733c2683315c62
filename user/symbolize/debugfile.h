/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that has the symbols which a stripped one lacks. */
#ifndef EMBER_DEBUGFILE_H
#define EMBER_DEBUGFILE_H

#include "elf/elf.h"
#include "symbolize/safe_open.h"
#include "symbolize/symfs.h"

#define EMBER_DEBUG_DIRS_MAX 16 /* that a command line names */

struct ember_debug_dirs {
	char **path;			/* asked for; they come before /usr/lib/debug */
	uint32_t nr;
	struct ember_symfs *symfs;	/* NULL: none; theirs come first */
};

/*
 * By build-id (DIR/.build-id/ab/cdef.debug), then by .gnu_debuglink, whose CRC must
 * be right, in the root that the stripped file is in, then in ours. *bias is what to
 * add to its addresses: prelinking moves the stripped file only. The sections have to
 * be those of the stripped file.
 */
bool ember_debug_open(struct ember_safe_open *reach, const struct ember_debug_dirs *dirs,
		      const struct ember_elf *stripped, const char *path, uint32_t root,
		      struct ember_elf *debug, uint64_t *bias);

#endif
