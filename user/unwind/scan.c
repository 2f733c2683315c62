// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "unwind/routine.h"

/* Calls seen where there are none would cut a function in pieces: so many are put together. */
#define EMBER_SCAN_JOINS 16

bool ember_scan_open(struct ember_scan *scan, const struct ember_elf *elf,
		     const struct ember_exidx *exidx, bool calls)
{
	memset(scan, 0, sizeof(*scan));
	if (!ember_starts_open(&scan->starts, elf, exidx, calls)) {
		ember_starts_close(&scan->starts);
		return false;
	}
	scan->routine = ember_grow(NULL, 1, sizeof(*scan->routine));
	memset(scan->routine, 0, sizeof(*scan->routine));
	return true;
}

void ember_scan_close(struct ember_scan *scan)
{
	if (scan->routine) {
		free(scan->routine->todo);
		free(scan->routine->trail);
		free(scan->routine->data);
	}
	free(scan->routine);
	ember_starts_close(&scan->starts);
	memset(scan, 0, sizeof(*scan));
}

static uint8_t ember_scan_saved(int32_t at, int16_t *offset, bool *far)
{
	if (at == EMBER_FRAME_KEPT)
		return EMBER_SAVED_NOT;
	*offset = at / EMBER_SAVED_UNIT;
	*far |= *offset * EMBER_SAVED_UNIT != at;
	return EMBER_SAVED_CFA;
}

static struct ember_rule ember_scan_rule(const struct ember_frame *f)
{
	static const struct ember_rule none;
	struct ember_rule rule = { .source = EMBER_UNWIND_SCAN };
	bool far = false;

	if (f->sp != EMBER_FRAME_UNKNOWN) {
		rule.cfa = EMBER_CFA_SP;
		rule.cfa_offset = f->sp;
	} else if (f->fp != EMBER_FRAME_UNKNOWN) {
		rule.cfa = EMBER_CFA_FP;
		rule.cfa_offset = f->fp;
	} else if (f->r7 != EMBER_FRAME_UNKNOWN) {
		rule.cfa = EMBER_CFA_R7;
		rule.cfa_offset = f->r7;
	} else if (f->old_at != EMBER_FRAME_UNKNOWN && f->old >= 0 && f->old <= UINT8_MAX) {
		rule.cfa = EMBER_CFA_SP_AT;
		rule.cfa_offset = f->old_at;
		rule.cfa_add = f->old;
	} else {
		return none;
	}
	rule.ra = ember_scan_saved(f->ra_at, &rule.ra_offset, &far);
	rule.fp = ember_scan_saved(f->fp_at, &rule.fp_offset, &far);
	rule.r7 = ember_scan_saved(f->r7_at, &rule.r7_offset, &far);
	return far || rule.cfa_offset < 0 ? none : rule;
}

/* A hint that no instruction agrees with says that the scan got it wrong. */
static bool ember_scan_agrees(const struct ember_routine *f, const struct ember_rule *hint)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		const struct ember_frame *frame = &f->frame[i];
		int32_t cfa = hint->cfa == EMBER_CFA_SP ? frame->sp :
			      hint->cfa == EMBER_CFA_FP ? frame->fp :
							  frame->r7;
		int32_t ra = hint->ra == EMBER_SAVED_CFA ? hint->ra_offset * EMBER_SAVED_UNIT :
							   EMBER_FRAME_KEPT;

		if (cfa == hint->cfa_offset && ra == frame->ra_at)
			return true;
	}
	return false;
}

static uint8_t ember_scan_special(const struct ember_routine *f, uint32_t place,
				  int32_t *cfa_offset)
{
	uint64_t at = (uint64_t)place * f->isa->unit;

	return at < f->room ? f->isa->special(f->code + at, f->room - at, cfa_offset) :
			      EMBER_CFA_NONE;
}

static uint32_t ember_scan_after(const struct ember_routine *f, uint32_t place)
{
	do
		place++;
	while (place < ember_routine_places(f) &&
	       (f->at[place] == EMBER_FRAME_INSIDE || f->at[place] == EMBER_FRAME_DATA));
	return place;
}

/*
 * Of the third of four instructions in a row. A signal's handler returns to the special
 * one's first byte, and the one before is looked up; what is behind it is the system call,
 * and it stands behind that while the kernel is at work.
 */
static struct ember_rule ember_scan_at(const struct ember_routine *f, const uint32_t row[4],
				       const struct ember_rule *hint)
{
	struct ember_rule rule = { .source = EMBER_UNWIND_SCAN };
	const struct ember_frame *frame = &f->frame[f->at[row[2]] - 1];
	int i;

	for (i = 3; i >= 0; i--) {
		rule.cfa = ember_scan_special(f, row[i], &rule.cfa_offset);
		if (rule.cfa != EMBER_CFA_NONE)
			return rule;
	}
	if (hint && memcmp(frame, &f->isa->entry, sizeof(*frame)))
		return *hint;
	return ember_scan_rule(frame);
}

static void ember_scan_emit(const struct ember_routine *f, const struct ember_rule *hint,
			    ember_cfi_row *row, void *context)
{
	uint32_t in_row[4] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, 0 };
	uint32_t place, places = ember_routine_places(f);
	struct ember_rule last, rule;

	if (hint && ember_scan_agrees(f, hint))
		hint = NULL;
	while (in_row[3] < places) {
		memmove(in_row, in_row + 1, sizeof(in_row) - sizeof(*in_row));
		place = in_row[2];
		in_row[3] = ember_scan_after(f, place);
		if (!f->at[place] || f->at[place] > f->nr)
			rule = (struct ember_rule){ .cfa = EMBER_CFA_NONE };
		else
			rule = ember_scan_at(f, in_row, hint);
		if (!place || memcmp(&rule, &last, sizeof(rule)))
			row(context, f->begin + (uint64_t)place * f->isa->unit, &rule);
		last = rule;
	}
}

/* Code from f->begin to `end`; false if there's none to be read. */
static bool ember_scan_read(struct ember_scan *scan, uint64_t end)
{
	struct ember_routine *f = scan->routine;
	uint64_t bytes = end - f->begin;

	if (bytes > EMBER_ROUTINE_BYTES)
		bytes = EMBER_ROUTINE_BYTES;
	f->room = ember_starts_code(&scan->starts, f->begin, f->code, bytes + 16);
	f->bytes = f->room < bytes ? f->room : bytes;
	if (ember_routine_places(f))
		ember_routine_follow(f);
	return ember_routine_places(f);
}

/* Where a function ends: where the n-th start is, or `end`. */
static uint64_t ember_scan_end(const struct ember_scan *scan, unsigned int n, uint64_t end)
{
	const struct ember_starts *s = &scan->starts;
	uint8_t code[16];
	int32_t offset;
	uint64_t at;

	if (n >= s->nr || s->base + s->start[n].address >= end)
		return end;
	at = s->base + s->start[n].address;
	/* The byte before is what will be looked up. */
	if (scan->routine->isa->special(code, ember_starts_code(s, at, code, sizeof(code)),
					&offset) == EMBER_CFA_SIGNAL &&
	    at - scan->routine->isa->unit > scan->routine->begin)
		at -= scan->routine->isa->unit;
	return at;
}

void ember_scan_tell(struct ember_scan *scan, uint64_t begin, uint64_t end,
		     const struct ember_rule *hint, ember_cfi_row *row, void *context)
{
	static const struct ember_rule none = { .cfa = EMBER_CFA_NONE },
				       over = { .cfa = EMBER_CFA_END,
						.source = EMBER_UNWIND_SCAN };
	const struct ember_starts *s = &scan->starts;
	struct ember_routine *f = scan->routine;

	for (f->begin = begin; f->begin < end; f->begin += f->bytes) {
		unsigned int joins = 0, n = ember_starts_from(s, f->begin);

		if (f->begin == begin)
			f->isa = ember_starts_mode(s, f->begin);
		if (n < s->nr && s->base + s->start[n].address == f->begin)
			f->isa = s->start[n++].other ? s->other : s->isa;
		while (ember_scan_read(scan, ember_scan_end(scan, n, end)) &&
		       (f->leaves || f->calls) && n < s->nr && !s->start[n].sure &&
		       joins++ < EMBER_SCAN_JOINS)
			n++;
		if (!ember_routine_places(f)) {
			row(context, f->begin, &none);
			f->bytes = end - f->begin;
		} else if (f->begin == s->entry) {
			row(context, f->begin, &over);
		} else {
			ember_scan_emit(f, hint, row, context);
		}
	}
}
