/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who called a function, without frame pointers: for each place in a file's code a rule
 * that finds the caller's registers. Rows of four bytes {offset in a page of 64 KiB, number
 * of a rule} stand for all code from there on to the next row. Places are offsets in the
 * file, whatever address it's mapped at. The tool compiles them (user/unwind/), the module
 * looks them up; pure.
 */
#ifndef EMBER_TABLE_H
#define EMBER_TABLE_H

#include <linux/types.h>

#include "emberprof.h"

#ifdef __KERNEL__
#include <linux/nospec.h>
#else
#include <stdbool.h>

#define array_index_nospec(index, size) (index)
#endif

/* The rules of a file that there's no table of, and of no file: no table has them. */
#define EMBER_CFA_ABSENT	(EMBER_CFA_LAST + 1)
#define EMBER_CFA_NOWHERE	(EMBER_CFA_LAST + 2)

/* What a rule was read from, by trust: for the reader's own accounts. */
enum ember_unwind_source {
	EMBER_UNWIND_NONE,
	EMBER_UNWIND_EH_FRAME,
	EMBER_UNWIND_DEBUG_FRAME,
	EMBER_UNWIND_EXIDX,
	EMBER_UNWIND_SCAN,
	EMBER_UNWIND_SOURCES,
};

/*
 * Page p's rows are page[p] .. page[p + 1] - 1; the first of them is at offset 0, the
 * others follow in order. Nothing is believed of a table that wasn't checked.
 */
struct ember_table {
	__u64 first;		/* page: file offset >> EMBER_UNWIND_PAGE_SHIFT */
	__u32 nr_pages, nr_rows, nr_rules;
	__u32 *page;		/* [nr_pages + 1] */
	struct ember_row *row;
	struct ember_rule *rule;
	__u32 *piece;		/* [nr_pages * EMBER_TABLE_PIECES], or NULL */
};

/*
 * So that only some rows are searched: each 128 bytes of code have the number of the row that
 * they begin with, and in the lowest bits how many further rows begin in them.
 */
#define EMBER_TABLE_PIECE_SHIFT	7
#define EMBER_TABLE_PIECE_ROWS	((1U << EMBER_TABLE_PIECE_SHIFT) - 1)
#define EMBER_TABLE_PIECES	(1U << (EMBER_UNWIND_PAGE_SHIFT - EMBER_TABLE_PIECE_SHIFT))
#define EMBER_TABLE_ROWS_MAX	(1U << (32 - EMBER_TABLE_PIECE_SHIFT))	/* with pieces */

static inline bool ember_table_good(const struct ember_table *table)
{
	__u32 p, r;

	if (!table->nr_rules || table->nr_rules > EMBER_UNWIND_RULES_MAX ||
	    table->rule[0].cfa != EMBER_CFA_NONE || table->page[0] ||
	    table->page[table->nr_pages] != table->nr_rows)
		return false;
	for (r = 0; r < table->nr_rules; r++)
		if (table->rule[r].cfa > EMBER_CFA_LAST)
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

/* Of a good table: fills in `piece`, which there's room for. */
static inline void ember_table_index(struct ember_table *table)
{
	__u32 p, r, k, last, more;

	for (p = 0; p < table->nr_pages; p++) {
		__u32 *piece = table->piece + p * EMBER_TABLE_PIECES;
		__u32 end = table->page[p + 1];

		for (r = table->page[p], k = 0; k < EMBER_TABLE_PIECES; k++, r += more) {
			last = ((k + 1) << EMBER_TABLE_PIECE_SHIFT) - 1;
			if (r + 1 < end && table->row[r + 1].offset == k << EMBER_TABLE_PIECE_SHIFT)
				r++;
			for (more = 0; r + more + 1 < end && table->row[r + more + 1].offset <= last;)
				more++;
			piece[k] = r << EMBER_TABLE_PIECE_SHIFT | more;
		}
	}
}

/* By pieces: the number of the rule for code at an offset from the first page. */
static inline __u32 ember_table_search(const __u32 *pieces, __u32 nr_pieces,
				       const struct ember_row *row, __u64 offset)
{
	__u64 number = offset >> EMBER_TABLE_PIECE_SHIFT;
	__u32 piece, more;

	if (number >= nr_pieces)
		return 0;
	/* What is on a stack is anybody's choice: nor may it be guessed past the check. */
	piece = pieces[array_index_nospec((__u32)number, nr_pieces)];
	more = piece & EMBER_TABLE_PIECE_ROWS;
	for (row += piece >> EMBER_TABLE_PIECE_SHIFT; more && row[1].offset <= (__u16)offset;
	     more--)
		row++;
	return row->rule;
}

/* Of a good table: the rule for code at an offset in the file. */
static inline const struct ember_rule *ember_table_find(const struct ember_table *table,
							__u64 offset)
{
	__u64 p = (offset >> EMBER_UNWIND_PAGE_SHIFT) - table->first;
	__u32 within = (__u32)offset & ((1U << EMBER_UNWIND_PAGE_SHIFT) - 1);
	const struct ember_row *low, *high, *middle;

	if (table->piece)
		return &table->rule[ember_table_search(
			table->piece, table->nr_pages * EMBER_TABLE_PIECES, table->row,
			offset - (table->first << EMBER_UNWIND_PAGE_SHIFT))];
	if (p >= table->nr_pages)
		return &table->rule[0];
	low = table->row + table->page[p];
	high = table->row + table->page[p + 1];
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (middle->offset <= within)
			low = middle;
		else
			high = middle;
	}
	return &table->rule[low->rule];
}

#endif
