// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "unwind/exidx.h"
#include "unwind/frame_section.h"
#include "unwind/scan.h"

enum {
	EMBER_COMPILE_LISTS, /* of entries */
	EMBER_COMPILE_STARTS, /* where functions begin */
	EMBER_COMPILE_ENTRIES, /* of .eh_frame and .debug_frame, each after what lies before it */
	EMBER_COMPILE_LAST, /* what lies behind all entries */
};

struct ember_compiler {
	const struct ember_elf *elf;
	struct ember_frame_section eh, other;
	unsigned int next_eh, next_other;
	uint64_t code, end; /* bytes of code; address: where the last of it ends */
	uint8_t phase;
	struct ember_table_builder making;
	uint8_t source;
	uint64_t begin; /* address: from there on `rule` holds */
	struct ember_rule rule;
	bool any;
	struct ember_exidx exidx;
	unsigned int next_exidx;
	struct ember_scan scan;
	bool scans;
	uint64_t done; /* address: all code before it is compiled */
	uint64_t last; /* address: the end of the last row that was added */
	uint32_t section; /* the one in which that is, or a later one */
	struct ember_segment near; /* the part of one that is behind a row of that section */
	uint32_t over; /* so many sections end before */
	uint64_t behind; /* that address */
	uint64_t fill; /* address: compile the code between entries up to there */
	struct ember_stretch { /* of functions of which one thing is known, or nothing */
		uint64_t begin, end;
		uint32_t section; /* the next one to look at */
		bool hinted, on; /* on: a part of it is scanned, */
		uint64_t to; /* up to there */
		struct ember_rule hint;
	} stretch;
	struct ember_frame_section *entry; /* whose entry comes next; NULL: that isn't known */
	bool runs; /* its program */
	unsigned int bad;
	unsigned int work; /* done in this step */
};

#define EMBER_SYSCALL 4 /* bytes of the longest such instruction */

/* Where code lies in the file; false if not all of it does, within 4 GiB. */
static bool ember_compile_place(const struct ember_elf *elf, uint64_t address, uint64_t end,
				uint64_t *offset)
{
	uint64_t bytes = end - address;

	return ember_segment_offset(elf->segment, elf->nr_segment, address, bytes, offset) &&
	       *offset <= elf->bytes && bytes <= elf->bytes - *offset &&
	       *offset + bytes <= UINT32_MAX;
}

/* What lies behind an address in its section, as most of the next rows do. */
static struct ember_segment ember_compile_near(const struct ember_elf *elf, uint64_t address,
					       uint64_t end)
{
	const uint64_t most = elf->bytes < UINT32_MAX ? elf->bytes : UINT32_MAX;
	struct ember_segment near =
		ember_segment_part(elf->segment, elf->nr_segment, address, end);

	if (near.offset > most)
		near.bytes = 0;
	else if (near.bytes > most - near.offset)
		near.bytes = most - near.offset;
	return near;
}

/* A row that is elsewhere. */
static void ember_compile_far(struct ember_compiler *c, uint64_t end)
{
	const struct ember_elf_section *section = c->elf->section;
	uint64_t offset;

	if (!ember_compile_place(c->elf, c->begin, end, &offset))
		return;
	while (c->section < c->elf->nr_section &&
	       (!section[c->section].code || section[c->section].end <= c->begin))
		c->section++;
	c->near.bytes = 0;
	/* Padding between two sections gets a rule, but is no code. */
	c->making.gap = 0;
	if (c->section < c->elf->nr_section) {
		section += c->section;
		if (section->start > c->last)
			c->making.gap = section->start - c->last;
		if (section->start <= c->begin)
			c->near = ember_compile_near(c->elf, c->begin, section->end);
	}
	ember_table_builder_add(&c->making, offset, offset + (end - c->begin), &c->rule);
	c->last = end;
}

/* The last rule holds up to there. */
static void ember_compile_until(struct ember_compiler *c, uint64_t end)
{
	const struct ember_segment *near = &c->near;
	uint64_t at = c->begin - near->address;

	if (!c->any)
		return;
	c->any = false;
	if (at < near->bytes && end - c->begin <= near->bytes - at &&
	    c->last >= near->address) {
		c->making.gap = 0;
		at += near->offset;
		ember_table_builder_add(&c->making, at, at + (end - c->begin), &c->rule);
		c->last = end;
	} else {
		ember_compile_far(c, end);
	}
}

/* A return from a signal stands behind its last instruction while the kernel is at it. */
static uint64_t ember_compile_over(const struct ember_compiler *c, uint64_t end, uint64_t next)
{
	return c->any && c->rule.cfa == EMBER_CFA_SIGNAL && next - end >= EMBER_SYSCALL ?
		       end + EMBER_SYSCALL :
		       end;
}

static void ember_compile_row(void *context, uint64_t pc, const struct ember_rule *rule)
{
	struct ember_compiler *c = context;

	c->work += 4;
	ember_compile_until(c, pc);
	c->begin = pc;
	c->rule = *rule;
	if (rule->cfa != EMBER_CFA_NONE)
		c->rule.source = c->source;
	c->any = true;
}

/* Rules that bear their own source. */
static void ember_compile_scanned(void *context, uint64_t pc, const struct ember_rule *rule)
{
	struct ember_compiler *c = context;

	c->source = rule->source;
	ember_compile_row(c, pc, rule);
}

/* Functions of which one thing is known, or nothing (NULL). What is no longer than padding
 * is some, and goes with what is before it.
 */
static void ember_compile_functions(struct ember_compiler *c, uint64_t begin, uint64_t end,
				    const struct ember_rule *hint)
{
	const struct ember_elf *e = c->elf;

	if (!c->scans || (!hint && end - begin <= EMBER_PADDING))
		return;
	if (begin < c->behind)
		c->over = 0;
	c->behind = begin;
	while (c->over < e->nr_section &&
	       (!e->section[c->over].code || e->section[c->over].end <= begin))
		c->over++;
	c->stretch = (struct ember_stretch){
		.begin = begin, .end = end, .section = c->over, .hinted = hint
	};
	if (hint)
		c->stretch.hint = *hint;
}

/* The stretch, section by section; false: that's all of it. */
static bool ember_compile_stretch(struct ember_compiler *c, unsigned int most)
{
	const struct ember_elf *e = c->elf;
	struct ember_stretch *s = &c->stretch;

	if (s->on) {
		if (ember_scan_step(&c->scan, &c->work, most, ember_compile_scanned, c))
			return true;
		ember_compile_until(c, ember_compile_over(c, s->to, UINT64_MAX));
		s->on = false;
	}
	while (s->begin < s->end && s->section < e->nr_section) {
		const struct ember_elf_section *section = &e->section[s->section++];
		uint64_t from = section->start > s->begin ? section->start : s->begin;

		c->work += s->section % 16 == 0;
		s->to = section->end < s->end ? section->end : s->end;
		if (!section->code || from >= s->to)
			continue;
		if (from == s->begin)
			s->begin = s->to;
		ember_scan_begin(&c->scan, from, s->to, s->hinted ? &s->hint : NULL);
		s->on = true;
		return true;
	}
	s->end = 0;
	return false;
}

static void ember_compile_exidx(struct ember_compiler *c, unsigned int n, uint64_t begin,
				uint64_t end)
{
	struct ember_rule rule;

	if (!ember_exidx_rule(&c->exidx, n, &rule)) {
		c->bad++;
		rule.cfa = EMBER_CFA_NONE;
	}
	rule.source = EMBER_UNWIND_EXIDX;
	c->work += 4;
	if (c->scans) {
		ember_compile_functions(c, begin, end,
					rule.cfa == EMBER_CFA_NONE ? NULL : &rule);
	} else {
		ember_compile_scanned(c, begin, &rule);
		ember_compile_until(c, end);
	}
}

/*
 * Compile the next stretch of code without .eh_frame and .debug_frame entries, from
 * .ARM.exidx and from the instructions.
 */
static void ember_compile_fill(struct ember_compiler *c)
{
	struct ember_exidx *x = &c->exidx;
	uint64_t end = c->fill, begin = end, over = UINT64_MAX, from = c->done;

	c->work++;
	if (c->next_exidx < x->nr && x->entry[c->next_exidx].begin < end)
		begin = x->entry[c->next_exidx].begin;
	if (begin > from) {
		c->done = begin;
		ember_compile_functions(c, from, begin, NULL);
		return;
	}
	if (c->next_exidx + 1 < x->nr)
		over = x->entry[c->next_exidx + 1].begin;
	c->done = over < end ? over : end;
	if (from < c->done)
		ember_compile_exidx(c, c->next_exidx, from, c->done);
	/* It may go on behind what comes next. */
	if (over <= end)
		c->next_exidx++;
}

/* The chosen entry, in steps. */
static void ember_compile_entry(struct ember_compiler *c, unsigned int most)
{
	struct ember_frame_section *f = c->entry;
	unsigned int n = f == &c->eh ? c->next_eh : c->next_other;
	const struct ember_fde *fde = &f->fde[n];
	uint64_t end = fde->begin + fde->bytes;
	enum ember_cfi_end state = EMBER_CFI_MORE;

	if (!c->runs) {
		c->source = f->debug ? EMBER_UNWIND_DEBUG_FRAME : EMBER_UNWIND_EH_FRAME;
		c->any = false;
		c->runs = true;
		c->work += 4;
		if (!ember_frame_section_run(f, n, ember_compile_row, c))
			state = EMBER_CFI_BAD;
	}
	if (state == EMBER_CFI_MORE)
		state = ember_cfi_go(&f->cfi, &c->work, most);
	if (state == EMBER_CFI_MORE)
		return;
	if (state == EMBER_CFI_BAD) {
		f->bad++;
	} else {
		end = ember_compile_over(c, end, n + 1 < f->nr ? fde[1].begin : UINT64_MAX);
		ember_compile_until(c, end);
	}
	if (end > c->done)
		c->done = end;
	c->next_eh += f == &c->eh;
	c->next_other += f == &c->other;
	c->runs = false;
	c->entry = NULL;
}

/* Bytes of code, and where the last of it ends. */
static uint64_t ember_compile_code(const struct ember_elf *elf, uint64_t *end)
{
	uint64_t bytes = 0;
	uint32_t i;

	*end = 0;
	for (i = 0; i < elf->nr_section; i++) {
		if (!elf->section[i].code)
			continue;
		bytes += elf->section[i].end - elf->section[i].start;
		if (elf->section[i].end > *end)
			*end = elf->section[i].end;
	}
	return bytes;
}

struct ember_compiler *ember_compile_begin(const struct ember_elf *elf,
					   const struct ember_elf *debug, uint64_t bias)
{
	struct ember_compiler *c;

	if (!ember_cfi_registers(elf->machine))
		return NULL;
	c = ember_xrealloc(NULL, 1, sizeof(*c));
	*c = (struct ember_compiler){ .elf = elf };
	ember_frame_section_open(&c->eh, elf, false, 0);
	if (!ember_frame_section_open(&c->other, elf, true, 0) && debug)
		ember_frame_section_open(&c->other, debug, true, bias);
	ember_exidx_open(&c->exidx, elf);
	c->code = ember_compile_code(elf, &c->end);
	return c;
}

/* List the entries in order, then decide whether to search all code for calls. */
static void ember_compile_lists(struct ember_compiler *c, unsigned int most)
{
	uint64_t covered;
	bool calls;

	if (ember_frame_section_list(&c->eh, &c->work, most) ||
	    ember_frame_section_list(&c->other, &c->work, most) ||
	    ember_exidx_list(&c->exidx, &c->work))
		return;
	covered = c->eh.covered + c->other.covered;
	/*
	 * Search all code for calls only if entries leave more than 5 % of it uncovered. On ARM
	 * always do: .ARM.exidx has only starts of functions.
	 */
	calls = c->elf->machine == EM_ARM || covered < c->code - c->code / 20;
	c->scans = ember_scan_open(&c->scan, c->elf, &c->exidx, calls);
	/* What it clears. */
	c->work += most / 2;
	c->phase = EMBER_COMPILE_STARTS;
}

/* The next entry, in order of place; of two for one place .eh_frame's is believed. */
static void ember_compile_choose(struct ember_compiler *c)
{
	const struct ember_frame_section *eh = &c->eh, *other = &c->other;

	if (c->next_eh == eh->nr && c->next_other == other->nr) {
		c->fill = c->end;
		c->phase = EMBER_COMPILE_LAST;
	} else if (c->next_other == other->nr ||
		   (c->next_eh < eh->nr &&
		    eh->fde[c->next_eh].begin <= other->fde[c->next_other].begin)) {
		c->entry = &c->eh;
		c->fill = eh->fde[c->next_eh].begin;
	} else {
		c->entry = &c->other;
		c->fill = other->fde[c->next_other].begin;
	}
}

bool ember_compile_step(struct ember_compiler *c, unsigned int work)
{
	for (c->work = 0; c->work < work;) {
		if (c->phase == EMBER_COMPILE_LISTS) {
			ember_compile_lists(c, work);
		} else if (c->phase == EMBER_COMPILE_STARTS) {
			if (!c->scans || !ember_starts_step(&c->scan.starts, &c->work))
				c->phase = EMBER_COMPILE_ENTRIES;
		} else if (c->stretch.end) {
			ember_compile_stretch(c, work);
		} else if (c->done < c->fill) {
			ember_compile_fill(c);
		} else if (c->phase == EMBER_COMPILE_LAST) {
			return false;
		} else if (!c->entry) {
			ember_compile_choose(c);
		} else {
			ember_compile_entry(c, work);
		}
	}
	return true;
}

void ember_compile_end(struct ember_compiler *c, struct ember_compiled *compiled)
{
	struct ember_compiled all = { .code = c->code,
				      .bad = c->eh.bad + c->other.bad + c->bad };

	memcpy(all.bytes, c->making.bytes, sizeof(all.bytes));
	all.table = ember_table_builder_done(&c->making);
	if (compiled)
		*compiled = all;
	else
		ember_table_drop(&all.table);
	ember_scan_close(&c->scan);
	ember_exidx_close(&c->exidx);
	ember_frame_section_close(&c->eh);
	ember_frame_section_close(&c->other);
	free(c);
}

bool ember_unwind_compile(const struct ember_elf *elf, const struct ember_elf *debug,
			  uint64_t bias, struct ember_compiled *compiled)
{
	struct ember_compiler *c = ember_compile_begin(elf, debug, bias);

	memset(compiled, 0, sizeof(*compiled));
	if (!c)
		return false;
	while (ember_compile_step(c, EMBER_COMPILE_SLICE))
		;
	ember_compile_end(c, compiled);
	return true;
}
