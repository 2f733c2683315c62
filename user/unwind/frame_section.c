// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/frame_section.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_ENTRY_BYTES  65536 /* no function's is longer */
#define EMBER_COMMON_BYTES 512 /* it's run for each function */
#define EMBER_NO_CIE	   UINT64_MAX
#define EMBER_INFLATE_WORK 480 /* of a step */

/* DW_EH_PE_*: how an address is written down. */
#define EMBER_PE_OMIT	  0xff
#define EMBER_PE_FORM	  0x0f
#define EMBER_PE_RELATIVE 0x70
#define EMBER_PE_PC	  0x10

/* Entries are short, and read one after the other: some of what follows is read with them. */
static bool ember_frame_section_window(struct ember_frame_section *f, uint64_t at,
				       uint64_t bytes)
{
	struct ember_window *w = f->window;

	if (at >= w->at && at - w->at <= w->bytes && bytes <= w->bytes - (at - w->at))
		return true;
	w->at = at;
	w->bytes = f->bytes - at < sizeof(w->byte) ? f->bytes - at : sizeof(w->byte);
	if (ember_elf_read(f->elf, f->offset + at, w->byte, w->bytes))
		return true;
	w->bytes = 0;
	return false;
}

static bool ember_frame_section_read(struct ember_frame_section *f, uint64_t at, void *to,
				     uint64_t bytes)
{
	if (at > f->bytes || bytes > f->bytes - at)
		return false;
	if (f->packed)
		memcpy(to, f->inflate.whole + at, bytes);
	else if (bytes <= sizeof(f->window->byte) && ember_frame_section_window(f, at, bytes))
		memcpy(to, f->window->byte + (at - f->window->at), bytes);
	else
		return ember_elf_read(f->elf, f->offset + at, to, bytes);
	return true;
}

/* The entry at `at`: its length and id, and where the rest of it begins. */
struct ember_entry {
	uint64_t at, body, next;
	uint64_t id; /* as written: 0 or all ones for a CIE */
	uint64_t id_at;
	bool common;
};

/* false: the end, or what makes none. */
static bool ember_frame_section_entry(struct ember_frame_section *f, uint64_t at,
				      struct ember_entry *e)
{
	uint32_t words[2];
	uint64_t bytes;
	uint64_t wide;

	if (at > f->bytes || f->bytes - at < 8 ||
	    !ember_frame_section_read(f, at, words, sizeof(words)) || !words[0])
		return false;
	e->at = at;
	e->id_at = at + 4;
	e->id = words[1];
	e->body = at + 8;
	bytes = words[0];
	e->common = e->id == (f->debug ? UINT32_MAX : 0);
	if (words[0] == UINT32_MAX) {
		if (f->bytes - at < 20 || !ember_frame_section_read(f, at + 4, &bytes, 8))
			return false;
		e->id_at = at + 12;
		if (f->debug) {
			if (!ember_frame_section_read(f, at + 12, &wide, 8))
				return false;
			e->id = wide;
			e->body = at + 20;
			e->common = wide == UINT64_MAX;
		} else {
			if (!ember_frame_section_read(f, at + 12, words, 4))
				return false;
			e->id = words[0];
			e->body = at + 16;
			e->common = !e->id;
		}
	}
	if (bytes < e->body - e->id_at || bytes > f->bytes - e->id_at)
		return false;
	e->next = e->id_at + bytes;
	return true;
}

static bool ember_frame_section_body(struct ember_frame_section *f,
				     const struct ember_entry *e, uint8_t *to,
				     struct ember_cursor *c)
{
	uint64_t bytes = e->next - e->body;

	if (bytes > EMBER_ENTRY_BYTES || !ember_frame_section_read(f, e->body, to, bytes))
		return false;
	*c = (struct ember_cursor){ to, to + bytes, false };
	return true;
}

/* A pointer that is written at `address`; relative: to its own place, or as a size. */
static uint64_t ember_frame_section_pointer(const struct ember_frame_section *f,
					    struct ember_cursor *c, uint8_t encoding,
					    uint64_t address)
{
	unsigned int word = f->elf->wide ? 8 : 4;
	uint64_t value;

	switch (encoding & EMBER_PE_FORM) {
	case 0x00: value = ember_cursor_word(c, word); break;
	case 0x01: value = ember_cursor_uleb(c); break;
	case 0x02: value = ember_cursor_word(c, 2); break;
	case 0x03: value = ember_cursor_word(c, 4); break;
	case 0x04:
	case 0x0c: value = ember_cursor_word(c, 8); break;
	case 0x09: value = ember_cursor_sleb(c); break;
	case 0x0a: value = (int16_t)ember_cursor_word(c, 2); break;
	case 0x0b: value = (int32_t)ember_cursor_word(c, 4); break;
	default: c->bad = true; return 0;
	}
	switch (encoding & EMBER_PE_RELATIVE) {
	case 0: break;
	case EMBER_PE_PC: value += address; break;
	default: c->bad = true; return 0;
	}
	return f->elf->wide ? value : (uint32_t)value;
}

/* The letters after 'z', each with data of its own. */
static void ember_frame_section_augmentation(struct ember_cie *cie, struct ember_cursor *c,
					     const char *letters,
					     const struct ember_frame_section *f)
{
	struct ember_cursor data = ember_cursor_block(c);

	cie->augmented = true;
	for (; *letters && !data.bad; letters++) {
		switch (*letters) {
		case 'R': cie->pointers = ember_cursor_word(&data, 1); break;
		case 'L': ember_cursor_word(&data, 1); break;
		case 'P':
			ember_frame_section_pointer(
				f, &data, ember_cursor_word(&data, 1) & EMBER_PE_FORM, 0);
			break;
		case 'S': cie->signal = true; break;
		case 'B': break; /* arm64: signed by the other key */
		default: return; /* unknown: the block's length skips the rest */
		}
	}
	c->bad |= data.bad;
}

static bool ember_frame_section_cie(struct ember_frame_section *f, uint64_t at)
{
	struct ember_cie cie = { .at = at };
	struct ember_entry e;
	struct ember_cursor c;
	const char *letters;
	uint8_t version;

	if (f->cie.at == at)
		return true;
	f->cie.at = EMBER_NO_CIE;
	if (!ember_frame_section_entry(f, at, &e) || !e.common ||
	    !ember_frame_section_body(f, &e, f->common, &c))
		return false;
	version = ember_cursor_word(&c, 1);
	letters = (const char *)c.at;
	if (!memchr(c.at, 0, c.end - c.at))
		return false;
	c.at += strlen(letters) + 1;
	if (version >= 4) {
		/* Sizes of an address and of a segment's number. */
		if (ember_cursor_word(&c, 1) != (f->elf->wide ? 8 : 4) ||
		    ember_cursor_word(&c, 1))
			return false;
	}
	cie.code_align = ember_cursor_uleb(&c);
	cie.data_align = ember_cursor_sleb(&c);
	cie.foreign = (version == 1 ? ember_cursor_word(&c, 1) : ember_cursor_uleb(&c)) !=
		      f->registers->ra;
	if (*letters == 'z')
		ember_frame_section_augmentation(&cie, &c, letters + 1, f);
	else if (*letters)
		return false;
	if (c.bad || !version || version > 4 || !cie.code_align || cie.code_align > 16 ||
	    cie.data_align > 128 || cie.data_align < -128 || c.end - c.at > EMBER_COMMON_BYTES)
		return false;
	cie.program = c;
	f->cie = cie;
	return true;
}

/* What comes before an entry's program; c is left at that. */
static bool ember_frame_section_extent(struct ember_frame_section *f,
				       const struct ember_entry *e, struct ember_cursor *c,
				       struct ember_fde *fde)
{
	uint64_t cie = f->debug ? e->id : e->id_at - e->id, bytes;
	uint8_t encoding;

	if ((!f->debug && e->id > e->id_at) || !ember_frame_section_cie(f, cie) ||
	    !ember_frame_section_body(f, e, f->entry, c))
		return false;
	encoding = f->debug ? 0 : f->cie.pointers;
	if (encoding == EMBER_PE_OMIT)
		return false;
	fde->begin =
		ember_frame_section_pointer(f, c, encoding, f->address + e->body) + f->bias;
	bytes = ember_frame_section_pointer(f, c, encoding & EMBER_PE_FORM, 0);
	if (f->cie.augmented)
		ember_cursor_block(c);
	fde->bytes = bytes;
	fde->at = e->at;
	return !c->bad && bytes == fde->bytes && fde->begin + bytes >= fde->begin;
}

static void ember_frame_section_add(struct ember_frame_section *f, const struct ember_entry *e)
{
	struct ember_cursor c;
	struct ember_fde fde;

	if (!ember_frame_section_extent(f, e, &c, &fde)) {
		f->bad++;
		return;
	}
	/* What the linker threw away is said to lie at 0. */
	if (!fde.bytes || fde.begin == f->bias)
		return;
	f->disordered |= f->nr && fde.begin < f->fde[f->nr - 1].begin;
	f->covered += fde.bytes;
	f->fde = ember_array_reserve(f->fde, f->nr, &f->room, sizeof(fde));
	f->fde[f->nr++] = fde;
}

static void ember_order_from(struct ember_order *o, unsigned int low, unsigned int nr)
{
	o->low = o->left = o->out = low;
	o->right = nr - low < o->width ? nr : low + o->width;
}

/* By place, those of one place as they came; false: all are in order. */
static bool ember_frame_section_order(struct ember_frame_section *f, unsigned int *work,
				      unsigned int most)
{
	struct ember_order *o = &f->order;

	if (!o->to) {
		o->to = ember_xrealloc(NULL, f->nr, sizeof(*o->to));
		o->width = 1;
		ember_order_from(o, 0, f->nr);
	}
	while (o->width < f->nr) {
		unsigned int width = o->width, middle, high;
		struct ember_fde *fde = f->fde;

		middle = f->nr - o->low < width ? f->nr : o->low + width;
		high = f->nr - middle < width ? f->nr : middle + width;
		for (; o->out < high; o->out++) {
			if (o->out % 8 == 0 && (*work)++ >= most)
				return true;
			o->to[o->out] = o->left < middle && (o->right == high ||
							     fde[o->left].begin <=
								     fde[o->right].begin) ?
						fde[o->left++] :
						fde[o->right++];
		}
		if (high < f->nr) {
			ember_order_from(o, high, f->nr);
			continue;
		}
		f->fde = o->to;
		o->to = fde;
		o->width *= 2;
		ember_order_from(o, 0, f->nr);
	}
	free(o->to);
	o->to = NULL;
	f->disordered = false;
	return false;
}

bool ember_frame_section_list(struct ember_frame_section *f, unsigned int *work,
			      unsigned int most)
{
	struct ember_entry e;

	while (f->packed && f->inflate.state) {
		/* Not behind other work: it takes a step of its own. */
		if (*work) {
			*work += most;
			return true;
		}
		*work = EMBER_INFLATE_WORK;
		ember_inflate_step(&f->inflate);
	}
	/* What makes no sense has no entries. */
	f->listed |= f->packed && !f->inflate.whole;
	while (!f->listed) {
		if (*work >= most)
			return true;
		*work += 6;
		f->listed = !f->entry || !ember_frame_section_entry(f, f->next, &e);
		if (f->listed)
			break;
		f->next = e.next;
		if (!e.common)
			ember_frame_section_add(f, &e);
	}
	return f->disordered && ember_frame_section_order(f, work, most);
}

/*
 * Find .eh_frame by its section or, without section headers, by PT_GNU_EH_FRAME: version 1,
 * how the address is written, relative to its own place.
 */
static bool ember_frame_section_find(struct ember_frame_section *f)
{
	const struct ember_elf *e = f->elf;
	struct {
		uint8_t version, address, count, table;
		int32_t relative;
	} header;
	GElf_Phdr p;
	uint32_t i;

	if (!e->bare)
		return ember_elf_find(e, f->debug ? ".debug_frame" : ".eh_frame", &f->offset,
				      &f->bytes);
	if (f->debug || !ember_elf_segment(e, PT_GNU_EH_FRAME, &p) ||
	    !ember_elf_read(e, p.p_offset, &header, sizeof(header)) || header.version != 1 ||
	    header.address != (EMBER_PE_PC | 0x0b))
		return false;
	f->address = p.p_vaddr + 4 + header.relative;
	/* Up to the end of the segment: an entry of no length comes before. */
	for (i = 0; i < e->nr_segment; i++)
		if (f->address - e->segment[i].address < e->segment[i].bytes) {
			uint64_t at = f->address - e->segment[i].address;

			f->offset = e->segment[i].offset + at;
			f->bytes = e->segment[i].bytes - at;
			return true;
		}
	return false;
}

bool ember_frame_section_open(struct ember_frame_section *f, const struct ember_elf *elf,
			      bool debug, uint64_t bias)
{
	memset(f, 0, sizeof(*f));
	f->elf = elf;
	f->debug = debug;
	f->cie.at = EMBER_NO_CIE;
	f->registers = ember_cfi_registers(elf->machine);
	f->bias = bias;
	if (!f->registers || !ember_frame_section_find(f))
		return false;
	f->packed = debug && ember_inflate_open(&f->inflate, elf, ".debug_frame");
	if (f->packed)
		f->bytes = f->inflate.bytes;
	if (f->bytes > UINT32_MAX ||
	    (!debug &&
	     !ember_segment_address(elf->segment, elf->nr_segment, f->offset, &f->address)))
		return false;
	f->entry = ember_xrealloc(NULL, EMBER_ENTRY_BYTES, 1);
	f->common = ember_xrealloc(NULL, EMBER_ENTRY_BYTES, 1);
	f->window = ember_xrealloc(NULL, 1, sizeof(*f->window));
	f->window->at = f->window->bytes = 0;
	return true;
}

bool ember_frame_section_at(struct ember_frame_section *f, uint64_t at, struct ember_fde *fde)
{
	struct ember_entry e;
	struct ember_cursor c;

	return ember_frame_section_entry(f, at, &e) && !e.common &&
	       ember_frame_section_extent(f, &e, &c, fde);
}

void ember_frame_section_close(struct ember_frame_section *f)
{
	free(f->fde);
	ember_inflate_close(&f->inflate);
	free(f->entry);
	free(f->common);
	free(f->window);
	free(f->order.to);
	memset(f, 0, sizeof(*f));
}

bool ember_frame_section_run(struct ember_frame_section *f, unsigned int n, ember_cfi_row *row,
			     void *context)
{
	struct ember_entry e;
	struct ember_cursor c;
	struct ember_fde fde;

	if (!ember_frame_section_entry(f, f->fde[n].at, &e) ||
	    !ember_frame_section_extent(f, &e, &c, &fde) || f->cie.foreign)
		return false;
	return ember_cfi_begin(&f->cfi, f->registers, &f->cie, c, fde.begin,
			       fde.begin + fde.bytes, row, context) != EMBER_CFI_BAD;
}
