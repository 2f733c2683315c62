// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's walk by a table that somebody loaded, over a stack that somebody wrote: the
 * table is refused or looked up within its bounds, nothing is read beyond user memory, and
 * the shorter way of a step leads where the longer one does.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "../../kmod/unwind/step.h"

#define LIMIT  0x7ffffffff000ul
#define STACK  0x7ffc00000000ul
#define FRAMES 128

struct fuzz_stack {
	const uint8_t *data;
	size_t bytes;
	unsigned long low, high; /* of read_between() */
};

static bool read_word(void *context, unsigned long at, unsigned long *word)
{
	const struct fuzz_stack *s = context;

	if (at < STACK || at - STACK > s->bytes || s->bytes - (at - STACK) < sizeof(*word))
		return false;
	memcpy(word, s->data + (at - STACK), sizeof(*word));
	return true;
}

/* What wasn't checked any more has to be below the limit. */
static bool read_checked(void *context, unsigned long at, unsigned long *word)
{
	FUZZ_MUST(at <= LIMIT - sizeof(*word));
	return read_word(context, at, word);
}

/* And what a quick rule says between sp and the CFA. */
static bool read_between(void *context, unsigned long at, unsigned long *word)
{
	const struct fuzz_stack *s = context;

	FUZZ_MUST(at >= s->low && at < s->high);
	return read_word(context, at, word);
}

static bool same(const struct ember_step_regs *a, const struct ember_step_regs *b)
{
	return a->pc == b->pc && a->sp == b->sp && a->fp == b->fp && a->lr == b->lr &&
	       a->exact == b->exact;
}

/* The short form of a quick rule, where it has one, leads where the rule does. */
static void walk_short(const struct ember_rule *rule, struct ember_step_regs before,
		       enum ember_step step, const struct ember_step_regs *after,
		       struct fuzz_stack *stack)
{
	unsigned long cfa, pc, fp = before.fp;
	struct ember_quick quick;
	bool read;

	if (!ember_quick_make(&quick, rule))
		return;
	cfa = before.sp + (unsigned long)quick.cfa * EMBER_QUICK_CFA_UNIT;
	FUZZ_MUST(cfa == stack->high);
	read = read_between(stack, ember_quick_ra(quick, cfa), &pc) &&
	       (!quick.fp || read_between(stack, ember_quick_fp(quick, cfa), &fp));
	FUZZ_MUST((step == EMBER_STEP_ON) == (read && pc));
	FUZZ_MUST(step != EMBER_STEP_ON ||
		  (after->pc == pc && after->sp == cfa && after->fp == fp));
}

static void walk(const struct ember_table *t, struct ember_step_regs regs,
		 struct fuzz_stack *stack)
{
	unsigned int i, signals = 0;

	for (i = 0; i < FRAMES; i++) {
		const struct ember_rule *rule = ember_table_find(t, regs.pc - !regs.exact);
		struct ember_step_regs before = regs, other = regs;
		struct ember_table whole = *t;
		enum ember_step step, short_step;

		FUZZ_MUST(rule >= t->rule && rule < t->rule + t->nr_rules);
		whole.piece = NULL;
		FUZZ_MUST(rule == ember_table_find(&whole, regs.pc - !regs.exact));
		step = ember_step(rule, &regs, EMBER_STEP_X86_64, read_word, stack);
		if (ember_rule_plain(rule) && !before.least) {
			short_step = ember_step_plain(rule, &other, EMBER_STEP_X86_64, LIMIT,
						      read_checked, stack);
			FUZZ_MUST((step == EMBER_STEP_ON) == (short_step == EMBER_STEP_ON));
			FUZZ_MUST(step != EMBER_STEP_ON || same(&regs, &other));
		}
		other = before;
		stack->low = before.sp;
		stack->high = before.sp + rule->cfa_offset;
		if (ember_rule_kind(rule) == EMBER_RULE_QUICK && !before.least &&
		    !(before.sp % 8) && stack->high > stack->low && stack->high < LIMIT) {
			short_step = ember_step_quick(rule, &other, EMBER_STEP_X86_64,
						      stack->high, read_between, stack);
			FUZZ_MUST((step == EMBER_STEP_ON) == (short_step == EMBER_STEP_ON));
			FUZZ_MUST(step != EMBER_STEP_ON || same(&regs, &other));
			walk_short(rule, before, step, &regs, stack);
		}
		if (step != EMBER_STEP_ON)
			return;
		/* Ever upwards, but for what a signal took elsewhere. */
		signals += rule->cfa == EMBER_CFA_SIGNAL;
		FUZZ_MUST(regs.sp > before.sp || signals ||
			  (before.lr && rule->ra == EMBER_SAVED_NOT));
	}
}

static const void *take(const uint8_t **data, size_t *n, size_t bytes)
{
	const uint8_t *at = *data;

	if (*n < bytes)
		return NULL;
	*data += bytes;
	*n -= bytes;
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *counts = take(&data, &n, 4);
	struct ember_table t = {};
	struct ember_rule rule[256];
	struct ember_row row[256];
	uint32_t page[257];
	static uint32_t piece[256 * EMBER_TABLE_PIECES];
	struct ember_step_regs regs = { .exact = true };
	struct fuzz_stack stack;
	const void *from[4];

	if (!counts)
		return 0;
	t.nr_pages = counts[0];
	t.nr_rows = counts[1];
	t.nr_rules = counts[2];
	t.first = counts[3];
	from[0] = take(&data, &n, (t.nr_pages + 1) * sizeof(*page));
	from[1] = take(&data, &n, t.nr_rows * sizeof(*row));
	from[2] = take(&data, &n, t.nr_rules * sizeof(*rule));
	from[3] = take(&data, &n, 4 * sizeof(long));
	if (!from[0] || !from[1] || !from[2] || !from[3])
		return 0;
	t.page = memcpy(page, from[0], (t.nr_pages + 1) * sizeof(*page));
	t.row = memcpy(row, from[1], t.nr_rows * sizeof(*row));
	t.rule = memcpy(rule, from[2], t.nr_rules * sizeof(*rule));
	if (!ember_table_good(&t))
		return 0;
	t.piece = piece;
	ember_table_index(&t);
	memcpy(&regs.pc, from[3], sizeof(long));
	memcpy(&regs.fp, (const uint8_t *)from[3] + sizeof(long), sizeof(long));
	memcpy(&regs.lr, (const uint8_t *)from[3] + 2 * sizeof(long), sizeof(long));
	memcpy(&regs.sp, (const uint8_t *)from[3] + 3 * sizeof(long), sizeof(long));
	stack = (struct fuzz_stack){ data, n };
	walk(&t, regs, &stack);
	regs.sp = STACK;
	regs.fp = STACK + 16;
	walk(&t, regs, &stack);
	return 0;
}
