/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who called a function, without frame pointers: for each place in a file's code a rule
 * that finds the caller's registers. Rows of four bytes {offset in a page of 64 KiB, number
 * of a rule} stand for all code from there on to the next row. Places are offsets in the
 * file, whatever address it's mapped at. Made by user/unwind/; pure.
 */
#ifndef EMBER_TABLE_H
#define EMBER_TABLE_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#define EMBER_TABLE_PAGE_SHIFT	16
#define EMBER_TABLE_RULES_MAX	65535

/* What was on the stack before the call, the CFA, is found by (+ cfa_offset): */
enum ember_cfa {
	EMBER_CFA_NONE,		/* nothing is known here; rule 0 */
	EMBER_CFA_END,		/* nobody called this: the stack is whole */
	EMBER_CFA_SP,
	EMBER_CFA_FP,		/* rbp, ebp, x29, r11 */
	EMBER_CFA_R7,		/* ARM: Thumb code's */
	EMBER_CFA_SP_AT,	/* the word at sp + cfa_offset */
	EMBER_CFA_FP_AT,
	EMBER_CFA_PLT,		/* x86-64: sp + 8; 8 more from byte cfa_offset of 16 on */
	EMBER_CFA_SIGNAL,	/* a signal's frame, which has all registers */
};

/* Offsets of saved registers are in words of 32 bits, which all are aligned to. */
#define EMBER_SAVED_UNIT	4

/* Where a register of the caller is. */
enum ember_saved {
	EMBER_SAVED_NOT,	/* still there (of the return address: in lr) */
	EMBER_SAVED_CFA,	/* the word at CFA + offset */
	EMBER_SAVED_FP,		/* the word at fp + offset */
	EMBER_SAVED_LOST,	/* nowhere that could be found */
};

/* What a rule was read from, by trust. */
enum ember_unwind_source {
	EMBER_UNWIND_NONE,
	EMBER_UNWIND_EH_FRAME,
	EMBER_UNWIND_DEBUG_FRAME,
	EMBER_UNWIND_EXIDX,
	EMBER_UNWIND_SOURCES,
};

struct ember_rule {
	__s32 cfa_offset;	/* bytes */
	__s16 ra_offset, fp_offset, r7_offset; /* EMBER_SAVED_UNIT */
	__u8 cfa;		/* enum ember_cfa */
	__u8 cfa_add;		/* bytes: of a word at sp or fp, to be added to it */
	__u8 ra, fp, r7;	/* enum ember_saved */
	__u8 source;		/* enum ember_unwind_source */
};

struct ember_row {
	__u16 offset;		/* in its page */
	__u16 rule;
};

/*
 * Page p's rows are page[p] .. page[p + 1] - 1; the first of them is at offset 0, the
 * others follow in order. Nothing is believed of a table that wasn't checked.
 */
struct ember_table {
	__u64 first;		/* page: file offset >> EMBER_TABLE_PAGE_SHIFT */
	__u32 nr_pages, nr_rows, nr_rules;
	__u32 *page;		/* [nr_pages + 1] */
	struct ember_row *row;
	struct ember_rule *rule;
};

static inline bool ember_table_good(const struct ember_table *table)
{
	__u32 p, r;

	if (!table->nr_rules || table->nr_rules > EMBER_TABLE_RULES_MAX ||
	    table->rule[0].cfa != EMBER_CFA_NONE || table->page[0] ||
	    table->page[table->nr_pages] != table->nr_rows)
		return false;
	for (r = 0; r < table->nr_rules; r++)
		if (table->rule[r].cfa > EMBER_CFA_SIGNAL)
			return false;
	for (p = 0; p < table->nr_pages; p++) {
		__u32 begin = table->page[p], end = table->page[p + 1];

		if (begin >= end || end > table->nr_rows || table->row[begin].offset)
			return false;
		for (r = begin; r < end; r++)
			if (table->row[r].rule >= table->nr_rules ||
			    (r > begin && table->row[r].offset <= table->row[r - 1].offset))
				return false;
	}
	return true;
}

/* Of a good table: the rule for code at an offset in the file; 17 steps at most. */
static inline const struct ember_rule *ember_table_find(const struct ember_table *table,
							__u64 offset)
{
	__u64 p = (offset >> EMBER_TABLE_PAGE_SHIFT) - table->first;
	__u16 within = (__u16)offset;
	__u32 low, high;

	if (p >= table->nr_pages)
		return &table->rule[0];
	low = table->page[p];
	high = table->page[p + 1];
	while (high - low > 1) {
		__u32 middle = low + (high - low) / 2;

		if (table->row[middle].offset <= within)
			low = middle;
		else
			high = middle;
	}
	return &table->rule[table->row[low].rule];
}

#endif
