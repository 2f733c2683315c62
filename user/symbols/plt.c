// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/plt.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define EMBER_RELOCATIONS_MAX (1u << 22)
#define EMBER_NAME_BYTES      1024

struct ember_plt_jump {
	struct ember_want *want;
	uint64_t slot; /* the word that holds where it goes */
};

struct ember_plt {
	const struct ember_elf *elf;
	struct ember_plt_jump *jump;
	uint32_t nr;
};

static bool ember_plt_code(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			   void *to, uint64_t bytes)
{
	return address >= h->sh_addr && address - h->sh_addr < h->sh_size &&
	       bytes <= h->sh_size - (address - h->sh_addr) &&
	       ember_elf_read(p->elf, h->sh_offset + (address - h->sh_addr), to, bytes);
}

/* jmp *slot, perhaps after endbr64 or with a bnd prefix; relative to the next on 64 bit. */
static bool ember_plt_x86(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			  uint64_t *slot)
{
	uint64_t each = h->sh_entsize == 8 ? 8 : 16;
	uint64_t entry = h->sh_addr + (address - h->sh_addr) / each * each;
	uint8_t code[16];
	int32_t by;
	int i;

	if (!ember_plt_code(p, h, entry, code, each))
		return false;
	for (i = 0; i + 6 <= (int)each && i <= 6; i++)
		if (code[i] == 0xff && code[i + 1] == 0x25) {
			memcpy(&by, code + i + 2, sizeof(by));
			*slot = p->elf->wide ? entry + i + 6 + by : (uint32_t)by;
			return true;
		}
	return false;
}

/* adrp x16, page; ldr x17, [x16, #low] */
static bool ember_plt_arm64(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			    uint64_t *slot)
{
	uint64_t at = address & ~3ull;
	uint32_t code[2];
	int64_t page;
	int i;

	if (ember_plt_code(p, h, at, code, 4) && code[0] == 0xd503245f)
		at += 4; /* bti c */
	for (i = 0; i < 4; i++, at -= 4) {
		if (!ember_plt_code(p, h, at, code, sizeof(code)))
			return false;
		if ((code[0] & 0x9f00001f) != 0x90000010)
			continue;
		if ((code[1] & 0xffc003ff) != 0xf9400211)
			return false;
		page = (int64_t)((uint64_t)(code[0] >> 5 & 0x7ffff) << 45) >> 31;
		page |= (uint64_t)(code[0] >> 29 & 3) << 12;
		*slot = (at & ~4095ull) + page + (code[1] >> 10 & 0xfff) * 8;
		return true;
	}
	return false;
}

/* add ip, pc, #high; add ip, ip, #middle; ldr pc, [ip, #low]!, perhaps after bx pc; nop */
static bool ember_plt_arm(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			  uint64_t *slot)
{
	uint64_t at = address & ~3ull;
	uint32_t code[3];
	int i;

	if (ember_plt_code(p, h, at, code, 4) && code[0] == 0x46c04778)
		at += 4;
	for (i = 0; i < 3; i++, at -= 4) {
		if (at < h->sh_addr)
			return false;
		if (!ember_plt_code(p, h, at, code, sizeof(code)) ||
		    (code[0] & 0xffffff00) != 0xe28fc600 ||
		    (code[1] & 0xffffff00) != 0xe28cca00 ||
		    (code[2] & 0xfffff000) != 0xe5bcf000)
			continue;
		*slot = (uint32_t)(at + 8 + (code[0] << 20 & 0xff00000) +
				   (code[1] << 12 & 0xff000) + (code[2] & 0xfff));
		return true;
	}
	return false;
}

static bool ember_plt_slot(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			   uint64_t *slot)
{
	switch (p->elf->machine) {
	case EM_X86_64:
	case EM_386: return ember_plt_x86(p, h, address, slot);
	case EM_AARCH64: return ember_plt_arm64(p, h, address, slot);
	case EM_ARM: return ember_plt_arm(p, h, address, slot);
	}
	return false;
}

static void ember_plt_section(struct ember_plt *p, const GElf_Shdr *h,
			      struct ember_wanted *wanted)
{
	uint32_t i;

	for (i = 0; i < wanted->nr; i++) {
		struct ember_want *want = &wanted->want[i];

		if (p->nr == wanted->nr)
			return; /* sections that lie over each other */
		if (want->name || want->address - h->sh_addr >= h->sh_size ||
		    !ember_plt_slot(p, h, want->address, &p->jump[p->nr].slot))
			continue;
		p->jump[p->nr++].want = want;
	}
}

static const char *ember_plt_name(const struct ember_plt *p, const GElf_Shdr *symbols,
				  uint64_t index, struct ember_strings *strings)
{
	uint64_t each = p->elf->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	char name[EMBER_NAME_BYTES + sizeof("@plt")];
	uint64_t n = EMBER_NAME_BYTES;
	GElf_Shdr text;
	uint32_t at; /* st_name comes first in both */

	if (!index || index >= symbols->sh_size / each ||
	    !ember_elf_read(p->elf, symbols->sh_offset + index * each, &at, sizeof(at)) ||
	    !gelf_getshdr(elf_getscn(p->elf->elf, symbols->sh_link), &text) ||
	    text.sh_type != SHT_STRTAB || at >= text.sh_size)
		return NULL;
	if (n > text.sh_size - at)
		n = text.sh_size - at;
	if (!ember_elf_read(p->elf, text.sh_offset + at, name, n) || !*name ||
	    !memchr(name, 0, n))
		return NULL;
	name[strcspn(name, "@")] = 0;
	return ember_strings_keep(strings, strcat(name, "@plt"));
}

static void ember_plt_relocation(struct ember_plt *p, const GElf_Shdr *symbols, uint64_t slot,
				 uint64_t index, struct ember_strings *strings)
{
	uint32_t i;

	for (i = 0; i < p->nr; i++)
		if (p->jump[i].slot == slot && !p->jump[i].want->name)
			p->jump[i].want->name = ember_plt_name(p, symbols, index, strings);
}

static void ember_plt_relocations(struct ember_plt *p, const GElf_Shdr *h,
				  struct ember_strings *strings)
{
	uint64_t word = p->elf->wide ? 8 : 4,
		 each = h->sh_type == SHT_RELA ? 3 * word : 2 * word;
	uint64_t i, k, n, nr = h->sh_size / each;
	uint8_t piece[256 * 24] __attribute__((aligned(8)));
	GElf_Shdr symbols;

	if (h->sh_entsize != each || nr > EMBER_RELOCATIONS_MAX ||
	    !gelf_getshdr(elf_getscn(p->elf->elf, h->sh_link), &symbols) ||
	    symbols.sh_type != SHT_DYNSYM)
		return;
	for (i = 0; i < nr; i += n) {
		n = nr - i < 256 ? nr - i : 256;
		if (!ember_elf_read(p->elf, h->sh_offset + i * each, piece, n * each))
			return;
		for (k = 0; k < n; k++) {
			const Elf64_Rel *r64 = (const void *)(piece + k * each);
			const Elf32_Rel *r32 = (const void *)(piece + k * each);

			ember_plt_relocation(p, &symbols,
					     word == 8 ? r64->r_offset : r32->r_offset,
					     word == 8 ? ELF64_R_SYM(r64->r_info) :
							 ELF32_R_SYM(r32->r_info),
					     strings);
		}
	}
}

void ember_elf_plt(const struct ember_elf *e, struct ember_wanted *wanted,
		   struct ember_strings *strings)
{
	struct ember_plt p = { .elf = e };
	Elf_Scn *section = NULL;
	GElf_Shdr h;

	p.jump = ember_grow(NULL, wanted->nr + 1, sizeof(*p.jump));
	while ((section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_type == SHT_PROGBITS &&
		    h.sh_flags & SHF_EXECINSTR && ember_elf_named(e, &h, ".plt", 4))
			ember_plt_section(&p, &h, wanted);
	section = NULL;
	while (p.nr && (section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_flags & SHF_ALLOC &&
		    (h.sh_type == SHT_RELA || h.sh_type == SHT_REL))
			ember_plt_relocations(&p, &h, strings);
	free(p.jump);
}
