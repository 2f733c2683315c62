// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "unwind/function_flow.h"
#include "unwind/scan_rows.h"

/* Calls seen where there are none would cut a function in pieces: so many are put together. */
#define EMBER_SCAN_JOINS 16
/* What was read of the code. */
struct ember_piece {
	uint64_t begin; /* address */
	uint32_t bytes;
	uint8_t code[EMBER_FLOW_BYTES + EMBER_SCAN_AHEAD];
};

bool ember_scan_open(struct ember_scan *scan, const struct ember_elf *elf,
		     const struct ember_exidx *exidx, bool calls)
{
	memset(scan, 0, sizeof(*scan));
	/* Most of a routine is touched for long functions alone. */
	if (!ember_starts_open(&scan->starts, elf, exidx, calls) ||
	    !(scan->routine = calloc(1, sizeof(*scan->routine)))) {
		ember_starts_close(&scan->starts);
		return false;
	}
	scan->emit = ember_scan_rows_new();
	scan->piece = ember_xrealloc(NULL, 1, sizeof(*scan->piece));
	scan->piece->bytes = 0;
	return true;
}

void ember_scan_close(struct ember_scan *scan)
{
	if (scan->routine) {
		free(scan->routine->walk.todo);
		free(scan->routine->trail);
	}
	free(scan->routine);
	free(scan->piece);
	free(scan->emit);
	ember_starts_close(&scan->starts);
	memset(scan, 0, sizeof(*scan));
}

/* Code of the function at hand: how much of it there is. What was read may do. */
static uint32_t ember_scan_code(struct ember_scan *scan, uint32_t bytes)
{
	struct ember_function_flow *f = scan->routine;
	struct ember_piece *p = scan->piece;
	uint64_t at = f->begin - p->begin;

	if (at > p->bytes || p->bytes - at < bytes) {
		p->begin = f->begin;
		p->bytes = ember_starts_code(&scan->starts, f->begin, p->code, bytes);
		at = 0;
	}
	f->code = p->code + at;
	return p->bytes - at < bytes ? p->bytes - at : bytes;
}

/* Whether a signal's handler returns there: the byte before is what will be looked up. */
static bool ember_scan_signal(const struct ember_function_flow *f, uint32_t at)
{
	int32_t offset;

	return f->room > at &&
	       f->isa->special(f->code + at, f->room - at, &offset) == EMBER_CFA_SIGNAL;
}

/*
 * Reads the code of the function at hand, up to where the next one starts, or to the end of
 * what has no rule yet, and begins to follow it.
 */
static void ember_scan_read(struct ember_scan *scan)
{
	struct ember_function_flow *f = scan->routine;
	uint64_t bytes = (scan->has_next ? scan->next.address : scan->end) - f->begin;
	const uint32_t unit = 1u << f->isa->shift;

	if (bytes > EMBER_FLOW_BYTES)
		bytes = EMBER_FLOW_BYTES;
	f->room = ember_scan_code(scan, bytes + EMBER_SCAN_AHEAD);
	if (scan->has_next && f->begin + bytes == scan->next.address && bytes > unit &&
	    ember_scan_signal(f, bytes)) {
		bytes -= unit;
		if (f->room > bytes + EMBER_SCAN_AHEAD)
			f->room = bytes + EMBER_SCAN_AHEAD;
	}
	f->bytes = f->room < bytes ? f->room : bytes;
	f->work = 0;
	if (ember_flow_places(f) && !ember_flow_take(f))
		ember_flow_begin(f);
	scan->follows = true;
}

static void ember_scan_find(struct ember_scan *scan, uint64_t from)
{
	uint64_t to = scan->routine->begin + EMBER_FLOW_BYTES + 1;

	scan->has_next = ember_starts_next(&scan->starts, from,
					   to < scan->end ? to : scan->end, &scan->next);
}

/* Begin with the next function of the range. */
static void ember_scan_function(struct ember_scan *scan)
{
	const struct ember_starts *s = &scan->starts;
	struct ember_function_flow *f = scan->routine;

	/* Nothing starts between the last one's first instruction and what was found then. */
	if (scan->joins || !scan->has_next || scan->next.address < f->begin)
		ember_scan_find(scan, f->begin);
	if (scan->has_next && scan->next.address == f->begin) {
		f->isa = scan->next.other ? s->other : s->isa;
		ember_scan_find(scan, f->begin + 1);
	}
	scan->joins = 0;
	ember_scan_read(scan);
}

/* It may go on behind what was taken for the next one's start. */
static bool ember_scan_join(struct ember_scan *scan)
{
	const struct ember_function_flow *f = scan->routine;

	if (!ember_flow_places(f) || !(f->done.leaves || f->calls) || !scan->has_next ||
	    scan->next.sure || scan->joins++ == EMBER_SCAN_JOINS)
		return false;
	ember_scan_find(scan, scan->next.address + 1);
	ember_scan_read(scan);
	return true;
}

static void ember_scan_followed(struct ember_scan *scan, ember_cfi_row *row, void *context)
{
	static const struct ember_rule none = { .cfa = EMBER_CFA_NONE },
				       over = { .cfa = EMBER_CFA_END,
						.source = EMBER_UNWIND_SCAN };
	struct ember_function_flow *f = scan->routine;

	if (ember_scan_join(scan))
		return;
	scan->follows = false;
	if (!ember_flow_places(f)) {
		row(context, f->begin, &none);
		f->begin = scan->end;
	} else if (f->begin == scan->starts.entry) {
		row(context, f->begin, &over);
		f->begin += f->bytes;
	} else {
		ember_scan_rows_begin(scan);
	}
}

void ember_scan_begin(struct ember_scan *scan, uint64_t begin, uint64_t end,
		      const struct ember_rule *hint)
{
	scan->routine->begin = begin;
	scan->routine->isa = ember_starts_mode(&scan->starts, begin);
	scan->end = end;
	scan->has_next = false;
	scan->hinted = hint;
	if (hint)
		scan->hint = *hint;
}

bool ember_scan_step(struct ember_scan *scan, unsigned int *work, unsigned int most,
		     ember_cfi_row *row, void *context)
{
	struct ember_function_flow *f = scan->routine;
	bool more;

	while (*work < most) {
		if (scan->emits) {
			if (!ember_scan_rows_step(scan, work, most, row, context))
				f->begin += f->bytes;
		} else if (scan->follows) {
			more = ember_flow_places(f) && ember_flow_step(f, most - *work);
			*work += f->work + 1;
			if (!more)
				ember_scan_followed(scan, row, context);
		} else if (f->begin < scan->end) {
			ember_scan_function(scan);
			*work += 4;
		} else {
			return false;
		}
	}
	return true;
}
