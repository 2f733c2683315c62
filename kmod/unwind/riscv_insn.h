/* SPDX-License-Identifier: GPL-2.0-only */
/* What of riscv's instructions shows where functions begin, branch and end. Pure. */
#ifndef EMBER_RISCV_INSN_H
#define EMBER_RISCV_INSN_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/* Of the first two bytes, or of all four. */
static inline unsigned int ember_insn_bytes(u32 insn)
{
	return (insn & 3) == 3 ? 4 : 2;
}

/* `bits` of the instruction from `from` on, which are a number's from `to` on. */
static inline u32 ember_insn_field(u32 insn, unsigned int from, unsigned int bits,
				   unsigned int to)
{
	return (insn >> from & ((1U << bits) - 1)) << to;
}

static inline long ember_insn_signed(u32 number, unsigned int bits)
{
	u32 sign = 1U << (bits - 1);

	return (long)(number ^ sign) - (long)sign;
}

/* jal ra, n */
static inline bool ember_insn_is_jal_ra(u32 insn)
{
	return (insn & 0xfff) == 0x0ef;
}

/* jalr ra, n(ra) */
static inline bool ember_insn_is_jalr_ra(u32 insn)
{
	return (insn & 0xfffff) == 0x080e7;
}

/* auipc ra, n */
static inline bool ember_insn_is_auipc_ra(u32 insn)
{
	return (insn & 0xfff) == 0x097;
}

/* Where jal leads, from itself on. */
static inline long ember_insn_jal(u32 insn)
{
	return ember_insn_signed(ember_insn_field(insn, 31, 1, 20) |
				 ember_insn_field(insn, 12, 8, 12) |
				 ember_insn_field(insn, 20, 1, 11) |
				 ember_insn_field(insn, 21, 10, 1), 21);
}

/* Where auipc and the jalr behind it lead, from the auipc on. */
static inline long ember_insn_far(u32 auipc, u32 jalr)
{
	return ember_insn_signed(auipc & 0xfffff000, 32) + ember_insn_signed(jalr >> 20, 12);
}

/* addi s0, sp, n, of 4 bytes and of 2 */
static inline bool ember_insn_sets_fp(u32 insn)
{
	return (insn & 0xfffff) == 0x10413 || (insn && !(insn & 0xe01f));
}

/* A jump by a register that isn't a call: returns, tail calls. */
static inline bool ember_insn_leaves(u32 insn)
{
	return (insn & 0x7fff) == 0x0067 || (insn & 0xf07f) == 0x8002;
}

/* Where a branch or a jump leads, from itself on; 0 if it is none. */
static inline long ember_insn_branch(u32 insn)
{
	if ((insn & 0x7f) == 0x63) /* beq and the like */
		return ember_insn_signed(ember_insn_field(insn, 31, 1, 12) |
					 ember_insn_field(insn, 7, 1, 11) |
					 ember_insn_field(insn, 25, 6, 5) |
					 ember_insn_field(insn, 8, 4, 1), 13);
	if ((insn & 0xfff) == 0x06f) /* j */
		return ember_insn_jal(insn);
	if ((insn & 0xe003) == 0xa001) /* c.j */
		return ember_insn_signed(ember_insn_field(insn, 12, 1, 11) |
					 ember_insn_field(insn, 11, 1, 4) |
					 ember_insn_field(insn, 9, 2, 8) |
					 ember_insn_field(insn, 8, 1, 10) |
					 ember_insn_field(insn, 7, 1, 6) |
					 ember_insn_field(insn, 6, 1, 7) |
					 ember_insn_field(insn, 3, 3, 1) |
					 ember_insn_field(insn, 2, 1, 5), 12);
	if ((insn & 0xc003) == 0xc001) /* c.beqz, c.bnez */
		return ember_insn_signed(ember_insn_field(insn, 12, 1, 8) |
					 ember_insn_field(insn, 10, 2, 3) |
					 ember_insn_field(insn, 5, 2, 6) |
					 ember_insn_field(insn, 3, 2, 1) |
					 ember_insn_field(insn, 2, 1, 5), 9);
	return 0;
}

#endif
