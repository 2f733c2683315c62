// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions as GCC and the kernel's assembly have them, each list up to its end. */
#include "unit.h"

#include "../../kmod/unwind/arm_return.h"

#define PUSH_R4_LR   0xe92d4010
#define PUSH_LR	     0xe52de004
#define POP_LR	     0xe8bd4000
#define POP_R4_PC    0xe8bd8010
#define POPNE_R4_PC  0x18bd8010
#define POP_R4_FP_LR 0xe8bd4810
#define POP_R4_R5    0xe8bd0030
#define BX_LR	     0xe12fff1e
#define BXEQ_LR	     0x012fff1e
#define BLX_R3	     0xe12fff33
#define ADD_SP_12    0xe28dd00c
#define ADD_SP_1024  0xe28ddb01
#define SUB_SP_16    0xe24dd010
#define MOV_IP_SP    0xe1a0c00d
#define MOV_LR_R0    0xe1a0e000
#define LDR_R3_R0    0xe5903000
#define LDR_LR_SP_4  0xe49de004
#define LDR_PC_SP_4  0xe49df004
#define LDR_R4_SP_4  0xe49d4004
#define LDR_R3_SP    0xe59d3000
#define CMP_R3_0     0xe3530000
#define MRC_TPIDRPRW 0xee1d3f70
#define B_FORWARD    0xea000010
#define BL_FORWARD   0xeb000010
#define BNE_FORWARD  0x1a000010
#define BLNE_FORWARD 0x1b000010
#define CSDB	     0xe320f014
#define SVC	     0xef000000
#define NOP	     0xe1a00000

#define LIST(...) ((const u32[]){ __VA_ARGS__ })
#define FINDS(found, ...) \
	ember_arm_return(LIST(__VA_ARGS__), sizeof(LIST(__VA_ARGS__)) / sizeof(u32), found)

/* Before the push of a prologue, and where a function returns without one. */
static void test_in_lr(void **state)
{
	struct ember_arm_return found;

	(void)state;
	assert_true(FINDS(&found, PUSH_R4_LR));
	assert_true(found.in_lr && !found.frame && !found.fp);
	assert_true(FINDS(&found, PUSH_LR) && found.in_lr);
	assert_true(FINDS(&found, MOV_IP_SP, LDR_R3_R0, PUSH_R4_LR) && found.in_lr);
	assert_true(FINDS(&found, LDR_R3_R0, CMP_R3_0, BXEQ_LR, PUSH_R4_LR) && found.in_lr);
	assert_true(FINDS(&found, MRC_TPIDRPRW, LDR_R3_SP, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, CMP_R3_0, BNE_FORWARD, CSDB, BX_LR) && found.in_lr);
	assert_true(FINDS(&found, 0xe1a0f00e) && found.in_lr); /* mov pc, lr */
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
	assert_true(FINDS(&found, LDR_R3_R0, ADD_SP_12, POPNE_R4_PC));
	assert_int_equal(found.at, 16);
	assert_int_equal(found.frame, 20);
	assert_true(FINDS(&found, ADD_SP_1024, POP_R4_FP_LR, B_FORWARD));
	assert_int_equal(found.fp, 1028);
	assert_int_equal(found.at, 1032);
	assert_int_equal(found.frame, 1036);
	assert_true(FINDS(&found, LDR_LR_SP_4, BX_LR));
	assert_false(found.in_lr);
	assert_int_equal(found.at, 0);
	assert_int_equal(found.frame, 4);
	assert_true(FINDS(&found, ADD_SP_12, LDR_PC_SP_4));
	assert_int_equal(found.at, 12);
}

/* What hides the return address: each list is one of those above but for one instruction. */
static void test_hidden(void **state)
{
	static const u32 between[] = {
		BLX_R3,
		MOV_LR_R0,
		SUB_SP_16,
		B_FORWARD,
		BL_FORWARD,
		SVC,
		LDR_R4_SP_4,
		POP_R4_R5,
		0xf57ff05f /* dmb */,
		0xe8bd2010 /* pop {r4, sp} */,
		0xe04d20f8 /* strd r2, [sp], #-8 */,
		0xed2d8b02 /* vpush {d8} */,
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
	assert_false(FINDS(&found, 0xe8bda010)); /* pop {r4, sp, pc} */
	assert_false(FINDS(&found, LDR_R3_R0));
	assert_false(FINDS(&found, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, BX_LR));
	assert_true(FINDS(&found, NOP, NOP, NOP, NOP, NOP, NOP, NOP, BX_LR));
	assert_false(ember_arm_return(LIST(NOP, BX_LR), 1, &found));
}

/* Where the body's rule holds, and for which sp. */
static void test_body(void **state)
{
	struct ember_arm_return found;

	(void)state;
	assert_false(FINDS(&found, SUB_SP_16, PUSH_LR, BL_FORWARD));
	assert_int_equal(found.body, -16);
	assert_false(FINDS(&found, LDR_R3_R0, SUB_SP_16, LDR_R3_R0));
	assert_int_equal(found.body, -16);
	/* ftrace's hook: a call, or its nop */
	assert_false(FINDS(&found, PUSH_LR, BL_FORWARD, LDR_R3_R0, BX_LR));
	assert_int_equal(found.body, 0);
	assert_false(FINDS(&found, PUSH_LR, POP_LR, LDR_R3_R0, BX_LR));
	assert_int_equal(found.body, 0);
	assert_false(FINDS(&found, POP_LR, LDR_R3_R0, BX_LR));
	assert_int_equal(found.body, 4);
	/* A prologue's push of lr alone isn't one. */
	assert_true(FINDS(&found, PUSH_LR, LDR_R3_R0, BX_LR) && found.in_lr);
	assert_false(FINDS(&found, LDR_R3_R0, BL_FORWARD));
	assert_int_equal(found.body, 0);
}

/* A branch leads on, forth and back; a call and a branch that may not be taken don't. */
static void test_next(void **state)
{
	static const struct {
		u32 insn, runs, next;
	} cases[] = {
		{ 0xea000010, NOP, 0x8048 },
		{ 0xeafffffe, NOP, 0x8000 },
		{ 0xea800000, NOP, 0xfe008008 },
		{ LDR_R3_R0, LDR_R3_R0, 0x8004 },
		{ BL_FORWARD, BL_FORWARD, 0x8004 },
		{ BNE_FORWARD, BNE_FORWARD, 0x8004 },
		{ 0xfa000010 /* blx */, 0xfa000010, 0x8004 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u32 insn = cases[i].insn;

		assert_int_equal(ember_arm_next(0x8000, &insn), cases[i].next);
		assert_int_equal(insn, cases[i].runs);
	}
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
