// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/starts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_CODE_MAX	  (1u << 30)
#define EMBER_PIECE_SHIFT 12
#define EMBER_PIECE	  (1u << EMBER_PIECE_SHIFT)
#define EMBER_CALLS_PIECE 1024
#define EMBER_GUESS_BYTES 128
#define EMBER_AHEAD	  16 /* no instruction is longer */
#define EMBER_EXIDX_PIECE 256

/* Flags of a start, below its place. */
#define EMBER_START_OTHER 1
#define EMBER_START_SURE  2
#define EMBER_START_TRUST 12
#define EMBER_START_SHIFT 4

enum {
	EMBER_STARTS_CALLS,
	EMBER_STARTS_SECTIONS,
	EMBER_STARTS_EXIDX,
	EMBER_STARTS_SYMBOLS,
	EMBER_STARTS_DONE
};

static const struct ember_starts_set {
	uint16_t machine;
	const struct ember_isa *isa, *other;
} ember_starts_sets[] = {
	{ EM_ARM, &ember_isa_thumb, &ember_isa_arm },
	{ EM_AARCH64, &ember_isa_a64, NULL },
	{ EM_X86_64, &ember_isa_x86_64, NULL },
};

/* The first start of a page at that place or behind it. */
static unsigned int ember_starts_find(const struct ember_starts_page *page, unsigned int place)
{
	unsigned int low = 0, high = page->nr;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (page->start[middle] >> EMBER_START_SHIFT < (int)place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * A function is called many times: its mode is the one that is trusted most. Returns whether it
 * was known.
 */
static bool ember_starts_add(struct ember_starts *s, uint64_t address, uint8_t trust,
			     bool other)
{
	unsigned int place = (address - s->base) & (EMBER_PIECE - 1), i;
	uint16_t flags = trust << 2 | other;
	struct ember_starts_page *page;

	if (address < s->base || address >= s->end)
		return false;
	page = &s->page[(address - s->base) >> EMBER_PIECE_SHIFT];
	i = ember_starts_find(page, place);
	if (i < page->nr && page->start[i] >> EMBER_START_SHIFT == (int)place) {
		uint16_t *known = &page->start[i];

		if ((flags & EMBER_START_TRUST) > (*known & EMBER_START_TRUST))
			*known = place << EMBER_START_SHIFT | flags;
		*known |= EMBER_START_SURE;
		return true;
	}
	if (page->nr == page->room) {
		page->room = page->room ? 2 * page->room : 8;
		page->start = ember_xrealloc(page->start, page->room, sizeof(*page->start));
	}
	memmove(&page->start[i + 1], &page->start[i], (page->nr - i) * sizeof(*page->start));
	page->nr++;
	page->start[i] = place << EMBER_START_SHIFT | flags |
			 (trust != EMBER_START_CALLED ? EMBER_START_SURE : 0);
	return false;
}

static void ember_starts_get(const struct ember_starts *s, uint64_t number, unsigned int i,
			     struct ember_start *start)
{
	uint16_t found = s->page[number].start[i];

	start->address =
		s->base + (number << EMBER_PIECE_SHIFT) + (found >> EMBER_START_SHIFT);
	start->sure = found & EMBER_START_SURE;
	start->other = found & EMBER_START_OTHER;
}

bool ember_starts_next(const struct ember_starts *s, uint64_t from, uint64_t to,
		       struct ember_start *start)
{
	while (from < to && from >= s->base && from < s->end) {
		uint64_t number = (from - s->base) >> EMBER_PIECE_SHIFT;
		const struct ember_starts_page *page = &s->page[number];
		unsigned int i = ember_starts_find(page, (from - s->base) & (EMBER_PIECE - 1));

		if (i < page->nr) {
			ember_starts_get(s, number, i, start);
			return start->address < to;
		}
		from = s->base + ((number + 1) << EMBER_PIECE_SHIFT);
	}
	return false;
}

bool ember_starts_last(const struct ember_starts *s, uint64_t address,
		       struct ember_start *start)
{
	uint64_t number = (address - s->base) >> EMBER_PIECE_SHIFT;
	unsigned int i;

	if (address < s->base || address >= s->end)
		return false;
	i = ember_starts_find(&s->page[number], ((address - s->base) & (EMBER_PIECE - 1)) + 1);
	while (!i && number)
		i = s->page[--number].nr;
	if (!i)
		return false;
	ember_starts_get(s, number, i - 1, start);
	return true;
}

/* Where a call leads to; what many lead to needs no more of them. */
static void ember_starts_called(struct ember_starts *s, uint64_t address, bool other)
{
	uint32_t place = address - s->base + 1;
	uint32_t *recent = &s->recent[address / 2 % EMBER_STARTS_RECENT];

	if (*recent == place)
		return;
	if (ember_starts_add(s, address, EMBER_START_CALLED, other))
		*recent = place;
}

/* As the file has it: on ARM an odd address is Thumb's. */
static void ember_starts_place(void *context, uint64_t address)
{
	struct ember_starts *s = context;

	if (s->other)
		ember_starts_add(s, address & ~1ull, EMBER_START_NAMED, !(address & 1));
	else
		ember_starts_add(s, address, EMBER_START_NAMED, false);
}

uint32_t ember_starts_code(const struct ember_starts *s, uint64_t address, uint8_t *code,
			   uint32_t bytes)
{
	const struct ember_elf *e = s->elf;
	uint64_t offset;
	uint32_t i;

	for (i = 0; i < e->nr_segment; i++) {
		uint64_t at = address - e->segment[i].address;

		if (at >= e->segment[i].bytes)
			continue;
		if (bytes > e->segment[i].bytes - at)
			bytes = e->segment[i].bytes - at;
		offset = e->segment[i].offset + at;
		if (offset >= e->bytes)
			return 0;
		if (bytes > e->bytes - offset)
			bytes = e->bytes - offset;
		return ember_elf_read(e, offset, code, bytes) ? bytes : 0;
	}
	return 0;
}

#define EMBER_LINE_CONFIG_EACH 0x100000001ull
#define EMBER_LINE_CONFIG_BYTES \
	128 /* that are looked at before it's seen whether that's enough */

/* In ARM mode most words have the condition "always", which is their last nibble. */
static bool ember_starts_other(const struct ember_starts *s, const uint8_t *code,
			       uint32_t bytes)
{
	uint32_t i = 0, nr = bytes / 4, others = 0, until;
	uint64_t two, sum;

	if (!s->other)
		return false;
	/* Two words at once: 16 is counted, in their halves, for each that isn't "always". */
	while (i + 8 <= bytes && others * 5 < nr * 3) {
		until = bytes - i < EMBER_LINE_CONFIG_BYTES ? bytes - 7 :
							      i + EMBER_LINE_CONFIG_BYTES;
		for (sum = 0; i < until; i += 8) {
			memcpy(&two, code + i, sizeof(two));
			two = (two >> 28 & 15 * EMBER_LINE_CONFIG_EACH) ^
			      14 * EMBER_LINE_CONFIG_EACH;
			sum += (two + 15 * EMBER_LINE_CONFIG_EACH) &
			       16 * EMBER_LINE_CONFIG_EACH;
		}
		others += ((sum >> 32) + (uint32_t)sum) / 16;
	}
	if (i + 4 <= bytes)
		others += code[i + 3] >> 4 != 14;
	return others * 5 < nr * 3;
}

static bool ember_starts_guess(const struct ember_starts *s, uint64_t address)
{
	uint8_t code[EMBER_GUESS_BYTES];

	return s->other && !(address & 3) &&
	       ember_starts_other(s, code, ember_starts_code(s, address, code, sizeof(code)));
}

const struct ember_isa *ember_starts_mode(const struct ember_starts *s, uint64_t address)
{
	return ember_starts_guess(s, address) ? s->other : s->isa;
}

/* What lies ahead that code loads is none; by address, in turn. */
struct ember_literals {
	bool unit[EMBER_LITERALS];
};

static void ember_literal_note(struct ember_literals *l, const struct ember_isa *isa,
			       const struct ember_insn *insn, uint64_t at)
{
	uint64_t k;

	for (k = 0; k < insn->literals; k += 1u << isa->shift)
		if (insn->literal + k - at < (uint64_t)EMBER_LITERALS << isa->shift)
			l->unit[((insn->literal + k) >> isa->shift) % EMBER_LITERALS] = true;
}

/* Calls of the next piece of a section; returns how many instructions were looked at. */
static unsigned int ember_starts_piece(struct ember_starts *s, uint64_t end)
{
	/* Which of two modes it is in shows by more of it than a step has time for elsewhere. */
	uint64_t at = s->at, mask = s->other ? EMBER_PIECE - 1 : EMBER_CALLS_PIECE - 1;
	uint64_t over = ((at - s->base) | mask) + 1 + s->base;
	uint32_t own = (over < end ? over : end) - at;
	uint32_t room = own + EMBER_AHEAD, bytes, i = 0;
	uint8_t code[EMBER_PIECE + EMBER_AHEAD];
	const struct ember_isa *isa;
	struct ember_frame_layout frame;
	unsigned int n = 0, shift, k;
	struct ember_quiet quiet;
	uint32_t unit;

	if (room > end - at)
		room = end - at;
	bytes = ember_starts_code(s, at, code, room);
	isa = ember_starts_other(s, code, own < bytes ? own : bytes) ? s->other : s->isa;
	frame = isa->entry;
	shift = isa->shift;
	quiet.literal = s->literals->unit;
	unit = at >> shift;
	if (own > bytes)
		own = bytes;
	for (; i < own; n++) {
		uint32_t place = (unit + (i >> shift)) % EMBER_LITERALS;
		uint32_t turn = (EMBER_LITERALS - place) << shift, skip;
		bool *literal = &s->literals->unit[place];
		struct ember_insn insn;

		quiet.code = code + i;
		quiet.room = bytes - i;
		quiet.end = own - i < turn ? own - i : turn;
		quiet.turn = (at + i) & 3;
		quiet.place = place;
		skip = isa->quiet(&quiet);
		for (k = 0; k < quiet.calls; k++)
			ember_starts_called(s, at + i + quiet.target[k],
					    (isa == s->other) != (quiet.others >> k & 1));
		n += skip / 4;
		i += skip;
		if (skip)
			continue;
		if (*literal) {
			*literal = false;
			i += 1u << shift;
			continue;
		}
		isa->step(code + i, bytes - i, at + i, &frame, &insn);
		if (insn.flow == EMBER_FLOW_CALL && insn.target && !insn.conditional)
			ember_starts_called(s, insn.target,
					    (isa == s->other) != insn.other_mode);
		if (insn.literals)
			ember_literal_note(s->literals, isa, &insn, at + i);
		i += insn.bytes ? insn.bytes : 1u << shift;
	}
	s->at += i ? i : room;
	return n;
}

static bool ember_starts_bounds(struct ember_starts *s)
{
	const struct ember_elf *e = s->elf;
	uint32_t i;

	s->base = UINT64_MAX;
	for (i = 0; i < e->nr_section; i++) {
		if (!e->section[i].code)
			continue;
		if (e->section[i].start < s->base)
			s->base = e->section[i].start;
		if (e->section[i].end > s->end)
			s->end = e->section[i].end;
	}
	s->base &= ~(uint64_t)(EMBER_PIECE - 1);
	return s->base < s->end && s->end - s->base <= EMBER_CODE_MAX;
}

bool ember_starts_open(struct ember_starts *s, const struct ember_elf *elf,
		       const struct ember_exidx *exidx, bool calls)
{
	unsigned int i;

	*s = (struct ember_starts){ .elf = elf, .exidx = exidx };
	for (i = 0; i < sizeof(ember_starts_sets) / sizeof(*ember_starts_sets); i++)
		if (ember_starts_sets[i].machine == elf->machine) {
			s->isa = ember_starts_sets[i].isa;
			s->other = ember_starts_sets[i].other;
		}
	if (!s->isa || !ember_starts_bounds(s))
		return false;
	s->nr_pages = (s->end - s->base + EMBER_PIECE - 1) >> EMBER_PIECE_SHIFT;
	s->page = calloc(s->nr_pages, sizeof(*s->page));
	s->literals = ember_xrealloc(NULL, 1, sizeof(*s->literals));
	s->phase = calls ? EMBER_STARTS_CALLS : EMBER_STARTS_SECTIONS;
	return s->page;
}

/* Of a section with code: its calls; or its own start. Sets `next` on when it's done with. */
static unsigned int ember_starts_section(struct ember_starts *s)
{
	const struct ember_elf_section *section = &s->elf->section[s->next];
	unsigned int work = 1;

	if (!section->code) {
		s->next++;
		return work;
	}
	if (s->phase == EMBER_STARTS_SECTIONS) {
		ember_starts_add(s, section->start, EMBER_START_GUESSED,
				 ember_starts_guess(s, section->start));
		s->next++;
		return work;
	}
	if (!s->at) {
		memset(s->literals, 0, sizeof(*s->literals));
		s->at = section->start;
	}
	if (s->at < section->end)
		work = ember_starts_piece(s, section->end) / 2;
	if (s->at >= section->end) {
		s->at = 0;
		s->next++;
	}
	return work;
}

static void ember_starts_entry(struct ember_starts *s)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(s->elf->elf, &header) || !header.e_entry)
		return;
	ember_starts_place(s, header.e_entry);
	s->entry = s->other ? header.e_entry & ~1ull : header.e_entry;
}

bool ember_starts_step(struct ember_starts *s, unsigned int *work)
{
	uint32_t nr = s->elf->nr_section, i;

	switch (s->phase) {
	case EMBER_STARTS_CALLS:
	case EMBER_STARTS_SECTIONS:
		if (s->next < nr) {
			*work += ember_starts_section(s);
			return true;
		}
		break;
	case EMBER_STARTS_EXIDX:
		for (i = 0; i < EMBER_EXIDX_PIECE && s->next < s->exidx->nr; i++, s->next++) {
			uint64_t begin = s->exidx->entry[s->next].begin;

			ember_starts_add(s, begin, EMBER_START_GUESSED,
					 ember_starts_guess(s, begin));
		}
		*work += 2 * i;
		if (s->next < s->exidx->nr)
			return true;
		break;
	case EMBER_STARTS_SYMBOLS:
		*work += 256;
		if (ember_elf_begins(s->elf, &s->symbols, ember_starts_place, s))
			return true;
		ember_starts_entry(s);
		break;
	default: return false;
	}
	s->next = 0;
	return ++s->phase != EMBER_STARTS_DONE;
}

void ember_starts_close(struct ember_starts *s)
{
	uint32_t i;

	for (i = 0; s->page && i < s->nr_pages; i++)
		free(s->page[i].start);
	free(s->page);
	free(s->literals);
	memset(s, 0, sizeof(*s));
}
