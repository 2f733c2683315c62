// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/pclntab.h"

#include <string.h>

#include "elf/relocations.h"

#define EMBER_GO_NAME	     2048 /* bytes; longer names are none */
#define EMBER_GO_FUNCTIONS   (1u << 22)
#define EMBER_GO_MODULE_TEXT 22 /* words of runtime.moduledata before its text */

enum {
	EMBER_GO_2 = 0xfffffffb,
	EMBER_GO_16 = 0xfffffffa,
	EMBER_GO_18 = 0xfffffff0,
	EMBER_GO_20 = 0xfffffff1
};

/* A number of 4 or 8 bytes at `at` in the table; 0: the table has none there. */
static uint64_t ember_go_number(const struct ember_pclntab *t, uint64_t at, uint32_t bytes)
{
	uint64_t wide;
	uint32_t narrow;

	if (at > t->bytes || bytes > t->bytes - at)
		return 0;
	if (bytes == 4)
		return ember_elf_read(t->elf, t->offset + at, &narrow, 4) ? narrow : 0;
	return ember_elf_read(t->elf, t->offset + at, &wide, 8) ? wide : 0;
}

struct ember_go_pointer {
	uint64_t address, is;
};

static void ember_go_relocation(void *context, const struct ember_relocation *r)
{
	struct ember_go_pointer *pointer = context;

	if (r->slot == pointer->address && !r->symbol)
		pointer->is = r->addend;
}

/* A pointer of the file's: what the loader is to put there, or what is there. */
static uint64_t ember_go_pointer(const struct ember_elf *e, uint64_t address)
{
	struct ember_go_pointer pointer = { address, ember_elf_word(e, address) };

	ember_elf_relocations(e, ember_go_relocation, &pointer);
	return pointer.is;
}

/*
 * Return the address where Go's code begins, from the header up to Go 1.25, else from the
 * module data. Return 0 if neither has it.
 */
static uint64_t ember_go_text(const struct ember_pclntab *t, uint32_t word)
{
	uint64_t at, bytes, address, text;

	if (!ember_segment_address(t->elf->segment, t->elf->nr_segment, t->offset, &address))
		return 0;
	text = ember_go_pointer(t->elf, address + 8 + 2 * word);
	if (text || !ember_elf_find(t->elf, ".go.module", &at, &bytes) ||
	    !ember_segment_address(t->elf->segment, t->elf->nr_segment, at, &at) ||
	    ember_go_pointer(t->elf, at) != address)
		return text;
	return ember_go_pointer(t->elf, at + EMBER_GO_MODULE_TEXT * word);
}

bool ember_pclntab_open(struct ember_pclntab *t, const struct ember_elf *e)
{
	struct {
		uint32_t magic;
		uint8_t zero[2], step, word;
	} header;
	uint32_t word = e->wide ? 8 : 4, names;

	*t = (struct ember_pclntab){ .elf = e, .word = word };
	if ((!ember_elf_find(e, ".gopclntab", &t->offset, &t->bytes) &&
	     !ember_elf_find(e, ".data.rel.ro.gopclntab", &t->offset, &t->bytes)) ||
	    t->bytes < sizeof(header) ||
	    !ember_elf_read(e, t->offset, &header, sizeof(header)) || header.zero[0] ||
	    header.zero[1] || header.word != word)
		return false;
	t->nr = ember_go_number(t, 8, word);
	if (!t->nr || t->nr > EMBER_GO_FUNCTIONS)
		return false;
	if (header.magic == EMBER_GO_2) {
		t->list = 8 + word;
		return true;
	}
	if (header.magic == EMBER_GO_16) {
		names = 2;
	} else if (header.magic == EMBER_GO_18 || header.magic == EMBER_GO_20) {
		names = 3;
		t->word = 4;
		t->text = ember_go_text(t, word);
		if (!t->text)
			return false;
	} else {
		return false;
	}
	t->names = ember_go_number(t, 8 + names * word, word);
	t->list = t->data = ember_go_number(t, 8 + (names + 4) * word, word);
	return t->names && t->list;
}

static uint64_t ember_go_begin(const struct ember_pclntab *t, uint64_t n)
{
	return t->text + ember_go_number(t, t->list + 2 * n * t->word, t->word);
}

const char *ember_pclntab_name(const struct ember_pclntab *t, uint64_t address,
			       struct ember_strings *strings)
{
	uint64_t low = 0, high = t->nr, at, n;
	char name[EMBER_GO_NAME];

	/* The list has one more entry: the end of the last function. */
	if (address < ember_go_begin(t, 0) || address >= ember_go_begin(t, t->nr))
		return NULL;
	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;

		if (ember_go_begin(t, middle) <= address)
			low = middle;
		else
			high = middle;
	}
	/* A function's own data: its address, as the list has it, and its name's place. */
	at = t->data + ember_go_number(t, t->list + (2 * low + 1) * t->word, t->word);
	if (ember_go_number(t, at, t->word) + t->text != ember_go_begin(t, low))
		return NULL;
	at = t->names + ember_go_number(t, at + t->word, 4);
	if (at >= t->bytes)
		return NULL;
	n = t->bytes - at < sizeof(name) ? t->bytes - at : sizeof(name);
	return ember_elf_read(t->elf, t->offset + at, name, n) && *name && memchr(name, 0, n) ?
		       ember_strings_keep(strings, name) :
		       NULL;
}
