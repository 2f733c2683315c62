/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loader is to write into a file's data. */
#ifndef EMBER_RELOCATIONS_H
#define EMBER_RELOCATIONS_H

#include "elf/elf.h"

struct ember_relocation {
	uint64_t slot; /* address of the word */
	uint64_t symbol; /* its number; 0: none */
	int64_t addend; /* where REL has none, what is in the word */
	const GElf_Shdr *symbols; /* the table that counts them; of no type: none */
};

/* All of an ELF file's that has section headers, in turn. */
typedef void ember_relocation_is(void *context, const struct ember_relocation *relocation);
void ember_elf_relocations(const struct ember_elf *elf, ember_relocation_is *is,
			   void *context);

/* The word of an address; 0: the file has none there. */
uint64_t ember_elf_word(const struct ember_elf *elf, uint64_t address);

#endif
