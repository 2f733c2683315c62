/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that the kernel maps into every process; no file has it. */
#ifndef EMBER_VDSO_H
#define EMBER_VDSO_H

#include "symbolize/binary.h"
#include "elf/elf.h"

/* Is a mapping that of a task as wide (32 or 64 bit) as we are? */
bool ember_vdso_ours(const struct ember_mapper *mapper);

/*
 * Our own image for tasks as wide as we are, else what the mapper still has in its
 * memory. *image is the caller's to free, after the ELF.
 */
bool ember_vdso_open(const struct ember_mapper *mapper, struct ember_elf *elf, void **image);

#endif
