// SPDX-License-Identifier: GPL-2.0-or-later
/* When did a file change, if the clock was set meanwhile? */
#include "unit.h"

#include "base/clock.h"
#include "base/dates.h"

#define SECOND	1000000000ll
#define DAY	(86400 * SECOND)
#define YEAR	(365 * 86400 * SECOND)
#define STEPPED (50 * YEAR)

static int64_t now, half,
	offset; /* CLOCK_BOOTTIME; half of it; what is to be added for the date */

static int setup(void **state)
{
	(void)state;
	now = ember_clock_ns(CLOCK_BOOTTIME);
	offset = ember_clock_ns(CLOCK_REALTIME) - now;
	half = now / 2;
	return 0;
}

static struct timespec at(int64_t ns)
{
	return (struct timespec){ ns / SECOND, ns % SECOND };
}

/* Since half of the uptime; the nanoseconds aren't 0. */
static bool since(const struct ember_dates *dates, int64_t ns)
{
	struct timespec time = at(ns);

	if (!time.tv_nsec)
		time.tv_nsec = 1;
	return ember_dates_since(dates, half, &time);
}

static void test_nanoseconds(void **state)
{
	struct ember_dates dates = {};
	struct timespec time;

	(void)state;
	ember_dates_add(&dates, half, half + offset);
	assert_int_equal(dates.since, half);
	assert_true(since(&dates, half + offset + 1000));
	assert_false(since(&dates, half + offset - 1000));
	assert_true(since(&dates, now + offset));
	/* A date to come is of another clock: one that was set back. */
	assert_false(since(&dates, now + offset + 60 * SECOND));
	/* Whole seconds may be cut, to even ones. */
	time = at((half + offset) / SECOND * SECOND);
	assert_true(ember_dates_since(&dates, half, &time));
	time.tv_sec--;
	assert_true(ember_dates_since(&dates, half, &time));
	time.tv_sec -= 2;
	assert_false(ember_dates_since(&dates, half, &time));
}

/* The clock began in 1970 and was set since: both of its dates are now, none between is. */
static void test_set(void **state)
{
	struct ember_dates dates = {}, never = {};

	(void)state;
	ember_dates_add(&never, half, half + offset);
	ember_dates_add(&dates, half, half);
	assert_int_equal(dates.offset[0], 0);
	assert_true(since(&dates, half + SECOND));
	assert_false(since(&never, half + SECOND));
	assert_false(since(&dates, half - SECOND));
	assert_true(since(&dates, half + SECOND + offset));
	assert_false(since(&dates, half - SECOND + offset));
	/* When it was built, by another machine's clock. */
	assert_false(since(&dates, offset - YEAR));
	/* A second time, between. */
	assert_false(since(&dates, half + SECOND + STEPPED));
	ember_dates_add(&dates, half + 1, half + 1 + STEPPED);
	assert_int_equal(dates.since, half);
	assert_true(since(&dates, half + SECOND + STEPPED));
	/* A clock that runs on isn't set. */
	ember_dates_add(&dates, half + SECOND, half + SECOND + STEPPED);
	assert_int_equal(dates.nr, 2);
}

/* There's no end of clocks that are set: memory is bounded, the last date is known. */
static void test_many(void **state)
{
	struct ember_dates dates = {}, joined = {};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		ember_dates_add(&dates, half + i, half + i * DAY);
	assert_int_equal(dates.nr, EMBER_DATES_MAX);
	assert_int_equal(dates.since, half);
	assert_true(since(&dates, half + 999 * (DAY - 1) + SECOND));
	ember_dates_add(&joined, half + SECOND, half + SECOND + offset);
	ember_dates_join(&joined, &dates);
	assert_int_equal(joined.since, half);
	assert_true(since(&joined, half + 999 * (DAY - 1) + SECOND));
}

static bool before(const struct ember_dates *dates, int64_t ns)
{
	struct timespec time = at(ns);

	return ember_dates_before(dates, half, &time);
}

static void test_before(void **state)
{
	struct ember_dates dates = {};

	(void)state;
	assert_false(before(&dates, half + offset));
	assert_true(before(&dates, half + offset - 10 * SECOND));
	/* Before the clock was set, from 1970 on. */
	assert_false(before(&dates, half));
	assert_true(before(&dates, half - 10 * SECOND));
	assert_true(before(&dates, now + YEAR));
	/* By a date that was seen. */
	assert_true(before(&dates, half + offset - YEAR));
	ember_dates_add(&dates, half, half + offset - YEAR);
	assert_false(before(&dates, half + offset - YEAR));
	/* Of a clock that was set back. */
	assert_false(before(&dates, now + offset + YEAR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nanoseconds),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_before),
	};

	return cmocka_run_group_tests_name("tool_dates", tests, setup, NULL);
}
