/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step by a table's rule: from a frame's registers to its caller's. Pure; it reads the
 * stack by what its user hands in, and trusts neither a rule nor what is read.
 */
#ifndef EMBER_STEP_H
#define EMBER_STEP_H

#include "../../include/uapi/emberprof_table.h"

struct ember_step_regs {
	unsigned long pc, sp, fp;
	unsigned long r7;		/* ARM */
	unsigned long lr;		/* 0: it isn't the return address any more */
	bool exact;			/* pc is where it will go on, not behind a call */
	bool least;			/* sp is a lower bound of the real one */
};

enum ember_step {
	EMBER_STEP_ON,
	EMBER_STEP_END,			/* the stack's begin */
	EMBER_STEP_UNKNOWN,		/* no rule */
	EMBER_STEP_READ,		/* the stack can't be read there */
	EMBER_STEP_WRONG,		/* what was found makes no sense */
};

/* Reads a word of the user's at `at`, aligned; false if it can't be read. */
typedef bool (*ember_step_read)(void *context, unsigned long at, unsigned long *word);

/*
 * What differs: the bytes of a word, and where a signal's frame has the registers that
 * were interrupted, from sp and the rule's cfa_offset on. No pc: that isn't known.
 */
struct ember_step_abi {
	unsigned int word;
	unsigned int pc, sp, fp, lr, r7;	/* 0: no such register */
};

#define EMBER_STEP_X86_64	((struct ember_step_abi){ 8, 168, 160, 120, 0, 0 })
#define EMBER_STEP_I386		((struct ember_step_abi){ 4, 56, 28, 24, 0, 0 })
#define EMBER_STEP_ARM64 \
	((struct ember_step_abi){ 8, 312 + 32 * 8, 312 + 31 * 8, 312 + 29 * 8, 312 + 30 * 8, 0 })
#define EMBER_STEP_RISCV64	((struct ember_step_abi){ 8, 304, 320, 368, 312, 0 })
#define EMBER_STEP_ARM \
	((struct ember_step_abi){ 4, 15 * 4, 13 * 4, 11 * 4, 14 * 4, 7 * 4 })

#if defined(__x86_64__)
#define EMBER_STEP_NATIVE	EMBER_STEP_X86_64
#elif defined(__aarch64__)
#define EMBER_STEP_NATIVE	EMBER_STEP_ARM64
#elif defined(__arm__)
#define EMBER_STEP_NATIVE	EMBER_STEP_ARM
#elif defined(__riscv)
#define EMBER_STEP_NATIVE	EMBER_STEP_RISCV64
#else
#define EMBER_STEP_NATIVE	EMBER_STEP_I386
#endif

static __always_inline enum ember_step ember_step_signal(const struct ember_rule *rule,
							 struct ember_step_regs *regs,
							 struct ember_step_abi abi,
							 ember_step_read read, void *context)
{
	unsigned long at = regs->sp + rule->cfa_offset;

	regs->lr = 0;
	if (!read(context, at + abi.pc, &regs->pc) || !read(context, at + abi.sp, &regs->sp) ||
	    !read(context, at + abi.fp, &regs->fp) ||
	    (abi.lr && !read(context, at + abi.lr, &regs->lr)) ||
	    (abi.r7 && !read(context, at + abi.r7, &regs->r7)))
		return EMBER_STEP_READ;
	/* It may have been taken on a stack of its own: sp may go either way, once. */
	regs->exact = true;
	return EMBER_STEP_ON;
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
	if (regs->least && sp) {
		/* sp is only a lower bound, but fp points to the function's frame record. */
		if (rule->cfa == EMBER_CFA_SP_AT || rule->fp != EMBER_SAVED_CFA)
			return EMBER_STEP_WRONG;
		*cfa = regs->fp - rule->fp_offset * EMBER_SAVED_UNIT;
		return EMBER_STEP_ON;
	}
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
						  struct ember_step_abi abi,
						  ember_step_read read, void *context)
{
	unsigned long cfa, fp = regs->fp, pc = regs->lr;
	enum ember_step found;

	if (rule->cfa == EMBER_CFA_END)
		return EMBER_STEP_END;
	if (rule->cfa == EMBER_CFA_SIGNAL)
		return ember_step_signal(rule, regs, abi, read, context);
	found = ember_step_cfa(rule, regs, &cfa, read, context);
	if (found != EMBER_STEP_ON)
		return found;
	/* A stack grows down; only a function that has no frame yet shares its caller's. */
	if (cfa < regs->sp || cfa & (abi.word - 1) ||
	    (cfa == regs->sp && rule->ra != EMBER_SAVED_NOT))
		return EMBER_STEP_WRONG;
	if (!ember_step_saved(rule->ra, rule->ra_offset, cfa, fp, &pc, read, context) ||
	    !ember_step_saved(rule->fp, rule->fp_offset, cfa, fp, &regs->fp, read, context) ||
	    (abi.r7 &&
	     !ember_step_saved(rule->r7, rule->r7_offset, cfa, fp, &regs->r7, read, context)))
		return EMBER_STEP_READ;
	regs->sp = cfa;
	regs->pc = pc;
	regs->lr = 0;
	regs->exact = false;
	regs->least = false;
	/* Where a thread begins there's nobody to return to. */
	return pc ? EMBER_STEP_ON : rule->ra == EMBER_SAVED_NOT ? EMBER_STEP_WRONG :
								  EMBER_STEP_END;
}

/* The largest distance from the CFA that a rule can encode, in bytes. */
#define EMBER_STEP_BYTES	(4 * (1UL << 15))

/* Nearly all rules: by sp, with the return address on the stack, all of it below the CFA. */
static inline bool ember_rule_plain(const struct ember_rule *rule)
{
	return rule->cfa == EMBER_CFA_SP && rule->ra == EMBER_SAVED_CFA && rule->ra_offset < 0 &&
	       rule->fp <= EMBER_SAVED_CFA && (!rule->fp || rule->fp_offset < 0) &&
	       rule->r7 <= EMBER_SAVED_CFA && (!rule->r7 || rule->r7_offset < 0);
}

/* Kinds of rules: plain ones, and of those the ones that ember_step_quick() takes. */
#define EMBER_RULE_OTHER	0
#define EMBER_RULE_PLAIN	1
#define EMBER_RULE_QUICK	2

/* Nearly all plain ones: the CFA is as aligned as sp is, and all that is saved is between them. */
static inline __u8 ember_rule_kind(const struct ember_rule *rule)
{
	int units = rule->cfa_offset / EMBER_SAVED_UNIT;

	if (!ember_rule_plain(rule))
		return EMBER_RULE_OTHER;
	if (units <= 0 || rule->cfa_offset % 8 || rule->ra_offset + units < 0 ||
	    (rule->fp && rule->fp_offset + units < 0) ||
	    (rule->r7 && rule->r7_offset + units < 0))
		return EMBER_RULE_PLAIN;
	return EMBER_RULE_QUICK;
}

/*
 * By a quick rule, where sp is known and aligned, and all from there to `cfa`, which is the
 * rule's, can be read: nothing is left to be checked.
 */
static __always_inline enum ember_step ember_step_quick(const struct ember_rule *rule,
							struct ember_step_regs *regs,
							struct ember_step_abi abi,
							unsigned long cfa,
							ember_step_read read, void *context)
{
	if (!read(context, cfa + rule->ra_offset * EMBER_SAVED_UNIT, &regs->pc) ||
	    (rule->fp && !read(context, cfa + rule->fp_offset * EMBER_SAVED_UNIT, &regs->fp)) ||
	    (abi.r7 && rule->r7 &&
	     !read(context, cfa + rule->r7_offset * EMBER_SAVED_UNIT, &regs->r7)))
		return EMBER_STEP_READ;
	regs->sp = cfa;
	regs->lr = 0;
	regs->exact = false;
	return regs->pc ? EMBER_STEP_ON : EMBER_STEP_END;
}

/* A quick rule for code of this machine's width, short: most have one. */
struct ember_quick {
	__u16 cfa;			/* from sp on, in 8 bytes */
	__s16 fp;			/* from the CFA on, EMBER_SAVED_UNIT; 0: it isn't saved */
#ifdef __arm__
	__s16 ra;
	__s16 r7;
#endif
};

#define EMBER_QUICK_CFA_UNIT	8

/* Of a quick rule: returns whether there's a short one, *quick. */
static inline bool ember_quick_make(struct ember_quick *quick, const struct ember_rule *rule)
{
	unsigned int cfa = (unsigned int)rule->cfa_offset / EMBER_QUICK_CFA_UNIT;

	quick->cfa = cfa;
	quick->fp = rule->fp ? rule->fp_offset : 0;
#if defined(__arm__)
	quick->ra = rule->ra_offset;
	quick->r7 = rule->r7 ? rule->r7_offset : 0;
	return cfa <= 0xffff;
#elif defined(__aarch64__)
	/* Both are saved by one instruction. */
	return cfa <= 0xffff && rule->fp &&
	       rule->ra_offset == rule->fp_offset + 8 / EMBER_SAVED_UNIT;
#else
	/* A call's instruction saves it. */
	return cfa <= 0xffff && rule->ra_offset * EMBER_SAVED_UNIT == -(int)sizeof(long);
#endif
}

/* Where a quick rule says that the return address, and what it saves, is. */
static inline unsigned long ember_quick_fp(struct ember_quick quick, unsigned long cfa)
{
	return cfa + (long)quick.fp * EMBER_SAVED_UNIT;
}

static inline unsigned long ember_quick_ra(struct ember_quick quick, unsigned long cfa)
{
#if defined(__arm__)
	return cfa + (long)quick.ra * EMBER_SAVED_UNIT;
#elif defined(__aarch64__)
	return ember_quick_fp(quick, cfa) + 8;
#else
	(void)quick;
	return cfa - sizeof(long);
#endif
}

#ifdef __arm__
static inline unsigned long ember_quick_r7(struct ember_quick quick, unsigned long cfa)
{
	return cfa + (long)quick.r7 * EMBER_SAVED_UNIT;
}
#endif

/*
 * The same as ember_step() by a plain one, with sp known, in a third of the instructions:
 * what is read needs no check of its own, as it lies below `limit` where the CFA does.
 */
static __always_inline enum ember_step ember_step_plain(const struct ember_rule *rule,
							struct ember_step_regs *regs,
							struct ember_step_abi abi,
							unsigned long limit,
							ember_step_read read, void *context)
{
	unsigned long cfa = regs->sp + rule->cfa_offset;

	if (cfa <= regs->sp || cfa & (abi.word - 1) ||
	    cfa - EMBER_STEP_BYTES > limit - EMBER_STEP_BYTES)
		return EMBER_STEP_WRONG;
	return ember_step_quick(rule, regs, abi, cfa, read, context);
}

#endif
