/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others' packing hides from libelf and libdw, as files in memory; on workstations. */
#ifndef EMBER_UNPACK_H
#define EMBER_UNPACK_H

#include "elf/elf.h"

/*
 * Each returns the descriptor of a file, the caller's to close, or -1: there is nothing of
 * the kind, or it makes no sense. The same file, with the sections that zstd has packed as
 * they were before:
 */
int ember_unpack_sections(int fd);
/* The ELF file with more symbols that is in .gnu_debugdata, packed by xz: */
int ember_unpack_symbols(const struct ember_elf *elf);

#endif
