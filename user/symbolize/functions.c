// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/functions.h"

#include <limits.h>
#include <string.h>

#include "elf/pclntab.h"
#include "unwind/exidx.h"
#include "unwind/frame_section.h"
#include "unwind/starts.h"

#define EMBER_WALK_BYTES (8u << 20) /* of an .eh_frame that no table leads into */
#define EMBER_SCAN_BYTES (16u << 20) /* of code that is read for calls */

/* .eh_frame_hdr: addresses of functions, in order, each with that of its entry. */
struct ember_function_table {
	uint64_t offset, address;
	uint64_t nr;
};

struct ember_function_pair {
	int32_t begin, entry; /* from the table's header on */
};

/* Find the table, where it is as linkers write it; else nr is 0. */
static struct ember_function_table ember_functions_table(const struct ember_elf *e)
{
	struct ember_function_table t = {};
	struct {
		uint8_t version, address, count, table;
		uint32_t relative, nr;
	} header;
	GElf_Phdr p;

	if (!ember_elf_segment(e, PT_GNU_EH_FRAME, &p) || p.p_filesz < sizeof(header) ||
	    !ember_elf_read(e, p.p_offset, &header, sizeof(header)) || header.version != 1 ||
	    (header.address & 7) != 3 || header.count != 0x03 || header.table != 0x3b)
		return t;
	t.offset = p.p_offset;
	t.address = p.p_vaddr;
	t.nr = (p.p_filesz - sizeof(header)) / sizeof(struct ember_function_pair);
	if (header.nr < t.nr)
		t.nr = header.nr;
	return t;
}

static bool ember_functions_listed(struct ember_frame_section *f,
				   const struct ember_function_table *t, uint64_t address,
				   struct ember_fde *fde)
{
	int64_t from = address - t->address;
	uint64_t low = 0, high = t->nr;
	struct ember_function_pair pair = {};

	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!ember_elf_read(f->elf, t->offset + 12 + middle * sizeof(pair), &pair,
				    sizeof(pair)))
			return false;
		if (pair.begin <= from)
			low = middle;
		else
			high = middle;
	}
	return ember_elf_read(f->elf, t->offset + 12 + low * sizeof(pair), &pair,
			      sizeof(pair)) &&
	       ember_frame_section_at(f, t->address + pair.entry - f->address, fde);
}

/* Of all entries, in order of place. */
static bool ember_functions_walked(const struct ember_frame_section *f, uint64_t address,
				   struct ember_fde *fde)
{
	unsigned int low = 0, high = f->nr;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (f->fde[middle].begin <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		*fde = f->fde[low - 1];
	return low;
}

static void ember_functions_frames(const struct ember_elf *e, struct ember_addr_lookup *w)
{
	struct ember_function_table table = ember_functions_table(e);
	struct ember_frame_section f;
	struct ember_fde fde;
	unsigned int work = 0;
	uint32_t i;

	if (ember_frame_section_open(&f, e, false, 0) && !table.nr &&
	    f.bytes <= EMBER_WALK_BYTES)
		ember_frame_section_list(&f, &work, UINT_MAX);
	for (i = 0; f.entry && i < w->nr; i++) {
		struct ember_want *want = &w->want[i];

		if (!want->name &&
		    (table.nr ? ember_functions_listed(&f, &table, want->address, &fde) :
				ember_functions_walked(&f, want->address, &fde)) &&
		    want->address - fde.begin < fde.bytes)
			want->begin = fde.begin;
	}
	ember_frame_section_close(&f);
}

static const struct ember_elf_section *ember_functions_code(const struct ember_elf *e,
							    uint64_t address)
{
	uint32_t i;

	/* Each address is looked for in all of them. */
	for (i = 0; i < e->nr_section && i < EMBER_SEGMENTS_MAX; i++)
		if (e->section[i].code &&
		    address - e->section[i].start < e->section[i].end - e->section[i].start)
			return &e->section[i];
	return NULL;
}

static bool ember_functions_lost(const struct ember_elf *e, const struct ember_want *want)
{
	return !want->name && !want->begin && ember_functions_code(e, want->address);
}

/* The last start before it; false: behind a function whose end is known. */
static bool ember_functions_start(const struct ember_starts *s, const struct ember_want *want,
				  uint64_t *begin)
{
	struct ember_start start;

	if (!ember_starts_last(s, want->address, &start))
		return false;
	*begin = start.address;
	return *begin >= ember_functions_code(s->elf, want->address)->start &&
	       (want->near != EMBER_SYMBOL_SIZED || want->near_start != *begin ||
		want->address < want->near_end);
}

static void ember_functions_scan(const struct ember_elf *e, struct ember_addr_lookup *w)
{
	struct ember_starts starts;
	struct ember_exidx exidx;
	uint64_t code = 0, begin;
	unsigned int work = 0;
	uint32_t i;

	for (i = 0; i < w->nr && !ember_functions_lost(e, &w->want[i]); i++)
		;
	if (i == w->nr)
		return;
	for (i = 0; i < e->nr_section; i++)
		code += e->section[i].code ? e->section[i].end - e->section[i].start : 0;
	if (ember_exidx_open(&exidx, e))
		while (ember_exidx_list(&exidx, &work))
			;
	if (ember_starts_open(&starts, e, &exidx, code <= EMBER_SCAN_BYTES)) {
		while (ember_starts_step(&starts, &work))
			;
		for (i = 0; i < w->nr; i++)
			if (ember_functions_lost(e, &w->want[i]) &&
			    ember_functions_start(&starts, &w->want[i], &begin))
				w->want[i].begin = begin;
	}
	ember_starts_close(&starts);
	ember_exidx_close(&exidx);
}

static void ember_functions_go(const struct ember_elf *e, struct ember_addr_lookup *w,
			       struct ember_strings *strings)
{
	struct ember_pclntab table;
	uint32_t i;

	if (!ember_pclntab_open(&table, e))
		return;
	for (i = 0; i < w->nr; i++)
		if (!w->want[i].name)
			w->want[i].name =
				ember_pclntab_name(&table, w->want[i].address, strings);
}

void ember_elf_functions(const struct ember_elf *e, bool scan, struct ember_addr_lookup *w,
			 struct ember_strings *strings)
{
	uint32_t i;

	for (i = 0; i < w->nr && w->want[i].name; i++)
		;
	if (i == w->nr)
		return;
	ember_functions_go(e, w, strings);
	ember_functions_frames(e, w);
	if (scan)
		ember_functions_scan(e, w);
}
