/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders with a board's files, on a workstation: a sysroot, a build's output, debug files.
 * Whatever is below them is found by its build-id.
 */
#ifndef EMBER_SYMFS_H
#define EMBER_SYMFS_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/elf.h"

struct ember_file;
struct ember_symfs;

/* cache: a file that keeps what was found, for the next time; NULL: nothing is kept. */
struct ember_symfs *ember_symfs_new(const char *cache);
/*
 * All that is below it is looked at, but for what the cache knows. root: paths of the board
 * are paths in it. False: it can't be read (said).
 */
bool ember_symfs_add(struct ember_symfs *symfs, const char *folder, bool root);
/* What is nowhere here is asked of debuginfod's servers. False: there's none (said). */
bool ember_symfs_debuginfod(struct ember_symfs *symfs);
/* What they have, of a program or (debug) of its debug information: open, or -1. */
int ember_symfs_fetch(const struct ember_symfs *symfs, const uint8_t *id, unsigned int id_bytes,
		      bool debug);
/* The n-th file with that build-id, open; -1: there are no more. */
int ember_symfs_open(const struct ember_symfs *symfs, const uint8_t *id, unsigned int id_bytes,
		     uint32_t n);
/*
 * A board's file: at its path below one of the folders, or anywhere by its build-id.
 * False: it isn't there, or what is at its path is another one (said, once each).
 */
bool ember_symfs_binary(const struct ember_symfs *symfs, const struct ember_file *file,
			struct ember_elf *elf);
/* The canonical path of the n-th root of a board; NULL: there are no more. */
const char *ember_symfs_folder(const struct ember_symfs *symfs, uint32_t n);
/* Whether files of other machines are asked for: below a board's root, or of servers. */
bool ember_symfs_foreign(const struct ember_symfs *symfs);
void ember_symfs_free(struct ember_symfs *symfs);

#endif
