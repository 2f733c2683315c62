// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of an ELF file's symbol tables, a piece at a time. */
#include <ctype.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "elf/elf.h"

#define EMBER_SYMBOLS_MAX   (1u << 24) /* of one table */
#define EMBER_NAME_BYTES    65536 /* longer ones are nobody's names */
#define EMBER_SYMBOLS_PIECE 512

struct ember_symtab {
	const struct ember_elf *elf;
	struct ember_addr_lookup *wanted;
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

		text = ember_xrealloc(text, n, 1);
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

/* Where a symbol is, by its section's number or, without section headers, by its place. */
static const struct ember_elf_section *ember_symtab_section(const struct ember_symtab *t,
							    const GElf_Sym *s)
{
	const struct ember_elf *e = t->elf;
	uint32_t i = s->st_shndx;

	if (s->st_shndx == SHN_UNDEF)
		return NULL;
	for (i = e->bare ? 0 : i; e->bare && i < e->nr_section; i++)
		if (s->st_value - e->section[i].start <
		    e->section[i].end - e->section[i].start)
			break;
	return i < e->nr_section && e->section[i].code ? &e->section[i] : NULL;
}

static void ember_symtab_symbol(struct ember_symtab *t, const GElf_Sym *s)
{
	const struct ember_elf_section *section = ember_symtab_section(t, s);
	unsigned int type = GELF_ST_TYPE(s->st_info), bind = GELF_ST_BIND(s->st_info);
	struct ember_symbol symbol;
	uint64_t start = s->st_value;

	if (!section)
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
		ember_addr_lookup_extent(t->wanted, &symbol);
		return;
	}
	t->name = s->st_name;
	ember_addr_lookup_name(t->wanted, &symbol, NULL, ember_symtab_name, t);
}

/* The next symbols from that number on: how many; 0: there are no more. */
static uint64_t ember_symtab_piece(struct ember_symtab *t, const GElf_Shdr *h, uint64_t from)
{
	union {
		Elf32_Sym s32[EMBER_SYMBOLS_PIECE];
		Elf64_Sym s64[EMBER_SYMBOLS_PIECE];
	} piece;
	bool wide = t->elf->wide;
	uint64_t each = wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	uint64_t k, n, nr = h->sh_size / each;

	if (h->sh_entsize != each || nr > EMBER_SYMBOLS_MAX || from >= nr)
		return 0;
	n = nr - from < EMBER_SYMBOLS_PIECE ? nr - from : EMBER_SYMBOLS_PIECE;
	if (!ember_elf_read(t->elf, h->sh_offset + from * each, &piece, n * each))
		return 0;
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
	return n;
}

static void ember_symtab_read(struct ember_symtab *t, const GElf_Shdr *h)
{
	uint64_t from = 0, n;

	while ((n = ember_symtab_piece(t, h, from)))
		from += n;
}

/* Read a word of 32 bits, or one of the file's own width; 0: it isn't there. */
static uint64_t ember_symtab_word(const struct ember_elf *e, uint64_t offset, bool wide)
{
	uint64_t word = 0;

	return ember_elf_read(e, offset, &word, wide ? 8 : 4) ? word : 0;
}

static bool ember_symtab_offset(const struct ember_elf *e, uint64_t address, uint64_t *offset)
{
	return address && ember_segment_offset(e->segment, e->nr_segment, address, 4, offset);
}

/* The next words of a DT_GNU_HASH, `most` at most; how many, which is 0 where none can be read. */
static uint64_t ember_symtab_words(const struct ember_elf *e, const struct ember_elf_chains *c,
				   uint64_t most, uint32_t *word)
{
	uint64_t n = c->at < e->bytes ? (e->bytes - c->at) / sizeof(*word) : 0;

	if (n > EMBER_SYMBOLS_PIECE)
		n = EMBER_SYMBOLS_PIECE;
	if (n > most)
		n = most;
	return n && ember_elf_read(e, c->at, word, n * sizeof(*word)) ? n : 0;
}

static void ember_symtab_chains(const struct ember_elf *e, uint64_t at,
				struct ember_elf_chains *c)
{
	c->buckets = ember_symtab_word(e, at, false);
	c->first = ember_symtab_word(e, at + 4, false);
	c->at = at + 16 + ember_symtab_word(e, at + 8, false) * (e->wide ? 8 : 4);
	c->on = true;
}

/*
 * How many symbols a DT_GNU_HASH has: up to the end of the chain that begins last. False:
 * that is known, or can't be.
 */
static bool ember_symtab_chained(const struct ember_elf *e, struct ember_elf_chains *c)
{
	uint32_t word[EMBER_SYMBOLS_PIECE];
	uint64_t n, i;

	if (c->buckets) {
		n = ember_symtab_words(e, c, c->buckets, word);
		for (i = 0; i < n; i++)
			c->last = word[i] > c->last ? word[i] : c->last;
		c->at += n * sizeof(*word);
		c->buckets -= n;
		if (!c->buckets && c->last >= c->first)
			c->at += (c->last - c->first) * sizeof(*word);
	} else {
		n = c->last < c->first ? 0 :
					 ember_symtab_words(e, c, EMBER_SYMBOLS_PIECE, word);
		for (i = 0; i < n && !(word[i] & 1); i++)
			;
		c->at += n * sizeof(*word);
		c->last += i;
		c->done = i < n;
	}
	c->on = n && !c->done && c->last < EMBER_SYMBOLS_MAX;
	return c->on;
}

/* Without a chain it's those that aren't hashed. */
static uint64_t ember_symtab_counted(const struct ember_elf_chains *c)
{
	return c->last < c->first ? c->first : c->done ? c->last + 1 : 0;
}

/* By PT_DYNAMIC, which the loader needs, too; of no size: there's none, or `chains` has it. */
static GElf_Shdr ember_symtab_dynamic(struct ember_symtab *t, struct ember_elf_chains *chains)
{
	const struct ember_elf *e = t->elf;
	uint64_t value[DT_STRSZ + 1] = {}, gnu = 0, at, each = e->wide ? 8 : 4;
	GElf_Shdr h = { .sh_entsize = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym) };
	GElf_Phdr p;

	if (!ember_elf_segment(e, PT_DYNAMIC, &p))
		return h;
	for (at = 0; at < p.p_filesz; at += 2 * each) {
		uint64_t tag = ember_symtab_word(e, p.p_offset + at, e->wide);
		uint64_t is = ember_symtab_word(e, p.p_offset + at + each, e->wide);

		if (!tag)
			break;
		if (tag <= DT_STRSZ)
			value[tag] = is;
		else if (tag == DT_GNU_HASH)
			gnu = is;
	}
	if (!ember_symtab_offset(e, value[DT_STRTAB], &t->names) ||
	    !ember_symtab_offset(e, value[DT_SYMTAB], &h.sh_offset))
		return h;
	t->names_bytes = value[DT_STRSZ];
	if (ember_symtab_offset(e, value[DT_HASH], &at))
		h.sh_size = ember_symtab_word(e, at + 4, false) * h.sh_entsize;
	else if (ember_symtab_offset(e, gnu, &at))
		ember_symtab_chains(e, at, chains);
	return h;
}

/* Whether a section is a table of symbols; t->names: where their names are. */
static bool ember_symtab_table(struct ember_symtab *t, Elf_Scn *section, GElf_Shdr *h)
{
	GElf_Shdr names;

	if (!gelf_getshdr(section, h) || h->sh_flags & SHF_COMPRESSED ||
	    (h->sh_type != SHT_SYMTAB && h->sh_type != SHT_DYNSYM) ||
	    !gelf_getshdr(elf_getscn(t->elf->elf, h->sh_link), &names) ||
	    names.sh_type != SHT_STRTAB || names.sh_flags & SHF_COMPRESSED)
		return false;
	t->names = names.sh_offset;
	t->names_bytes = names.sh_size;
	return true;
}

static void ember_symtab_all(struct ember_symtab *t)
{
	struct ember_elf_chains chains = {};
	Elf_Scn *section = NULL;
	GElf_Shdr h;

	if (t->elf->bare) {
		h = ember_symtab_dynamic(t, &chains);
		while (chains.on && ember_symtab_chained(t->elf, &chains))
			;
		h.sh_size += ember_symtab_counted(&chains) * h.sh_entsize;
		ember_symtab_read(t, &h);
	}
	while ((section = elf_nextscn(t->elf->elf, section)))
		if (ember_symtab_table(t, section, &h))
			ember_symtab_read(t, &h);
}

void ember_elf_symbols(const struct ember_elf *e, struct ember_addr_lookup *wanted,
		       uint64_t bias, bool naming, struct ember_strings *strings)
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

bool ember_elf_begins(const struct ember_elf *e, struct ember_elf_begins *b,
		      ember_elf_begin_at *place, void *context)
{
	struct ember_symtab t = { .elf = e, .place = place, .context = context };
	uint64_t n;

	if (!b->opened) {
		b->opened = true;
		if (e->bare)
			b->table = ember_symtab_dynamic(&t, &b->chains);
	}
	if (b->chains.on) {
		if (!ember_symtab_chained(e, &b->chains))
			b->table.sh_size +=
				ember_symtab_counted(&b->chains) * b->table.sh_entsize;
		return true;
	}
	n = ember_symtab_piece(&t, &b->table, b->next);
	b->next += n;
	if (n)
		return true;
	b->section = elf_nextscn(e->elf, b->section);
	b->next = 0;
	if (!b->section || !ember_symtab_table(&t, b->section, &b->table))
		b->table.sh_size = 0;
	return b->section;
}
