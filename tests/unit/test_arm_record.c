// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/unwind/arm_record.h"

/* Two stacks: an ARM kernel's, and arm64's, which ends where 32 bits do. */
static const u32 stacks[] = { 0xbe8ff000, 0xfffe8000 };

static void test_code(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		u32 fp = stacks[i];

		assert_true(ember_arm_code(0x10474, fp));
		assert_true(ember_arm_code(0xb6e01234, fp));
		assert_false(ember_arm_code(0xfff, fp));
		assert_false(ember_arm_code(fp + 0x40, fp));
		assert_false(ember_arm_code(fp + 0x4000, fp));
		assert_false(ember_arm_code(fp - 0x40, fp));
		assert_false(ember_arm_code(fp, fp));
	}
	assert_true(ember_arm_code(0xffff0fe0, stacks[0]));
}

static void test_link(void **state)
{
	(void)state;
	assert_true(ember_arm_link(0, 0xbe8ff000));
	assert_true(ember_arm_link(0xbe8ff008, 0xbe8ff000));
	assert_false(ember_arm_link(0xbe8ff000, 0xbe8ff000));
	assert_false(ember_arm_link(0xbe8feff8, 0xbe8ff000));
	assert_false(ember_arm_link(0xbe8ff00a, 0xbe8ff000));
	assert_false(ember_arm_link(0x10474, 0xbe8ff000));
	assert_false(ember_arm_link(0xbf8ff000, 0xbe8ff000));
}

static void test_plain(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		u32 low = stacks[i] + 4;

		assert_true(ember_arm_plain(low, low, 0x10474));
		assert_true(ember_arm_plain(low, low + 0x40, 0xb6e01235));
		/* No link, or one that can't be */
		assert_false(ember_arm_plain(low, 0, 0x10474));
		assert_false(ember_arm_plain(low, low - 4, 0x10474));
		assert_false(ember_arm_plain(low, low + 0x42, 0x10474));
		assert_false(ember_arm_plain(low, low + 0x41, 0x10474));
		assert_false(ember_arm_plain(low, low + EMBER_FRAME_BYTES_MAX, 0x10474));
		/* Nothing to return to: no memory, and what a leaf or clang has there */
		assert_false(ember_arm_plain(low, low + 0x40, 0));
		assert_false(ember_arm_plain(low, low + 0x40, 0xfff));
		assert_false(ember_arm_plain(low, low + 0x40, low + 0x40));
		assert_false(ember_arm_plain(low, low + 0x40, low));
	}
}

/* It may be careful, but what it takes must be a record of GCC's, and of no other. */
static void test_plain_implies(void **state)
{
	u32 x = 1, taken = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4000000; i++) {
		u32 fp = stacks[i & 1], next, pc;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		next = i & 2 ? fp + (x >> 6) : x;
		pc = i & 4 ? fp + ((int)(x * 0x9e3779b1) >> 6) : x * 0x9e3779b1;
		if (!ember_arm_plain((unsigned long)fp + 4, next, pc))
			continue;
		taken++;
		assert_true(next && ember_arm_link(next, fp));
		assert_true(ember_arm_code(pc, fp));
		assert_false(ember_arm_link(pc, fp));
	}
	assert_true(taken > 10000);
}

/* What is within a window is plain from each place in it, and no record is beyond it. */
static void test_within_implies(void **state)
{
	u32 x = 1, taken = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4000000; i++) {
		unsigned long first = stacks[i & 1] - 0x4000, last = first + 0x3ff8, low;
		struct ember_arm_window window = ember_arm_window(first, last);
		u32 next, pc;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		low = first + (x & 0x3ffc);
		next = i & 2 ? low + (x >> 19) : x;
		pc = i & 4 ? low + ((int)(x * 0x9e3779b1) >> 6) : x * 0x9e3779b1;
		if (!ember_arm_within(&window, low, next, pc))
			continue;
		taken++;
		assert_true(ember_arm_plain(low, next, pc));
		assert_true(next <= last);
	}
	assert_true(taken > 10000);
}

static void test_within(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		unsigned long low = stacks[i] + 4, last = low + 0x1000;
		struct ember_arm_window window = ember_arm_window(low, last);

		assert_true(ember_arm_within(&window, low, low, 0x10474));
		assert_true(ember_arm_within(&window, low, last, 0xb6e01235));
		assert_false(ember_arm_within(&window, low, last + 4, 0x10474));
		assert_false(ember_arm_within(&window, low, low - 4, 0x10474));
		assert_false(ember_arm_within(&window, low, low + 0x42, 0x10474));
		/* A record that couldn't be read */
		assert_false(ember_arm_within(&window, low, 1, 0));
		assert_false(ember_arm_within(&window, low, low + 0x40, 0));
		assert_false(ember_arm_within(&window, low, low + 0x40, last));
	}
}

static void test_call(void **state)
{
	(void)state;
	assert_true(ember_arm_call(0xebfffffe)); /* bl */
	assert_true(ember_arm_call(0x0bfffffe)); /* bleq */
	assert_true(ember_arm_call(0xfafffffe)); /* blx to Thumb */
	assert_true(ember_arm_call(0xe12fff33)); /* blx r3 */
	assert_true(ember_arm_call(0xe12fff13)); /* bx r3 */
	assert_true(ember_arm_call(0xe59ff000)); /* ldr pc, [pc] */
	assert_false(ember_arm_call(0xeafffffe)); /* b */
	assert_false(ember_arm_call(0xe1a00000)); /* nop */
	assert_false(ember_arm_call(0xe5933000)); /* ldr r3, [r3] */
	assert_true(ember_thumb_call(0xf7ff, 0xfffe)); /* bl */
	assert_true(ember_thumb_call(0xf7ff, 0xeffe)); /* blx to ARM */
	assert_true(ember_thumb_call(0xbf00, 0x4798)); /* blx r3 */
	assert_false(ember_thumb_call(0xf7ff, 0xbf00));
	assert_false(ember_thumb_call(0xbf00, 0x4718)); /* bx r3 */
	assert_false(ember_thumb_call(0xbf00, 0xfffe));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code),   cmocka_unit_test(test_link),
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_plain_implies),
		cmocka_unit_test(test_within), cmocka_unit_test(test_within_implies),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests_name("arm_record", tests, NULL, NULL);
}
