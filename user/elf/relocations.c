// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/relocations.h"

#include <stddef.h>

#define EMBER_RELOCATIONS_MAX (1u << 22) /* of one section */

uint64_t ember_elf_word(const struct ember_elf *e, uint64_t address)
{
	uint64_t word = 0, at, bytes = e->wide ? 8 : 4;

	return ember_segment_offset(e->segment, e->nr_segment, address, bytes, &at) &&
			       ember_elf_read(e, at, &word, bytes) ?
		       word :
		       0;
}

static void ember_relocations_section(const struct ember_elf *e, const GElf_Shdr *h,
				      ember_relocation_is *is, void *context)
{
	uint64_t word = e->wide ? 8 : 4, each = h->sh_type == SHT_RELA ? 3 * word : 2 * word;
	uint64_t i, k, n, nr = h->sh_size / each;
	uint8_t piece[256 * 24] __attribute__((aligned(8)));
	GElf_Shdr symbols = {};
	struct ember_relocation r = { .symbols = &symbols };

	if (h->sh_entsize != each || nr > EMBER_RELOCATIONS_MAX)
		return;
	/* A static program's have none. */
	gelf_getshdr(elf_getscn(e->elf, h->sh_link), &symbols);
	for (i = 0; i < nr; i += n) {
		n = nr - i < 256 ? nr - i : 256;
		if (!ember_elf_read(e, h->sh_offset + i * each, piece, n * each))
			return;
		for (k = 0; k < n; k++) {
			const Elf64_Rela *r64 = (const void *)(piece + k * each);
			const Elf32_Rela *r32 = (const void *)(piece + k * each);

			r.slot = e->wide ? r64->r_offset : r32->r_offset;
			r.symbol = e->wide ? ELF64_R_SYM(r64->r_info) :
					     ELF32_R_SYM(r32->r_info);
			if (h->sh_type == SHT_RELA)
				r.addend = e->wide ? r64->r_addend : r32->r_addend;
			else if (!r.symbol)
				r.addend = ember_elf_word(e, r.slot);
			is(context, &r);
		}
	}
}

void ember_elf_relocations(const struct ember_elf *e, ember_relocation_is *is, void *context)
{
	Elf_Scn *section = NULL;
	GElf_Shdr h;

	while ((section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_flags & SHF_ALLOC &&
		    (h.sh_type == SHT_RELA || h.sh_type == SHT_REL))
			ember_relocations_section(e, &h, is, context);
}
