// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <string.h>

#include "../../kmod/base/counter.h"
#include "../../kmod/base/bucket.h"

#define COUNTS 1000000ul /* a millisecond's, at 1 GHz */
#define SPAN   (EMBER_BUCKET_MS * COUNTS)

/* A CPU whose points lie `period` apart and cost `cost` counts each. */
struct load {
	struct ember_bucket b;
	unsigned long now;
	u64 spent, weight, samples;
	double granted; /* counts of the budget so far */
	double worst; /* counts beyond the budget of all windows, at most */
	double least; /* of spent - budget so far: where the worst window begins */
	u32 ppm;
};

static void begin(struct load *l, u32 ppm, unsigned long now)
{
	*l = (struct load){ .ppm = ppm, .now = now };
	ember_bucket_set(&l->b, ppm, SPAN, 10, now);
}

/* One point or 2^shift; returns false if the bucket owed too much for a sample. */
static bool tick(struct load *l, unsigned long period, unsigned long cost)
{
	unsigned long wait = period << l->b.shift;
	double over;
	bool owes;

	l->now += wait;
	l->weight += 1u << l->b.shift;
	l->granted += l->ppm * 1e-6 * wait;
	over = l->spent - l->granted;
	if (over < l->least)
		l->least = over;
	owes = ember_bucket_owes(&l->b);
	if (owes) {
		ember_bucket_settle(&l->b, l->now);
		owes = ember_bucket_owes(&l->b);
	}
	if (owes)
		cost = cost / 20;
	else
		l->samples++;
	l->spent += cost;
	over = l->spent - l->granted - l->least;
	if (over > l->worst)
		l->worst = over;
	if (ember_bucket_spend(&l->b, cost))
		ember_bucket_settle(&l->b, l->now + cost);
	return !owes;
}

/* In no window more than its budget and that of 100 ms, but for one handler. */
static void assert_bounded(const struct load *l, unsigned long cost)
{
	assert_true(l->worst <= l->ppm * 1e-6 * SPAN + cost);
}

/* Below the budget nothing changes. */
static void test_quiet(void **state)
{
	struct load l;
	int i;

	(void)state;
	begin(&l, 10000, 0);
	for (i = 0; i < 100000; i++) {
		assert_true(tick(&l, 10 * COUNTS, COUNTS / 20));
		assert_int_equal(l.b.shift, 0);
	}
	assert_bounded(&l, COUNTS / 20);
}

/* A burst after a long time of little is bounded, and most of its points are sampled or thrown out. */
static void test_burst(void **state)
{
	struct load l;
	u64 before, owed = 0;
	int i;

	(void)state;
	begin(&l, 5000, 77);
	for (i = 0; i < 1000; i++)
		tick(&l, COUNTS, 1000);
	before = l.spent;
	/* 40 us each 100 us. */
	for (i = 0; i < 2000; i++)
		owed += !tick(&l, COUNTS / 10, 40000);
	assert_bounded(&l, 40000);
	assert_true(l.spent - before > 0);
	assert_in_range(l.b.shift, 6, 8);
	assert_true(owed < 20);
}

/* Under a steady load nearly all of the budget is used. */
static void test_used(void **state)
{
	static const u32 ppms[] = { 100, 1000, 5000, 50000 };
	unsigned int k;

	(void)state;
	for (k = 0; k < 4; k++) {
		struct load l;
		double used;
		u64 begun, from;
		int i;

		begin(&l, ppms[k], 1);
		for (i = 0; i < 3000; i++)
			tick(&l, COUNTS / 10, 20000);
		begun = l.spent;
		from = l.weight;
		for (i = 0; i < 20000; i++)
			tick(&l, COUNTS / 10, 20000);
		used = (l.spent - begun) / (ppms[k] * 1e-6 * (l.weight - from) * COUNTS / 10);
		assert_true(used > 0.7 && used <= 1);
		assert_bounded(&l, 20000);
	}
}

/* When the load is over the factor goes, step by step, and not at once. */
static void test_recovers(void **state)
{
	unsigned long was, since, begun;
	struct load l;
	u8 shift;
	int i;

	(void)state;
	begin(&l, 5000, 0);
	for (i = 0; i < 2000; i++)
		tick(&l, COUNTS / 10, 40000);
	assert_true(l.b.shift);
	begun = was = l.now;
	while (l.b.shift) {
		shift = l.b.shift;
		tick(&l, COUNTS / 10, 20);
		assert_in_range(shift - l.b.shift, 0, 1);
		if (l.b.shift == shift)
			continue;
		since = l.now + COUNTS / 10 - was;
		assert_true(was == begun || since >= EMBER_BUCKET_HOLD * SPAN);
		was = l.now;
		assert_true(l.now - begun < 30 * SPAN);
	}
}

/* After a long time without any point, which an idle CPU has none of, it goes at once. */
static void test_idle(void **state)
{
	struct load l;
	int i;

	(void)state;
	begin(&l, 5000, 0);
	for (i = 0; i < 2000; i++)
		tick(&l, COUNTS / 10, 40000);
	assert_true(l.b.shift > 4);
	l.now += 20 * SPAN;
	tick(&l, COUNTS / 10, 20);
	assert_int_equal(l.b.shift, 0);
}

/* Weights don't depend on what the points cost. */
static void test_weights(void **state)
{
	struct load l;
	double dear = 0, cheap = 0;
	int i;

	(void)state;
	srand(11);
	begin(&l, 3000, 0);
	for (i = 0; i < 300000; i++) {
		u64 before = l.samples, weight = 1u << l.b.shift;
		bool costly = rand() % 10 < 7;

		tick(&l, COUNTS / 10, costly ? 40000 : 4000);
		if (l.samples == before)
			continue;
		*(costly ? &dear : &cheap) += weight;
	}
	assert_true(dear / (dear + cheap) > 0.69 && dear / (dear + cheap) < 0.71);
	assert_true(dear + cheap > 0.999 * l.weight);
}

/* The counter steps back, leaps ahead and wraps: never more than a full bucket comes of it. */
static void test_steps(void **state)
{
	struct ember_bucket b;
	s64 level;

	(void)state;
	memset(&b, 0, sizeof(b));
	ember_bucket_set(&b, 10000, SPAN, 10, 1000 * COUNTS);
	ember_bucket_spend(&b, b.most >> EMBER_BUCKET_BITS);
	ember_bucket_settle(&b, 1000 * COUNTS);
	level = b.level;
	assert_true(level < b.most / 100);
	ember_bucket_settle(&b, 10 * COUNTS);
	assert_true(b.level == level);
	ember_bucket_settle(&b, 10 * COUNTS + SPAN / 2);
	assert_true(b.level > b.most * 4 / 10 && b.level < b.most * 6 / 10);
	ember_bucket_settle(&b, 10 * COUNTS + (-1ul >> 2));
	assert_true(b.level == b.most);
	/* Wraps with unsigned long. */
	ember_bucket_settle(&b, -1ul - COUNTS);
	ember_bucket_spend(&b, b.most >> EMBER_BUCKET_BITS);
	ember_bucket_settle(&b, -1ul);
	level = b.level;
	ember_bucket_settle(&b, SPAN / 10);
	assert_true(b.level > level + b.most / 20 && b.level < level + b.most / 5);
}

/* One handler of a minute leaves a debt of seconds, and no overflow. */
static void test_debt(void **state)
{
	struct ember_bucket b;

	(void)state;
	memset(&b, 0, sizeof(b));
	ember_bucket_set(&b, 1000000, 4 * SPAN, 15, 0);
	assert_true(ember_bucket_spend(&b, -1ul >> 1));
	ember_bucket_settle(&b, COUNTS);
	assert_true(ember_bucket_owes(&b));
	assert_true(b.level >= -EMBER_BUCKET_DEBT * b.most);
	assert_true(b.shift == 2);
	ember_bucket_settle(&b, COUNTS + 300 * SPAN);
	assert_false(ember_bucket_owes(&b));
}

/* What workers took is paid from part of the refill: samples go on. */
static void test_owed(void **state)
{
	struct load l;
	u64 begun;
	int i;

	(void)state;
	begin(&l, 10000, 0);
	for (i = 0; i < 10000; i++)
		tick(&l, COUNTS / 10, 5000);
	/* 2 ms, as much as 200 ms of the budget. */
	ember_bucket_owe(&l.b, 2 * COUNTS);
	assert_true(l.b.charged >= 2 * COUNTS);
	begun = l.weight;
	for (i = 0; l.b.owed && i < 10000; i++)
		tick(&l, COUNTS / 10, 5000);
	assert_int_equal(l.b.owed, 0);
	assert_in_range((l.weight - begun) / 10, 250, 400);
	ember_bucket_owe(&l.b, -1ul >> 1);
	assert_true(l.b.owed <= (u64)EMBER_BUCKET_DEBT * SPAN);
}

/* A budget may change or go at any time. */
static void test_set(void **state)
{
	struct load l;
	u64 charged;
	int i;

	(void)state;
	begin(&l, 1000, 0);
	for (i = 0; i < 1000; i++)
		tick(&l, COUNTS / 10, 20000);
	assert_true(l.b.shift > 4);
	charged = l.b.charged + l.b.given - l.b.credit;
	ember_bucket_set(&l.b, 900000, SPAN, 10, l.now);
	assert_true(l.b.charged == charged);
	assert_true(l.b.level <= l.b.most);
	ember_bucket_set(&l.b, 1000, SPAN, 2, l.now);
	assert_int_equal(l.b.shift, 2);
	ember_bucket_set(&l.b, 0, SPAN, 10, l.now);
	assert_int_equal(l.b.shift, 0);
	assert_false(ember_bucket_owes(&l.b));
	assert_true(ember_bucket_spend(&l.b, 1));
	ember_bucket_settle(&l.b, l.now);
	assert_int_equal(l.b.shift, 0);
	assert_false(ember_bucket_spend(&l.b, 1000));
	/* In debt: the next point is sampled, and its charge settles, which ends the factor. */
	begin(&l, 1000, l.now);
	assert_true(ember_bucket_spend(&l.b, 20 * COUNTS));
	ember_bucket_settle(&l.b, l.now);
	assert_true(ember_bucket_owes(&l.b));
	ember_bucket_set(&l.b, 0, SPAN, 10, l.now);
	assert_false(ember_bucket_owes(&l.b));
	assert_true(ember_bucket_spend(&l.b, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),	cmocka_unit_test(test_burst),
		cmocka_unit_test(test_used),	cmocka_unit_test(test_recovers),
		cmocka_unit_test(test_weights), cmocka_unit_test(test_steps),
		cmocka_unit_test(test_debt),	cmocka_unit_test(test_owed),
		cmocka_unit_test(test_set),	cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
