// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/unwind/riscv_insn.h"

/* As an assembler has them, with where each is and where it leads. */
static const struct {
	u32 insn;
	long at, to;
} branches[] = {
	{ 0x7f5ff06f, 0x08, 0xffffc }, /* j */
	{ 0x7ab50ae3, 0x0c, 0xfc0 }, /* beq */
	{ 0x8eb51863, 0x10, -0xf00 }, /* bne */
	{ 0xa3c5, 0x14, 0x5f4 }, /* c.j */
	{ 0xb22d, 0x16, -0x6c0 },      { 0xcd51, 0x18, 0xb4 }, /* c.beqz */
	{ 0xf3b9, 0x1a, -0xa0 }, /* c.bnez */
};

static void test_branches(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(branches) / sizeof(branches[0]); i++)
		assert_int_equal(branches[i].at + ember_insn_branch(branches[i].insn),
				 branches[i].to);
	/* jal ra, c.jalr, jalr and ret lead nowhere that is known, or back. */
	assert_int_equal(ember_insn_branch(0x234010ef), 0);
	assert_int_equal(ember_insn_branch(0x9782), 0);
	assert_int_equal(ember_insn_branch(0xa96080e7), 0);
	assert_int_equal(ember_insn_branch(0x8082), 0);
}

static void test_calls(void **state)
{
	(void)state;
	assert_true(ember_insn_is_jal_ra(0x234010ef));
	assert_false(ember_insn_is_jal_ra(0x7f5ff06f));
	assert_int_equal(ember_insn_jal(0x234010ef), 0x1234);
	assert_int_equal(4 + ember_insn_jal(0xffd7f0ef), -0x80000);
	assert_true(ember_insn_is_auipc_ra(0x00343097));
	assert_true(ember_insn_is_jalr_ra(0xa96080e7));
	/* By another register. */
	assert_false(ember_insn_is_jalr_ra(0x010280e7));
	assert_int_equal(ember_insn_far(0x00343097, 0xa96080e7), 0x343000 - 1386);
	assert_int_equal(ember_insn_far(0xfffff097, 0x4b0080e7), -0x1000 + 1200);
}

static void test_frames(void **state)
{
	(void)state;
	assert_int_equal(ember_insn_bytes(0x7f010413), 4);
	assert_int_equal(ember_insn_bytes(0x1100), 2);
	assert_true(ember_insn_sets_fp(0x7f010413));
	assert_true(ember_insn_sets_fp(0x1100));
	/* s1, a5, and nothing at all. */
	assert_false(ember_insn_sets_fp(0x01010493));
	assert_false(ember_insn_sets_fp(0x081c));
	assert_false(ember_insn_sets_fp(0));
	/* ret of both lengths, jr; neither c.jalr nor jalr. */
	assert_true(ember_insn_leaves(0x8082));
	assert_true(ember_insn_leaves(0x00008067));
	assert_true(ember_insn_leaves(0x8302));
	assert_false(ember_insn_leaves(0x9782));
	assert_false(ember_insn_leaves(0xa96080e7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests_name("riscv_insn", tests, NULL, NULL);
}
