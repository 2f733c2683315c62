// SPDX-License-Identifier: GPL-2.0-or-later
/* What passed by a counter that wraps, and that may step back. */
#include "unit.h"
#include "../../kmod/base/counter.h"

static void passes(void **state)
{
	(void)state;
	assert_int_equal(ember_counter_since(1000, 1000), 0);
	assert_int_equal(ember_counter_since(1005, 1000), 5);
	assert_int_equal(ember_counter_since(3, -2UL), 5);
}

static void steps_back(void **state)
{
	(void)state;
	assert_int_equal(ember_counter_since(999, 1000), 0);
	assert_int_equal(ember_counter_since(0, 1UL << 40), 0);
	assert_int_equal(ember_counter_since(-2UL, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
		cmocka_unit_test(steps_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
