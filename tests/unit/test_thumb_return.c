// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions as GCC has them for a kernel of Thumb-2, each list up to its end. */
#include "unit.h"

#include "../../kmod/unwind/thumb_return.h"

#define PUSH_R4_LR	0xb510
#define PUSH_R4_R5	0xb430
#define PUSH_W_R4_R8_LR 0xe92d41f0
#define PUSH_W_R4_R8	0xe92d01f0
#define STR_LR_SP_8	0xf84ded08
#define POP_R4_PC	0xbd10
#define POP_R4_R7_PC	0xbd90
#define POP_R7_PC	0xbd80
#define POP_R4_R5	0xbc30
#define POP_W_R4_LR	0xe8bd4010
#define POP_W_R4_R8_PC	0xe8bd81f0
#define POP_W_R4_R8	0xe8bd01f0
#define LDR_LR_SP_4	0xf85deb04
#define LDR_PC_SP_8	0xf85dfb08
#define LDR_R4_SP_4	0xf85d4b04
#define BX_LR		0x4770
#define BX_R3		0x4718
#define BLX_R3		0x4798
#define BL_FORWARD	0xf000f810
#define ADD_SP_12	0xb003
#define ADD_W_SP_1024	0xf50d6d80
#define ADDW_SP_1020	0xf20d3dfc
#define SUB_SP_16	0xb084
#define SUB_W_SP_256	0xf5ad7d80
#define MOV_R4_R0	0x4604
#define MOV_LR_R0	0x4686
#define LDR_R3_R0	0x6803
#define LDR_R3_SP_4	0x9b01
#define LDR_W_R3_R0	0xf8d03058
#define STRD_SP_BACK	0xe96d2302
#define CMP_R3_0	0x2b00
#define CBZ_R3		0xb113
#define IT_NE		0xbf18
#define BNE_FORWARD	0xd110
#define BNE_W_FORWARD	0xf0408010
#define B_FORWARD	0xe010
#define MRC_TPIDRPRW	0xee1d3f70
#define DMB		0xf3bf8f5b
#define TBB_R3		0xe8dff003
#define UDF		0xde01
#define VPUSH		0xed2d8b02
#define NOP		0xbf00

#define LIST(...) ((const u32[]){ __VA_ARGS__ })
#define FINDS(found, ...) \
	ember_thumb_return(LIST(__VA_ARGS__), sizeof(LIST(__VA_ARGS__)) / sizeof(u32), found)

/* Before the push of a prologue, and where a function returns without one. */
static void test_in_lr(void **state)
{
	struct ember_arm_return found;

	(void)state;
	assert_true(FINDS(&found, PUSH_R4_LR));
	assert_true(found.in_lr && !found.frame && !found.fp);
	assert_true(FINDS(&found, PUSH_W_R4_R8_LR) && found.in_lr);
	assert_true(FINDS(&found, STR_LR_SP_8) && found.in_lr);
	assert_true(FINDS(&found, MOV_R4_R0, LDR_W_R3_R0, PUSH_R4_LR) && found.in_lr);
	assert_true(FINDS(&found, CBZ_R3, IT_NE, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, MRC_TPIDRPRW, LDR_R3_SP_4, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, CMP_R3_0, BNE_FORWARD, DMB, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, BNE_W_FORWARD, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, 0x46f7) && found.in_lr); /* mov pc, lr */
}

/* Before a pop, and before what moves sp to it. */
static void test_popped(void **state)
{
	struct ember_arm_return found;

	(void)state;
	assert_true(FINDS(&found, POP_R4_PC));
	assert_false(found.in_lr);
	assert_int_equal(found.at, 4);
	assert_int_equal(found.frame, 8);
	assert_int_equal(found.fp, 0);
	assert_true(FINDS(&found, LDR_R3_R0, ADD_SP_12, IT_NE, POP_R4_R7_PC));
	assert_int_equal(found.fp, 16);
	assert_int_equal(found.at, 20);
	assert_int_equal(found.frame, 24);
	assert_true(FINDS(&found, ADD_W_SP_1024, POP_W_R4_LR));
	assert_int_equal(found.at, 1028);
	assert_int_equal(found.frame, 1032);
	assert_true(FINDS(&found, ADDW_SP_1020, POP_W_R4_R8_PC));
	assert_int_equal(found.at, 1040);
	assert_int_equal(found.fp, 1032);
	assert_int_equal(found.frame, 1044);
	assert_true(FINDS(&found, LDR_LR_SP_4, BX_LR));
	assert_int_equal(found.at, 0);
	assert_int_equal(found.frame, 4);
	assert_true(FINDS(&found, ADD_SP_12, LDR_PC_SP_8));
	assert_int_equal(found.at, 12);
	assert_int_equal(found.frame, 20);
}

/* What hides the return address: each list is one of those above but for one instruction. */
static void test_hidden(void **state)
{
	static const u32 between[] = {
		BLX_R3,
		BX_R3,
		MOV_LR_R0,
		SUB_SP_16,
		SUB_W_SP_256,
		B_FORWARD,
		BL_FORWARD,
		UDF,
		TBB_R3,
		LDR_R4_SP_4,
		POP_R4_R5,
		PUSH_R4_R5,
		PUSH_W_R4_R8,
		POP_W_R4_R8,
		STRD_SP_BACK,
		VPUSH,
		0xb085 /* sub sp */,
		0xe8bd2010 /* pop {r4, sp} */,
		0xf000d010 /* bl's second half with bit 12 */,
	};
	struct ember_arm_return found;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
		assert_false(FINDS(&found, LDR_R3_R0, between[i], PUSH_R4_LR));
		assert_false(FINDS(&found, LDR_R3_R0, between[i], POP_R4_PC));
		assert_false(FINDS(&found, LDR_R3_R0, between[i], BX_LR));
	}
	assert_false(FINDS(&found, LDR_R3_R0, ADD_SP_12, BX_LR));
	assert_false(FINDS(&found, POP_R7_PC)); /* at 0 it would seem not to be restored */
	assert_false(FINDS(&found, LDR_R3_R0));
	assert_false(FINDS(&found, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, BX_LR));
	assert_true(FINDS(&found, NOP, NOP, NOP, NOP, NOP, NOP, NOP, BX_LR));
	assert_false(ember_thumb_return(LIST(NOP, BX_LR), 1, &found));
}

/* Where the body's rule holds, and for which sp. */
static void test_body(void **state)
{
	struct ember_arm_return found;

	(void)state;
	assert_false(FINDS(&found, SUB_SP_16, BL_FORWARD));
	assert_int_equal(found.body, -16);
	assert_false(FINDS(&found, LDR_R3_R0, SUB_W_SP_256, LDR_R3_R0));
	assert_int_equal(found.body, -256);
	assert_false(FINDS(&found, LDR_R3_R0, BL_FORWARD));
	assert_int_equal(found.body, 0);
}

/* A branch leads on, forth and back; a call and a branch that may not be taken don't. */
static void test_next(void **state)
{
	static const struct {
		u32 insn, runs, next;
	} cases[] = {
		{ B_FORWARD, NOP, 0x8024 },	      { 0xe7fe, NOP, 0x8000 },
		{ 0xf00ebf64, NOP, 0x16ecc },	      { 0xf7ffbffe, NOP, 0x8000 },
		{ 0xf4009000, NOP, 0xff008004 },      { LDR_R3_R0, LDR_R3_R0, 0x8002 },
		{ LDR_W_R3_R0, LDR_W_R3_R0, 0x8004 }, { BL_FORWARD, BL_FORWARD, 0x8004 },
		{ BNE_FORWARD, BNE_FORWARD, 0x8002 }, { BNE_W_FORWARD, BNE_W_FORWARD, 0x8004 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u32 insn = cases[i].insn;

		assert_int_equal(ember_thumb_next(0x8000, &insn), cases[i].next);
		assert_int_equal(insn, cases[i].runs);
	}
	assert_true(ember_thumb_wide(0xe800) && !ember_thumb_wide(0xe7ff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_lr),  cmocka_unit_test(test_popped),
		cmocka_unit_test(test_hidden), cmocka_unit_test(test_body),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
