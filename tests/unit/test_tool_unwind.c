// SPDX-License-Identifier: GPL-2.0-or-later
/* Unwind tables: call frame programs become rules, rules become rows that are found. */
#include "unit.h"

#include <elf.h>

#include "unwind/cfi.h"
#include "unwind/exidx.h"
#include "unwind/table_builder.h"

static const struct ember_rule sp16 = { .cfa = EMBER_CFA_SP,
					.cfa_offset = 16,
					.ra = EMBER_SAVED_CFA,
					.ra_offset = -2,
					.source = 1 };
static const struct ember_rule sp32 = { .cfa = EMBER_CFA_SP,
					.cfa_offset = 32,
					.ra = EMBER_SAVED_CFA,
					.ra_offset = -2,
					.source = 2 };
static const struct ember_rule none;

static bool is(const struct ember_table *t, uint64_t offset, const struct ember_rule *rule)
{
	return !memcmp(ember_table_find(t, offset), rule, sizeof(*rule));
}

static struct ember_table three_functions(uint64_t *bytes)
{
	struct ember_table_builder m = {};

	ember_table_builder_add(&m, 0x1ff00, 0x1ff40, &sp16);
	ember_table_builder_add(&m, 0x1ff40, 0x1ff45, &sp32);
	/* Filled up to the next one, which goes on over two pages' ends. */
	ember_table_builder_add(&m, 0x1ff50, 0x40010, &sp32);
	/* 16 bytes are more than what fills up. */
	ember_table_builder_add(&m, 0x40020, 0x40030, &sp16);
	/* What lies within another is that one's. */
	ember_table_builder_add(&m, 0x40028, 0x40038, &sp32);
	memcpy(bytes, m.bytes, sizeof(m.bytes));
	return ember_table_builder_done(&m);
}

/* By pieces each place has the rule that a search of its whole page finds. */
static void test_pieces(void **state)
{
	static uint32_t piece[8 * EMBER_TABLE_PIECES];
	struct ember_table_builder m = {};
	struct ember_table t, by;
	uint64_t at;

	(void)state;
	for (at = 0x10003; at < 0x2fff0; at += 1 + at % 7 * (at % 300))
		ember_table_builder_add(&m, at, at + 1 + at % 3, at & 1 ? &sp16 : &sp32);
	ember_table_builder_add(&m, 0x30000, 0x50000, &sp16);
	t = ember_table_builder_done(&m);
	assert_true(t.nr_pages <= 8);
	by = t;
	by.piece = piece;
	ember_table_index(&by);
	for (at = 0; at < 0x60000; at++)
		assert_ptr_equal(ember_table_find(&by, at), ember_table_find(&t, at));
	ember_table_drop(&t);
}

static void test_making(void **state)
{
	uint64_t bytes[EMBER_UNWIND_SOURCES];
	struct ember_table t = three_functions(bytes);

	(void)state;
	assert_true(ember_table_good(&t));
	assert_int_equal(t.first, 1);
	assert_int_equal(t.nr_pages, 4);
	assert_int_equal(t.nr_rules, 3);
	/* One a page, and where it changes: twice in the first, thrice in the last. */
	assert_int_equal(t.nr_rows, 4 + 2 + 4);
	assert_true(is(&t, 0, &none));
	assert_true(is(&t, 0x1feff, &none));
	assert_true(is(&t, 0x1ff00, &sp16));
	assert_true(is(&t, 0x1ff3f, &sp16));
	assert_true(is(&t, 0x1ff40, &sp32));
	assert_true(is(&t, 0x1ff48, &sp32));
	assert_true(is(&t, 0x20000, &sp32));
	assert_true(is(&t, 0x3ffff, &sp32));
	assert_true(is(&t, 0x4000f, &sp32));
	assert_true(is(&t, 0x40010, &none));
	assert_true(is(&t, 0x40020, &sp16));
	assert_true(is(&t, 0x4002f, &sp16));
	assert_true(is(&t, 0x40030, &sp32));
	assert_true(is(&t, 0x40038, &none));
	assert_true(is(&t, 0x50000, &none));
	assert_true(is(&t, UINT64_MAX, &none));
	assert_int_equal(bytes[EMBER_UNWIND_EH_FRAME], 0x40 + 0x10);
	assert_int_equal(bytes[EMBER_UNWIND_DEBUG_FRAME], 0x40010 - 0x1ff40 + 8);
	ember_table_drop(&t);
}

/* A table that is wrong in one thing isn't good. */
static void test_checked(void **state)
{
	uint64_t bytes[EMBER_UNWIND_SOURCES];
	struct ember_table t = three_functions(bytes);

	(void)state;
#define WRONG(place, value)                         \
	do {                                        \
		__typeof__(place) right = place;    \
		place = value;                      \
		assert_false(ember_table_good(&t)); \
		place = right;                      \
		assert_true(ember_table_good(&t));  \
	} while (0)
	WRONG(t.row[0].offset, 1);
	WRONG(t.row[1].offset, 0);
	WRONG(t.row[2].offset, t.row[1].offset);
	WRONG(t.row[1].rule, t.nr_rules);
	WRONG(t.page[0], 1);
	WRONG(t.page[1], 0);
	WRONG(t.page[2], t.page[1]);
	WRONG(t.page[2], UINT32_MAX);
	WRONG(t.page[t.nr_pages], t.nr_rows - 1);
	WRONG(t.nr_rows, t.nr_rows + 1);
	WRONG(t.nr_rules, 0);
	WRONG(t.rule[0].cfa, EMBER_CFA_SP);
	WRONG(t.rule[1].cfa, EMBER_CFA_SIGNAL + 1);
	ember_table_drop(&t);
}

struct rows {
	unsigned int nr;
	uint64_t pc[16];
	struct ember_rule rule[16];
};

static void take(void *context, uint64_t pc, const struct ember_rule *rule)
{
	struct rows *rows = context;

	assert_true(rows->nr < 16);
	rows->pc[rows->nr] = pc;
	rows->rule[rows->nr++] = *rule;
}

/* An entry's program, gone over in the smallest steps. */
static bool whole(const struct ember_cfi_registers *regs, const struct ember_cie *cie,
		  struct ember_cursor program, struct rows *rows)
{
	struct ember_cfi cfi;
	enum ember_cfi_end end =
		ember_cfi_begin(&cfi, regs, cie, program, 0x1000, 0x1100, take, rows);

	while (end == EMBER_CFI_MORE) {
		unsigned int work = 0;

		end = ember_cfi_go(&cfi, &work, 1);
	}
	return end == EMBER_CFI_WHOLE;
}

/* As compilers begin on x86-64: CFA rsp + 8, the return address just below. */
static bool run(struct rows *rows, uint16_t machine, const char *program, size_t bytes)
{
	static const uint8_t x86[] = { 0x0c, 7, 8, 0x90, 1 }, arm64[] = { 0x0c, 31, 0 };
	static const uint8_t riscv[] = { 0x0c, 2, 0 };
	const uint8_t *common = machine == EM_X86_64  ? x86 :
				machine == EM_AARCH64 ? arm64 :
							riscv;
	size_t n = machine == EM_X86_64 ? sizeof(x86) : sizeof(arm64);
	struct ember_cie cie = { .code_align = 1,
				 .data_align = -8,
				 .program = { common, common + n, false } };
	struct ember_cursor c = { (const uint8_t *)program, (const uint8_t *)program + bytes,
				  false };

	memset(rows, 0, sizeof(*rows));
	return whole(ember_cfi_registers(machine), &cie, c, rows);
}
#define RUN(rows, machine, program) run(rows, machine, program, sizeof(program) - 1)

static void test_program(void **state)
{
	struct rows r;

	(void)state;
	/* push rbp; mov rbp, rsp; (16 bytes on, a way out, which is taken back); pop */
	assert_true(RUN(&r, EM_X86_64,
			"\x41\x0e\x10\x86\x02\x43\x0d\x06\x50\x0a\x0c\x07\x08"
			"\x41\x0b\x4f\x0c\x07\x08\x00\x00"));
	assert_int_equal(r.nr, 6);
	assert_int_equal(r.pc[0], 0x1000);
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_SP);
	assert_int_equal(r.rule[0].cfa_offset, 8);
	assert_int_equal(r.rule[0].ra, EMBER_SAVED_CFA);
	assert_int_equal(r.rule[0].ra_offset * EMBER_SAVED_UNIT, -8);
	assert_int_equal(r.rule[0].fp, EMBER_SAVED_NOT);
	assert_int_equal(r.pc[1], 0x1001);
	assert_int_equal(r.rule[1].cfa_offset, 16);
	assert_int_equal(r.rule[1].fp, EMBER_SAVED_CFA);
	assert_int_equal(r.rule[1].fp_offset * EMBER_SAVED_UNIT, -16);
	assert_int_equal(r.pc[2], 0x1004);
	assert_int_equal(r.rule[2].cfa, EMBER_CFA_FP);
	assert_int_equal(r.rule[2].cfa_offset, 16);
	assert_int_equal(r.pc[3], 0x1014);
	assert_int_equal(r.rule[3].cfa, EMBER_CFA_SP);
	assert_int_equal(r.pc[4], 0x1015);
	assert_memory_equal(&r.rule[4], &r.rule[2], sizeof(r.rule[2]));
	assert_int_equal(r.pc[5], 0x1024);
}

static void test_kinds(void **state)
{
	struct rows r;

	(void)state;
	/* Nobody called it. */
	assert_true(RUN(&r, EM_X86_64, "\x07\x10"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_END);
	/* By rax: not to be followed. */
	assert_true(RUN(&r, EM_X86_64, "\x0d\x00"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_NONE);
	/* A realigned stack: the word at rbp - 8; rbp at rbp + 0. */
	assert_true(RUN(&r, EM_X86_64, "\x0f\x03\x76\x78\x06\x10\x06\x02\x76\x00"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_FP_AT);
	assert_int_equal(r.rule[0].cfa_offset, -8);
	assert_int_equal(r.rule[0].fp, EMBER_SAVED_FP);
	assert_int_equal(r.rule[0].fp_offset, 0);
	/* The word at rsp + 40, and 8. */
	assert_true(RUN(&r, EM_X86_64, "\x0f\x05\x77\x28\x06\x23\x08"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_SP_AT);
	assert_int_equal(r.rule[0].cfa_offset, 40);
	assert_int_equal(r.rule[0].cfa_add, 8);
	/* The same with an operation that isn't known. */
	assert_true(RUN(&r, EM_X86_64, "\x0f\x05\x77\x28\x06\x24\x08"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_NONE);
	assert_true(
		RUN(&r, EM_X86_64, "\x0f\x0b\x77\x08\x80\x00\x3f\x1a\x3b\x2a\x33\x24\x22"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_PLT);
	assert_int_equal(r.rule[0].cfa_offset, 11);
	/* A return address that is in another register: not on x86. */
	assert_true(RUN(&r, EM_X86_64, "\x08\x10"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_NONE);
	/* arm64: in lr; then saved in a frame of more than 32 KiB. */
	assert_true(RUN(&r, EM_AARCH64, "\x44\x0e\x80\x80\x04\x9e\x80\x80\x01"));
	assert_int_equal(r.nr, 2);
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_SP);
	assert_int_equal(r.rule[0].ra, EMBER_SAVED_NOT);
	assert_int_equal(r.rule[1].cfa_offset, 65536);
	assert_int_equal(r.rule[1].ra, EMBER_SAVED_CFA);
	assert_int_equal(r.rule[1].ra_offset * EMBER_SAVED_UNIT, -131072);
	/* riscv64: in ra; ra and s0 saved; the frame pointer is where sp was. */
	assert_true(RUN(&r, EM_RISCV, "\x42\x0e\x10\x44\x81\x01\x88\x02\x42\x0c\x08\x00"));
	assert_int_equal(r.nr, 4);
	assert_int_equal(r.rule[0].ra, EMBER_SAVED_NOT);
	assert_int_equal(r.rule[1].cfa, EMBER_CFA_SP);
	assert_int_equal(r.rule[1].ra, EMBER_SAVED_NOT);
	assert_int_equal(r.rule[2].ra, EMBER_SAVED_CFA);
	assert_int_equal(r.rule[2].ra_offset * EMBER_SAVED_UNIT, -8);
	assert_int_equal(r.rule[2].fp_offset * EMBER_SAVED_UNIT, -16);
	assert_int_equal(r.rule[3].cfa, EMBER_CFA_FP);
	assert_int_equal(r.rule[3].cfa_offset, 0);
	/* One word more doesn't fit ra_offset. */
	assert_true(RUN(&r, EM_AARCH64, "\x44\x0e\x80\x80\x04\x9e\x81\x80\x01"));
	assert_int_equal(r.rule[1].cfa, EMBER_CFA_NONE);
}

/* Where i386's vDSO says that sp is, a signal's frame of one kind or the other begins. */
static void test_signal(void **state)
{
	static const uint8_t old[] = { 0x0f, 3, 0x74, 32, 6 },
			     rt[] = { 0x0f, 4, 0x74, 0xbc, 1, 6 };
	static const uint8_t by_fp[] = { 0x0f, 3, 0x75, 32, 6 };
	const struct ember_cfi_registers *i386 = ember_cfi_registers(EM_386);
	struct ember_cie cie = { .code_align = 1, .data_align = -4, .signal = true };
	struct ember_cursor c = { old, old + sizeof(old), false };
	struct rows r = {};

	(void)state;
	assert_true(whole(i386, &cie, c, &r));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_SIGNAL);
	assert_int_equal(r.rule[0].cfa_offset, 4);
	c = (struct ember_cursor){ rt, rt + sizeof(rt), false };
	assert_true(whole(i386, &cie, c, &r));
	assert_int_equal(r.rule[1].cfa, EMBER_CFA_SIGNAL);
	assert_int_equal(r.rule[1].cfa_offset, 160);
	/* By ebp: nobody knows where it begins. */
	c = (struct ember_cursor){ by_fp, by_fp + sizeof(by_fp), false };
	assert_true(whole(i386, &cie, c, &r));
	assert_int_equal(r.rule[2].cfa, EMBER_CFA_NONE);
}

/* One thing wrong: what came before it is kept. */
static void test_nonsense(void **state)
{
	struct rows r;

	(void)state;
	assert_true(RUN(&r, EM_X86_64, "\x41\x0e\x10\x41\x0e\x08"));
	assert_int_equal(r.nr, 3);
	/* An operation that isn't known. */
	assert_false(RUN(&r, EM_X86_64, "\x41\x0e\x10\x41\x3f\x0e\x08"));
	assert_int_equal(r.nr, 2);
	/* Restored without being remembered; remembered for ever. */
	assert_false(RUN(&r, EM_X86_64, "\x41\x0e\x10\x41\x0b"));
	assert_int_equal(r.nr, 2);
	assert_true(RUN(&r, EM_X86_64,
			"\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"));
	assert_false(
		RUN(&r, EM_X86_64,
		    "\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"));
	/* To its end, and beyond. */
	assert_true(RUN(&r, EM_X86_64, "\x03\x00\x01"));
	assert_false(RUN(&r, EM_X86_64, "\x03\x01\x01"));
	/* Offsets beyond all bounds are none. */
	assert_true(RUN(&r, EM_X86_64, "\x13\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));
	assert_true(RUN(&r, EM_X86_64, "\x2f\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
	assert_int_equal(r.rule[0].cfa, EMBER_CFA_SP);
	assert_true(RUN(&r, EM_X86_64, "\x12\x07\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"));
	/* Cut off in the midst of a number, of an expression. */
	assert_false(RUN(&r, EM_X86_64, "\x41\x0e\x90"));
	assert_false(RUN(&r, EM_X86_64, "\x0f\x05\x77\x28\x06\x23"));
}

/* ARM's: a word that is all there is of a function. */
static bool exidx(uint32_t data, struct ember_rule *rule)
{
	struct ember_exidx_entry entry = { 0x1000, data, false };
	struct ember_exidx x = { .entry = &entry, .nr = 1 };

	return ember_exidx_rule(&x, 0, rule);
}

static void test_exidx(void **state)
{
	struct ember_rule rule;

	(void)state;
	/* vsp += 8; pop {r4, lr} */
	assert_true(exidx(0x8001a8b0, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_SP);
	assert_int_equal(rule.cfa_offset, 16);
	assert_int_equal(rule.ra, EMBER_SAVED_CFA);
	assert_int_equal(rule.ra_offset * EMBER_SAVED_UNIT, -4);
	assert_int_equal(rule.fp, EMBER_SAVED_NOT);
	/* vsp = r11; pop {r11, lr} */
	assert_true(exidx(0x809b8480, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_FP);
	assert_int_equal(rule.cfa_offset, 8);
	assert_int_equal(rule.fp_offset * EMBER_SAVED_UNIT, -8);
	/* pop {r7, pc}: where pc comes from is where it returns to */
	assert_true(exidx(0x808808b0, &rule));
	assert_int_equal(rule.r7_offset * EMBER_SAVED_UNIT, -8);
	assert_int_equal(rule.ra_offset * EMBER_SAVED_UNIT, -4);
	/* vsp = r7; vsp = r5: not to be followed */
	assert_true(exidx(0x8097b0b0, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_R7);
	assert_true(exidx(0x8095b0b0, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_NONE);
	/* Not to be unwound, as the entry says, and as its instructions do. */
	assert_true(exidx(1, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_NONE);
	assert_true(exidx(0x808000b0, &rule));
	assert_int_equal(rule.cfa, EMBER_CFA_NONE);
	/* Downwards; by sp itself; what is no instruction; another routine's; cut off. */
	assert_false(exidx(0x8041b0b0, &rule));
	assert_false(exidx(0x809db0b0, &rule));
	assert_false(exidx(0x80cab0b0, &rule));
	assert_false(exidx(0x8101a8b0, &rule));
	assert_false(exidx(0x800000b2, &rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),	cmocka_unit_test(test_making),
		cmocka_unit_test(test_checked), cmocka_unit_test(test_program),
		cmocka_unit_test(test_kinds),	cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_signal),	cmocka_unit_test(test_exidx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
