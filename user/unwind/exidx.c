// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/exidx.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_EXIDX_PIECE   256 /* entries that are listed at once */
#define EMBER_EXIDX_CANT    1u
#define EMBER_EXIDX_TABLE   (64u << 20) /* bytes: no file has so many functions */
#define EMBER_EXIDX_BYTES   (4 + 4 * 255) /* of instructions, at most */
#define EMBER_EXIDX_NOWHERE INT32_MIN

enum { EMBER_ARM_R7 = 7, EMBER_ARM_FP = 11, EMBER_ARM_SP = 13, EMBER_ARM_LR, EMBER_ARM_PC };

/* A word that holds the distance to an address, in 31 bits, from where it's written. */
static uint32_t ember_exidx_address(uint32_t word, uint32_t at)
{
	return at + ((int32_t)(word << 1) >> 1);
}

bool ember_exidx_open(struct ember_exidx *x, const struct ember_elf *elf)
{
	GElf_Phdr p;

	*x = (struct ember_exidx){ .elf = elf };
	if (elf->machine != EM_ARM)
		return false;
	if (elf->bare && ember_elf_segment(elf, PT_ARM_EXIDX, &p)) {
		x->offset = p.p_offset;
		x->bytes = p.p_filesz;
	} else if (!ember_elf_find(elf, ".ARM.exidx", &x->offset, &x->bytes)) {
		return false;
	}
	if (x->offset <= elf->bytes && x->bytes <= elf->bytes - x->offset && x->bytes >= 8 &&
	    x->bytes <= EMBER_EXIDX_TABLE &&
	    ember_segment_address(elf->segment, elf->nr_segment, x->offset, &x->address)) {
		x->entry = ember_xrealloc(NULL, x->bytes / 8, sizeof(*x->entry));
		return true;
	}
	x->bytes = 0;
	return false;
}

bool ember_exidx_list(struct ember_exidx *x, unsigned int *work)
{
	unsigned int nr = x->bytes / 8 - x->nr, i;
	uint32_t word[2 * EMBER_EXIDX_PIECE];

	if (nr > EMBER_EXIDX_PIECE)
		nr = EMBER_EXIDX_PIECE;
	*work += nr / 4 + 1;
	if (!nr || !ember_elf_read(x->elf, x->offset + 8ull * x->nr, word, 8ull * nr))
		return false;
	for (i = 0; i < nr; i++) {
		uint32_t at = x->address + 8 * x->nr, data = word[2 * i + 1];
		bool elsewhere = data != EMBER_EXIDX_CANT && !(data & 1u << 31);
		uint32_t begin = ember_exidx_address(word[2 * i], at) & ~1u;

		/* Out of order: what comes then isn't believed. */
		if (x->nr && begin < x->entry[x->nr - 1].begin)
			return false;
		x->entry[x->nr++] = (struct ember_exidx_entry){
			begin, elsewhere ? ember_exidx_address(data, at + 4) : data, elsewhere
		};
	}
	return true;
}

void ember_exidx_close(struct ember_exidx *x)
{
	free(x->entry);
	memset(x, 0, sizeof(*x));
}

static bool ember_exidx_word(const struct ember_elf *elf, uint32_t address, uint32_t *word)
{
	uint64_t offset;

	return ember_segment_offset(elf->segment, elf->nr_segment, address, 1, &offset) &&
	       ember_elf_read(elf, offset, word, 4);
}

/* The instructions, in the order in which they are done. */
static unsigned int ember_exidx_program(const struct ember_exidx *x,
					const struct ember_exidx_entry *e, uint8_t *program)
{
	uint32_t at = e->data, word = e->data;
	unsigned int more = 0, skip, n = 0, k;

	if (e->elsewhere) {
		if (!ember_exidx_word(x->elf, at, &word))
			return 0;
		/* A routine of a language's own: what follows is as for routine 1. */
		if (!(word & 1u << 31)) {
			at += 4;
			if (!ember_exidx_word(x->elf, at, &word))
				return 0;
			more = word >> 24;
			skip = 1;
		} else if ((word >> 24 & 0xf) == 0) {
			skip = 1;
		} else {
			more = word >> 16 & 0xff;
			skip = 2;
		}
	} else {
		if (word >> 24 != 0x80)
			return 0;
		skip = 1;
	}
	for (k = 0; k <= more; k++) {
		if (k && !ember_exidx_word(x->elf, at + 4 * k, &word))
			return 0;
		for (; skip < 4; skip++)
			program[n++] = word >> (24 - 8 * skip);
		skip = 0;
	}
	return n;
}

/* A frame in the undoing: the virtual stack pointer is a register and an offset. */
struct ember_exidx_frame {
	uint8_t base;
	bool bad;
	int32_t offset;
	int32_t at[16]; /* registers that were popped, from `base` on */
};

static void ember_exidx_pop(struct ember_exidx_frame *f, uint32_t mask)
{
	unsigned int r;

	for (r = 0; r < 16; r++)
		if (mask & 1u << r) {
			f->at[r] = f->offset;
			f->offset += 4;
		}
	f->bad |= mask & 1u << EMBER_ARM_SP;
}

static void ember_exidx_by(struct ember_exidx_frame *f, unsigned int reg)
{
	unsigned int r;

	f->bad |= reg == EMBER_ARM_SP || reg == EMBER_ARM_PC;
	f->base = reg;
	f->offset = 0;
	for (r = 0; r < 16; r++)
		f->at[r] = EMBER_EXIDX_NOWHERE;
}

/* Instructions of one byte; false: it has more, or there's none. */
static bool ember_exidx_short(struct ember_exidx_frame *f, uint8_t op)
{
	unsigned int low = op & 7;

	if (op < 0x40)
		f->offset += (op << 2) + 4;
	else if (op < 0x80)
		f->offset -= ((op & 0x3f) << 2) + 4;
	else if (op >> 4 == 9)
		ember_exidx_by(f, op & 15);
	else if (op >> 4 == 10)
		ember_exidx_pop(f, ((2u << low) - 1) << 4 | (op & 8 ? 1u << EMBER_ARM_LR : 0));
	else if (op >> 3 == 0x17)
		f->offset += 8 * (low + 1) + 4; /* vpop, as FSTMX stores */
	else if (op >> 3 == 0x1a || (op >> 3 == 0x18 && low < 6))
		f->offset += 8 * (low + 1);
	else if (op == 0xb4)
		f->offset += 4; /* an authentication code */
	else
		return false;
	return true;
}

static bool ember_exidx_long(struct ember_exidx_frame *f, uint8_t op, const uint8_t *program,
			     unsigned int n, unsigned int *at)
{
	unsigned int shift = 2;
	uint8_t byte;

	if (*at == n)
		return false;
	byte = program[(*at)++];
	switch (op) {
	case 0xb1:
		if (!byte || byte > 15)
			return false;
		ember_exidx_pop(f, byte);
		return true;
	case 0xb2:
		f->offset += 0x204 + ((byte & 0x7f) << shift);
		while (byte & 0x80 && *at < n && (shift += 7) < 24) {
			byte = program[(*at)++];
			f->offset += (byte & 0x7f) << shift;
		}
		return !(byte & 0x80);
	case 0xb3: f->offset += 8 * ((byte & 15) + 1) + 4; return true;
	case 0xc6:
	case 0xc8:
	case 0xc9: f->offset += 8 * ((byte & 15) + 1); return true;
	case 0xc7:
		if (!byte || byte > 15)
			return false;
		f->offset += 4 * __builtin_popcount(byte);
		return true;
	}
	if (op >> 4 != 8 || (op == 0x80 && !byte))
		return false; /* none, or one that says that it can't be unwound */
	ember_exidx_pop(f, ((op & 15u) << 8 | byte) << 4);
	return true;
}

static uint8_t ember_exidx_saved(const struct ember_exidx_frame *f, unsigned int reg,
				 int16_t *offset)
{
	int32_t from;

	if (f->at[reg] == EMBER_EXIDX_NOWHERE)
		return EMBER_SAVED_NOT;
	from = f->at[reg] - f->offset;
	*offset = from / EMBER_SAVED_UNIT;
	if (*offset * EMBER_SAVED_UNIT == from)
		return EMBER_SAVED_CFA;
	*offset = 0;
	return EMBER_SAVED_LOST;
}

bool ember_exidx_rule(const struct ember_exidx *x, unsigned int n, struct ember_rule *rule)
{
	const struct ember_exidx_entry *e = &x->entry[n];
	struct ember_exidx_frame f = {};
	uint8_t program[EMBER_EXIDX_BYTES];
	unsigned int bytes, at = 0;

	*rule = (struct ember_rule){ .cfa = EMBER_CFA_NONE };
	if (!e->elsewhere && e->data == EMBER_EXIDX_CANT)
		return true;
	bytes = ember_exidx_program(x, e, program);
	if (!bytes)
		return false;
	ember_exidx_by(&f, EMBER_ARM_SP);
	f.bad = false;
	while (at < bytes && program[at] != 0xb0) {
		uint8_t op = program[at++];

		if (!ember_exidx_short(&f, op) &&
		    !ember_exidx_long(&f, op, program, bytes, &at))
			return op == 0x80;
		if (f.bad || f.offset < 0 || f.offset > 1 << 24)
			return false;
	}
	rule->cfa = f.base == EMBER_ARM_SP ? EMBER_CFA_SP :
		    f.base == EMBER_ARM_FP ? EMBER_CFA_FP :
		    f.base == EMBER_ARM_R7 ? EMBER_CFA_R7 :
					     EMBER_CFA_NONE;
	rule->cfa_offset = f.offset;
	rule->ra = ember_exidx_saved(
		&f, f.at[EMBER_ARM_PC] == EMBER_EXIDX_NOWHERE ? EMBER_ARM_LR : EMBER_ARM_PC,
		&rule->ra_offset);
	rule->fp = ember_exidx_saved(&f, EMBER_ARM_FP, &rule->fp_offset);
	rule->r7 = ember_exidx_saved(&f, EMBER_ARM_R7, &rule->r7_offset);
	if (rule->cfa == EMBER_CFA_NONE || rule->ra == EMBER_SAVED_LOST)
		*rule = (struct ember_rule){ .cfa = EMBER_CFA_NONE };
	return true;
}
