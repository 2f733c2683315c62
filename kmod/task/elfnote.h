/* SPDX-License-Identifier: GPL-2.0-only */
/* The build-id of an ELF file, from its notes. Pure; the host's tests run it too. */
#ifndef EMBER_ELFNOTE_H
#define EMBER_ELFNOTE_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/* Reads all of `bytes` at `offset`: 0, or a negative error. */
typedef int (*ember_elf_read)(void *context, u64 offset, void *to, u32 bytes);

/* Into id[20]. Returns its length (1 .. 20), 0 if there is none or the file makes no
 * sense, or the reader's error.
 */
int ember_elf_build_id(ember_elf_read read, void *context, u8 *id);

#endif
