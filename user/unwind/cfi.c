// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/cfi.h"

#include <elf.h>

const struct ember_cfi_registers *ember_cfi_registers(uint16_t machine)
{
	static const struct ember_cfi_registers x86_64 = { 7, 6, 255, 16, false, 0 };
	static const struct ember_cfi_registers x86_32 = { 4, 5, 255, 8, false, 28 };
	static const struct ember_cfi_registers arm64 = { 31, 29, 255, 30, true, 0 };
	static const struct ember_cfi_registers arm = { 13, 11, 7, 14, true, 0 };
	static const struct ember_cfi_registers riscv = { 2, 8, 255, 1, true, 0 };

	switch (machine) {
	case EM_X86_64: return &x86_64;
	case EM_386: return &x86_32;
	case EM_AARCH64: return &arm64;
	case EM_ARM: return &arm;
	case EM_RISCV: return &riscv;
	}
	return NULL;
}

static struct ember_cfi_found *ember_cfi_register(struct ember_cfi *c,
						  struct ember_cfi_state *s, uint64_t reg)
{
	if (reg == c->regs->ra)
		return &s->ra;
	if (reg == c->regs->fp)
		return &s->fp;
	if (reg == c->regs->r7)
		return &s->r7;
	return NULL;
}

static void ember_cfi_set(struct ember_cfi *c, uint64_t reg, uint8_t how, int64_t offset)
{
	struct ember_cfi_found *found = ember_cfi_register(c, &c->now, reg);

	if (found)
		*found = (struct ember_cfi_found){ how, offset };
}

static void ember_cfi_restore(struct ember_cfi *c, uint64_t reg)
{
	struct ember_cfi_found *found = ember_cfi_register(c, &c->now, reg);

	if (found)
		*found = *ember_cfi_register(c, &c->first, reg);
}

/* DW_OP_breg0 .. 31; false for all else. */
static bool ember_cfi_breg(struct ember_cursor *e, uint64_t *reg, int64_t *offset)
{
	uint8_t op = ember_cursor_word(e, 1);

	if (op < 0x70 || op > 0x8f)
		return false;
	*reg = op - 0x70;
	*offset = ember_cursor_sleb(e);
	return !e->bad;
}

/*
 * The CFA by an expression: the word at sp or fp + offset, which realigned stacks have
 * (and, with something added to it, hand-written code), and what linkers write for the
 * PLT: sp + 8 + ((pc & 15) >= 11) * 8.
 */
static void ember_cfi_expression(struct ember_cfi *c, struct ember_cursor e)
{
	static const uint8_t plt[] = { 0x77, 8,	   0x80, 0,    0x3f, 0x1a,
				       0x3b, 0x2a, 0x33, 0x24, 0x22 };
	struct ember_cfi_state *s = &c->now;
	size_t bytes = e.end - e.at;
	uint64_t reg;

	s->cfa = EMBER_CFA_NONE;
	s->reg = UINT64_MAX;
	s->offset = 0;
	/* The place in an entry where the push has been done depends on its kind. */
	if (c->regs->ra == 16 && bytes == sizeof(plt) && !memcmp(e.at, plt, 6) &&
	    e.at[6] >= 0x30 && e.at[6] <= 0x3f && !memcmp(e.at + 7, plt + 7, 4)) {
		s->cfa = EMBER_CFA_PLT;
		s->offset = e.at[6] - 0x30;
		return;
	}
	s->add = 0;
	if (!ember_cfi_breg(&e, &reg, &s->offset) || ember_cursor_word(&e, 1) != 0x06)
		return;
	if (e.at < e.end) { /* DW_OP_plus_uconst */
		uint64_t add = ember_cursor_word(&e, 1) == 0x23 ? ember_cursor_uleb(&e) : 256;

		if (add > 255 || e.bad || e.at != e.end)
			return;
		s->add = add;
	}
	if (reg == c->regs->sp)
		s->cfa = EMBER_CFA_SP_AT;
	else if (reg == c->regs->fp)
		s->cfa = EMBER_CFA_FP_AT;
}

/* A register by an expression: the place where it was saved, from fp on. */
static void ember_cfi_register_expression(struct ember_cfi *c, uint64_t reg,
					  struct ember_cursor e)
{
	uint64_t base;
	int64_t offset;

	if (ember_cfi_breg(&e, &base, &offset) && e.at == e.end && base == c->regs->fp)
		ember_cfi_set(c, reg, EMBER_CFI_AT_FP, offset);
	else
		ember_cfi_set(c, reg, EMBER_CFI_LOST, 0);
}

static uint8_t ember_cfi_saved(const struct ember_cfi_found *found, int16_t *offset)
{
	if (found->how == EMBER_CFI_SAME)
		return EMBER_SAVED_NOT;
	*offset = found->offset / EMBER_SAVED_UNIT;
	if (found->how > EMBER_CFI_AT_FP || *offset * EMBER_SAVED_UNIT != found->offset) {
		*offset = 0;
		return EMBER_SAVED_LOST;
	}
	return found->how == EMBER_CFI_AT_CFA ? EMBER_SAVED_CFA : EMBER_SAVED_FP;
}

/* i386 has two kinds of signal frame: the offset of the saved sp identifies the kind. */
static struct ember_rule ember_cfi_signal(const struct ember_cfi *c)
{
	struct ember_rule rule = { .cfa = EMBER_CFA_SIGNAL };

	if (!c->regs->signal_sp)
		return rule;
	rule.cfa_offset = c->now.offset - c->regs->signal_sp;
	if (c->now.cfa != EMBER_CFA_SP_AT || c->now.offset < 0 || c->now.offset > INT16_MAX)
		rule = (struct ember_rule){ .cfa = EMBER_CFA_NONE };
	return rule;
}

static struct ember_rule ember_cfi_rule(const struct ember_cfi *c)
{
	const struct ember_cfi_state *s = &c->now;
	struct ember_rule rule = { .cfa = s->cfa };

	if (c->cie->signal)
		return ember_cfi_signal(c);
	if (s->ra.how == EMBER_CFI_UNDEFINED)
		return (struct ember_rule){ .cfa = EMBER_CFA_END };
	if (s->cfa == EMBER_CFA_NONE && s->reg == c->regs->sp)
		rule.cfa = EMBER_CFA_SP;
	else if (s->cfa == EMBER_CFA_NONE && s->reg == c->regs->fp)
		rule.cfa = EMBER_CFA_FP;
	else if (s->cfa == EMBER_CFA_NONE && s->reg == c->regs->r7)
		rule.cfa = EMBER_CFA_R7;
	rule.ra = ember_cfi_saved(&s->ra, &rule.ra_offset);
	rule.fp = ember_cfi_saved(&s->fp, &rule.fp_offset);
	rule.r7 = ember_cfi_saved(&s->r7, &rule.r7_offset);
	rule.cfa_offset = s->offset;
	rule.cfa_add = s->cfa == EMBER_CFA_NONE ? 0 : s->add;
	if (s->offset != rule.cfa_offset || rule.cfa == EMBER_CFA_NONE ||
	    rule.ra == EMBER_SAVED_LOST || (rule.ra == EMBER_SAVED_NOT && !c->regs->link))
		return (struct ember_rule){ .cfa = EMBER_CFA_NONE };
	return rule;
}

/* Up to here the state has been as it is. */
static void ember_cfi_advance(struct ember_cfi *c, uint64_t pc)
{
	struct ember_rule rule;

	if (c->row && pc != c->pc) {
		rule = ember_cfi_rule(c);
		c->row(c->context, c->pc, &rule);
	}
	c->pc = pc;
}

static void ember_cfi_cfa(struct ember_cfi *c, uint64_t reg, int64_t offset)
{
	c->now.cfa = EMBER_CFA_NONE;
	c->now.reg = reg;
	c->now.offset = offset;
}

/* What is counted in words of the entry's own size. */
static int64_t ember_cfi_scaled(const struct ember_cfi *c, uint64_t value)
{
	return value * (uint64_t)c->cie->data_align;
}

/* DW_CFA_*, those of two upper bits first. */
static bool ember_cfi_step(struct ember_cfi *c, struct ember_cursor *p, uint64_t end)
{
	uint8_t op = ember_cursor_word(p, 1);
	uint64_t reg = op & 0x3f, delta = reg;

	switch (op >> 6) {
	case 1: goto advance;
	case 2:
		ember_cfi_set(c, reg, EMBER_CFI_AT_CFA,
			      ember_cfi_scaled(c, ember_cursor_uleb(p)));
		return true;
	case 3: ember_cfi_restore(c, reg); return true;
	}
	switch (op) {
	case 0x00: return true; /* nop */
	case 0x02: delta = ember_cursor_word(p, 1); goto advance;
	case 0x03: delta = ember_cursor_word(p, 2); goto advance;
	case 0x04: delta = ember_cursor_word(p, 4); goto advance;
	case 0x05: /* offset_extended */
		reg = ember_cursor_uleb(p);
		ember_cfi_set(c, reg, EMBER_CFI_AT_CFA,
			      ember_cfi_scaled(c, ember_cursor_uleb(p)));
		return true;
	case 0x06: ember_cfi_restore(c, ember_cursor_uleb(p)); return true;
	case 0x07: ember_cfi_set(c, ember_cursor_uleb(p), EMBER_CFI_UNDEFINED, 0); return true;
	case 0x08: ember_cfi_set(c, ember_cursor_uleb(p), EMBER_CFI_SAME, 0); return true;
	case 0x09: /* register */
		reg = ember_cursor_uleb(p);
		ember_cursor_uleb(p);
		ember_cfi_set(c, reg, EMBER_CFI_LOST, 0);
		return true;
	case 0x0a: /* remember_state */
		if (c->depth == EMBER_CFI_DEPTH)
			return false;
		c->kept[c->depth++] = c->now;
		return true;
	case 0x0b: /* restore_state */
		if (!c->depth)
			return false;
		c->now = c->kept[--c->depth];
		return true;
	case 0x0c: /* def_cfa */
		reg = ember_cursor_uleb(p);
		ember_cfi_cfa(c, reg, ember_cursor_uleb(p));
		return true;
	case 0x0d: ember_cfi_cfa(c, ember_cursor_uleb(p), c->now.offset); return true;
	case 0x0e: c->now.offset = ember_cursor_uleb(p); return true;
	case 0x0f: ember_cfi_expression(c, ember_cursor_block(p)); return true;
	case 0x10: /* expression */
		reg = ember_cursor_uleb(p);
		ember_cfi_register_expression(c, reg, ember_cursor_block(p));
		return true;
	case 0x11: /* offset_extended_sf */
		reg = ember_cursor_uleb(p);
		ember_cfi_set(c, reg, EMBER_CFI_AT_CFA,
			      ember_cfi_scaled(c, ember_cursor_sleb(p)));
		return true;
	case 0x12: /* def_cfa_sf */
		reg = ember_cursor_uleb(p);
		ember_cfi_cfa(c, reg, ember_cfi_scaled(c, ember_cursor_sleb(p)));
		return true;
	case 0x13: c->now.offset = ember_cfi_scaled(c, ember_cursor_sleb(p)); return true;
	case 0x14: /* val_offset */
	case 0x15:
		reg = ember_cursor_uleb(p);
		ember_cursor_uleb(p);
		ember_cfi_set(c, reg, EMBER_CFI_LOST, 0);
		return true;
	case 0x16: /* val_expression */
		reg = ember_cursor_uleb(p);
		ember_cursor_block(p);
		ember_cfi_set(c, reg, EMBER_CFI_LOST, 0);
		return true;
	case 0x2d: return true; /* arm64: the return address is signed from here on, or not */
	case 0x2e: ember_cursor_uleb(p); return true; /* GNU_args_size */
	case 0x2f: /* GNU_negative_offset_extended */
		reg = ember_cursor_uleb(p);
		ember_cfi_set(c, reg, EMBER_CFI_AT_CFA,
			      ember_cfi_scaled(c, -ember_cursor_uleb(p)));
		return true;
	}
	return false;
advance:
	if (delta > (end - c->pc) / c->cie->code_align)
		return false;
	ember_cfi_advance(c, c->pc + delta * c->cie->code_align);
	return true;
}

enum ember_cfi_end ember_cfi_begin(struct ember_cfi *c,
				   const struct ember_cfi_registers *registers,
				   const struct ember_cie *cie, struct ember_cursor program,
				   uint64_t begin, uint64_t end, ember_cfi_row *row,
				   void *context)
{
	struct ember_cursor common = cie->program;

	*c = (struct ember_cfi){ .regs = registers, .cie = cie, .pc = begin, .end = end };
	c->now.reg = UINT64_MAX;
	while (common.at < common.end)
		if (!ember_cfi_step(c, &common, begin) || common.bad)
			return EMBER_CFI_BAD;
	c->first = c->now;
	c->depth = 0;
	c->row = row;
	c->context = context;
	c->program = program;
	return EMBER_CFI_MORE;
}

enum ember_cfi_end ember_cfi_go(struct ember_cfi *c, unsigned int *work, unsigned int most)
{
	while (c->program.at < c->program.end) {
		if ((*work)++ >= most)
			return EMBER_CFI_MORE;
		if (!ember_cfi_step(c, &c->program, c->end) || c->program.bad)
			return EMBER_CFI_BAD;
	}
	ember_cfi_advance(c, c->end);
	return EMBER_CFI_WHOLE;
}
