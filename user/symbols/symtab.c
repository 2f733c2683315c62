// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of an ELF file's symbol tables, a piece at a time. */
#include <ctype.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "symbols/elf.h"

#define EMBER_SYMBOLS_MAX (1u << 24) /* of one table */
#define EMBER_NAME_BYTES  65536 /* longer ones are nobody's names */

struct ember_symtab {
	const struct ember_elf *elf;
	struct ember_wanted *wanted;
	struct ember_strings *strings;
	uint64_t bias;
	uint64_t names, names_bytes; /* the string table, in the file */
	uint64_t name; /* of the symbol at hand, in the string table */
	bool naming;
	ember_elf_begin_at *place; /* only that is wanted */
	void *context;
};

/* Cut a version off (foo@@GLIBC_2.2), but no other `@`, which Crystal's and Kotlin's names have. */
static void ember_symtab_plain(char *text)
{
	char *at = strchr(text, '@'), *end;

	if (!at || at == text)
		return;
	end = at + 1 + (at[1] == '@');
	/* foo@12 is a calling convention's. */
	if (!isalpha(*end) && *end != '_' && end == at + 1)
		return;
	while (isalnum(*end) || (*end && strchr("_.-", *end)))
		end++;
	if (!*end)
		*at = 0;
}

static const char *ember_symtab_name(void *context)
{
	const struct ember_symtab *t = context;
	uint64_t room = 128, left;
	const char *kept = NULL;
	char *text = NULL;

	if (t->name >= t->names_bytes)
		return NULL;
	left = t->names_bytes - t->name;
	for (;; room *= 8) {
		uint64_t n = room < left ? room : left;

		text = ember_grow(text, n, 1);
		if (!ember_elf_read(t->elf, t->names + t->name, text, n))
			break;
		if (memchr(text, 0, n)) {
			ember_symtab_plain(text);
			kept = *text ? ember_strings_keep(t->strings, text) : NULL;
			break;
		}
		if (n == left || room >= EMBER_NAME_BYTES)
			break;
	}
	free(text);
	return kept;
}

static void ember_symtab_symbol(struct ember_symtab *t, const GElf_Sym *s)
{
	const struct ember_elf_section *section;
	unsigned int type = GELF_ST_TYPE(s->st_info), bind = GELF_ST_BIND(s->st_info);
	struct ember_symbol symbol;
	uint64_t start = s->st_value;

	if (s->st_shndx == SHN_UNDEF || s->st_shndx >= t->elf->nr_section)
		return;
	section = &t->elf->section[s->st_shndx];
	if (!section->code)
		return;
	/*
	 * A label without a type may be a function written in assembly, if others can
	 * see it. Those that can't are places in one, or say what code it is ($t).
	 */
	if (type == STT_NOTYPE ? bind == STB_LOCAL : type != STT_FUNC && type != STT_GNU_IFUNC)
		return;
	if (t->elf->machine == EM_ARM && type != STT_NOTYPE)
		start &= ~1ull; /* Thumb */
	if (start < section->start || start >= section->end)
		return;
	if (t->place) {
		t->place(t->context, s->st_value);
		return;
	}
	symbol.start = start + t->bias;
	symbol.end = section->end + t->bias;
	symbol.kind = EMBER_SYMBOL_UNSIZED;
	if (s->st_size) {
		symbol.kind = EMBER_SYMBOL_SIZED;
		if (s->st_size < section->end - start)
			symbol.end = start + s->st_size + t->bias;
	}
	symbol.rank = bind == STB_WEAK	? EMBER_RANK_WEAK :
		      bind == STB_LOCAL ? EMBER_RANK_LOCAL :
					  EMBER_RANK_GLOBAL;
	if (type == STT_NOTYPE)
		symbol.rank |= EMBER_RANK_UNTYPED;
	if (!t->naming) {
		ember_wanted_extent(t->wanted, &symbol);
		return;
	}
	t->name = s->st_name;
	ember_wanted_name(t->wanted, &symbol, NULL, ember_symtab_name, t);
}

static void ember_symtab_read(struct ember_symtab *t, const GElf_Shdr *h)
{
	union {
		Elf32_Sym s32[512];
		Elf64_Sym s64[512];
	} piece;
	bool wide = t->elf->wide;
	uint64_t each = wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	uint64_t i, k, n, nr = h->sh_size / each;

	if (h->sh_entsize != each || nr > EMBER_SYMBOLS_MAX)
		return;
	for (i = 0; i < nr; i += n) {
		n = nr - i < 512 ? nr - i : 512;
		if (!ember_elf_read(t->elf, h->sh_offset + i * each, &piece, n * each))
			return;
		for (k = 0; k < n; k++) {
			GElf_Sym s;

			if (wide) {
				s = piece.s64[k];
			} else {
				s.st_name = piece.s32[k].st_name;
				s.st_info = piece.s32[k].st_info;
				s.st_shndx = piece.s32[k].st_shndx;
				s.st_value = piece.s32[k].st_value;
				s.st_size = piece.s32[k].st_size;
			}
			ember_symtab_symbol(t, &s);
		}
	}
}

static void ember_symtab_all(struct ember_symtab *t)
{
	Elf_Scn *section = NULL;
	GElf_Shdr h, names;

	while ((section = elf_nextscn(t->elf->elf, section))) {
		if (!gelf_getshdr(section, &h) || h.sh_flags & SHF_COMPRESSED ||
		    (h.sh_type != SHT_SYMTAB && h.sh_type != SHT_DYNSYM) ||
		    !gelf_getshdr(elf_getscn(t->elf->elf, h.sh_link), &names) ||
		    names.sh_type != SHT_STRTAB || names.sh_flags & SHF_COMPRESSED)
			continue;
		t->names = names.sh_offset;
		t->names_bytes = names.sh_size;
		ember_symtab_read(t, &h);
	}
}

void ember_elf_symbols(const struct ember_elf *e, struct ember_wanted *wanted, uint64_t bias,
		       bool naming, struct ember_strings *strings)
{
	struct ember_symtab t = {
		.elf = e,
		.wanted = wanted,
		.strings = strings,
		.bias = bias,
		.naming = naming,
	};

	ember_symtab_all(&t);
}

void ember_elf_begins(const struct ember_elf *e, ember_elf_begin_at *place, void *context)
{
	struct ember_symtab t = { .elf = e, .place = place, .context = context };

	ember_symtab_all(&t);
}
