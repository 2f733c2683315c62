// SPDX-License-Identifier: GPL-2.0-or-later
/* What a daemon spends, and what it leaves the module. */
#include "tool.h"

#include "base/clock.h"
#include "daemon/budget.h"

static volatile unsigned int sink;

static void spend(uint64_t ns)
{
	uint64_t end = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID) + ns;

	while (ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID) < end)
		sink++;
}

static void test_off(void **state)
{
	struct ember_daemon_budget b;

	(void)state;
	ember_budget_begin(&b, 0);
	spend(5000000);
	assert_true(ember_budget_allows(&b));
	assert_true(ember_budget_wait(&b) == 0);
	assert_int_equal(ember_budget_module(&b), 0);
}

/* Work that can wait has to, once more than half of the budget is spent. */
static void test_wait(void **state)
{
	struct ember_daemon_budget b;
	double wait;

	(void)state;
	ember_budget_begin(&b, 5000);
	b.reckoned_ns -= 60000000000ull;
	assert_true(ember_budget_allows(&b));
	/* It gathers for 2 s at most: 4 ms of CPU time. */
	assert_true(b.allowance_ns <= 4000000);
	spend(14000000);
	assert_false(ember_budget_allows(&b));
	wait = ember_budget_wait(&b);
	/* 10 ms, and what 2 s allow, at a fifth of a percent. */
	assert_true(wait > 6 && wait < 40);
	b.reckoned_ns -= (uint64_t)(wait * 1e9) + 1000000000;
	assert_true(ember_budget_allows(&b));
}

/* A wake-up costs a part of what it waited for, and is not in vain for that. */
static void test_wakes(void **state)
{
	struct ember_daemon_budget b;
	double wait;

	(void)state;
	ember_budget_begin(&b, 5000);
	spend(1000000);
	assert_false(ember_budget_allows(&b));
	wait = ember_budget_wait(&b);
	/* What 2 s allow, and what was spent. */
	assert_true(wait > 2.3 && wait < 40);
	b.reckoned_ns -= (uint64_t)(wait * 1e9);
	spend(1000000);
	assert_true(ember_budget_allows(&b));
	assert_true(ember_budget_wait(&b) == 0);
	/* A little is left: it goes on without another wait. */
	b.allowance_ns = 1000000;
	assert_true(ember_budget_allows(&b));
}

/* A window of 10 s in which we spent so many ms, and handlers of 2 CPUs so many. */
static void window(struct ember_daemon_budget *b, uint64_t self_ms, uint64_t handlers_ms)
{
	uint64_t before = b->then.handlers;

	b->since_ns = ember_clock_ns(CLOCK_MONOTONIC) - EMBER_BUDGET_WINDOW_NS;
	assert_true(ember_budget_due(b));
	ember_budget_turn(b, before + handlers_ms * 1000000, 2, false);
	assert_false(ember_budget_due(b));
	/* What this test itself spends is not known: in its place, */
	b->self_ppm = self_ms * 100;
}

static void test_share(void **state)
{
	struct ember_daemon_budget b;

	(void)state;
	ember_budget_begin(&b, 5000);
	assert_int_equal(ember_budget_module(&b), 2500);
	b.then.self -= 20000000;
	window(&b, 20, 60);
	/* 20 ms in 10 s are 2000 ppm, and whatever the test takes. */
	assert_int_equal(b.module_ppm, 3000);
	assert_true(b.high_ppm >= 2000 && b.high_ppm < 4000);
	assert_int_equal(ember_budget_module(&b),
			 b.high_ppm + 1250 < 5000 ? 5000 - b.high_ppm : 1250);
	assert_true(b.most_ppm >= 5000);
	/* However much it is: a quarter is the module's. */
	b.then.self -= 500000000;
	window(&b, 500, 0);
	assert_int_equal(ember_budget_module(&b), 1250);
	/* While tables are compiled no more than half is the module's. */
	b.high_ppm = 10;
	assert_int_equal(ember_budget_module(&b), 4990);
	b.works = true;
	assert_int_equal(ember_budget_module(&b), 2500);
	b.works = false;
	b.high_ppm = 50000;
	/* That is forgotten slowly. */
	window(&b, 0, 0);
	assert_true(b.high_ppm > 40000);
	/* No less than the module accepts. */
	ember_budget_begin(&b, 200);
	b.then.self -= 500000000;
	window(&b, 500, 0);
	assert_int_equal(ember_budget_module(&b), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wakes),
		cmocka_unit_test(test_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
