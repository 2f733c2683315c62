// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/base/grid.h"

#define PERIOD 1001001

/* Without jitter: the middle of each cell. */
static void test_even(void **state)
{
	struct ember_grid grid;
	u64 n;

	(void)state;
	ember_grid_init(&grid, 5000, PERIOD, 0);
	for (n = 0; n < 1000; n++) {
		u64 point = 5000 + n * PERIOD + PERIOD / 2;

		assert_int_equal(grid.next, point);
		assert_int_equal(ember_grid_pass(&grid, point - 1), 0);
		assert_int_equal(ember_grid_pass(&grid, point), 1);
	}
}

/* With jitter: one in each cell, and all over it. */
static void test_jitter(void **state)
{
	struct ember_grid grid;
	unsigned int tenth[10] = { 0 };
	u64 n;
	int i;

	(void)state;
	ember_grid_init(&grid, 0, PERIOD, 12345);
	for (n = 0; n < 20000; n++) {
		assert_in_range(grid.next, n * PERIOD, (n + 1) * PERIOD - 1);
		tenth[(grid.next - n * PERIOD) * 10 / PERIOD]++;
		assert_int_equal(ember_grid_pass(&grid, grid.next), 1);
	}
	for (i = 0; i < 10; i++)
		assert_in_range(tenth[i], 1800, 2200);
}

/* However long nobody looked, no point is lost and none is counted twice. */
static void check_conserved(u32 seed)
{
	struct ember_grid grid;
	u64 now = 0, passed = 0;
	unsigned int i;

	ember_grid_init(&grid, 0, PERIOD, seed);
	srand(7);
	for (i = 0; i < 20000; i++) {
		now += (u64)(rand() % 1000) * PERIOD / (1 + rand() % 500);
		passed += ember_grid_pass(&grid, now);
		assert_true(grid.next > now);
		assert_in_range(passed, now / PERIOD, now / PERIOD + 1);
	}
}

static void test_conserved(void **state)
{
	(void)state;
	check_conserved(0);
	check_conserved(99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_conserved),
	};

	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
