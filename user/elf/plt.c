// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/plt.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "elf/relocations.h"

#define EMBER_NAME_BYTES 1024

struct ember_plt_jump {
	struct ember_want *want;
	uint64_t slot; /* the word that holds where it goes */
	uint64_t chooser; /* the function that says where that is (STT_GNU_IFUNC); 0: none */
};

struct ember_plt {
	const struct ember_elf *elf;
	struct ember_strings *strings;
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

/*
 * A stub is where an instruction loads a word that a relocation fills, with what some
 * linkers put before that. So whichever linker has laid it out: the last load whose stub
 * begins at or before the address, and not too long before it.
 */

/* jmp *slot; mov slot, %r11 of retpolines; relative to the next on 64 bit. */
static bool ember_plt_x86(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			  uint64_t *slot)
{
	uint8_t code[64];
	uint64_t from, i, begin, n;
	int32_t by;

	/* 31 bytes back, and as far ahead as a load may be. */
	from = address - h->sh_addr > 31 ? address - 31 : h->sh_addr;
	n = h->sh_addr + h->sh_size - from;
	n = n < address - from + 18 ? n : address - from + 18;
	if (!ember_plt_code(p, h, from, code, n))
		return false;
	for (i = n - 6; n >= 7 && i < n; i--) {
		uint64_t opcode = code[i] == 0xff && code[i + 1] == 0x25 ? 2 :
				  p->elf->wide && i + 7 <= n && code[i] == 0x4c &&
						  code[i + 1] == 0x8b && code[i + 2] == 0x1d ?
									   3 :
									   0;

		if (!opcode)
			continue;
		begin = i;
		if (begin && code[begin - 1] == 0xf2)
			begin--; /* bnd */
		if (begin >= 6 && code[begin - 6] == 0x41 && code[begin - 5] == 0xbb)
			begin -= 6; /* mov $number, %r11d */
		if (begin >= 4 && code[begin - 4] == 0xf3 && code[begin - 3] == 0x0f &&
		    code[begin - 2] == 0x1e)
			begin -= 4; /* endbr */
		if (from + begin > address)
			continue;
		memcpy(&by, code + i + opcode, sizeof(by));
		*slot = p->elf->wide ? from + i + opcode + 4 + by : (uint32_t)by;
		return true;
	}
	return false;
}

/* adrp x16, page; ldr x17, [x16, #low], perhaps after bti c */
static bool ember_plt_arm64(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			    uint64_t *slot)
{
	uint64_t at = address & ~3ull;
	uint32_t code[2];
	int64_t page;
	int i;

	if (ember_plt_code(p, h, at, code, 4) && code[0] == 0xd503245f)
		at += 4;
	for (i = 0; i < 6; i++, at -= 4) {
		if (!ember_plt_code(p, h, at, code, sizeof(code)) ||
		    (code[0] & 0x9f00001f) != 0x90000010)
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

/*
 * Follow ip, which is pc and a number (add) or a word behind the code (ldr) at first, until
 * pc is loaded from where it leads to.
 */
static bool ember_plt_arm_at(const struct ember_plt *p, const GElf_Shdr *h, uint32_t at,
			     uint64_t *slot)
{
	uint32_t ip = 0, code, turn, number;
	int i;

	for (i = 0; i < 5 && ember_plt_code(p, h, at, &code, 4); i++, at += 4) {
		turn = code >> 7 & 30;
		number = code & 0xff;
		if (turn)
			number = number >> turn | number << (32 - turn);
		if (!i && code >> 12 == 0xe28fc)
			ip = at + 8 + number;
		else if (!i && code >> 12 == 0xe59fc &&
			 ember_plt_code(p, h, at + 8 + (code & 0xfff), &number, 4))
			ip = number;
		else if (i && code >> 12 == 0xe28cc)
			ip += number;
		else if (i && (code == 0xe08cc00f || code == 0xe08fc00c))
			ip += at + 8;
		else if (i && (code >> 12 == 0xe5bcf || code >> 12 == 0xe59cf)) {
			*slot = ip + (code & 0xfff);
			return true;
		} else
			return false;
	}
	return false;
}

/* Four instructions at most, and a word; perhaps after bx pc, for Thumb. */
static bool ember_plt_arm(const struct ember_plt *p, const GElf_Shdr *h, uint64_t address,
			  uint64_t *slot)
{
	uint64_t at = address & ~3ull;
	uint32_t code;
	int i;

	if (ember_plt_code(p, h, at, &code, 4) && (code & 0xffff) == 0x4778)
		at += 4;
	for (i = 0; i < 4 && at >= h->sh_addr; i++, at -= 4)
		if (ember_plt_arm_at(p, h, at, slot))
			return true;
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
			      struct ember_addr_lookup *wanted)
{
	uint32_t i;

	for (i = 0; i < wanted->nr; i++) {
		struct ember_want *want = &wanted->want[i];

		if (p->nr == wanted->nr)
			return; /* sections that lie over each other */
		/* mold's own symbols are called puts$plt and puts$pltgot. */
		if ((want->name && !strstr(want->name, "$plt")) ||
		    want->address - h->sh_addr >= h->sh_size ||
		    !ember_plt_slot(p, h, want->address, &p->jump[p->nr].slot))
			continue;
		want->name = NULL;
		p->jump[p->nr++].want = want;
	}
}

static const char *ember_plt_kept(char *name, struct ember_strings *strings)
{
	strcpy(name + strcspn(name, "@"), "@plt");
	return ember_strings_keep(strings, name);
}

static const char *ember_plt_name(const struct ember_plt *p, const GElf_Shdr *symbols,
				  uint64_t index)
{
	uint64_t each = p->elf->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	char name[EMBER_NAME_BYTES + sizeof("@plt")];
	uint64_t n = EMBER_NAME_BYTES;
	GElf_Shdr text;
	uint32_t at; /* st_name comes first in both */

	if (symbols->sh_type != SHT_DYNSYM || index >= symbols->sh_size / each ||
	    !ember_elf_read(p->elf, symbols->sh_offset + index * each, &at, sizeof(at)) ||
	    !gelf_getshdr(elf_getscn(p->elf->elf, symbols->sh_link), &text) ||
	    text.sh_type != SHT_STRTAB || at >= text.sh_size)
		return NULL;
	if (n > text.sh_size - at)
		n = text.sh_size - at;
	if (!ember_elf_read(p->elf, text.sh_offset + at, name, n) || !*name ||
	    !memchr(name, 0, n))
		return NULL;
	return ember_plt_kept(name, p->strings);
}

static int ember_plt_order(const void *a, const void *b)
{
	const struct ember_plt_jump *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void ember_plt_relocation(void *context, const struct ember_relocation *r)
{
	struct ember_plt *p = context;
	uint32_t low = 0, high = p->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (p->jump[middle].slot < r->slot)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < p->nr && p->jump[low].slot == r->slot; low++) {
		struct ember_plt_jump *jump = &p->jump[low];

		if (!r->symbol)
			jump->chooser = r->addend & (p->elf->machine == EM_ARM ? ~1ll : ~0ll);
		else if (!jump->want->name)
			jump->want->name = ember_plt_name(p, r->symbols, r->symbol);
	}
}

/* What is chosen is called as what chooses. */
static void ember_plt_chosen(struct ember_plt *p)
{
	char name[EMBER_NAME_BYTES + sizeof("@plt")];
	struct ember_addr_lookup chooser = {};
	struct ember_asked asked = {};
	uint32_t i;

	for (i = 0; i < p->nr; i++)
		if (p->jump[i].chooser && !p->jump[i].want->name)
			ember_asked_add(&asked, p->jump[i].chooser);
	ember_addr_lookup_new(&chooser, &asked, NULL, NULL);
	if (chooser.nr) {
		ember_elf_symbols(p->elf, &chooser, 0, false, NULL);
		ember_addr_lookup_settle(&chooser);
		ember_elf_symbols(p->elf, &chooser, 0, true, p->strings);
	}
	for (i = 0; i < p->nr; i++) {
		const struct ember_want *is =
			ember_addr_lookup_start(&chooser, p->jump[i].chooser);

		if (p->jump[i].want->name || !is || strlen(is->name) >= EMBER_NAME_BYTES)
			continue;
		strcpy(name, is->name);
		p->jump[i].want->name = ember_plt_kept(name, p->strings);
	}
	ember_asked_free(&asked);
	ember_addr_lookup_free(&chooser);
}

void ember_elf_plt(const struct ember_elf *e, struct ember_addr_lookup *wanted,
		   struct ember_strings *strings)
{
	struct ember_plt p = { .elf = e, .strings = strings };
	Elf_Scn *section = NULL;
	GElf_Shdr h;

	p.jump = ember_xrealloc(NULL, wanted->nr + 1, sizeof(*p.jump));
	while ((section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_type == SHT_PROGBITS &&
		    h.sh_flags & SHF_EXECINSTR &&
		    (ember_elf_named(e, &h, ".plt", 4) || ember_elf_named(e, &h, ".iplt", 6)))
			ember_plt_section(&p, &h, wanted);
	if (p.nr) {
		qsort(p.jump, p.nr, sizeof(*p.jump), ember_plt_order);
		ember_elf_relocations(e, ember_plt_relocation, &p);
		ember_plt_chosen(&p);
	}
	free(p.jump);
}
