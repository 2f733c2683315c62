// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/starts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define EMBER_CODE_MAX	  (1u << 30)
#define EMBER_PIECE_SHIFT 12
#define EMBER_PIECE	  (1u << EMBER_PIECE_SHIFT)
#define EMBER_GUESS_BYTES 128
#define EMBER_LITERALS	  4096 /* units of code that a load reaches at most */
#define EMBER_AHEAD	  16 /* no instruction is longer */

static int ember_start_order(const void *a, const void *b)
{
	const struct ember_start *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return y->trust - x->trust;
}

/* In order, each once: with the mode that is trusted most. */
static void ember_starts_tidy(struct ember_starts *s)
{
	unsigned int i, nr = 0;

	if (s->nr)
		qsort(s->start, s->nr, sizeof(*s->start), ember_start_order);
	for (i = 0; i < s->nr; i++)
		if (!nr || s->start[i].address != s->start[nr - 1].address)
			s->start[nr++] = s->start[i];
		else
			s->start[nr - 1].sure = true;
	s->nr = nr;
	s->tidy = 2 * nr + 1024;
}

static void ember_starts_add(struct ember_starts *s, uint64_t address, uint8_t trust,
			     bool other)
{
	if (address < s->base || address >= s->end)
		return;
	/* A function is called many times. */
	if (s->nr >= s->tidy)
		ember_starts_tidy(s);
	s->start = ember_room(s->start, s->nr, &s->room, sizeof(*s->start));
	s->start[s->nr++] = (struct ember_start){ address - s->base, trust,
						  trust != EMBER_START_CALLED, other };
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

/* In ARM mode most words have the condition "always", which is their last nibble. */
static bool ember_starts_other(const struct ember_starts *s, const uint8_t *code,
			       uint32_t bytes)
{
	uint32_t i, always = 0;

	for (i = 3; s->other && i < bytes; i += 4)
		always += code[i] >> 4 == 14;
	return always * 5 > bytes / 4 * 2;
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

static bool *ember_literal(struct ember_literals *l, const struct ember_isa *isa, uint64_t at)
{
	return &l->unit[at / isa->unit % EMBER_LITERALS];
}

static void ember_literal_note(struct ember_literals *l, const struct ember_isa *isa,
			       const struct ember_insn *insn, uint64_t at)
{
	uint64_t k;

	for (k = 0; k < insn->literals; k += isa->unit)
		if (insn->literal + k - at < EMBER_LITERALS * isa->unit)
			*ember_literal(l, isa, insn->literal + k) = true;
}

/* Piece by piece, all of a section. */
static void ember_starts_section(struct ember_starts *s,
				 const struct ember_elf_section *section)
{
	uint8_t code[EMBER_PIECE + EMBER_AHEAD];
	struct ember_literals literals = {};
	const struct ember_isa *isa;
	uint64_t at = section->start;

	while (at < section->end) {
		uint64_t over = ((at - s->base) | (EMBER_PIECE - 1)) + 1 + s->base;
		uint32_t own = (over < section->end ? over : section->end) - at;
		uint32_t room = own + EMBER_AHEAD, bytes, i = 0;

		if (room > section->end - at)
			room = section->end - at;
		bytes = ember_starts_code(s, at, code, room);
		isa = ember_starts_other(s, code, own < bytes ? own : bytes) ? s->other :
									       s->isa;
		while (i < own && i < bytes) {
			struct ember_frame frame = isa->entry;
			bool *literal = ember_literal(&literals, isa, at + i);
			struct ember_insn insn;

			if (*literal) {
				*literal = false;
				i += isa->unit;
				continue;
			}
			isa->step(code + i, bytes - i, at + i, &frame, &insn);
			if (insn.flow == EMBER_FLOW_CALL && insn.target && !insn.conditional)
				ember_starts_add(s, insn.target, EMBER_START_CALLED,
						 (isa == s->other) != insn.other_mode);
			ember_literal_note(&literals, isa, &insn, at + i);
			i += insn.bytes ? insn.bytes : isa->unit;
		}
		at += i ? i : own;
	}
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
	GElf_Ehdr header;
	uint32_t i;

	*s = (struct ember_starts){ .elf = elf };
	if (elf->machine == EM_ARM) {
		s->isa = &ember_isa_thumb;
		s->other = &ember_isa_arm;
	} else if (elf->machine == EM_AARCH64) {
		s->isa = &ember_isa_a64;
	} else if (elf->machine == EM_X86_64) {
		s->isa = &ember_isa_x86_64;
	}
	if (!s->isa || !ember_starts_bounds(s))
		return false;
	for (i = 0; calls && i < elf->nr_section; i++)
		if (elf->section[i].code)
			ember_starts_section(s, &elf->section[i]);
	for (i = 0; i < elf->nr_section; i++)
		if (elf->section[i].code)
			ember_starts_add(s, elf->section[i].start, EMBER_START_GUESSED,
					 ember_starts_guess(s, elf->section[i].start));
	for (i = 0; i < exidx->nr; i++)
		ember_starts_add(s, exidx->entry[i].begin, EMBER_START_GUESSED,
				 ember_starts_guess(s, exidx->entry[i].begin));
	ember_elf_begins(elf, ember_starts_place, s);
	if (gelf_getehdr(elf->elf, &header) && header.e_entry) {
		ember_starts_place(s, header.e_entry);
		s->entry = s->other ? header.e_entry & ~1ull : header.e_entry;
	}
	ember_starts_tidy(s);
	return true;
}

void ember_starts_close(struct ember_starts *s)
{
	free(s->start);
	memset(s, 0, sizeof(*s));
}

unsigned int ember_starts_from(const struct ember_starts *s, uint64_t address)
{
	unsigned int low = 0, high = s->nr;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (s->start[middle].address + s->base < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
