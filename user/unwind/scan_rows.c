// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/scan_rows.h"

#include <string.h>

#include "base/memory.h"
#include "unwind/function_flow.h"

#define EMBER_SCAN_SKIP 8192 /* places at once */
/*
 * Bytes around a system call where instructions may be special, or near one that is: of sets
 * whose instructions have 4 bytes at most, and of others.
 */
#define EMBER_SCAN_BEFORE(isa) ((isa)->shift ? 16u : 48u)
#define EMBER_SCAN_BEHIND(isa) ((isa)->shift ? 16u : 64u)

/* Emits the rows of a function, one instruction after the other. */
struct ember_emit {
	uint32_t place; /* of the next instruction to emit a row for */
	struct ember_special {
		uint8_t cfa; /* EMBER_CFA_NONE: an instruction like others */
		int32_t cfa_offset;
	} special[4]; /* of the two before it, of itself, and of the next one */
	uint8_t near; /* so many more instructions get the rule of one of these */
	uint16_t last; /* frame number of the last row; 0: its rule isn't a frame's */
	struct ember_rule last_rule; /* of the last row */
	struct ember_rule rule[EMBER_FLOW_FRAMES]; /* of frames */
	unsigned int nr_rules;
	bool hinted; /* and the hint is believed */
	uint32_t call; /* bytes: where the next system call may be; and those that are read */
	uint32_t room;
};

struct ember_emit *ember_scan_rows_new(void)
{
	return ember_xrealloc(NULL, 1, sizeof(struct ember_emit));
}

static uint8_t ember_scan_saved(int32_t at, int16_t *offset, bool *far)
{
	if (at == EMBER_FRAME_KEPT)
		return EMBER_SAVED_NOT;
	*offset = at / EMBER_SAVED_UNIT;
	*far |= *offset * EMBER_SAVED_UNIT != at;
	return EMBER_SAVED_CFA;
}

static struct ember_rule ember_scan_rule(const struct ember_frame_layout *f)
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
static bool ember_scan_agrees(const struct ember_function_flow *f,
			      const struct ember_rule *hint)
{
	unsigned int i;

	for (i = f->base; i < f->nr; i++) {
		const struct ember_frame_layout *frame = &f->frame[i];
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

static struct ember_special ember_scan_special(const struct ember_scan *scan, uint32_t place)
{
	const struct ember_function_flow *f = scan->routine;
	uint64_t at = (uint64_t)place << f->isa->shift;
	struct ember_special special = {};

	if (at < f->room)
		special.cfa = f->isa->special(f->code + at, f->room - at, &special.cfa_offset);
	return special;
}

static uint32_t ember_scan_after(const struct ember_function_flow *f, uint32_t place)
{
	uint32_t places = ember_flow_places(f);

	do
		place++;
	while (place < places && f->at[place] >= EMBER_FRAME_DATA);
	return place;
}

/* Rules of frames up to that number. */
static __attribute__((noinline)) void ember_scan_rules(const struct ember_scan *scan,
						       uint16_t number)
{
	const struct ember_function_flow *f = scan->routine;
	struct ember_emit *e = scan->emit;

	for (; e->nr_rules < number; e->nr_rules++) {
		const struct ember_frame_layout *frame = &f->frame[e->nr_rules];

		if (e->hinted && memcmp(frame, &f->isa->entry, sizeof(*frame)))
			e->rule[e->nr_rules] = scan->hint;
		else
			e->rule[e->nr_rules] = ember_scan_rule(frame);
	}
}

/* The rule of a frame, by its number; 0: none. */
static const struct ember_rule *ember_scan_numbered(const struct ember_scan *scan,
						    uint16_t number)
{
	static const struct ember_rule none;

	if (number > scan->emit->nr_rules)
		ember_scan_rules(scan, number);
	return number ? &scan->emit->rule[number - 1] : &none;
}

/*
 * A signal's handler returns to the special instruction's first byte, and the one before is
 * looked up; what is behind it is the system call, and it stands behind that while the kernel
 * is at work.
 */
static struct ember_rule ember_scan_near(const struct ember_emit *e)
{
	struct ember_rule rule = { .source = EMBER_UNWIND_SCAN };
	int i;

	for (i = 3; i > 0 && e->special[i].cfa == EMBER_CFA_NONE; i--)
		;
	rule.cfa = e->special[i].cfa;
	rule.cfa_offset = e->special[i].cfa_offset;
	return rule;
}

void ember_scan_rows_begin(struct ember_scan *scan)
{
	const struct ember_function_flow *f = scan->routine;
	struct ember_emit *e = scan->emit;
	uint32_t room = f->bytes + EMBER_SCAN_AHEAD;

	e->room = room < f->room ? room : f->room;
	e->call = f->isa->calls(f->code, e->room);
	e->hinted = scan->hinted && !ember_scan_agrees(scan->routine, &scan->hint);
	e->place = e->last = 0;
	e->nr_rules = f->base;
	memset(e->special, 0, sizeof(e->special));
	/* Before the first one of all nothing is. */
	e->special[3] = ember_scan_special(scan, 0);
	e->near = e->special[3].cfa == EMBER_CFA_NONE ? 0 : 3;
	scan->emits = true;
}

static void ember_emit_next(struct ember_scan *scan, ember_cfi_row *row, void *context)
{
	const struct ember_function_flow *f = scan->routine;
	struct ember_emit *e = scan->emit;
	uint16_t number = f->at[e->place];
	const struct ember_rule *rule;
	struct ember_rule near;

	if (number > f->nr)
		number = 0;
	if (e->near && number) {
		near = ember_scan_near(e);
		rule = &near;
		number = 0;
	} else if (number && number == e->last) {
		return;
	} else {
		rule = ember_scan_numbered(scan, number);
	}
	e->last = number;
	if (e->place && !memcmp(rule, &e->last_rule, sizeof(*rule)))
		return;
	e->last_rule = *rule;
	row(context, f->begin + ((uint64_t)e->place << f->isa->shift), rule);
}

/* On to the next place that finds another frame, or to `most`. */
static uint32_t ember_emit_skip(const struct ember_function_flow *f, uint32_t place,
				uint32_t most, uint16_t frame)
{
	const uint16_t *at = f->at + place, *end = f->at + ember_flow_places(f);
	const uint16_t *last = f->at + most, *eight = last - 8;
	const uint64_t same = frame * EMBER_FLOW_EACH;
	uint64_t four;

	while (at < end) {
		while (at <= eight && !(ember_flow_differ(at, same) & ~EMBER_FLOW_FLAG))
			at += 8;
		if (last - at >= 4) {
			four = (ember_flow_four(at) ^ same) & ~EMBER_FLOW_FLAG;
			at += four ? __builtin_ctzll(four) / 16 : 4;
			if (!four)
				continue;
		}
		if (*at < EMBER_FRAME_DATA && (*at != frame || at >= last))
			break;
		do
			at++;
		while (at < end && *at >= EMBER_FRAME_DATA);
	}
	return at - f->at;
}

/* Up to that place nothing is special, nor near what is. */
static uint32_t ember_emit_far(const struct ember_function_flow *f, struct ember_emit *e,
			       unsigned int *work)
{
	uint32_t at = e->place << f->isa->shift, unit = 1u << f->isa->shift, from;

	while (e->call < e->room && at >= e->call + EMBER_SCAN_BEHIND(f->isa) && !e->near) {
		from = (e->call & ~(unit - 1)) + unit;
		if (from < ((at - EMBER_SCAN_BEHIND(f->isa)) & ~(unit - 1)))
			from = (at - EMBER_SCAN_BEHIND(f->isa)) & ~(unit - 1);
		e->call = from + f->isa->calls(f->code + from, e->room - from);
		*work += (e->call - from) / 256 + 1;
	}
	if (e->near || e->call < EMBER_SCAN_BEFORE(f->isa))
		return 0;
	return e->call < e->room ? (e->call - EMBER_SCAN_BEFORE(f->isa)) >> f->isa->shift :
				   ember_flow_places(f);
}

/* An instruction that may be special, or near one that is. */
static void ember_emit_near(struct ember_scan *scan, ember_cfi_row *row, void *context)
{
	struct ember_emit *e = scan->emit;
	uint32_t next = ember_scan_after(scan->routine, e->place);

	memmove(e->special, e->special + 1, 3 * sizeof(*e->special));
	e->special[3] = ember_scan_special(scan, next);
	if (e->special[3].cfa != EMBER_CFA_NONE)
		e->near = 4;
	ember_emit_next(scan, row, context);
	e->near -= e->near > 0;
	e->place = next;
}

bool ember_scan_rows_step(struct ember_scan *scan, unsigned int *work, unsigned int most,
			  ember_cfi_row *row, void *context)
{
	const struct ember_function_flow *f = scan->routine;
	struct ember_emit *e = scan->emit;
	uint32_t places = ember_flow_places(f), far = 0, first, until;
	unsigned int n = 0;

	while (e->place < places) {
		if (++n % 4 == 0 && ++*work >= most)
			return true;
		if (e->place >= far)
			far = ember_emit_far(f, e, work);
		if (e->place >= far) {
			ember_emit_near(scan, row, context);
			continue;
		}
		ember_emit_next(scan, row, context);
		first = e->place + 1;
		until = far - first < EMBER_SCAN_SKIP ? far : first + EMBER_SCAN_SKIP;
		e->place = ember_emit_skip(f, first, until, e->last);
		*work += (e->place - first) / 16;
		memset(e->special, 0, sizeof(e->special));
	}
	scan->emits = false;
	return false;
}
