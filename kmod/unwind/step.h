/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step by a table's rule: from a frame's registers to its caller's. Pure; it reads the
 * stack by what its user hands in, and trusts neither a rule nor what is read.
 */
#ifndef EMBER_STEP_H
#define EMBER_STEP_H

#include "table.h"

struct ember_step_regs {
	unsigned long pc, sp, fp;
	unsigned long r7;		/* ARM */
	unsigned long lr;		/* 0: it isn't the return address any more */
	bool exact;			/* pc is where it will go on, not behind a call */
};

enum ember_step {
	EMBER_STEP_ON,
	EMBER_STEP_END,			/* the stack's begin */
	EMBER_STEP_UNKNOWN,		/* no rule */
	EMBER_STEP_READ,		/* the stack can't be read there */
	EMBER_STEP_WRONG,		/* what was found makes no sense */
};

/* Reads a word of the user's at `at`; false if it can't be read. */
typedef bool (*ember_step_read)(void *context, unsigned long at, unsigned long *word);

/* Where a signal's frame has the registers that were interrupted, from sp on. */
#if defined(__x86_64__)
#define EMBER_SIGNAL_PC	168
#define EMBER_SIGNAL_SP	160
#define EMBER_SIGNAL_FP	120
#elif defined(__aarch64__)
#define EMBER_SIGNAL_PC	(312 + 32 * 8)
#define EMBER_SIGNAL_SP	(312 + 31 * 8)
#define EMBER_SIGNAL_FP	(312 + 29 * 8)
#define EMBER_SIGNAL_LR	(312 + 30 * 8)
#endif

static __always_inline enum ember_step ember_step_signal(struct ember_step_regs *regs,
							 ember_step_read read, void *context)
{
#ifdef EMBER_SIGNAL_PC
	unsigned long sp = regs->sp;

	if (!read(context, sp + EMBER_SIGNAL_PC, &regs->pc) ||
	    !read(context, sp + EMBER_SIGNAL_SP, &regs->sp) ||
	    !read(context, sp + EMBER_SIGNAL_FP, &regs->fp))
		return EMBER_STEP_READ;
	regs->lr = 0;
#ifdef EMBER_SIGNAL_LR
	if (!read(context, sp + EMBER_SIGNAL_LR, &regs->lr))
		return EMBER_STEP_READ;
#endif
	/* It may have been taken on a stack of its own: sp may go either way, once. */
	regs->exact = true;
	return EMBER_STEP_ON;
#else
	return EMBER_STEP_UNKNOWN;
#endif
}

static __always_inline bool ember_step_saved(__u8 how, int offset, unsigned long cfa,
					     unsigned long fp, unsigned long *reg,
					     ember_step_read read, void *context)
{
	if (how == EMBER_SAVED_CFA)
		return read(context, cfa + offset * EMBER_SAVED_UNIT, reg);
	if (how == EMBER_SAVED_FP)
		return read(context, fp + offset * EMBER_SAVED_UNIT, reg);
	if (how == EMBER_SAVED_LOST)
		*reg = 0;
	return true;
}

/* Where the rule says that the stack was before the call. */
static __always_inline enum ember_step ember_step_cfa(const struct ember_rule *rule,
						      const struct ember_step_regs *regs,
						      unsigned long *cfa,
						      ember_step_read read, void *context)
{
	bool sp = rule->cfa == EMBER_CFA_SP || rule->cfa == EMBER_CFA_SP_AT;
	bool fp = rule->cfa == EMBER_CFA_FP || rule->cfa == EMBER_CFA_FP_AT;

	if (rule->cfa == EMBER_CFA_PLT) {
		*cfa = regs->sp + 8;
		if ((regs->pc & 15) >= (unsigned long)rule->cfa_offset)
			*cfa += 8;
		return EMBER_STEP_ON;
	}
	if (!sp && !fp && rule->cfa != EMBER_CFA_R7)
		return EMBER_STEP_UNKNOWN;
	*cfa = (sp ? regs->sp : fp ? regs->fp : regs->r7) + rule->cfa_offset;
	if (rule->cfa != EMBER_CFA_SP_AT && rule->cfa != EMBER_CFA_FP_AT)
		return EMBER_STEP_ON;
	if (!read(context, *cfa, cfa))
		return EMBER_STEP_READ;
	*cfa += rule->cfa_add;
	return EMBER_STEP_ON;
}

static __always_inline enum ember_step ember_step(const struct ember_rule *rule,
						  struct ember_step_regs *regs,
						  ember_step_read read, void *context)
{
	unsigned long cfa, fp = regs->fp, pc = regs->lr;
	enum ember_step found;

	if (rule->cfa == EMBER_CFA_END)
		return EMBER_STEP_END;
	if (rule->cfa == EMBER_CFA_SIGNAL)
		return ember_step_signal(regs, read, context);
	found = ember_step_cfa(rule, regs, &cfa, read, context);
	if (found != EMBER_STEP_ON)
		return found;
	/* A stack grows down; only a function that has no frame yet shares its caller's. */
	if (cfa < regs->sp || cfa % sizeof(cfa) ||
	    (cfa == regs->sp && rule->ra != EMBER_SAVED_NOT))
		return EMBER_STEP_WRONG;
	if (!ember_step_saved(rule->ra, rule->ra_offset, cfa, fp, &pc, read, context) ||
	    !ember_step_saved(rule->fp, rule->fp_offset, cfa, fp, &regs->fp, read, context) ||
	    !ember_step_saved(rule->r7, rule->r7_offset, cfa, fp, &regs->r7, read, context))
		return EMBER_STEP_READ;
	regs->sp = cfa;
	regs->pc = pc;
	regs->lr = 0;
	regs->exact = false;
	/* Where a thread begins there's nobody to return to. */
	return pc ? EMBER_STEP_ON : rule->ra == EMBER_SAVED_NOT ? EMBER_STEP_WRONG :
								  EMBER_STEP_END;
}

#endif
