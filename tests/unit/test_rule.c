// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/base/rule.h"

#define PERIOD 10000000u

struct sums {
	double is, count; /* of the occurrences, */
	double got, counted, samples; /* and of the samples */
};

/* Returns the weight of the sample that an occurrence becomes, or 0. */
static u64 weigh(struct ember_grid *marks, u64 *total, u64 weight)
{
	return ember_rule_lay(marks, total, weight) ? ember_rule_due(marks, *total, weight) :
						      0;
}

static void occur(struct ember_grid *marks, u64 *total, u64 ns, struct sums *sums)
{
	u64 weight = weigh(marks, total, ns);

	sums->is += ns;
	sums->count++;
	if (!weight)
		return;
	sums->samples++;
	sums->got += weight;
	sums->counted += ember_rule_count(marks, weight, ns);
}

static bool near(double got, double want, double part)
{
	return got > want * (1 - part) && got < want * (1 + part);
}

/* What weighs a period and more is a sample of its own, and counts once. */
static void test_heavy(void **state)
{
	struct ember_grid marks;
	u64 total = 0;

	(void)state;
	ember_grid_init(&marks, 0, PERIOD, 77);
	assert_int_equal(weigh(&marks, &total, PERIOD), PERIOD);
	assert_int_equal(weigh(&marks, &total, 1ull << 50), 1ull << 50);
	assert_int_equal(total, 0);
	assert_int_equal(ember_rule_count(&marks, PERIOD, PERIOD), 1);
	assert_int_equal(ember_rule_count(&marks, 1ull << 50, 1ull << 50), 1);
	assert_int_equal(ember_rule_count(&marks, PERIOD, 0), 1);
}

/* Of each length, sums and counts of 20 runs are unbiased: their mean is within 1 %. */
static void test_lengths(void **state)
{
	static const u64 lengths[] = { 500,	30000,	 123456,  1000000,  4000000,
				       6000000, 9000000, 9999999, 10000001, 50000000 };
	unsigned int i, run;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct sums sums = { 0 };

		for (run = 0; run < 20; run++) {
			struct ember_grid marks;
			u64 total = 0, n;

			ember_grid_init(&marks, 0, PERIOD, 1 + run * 7919);
			for (n = 0; n < 2000ull * PERIOD / lengths[i] || n < 2000; n++)
				occur(&marks, &total, lengths[i], &sums);
		}
		assert_true(near(sums.got, sums.is, 0.01));
		assert_true(near(sums.counted, sums.count, 0.01));
		assert_true(sums.samples <= sums.count);
	}
}

/* The same of two lengths that alternate with a third: each has its share. */
static void test_mixed(void **state)
{
	static const u64 lengths[] = { 70000, 3000000, 25000000 };
	struct sums sums[3] = { { 0 } };
	unsigned int run, i, n;

	(void)state;
	for (run = 0; run < 20; run++) {
		struct ember_grid marks;
		u64 total = 0;

		srand(run);
		ember_grid_init(&marks, 0, PERIOD, 5 + run * 104729);
		for (n = 0; n < 60000; n++) {
			i = n % 3;
			occur(&marks, &total, lengths[i] / 2 + rand() % lengths[i], &sums[i]);
		}
	}
	/* One in 143 of the short ones is a sample, which makes 2800 of them. */
	assert_true(near(sums[0].got, sums[0].is, 0.05));
	assert_true(near(sums[1].got, sums[1].is, 0.01));
	assert_true(near(sums[2].got, sums[2].is, 0.001));
	assert_true(near(sums[0].counted, sums[0].count, 0.05));
	assert_true(near(sums[1].counted, sums[1].count, 0.01));
	assert_true(near(sums[2].counted, sums[2].count, 0.001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heavy),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_mixed),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
