// SPDX-License-Identifier: GPL-2.0-or-later
/* Weighted samples: from records to sums, and what makes no sense of them. */
#include "log_kit.h"

#include "record_kit.h"

#include "base/event.h"

#define RING 0

static void feed_event(uint32_t event, uint32_t type, uint32_t unit, uint64_t period)
{
	struct ember_rec_event rec = {
		.event = event, .type = type, .unit = unit, .period = period
	};

	feed(RING, EMBER_REC_EVENT, &rec, sizeof(rec));
}

static void feed_weighted(uint32_t event, uint32_t thread, uint32_t stack, uint64_t weight)
{
	struct ember_rec_weighted rec = {
		.time = 7, .event = event, .thread = thread, .stack = stack, .weight = weight
	};

	feed(RING, EMBER_REC_WEIGHTED, &rec, sizeof(rec));
}

static void feed_lost(uint32_t event, uint64_t lost, uint64_t weight)
{
	struct ember_rec_event_lost rec = { .event = event, .lost = lost, .weight = weight };

	feed(RING, EMBER_REC_EVENT_LOST, &rec, sizeof(rec));
}

/* Thread 1 and stack 1, of the kernel alone: no mapping is waited for. */
static void feed_definitions(void)
{
	struct ember_rec_time time = { .time = 5 };
	struct ember_rec_thread thread = { .thread = 1, .tid = 9, .tgid = 9, .comm = "thread" };
	struct {
		struct ember_rec_stack s;
		uint64_t frame;
	} stack = { .s = { .stack = 1, .nr_kernel = 1 }, .frame = 0xffffffff81000000 };

	feed(RING, EMBER_REC_TIME, &time, sizeof(time));
	feed(RING, EMBER_REC_THREAD, &thread, sizeof(thread));
	feed(RING, EMBER_REC_STACK, &stack, sizeof(stack));
	feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
}

static const struct ember_weighted *only(void)
{
	assert_int_equal(r.events.nr_count, 1);
	return &r.events.count[0];
}

static void test_sums(void **state)
{
	(void)state;
	feed_definitions();
	feed_weighted(0, 1, 1, 65536);
	feed_weighted(0, 1, 1, 2 << 20);
	feed_lost(0, 3, 200000);
	feed_lost(0, 1, 65536);
	assert_int_equal(r.ignored, 0);
	assert_string_equal(r.events.event[0].name, "growth");
	assert_true(only()->sum.samples == 2 && only()->sum.weight == 65536 + (2 << 20));
	assert_int_equal(only()->at, EMBER_NO_NUMBER);
	assert_true(r.event[0].sampled.samples == 2);
	assert_true(r.event[0].lost.samples == 4 && r.event[0].lost.weight == 265536);
	/* None of them is a CPU sample. */
	assert_int_equal(r.samples + r.counts.nr + r.lost + r.undefined, 0);
}

/* A sample of waits says for how many it counts; one that doesn't counts for one. */
static void test_counts(void **state)
{
	struct ember_rec_weighted waits[] = {
		{ .thread = 1, .stack = 1, .detail = 250 << 4, .weight = 10000000 },
		{ .thread = 1,
		  .stack = 1,
		  .detail = 1 << 4 | EMBER_WAIT_IO,
		  .weight = 70000000 },
		{ .thread = 1, .stack = 1, .detail = EMBER_WAIT_IO, .weight = 10000000 },
	};
	uint32_t i;

	(void)state;
	feed_definitions();
	feed_event(0, EMBER_EVENT_BLOCK, EMBER_UNIT_NANOSECONDS, 10000000);
	for (i = 0; i < 3; i++)
		feed(RING, EMBER_REC_WEIGHTED, &waits[i], sizeof(waits[i]));
	assert_int_equal(r.ignored, 0);
	assert_string_equal(r.events.event[1].name, "block");
	/* By state. */
	assert_int_equal(r.events.nr_count, 2);
	assert_int_equal(r.events.count[0].state, EMBER_WAIT_SLEEP);
	assert_true(r.events.count[0].sum.samples == 250 &&
		    r.events.count[0].sum.weight == 10000000);
	assert_int_equal(r.events.count[1].state, EMBER_WAIT_IO);
	assert_true(r.events.count[1].sum.samples == 2 &&
		    r.events.count[1].sum.weight == 80000000);
	/* Records are counted one by one. */
	assert_true(r.event[1].sampled.samples == 3);
}

/* Each differs from test_sums() in one thing. */
static void test_nonsense(void **state)
{
	struct ember_rec_weighted cut = {
		.event = 0, .thread = 1, .stack = 1, .weight = 65536
	};
	uint32_t i;

	(void)state;
	feed_definitions();
	feed_weighted(1, 1, 1, 65536); /* an event that isn't defined */
	feed_weighted(EMBER_EVENTS_MAX, 1, 1, 65536);
	feed_weighted(UINT32_MAX, 1, 1, 65536);
	feed_weighted(0, 1, 1, 0);
	feed_lost(1, 3, 200000);
	feed_lost(UINT32_MAX, 3, 200000);
	feed_event(EMBER_EVENTS_MAX, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
	feed_event(1, EMBER_EVENT_CPU, EMBER_UNIT_BYTES, 65536);
	feed_event(1, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 0);
	feed(RING, EMBER_REC_WEIGHTED, &cut, sizeof(cut) - 8);
	assert_int_equal(r.ignored, 10);
	assert_int_equal(r.events.nr_count, 0);
	assert_int_equal(r.events.nr_event, 1);
	/* A thread or a stack that isn't defined is a loss of a known event. */
	feed_weighted(0, 2, 1, 65536);
	feed_weighted(0, 1, 2, 100000);
	assert_int_equal(r.ignored, 10);
	assert_true(r.event[0].undefined.samples == 2);
	assert_true(r.event[0].undefined.weight == 165536);
	/* Another definition of the number holds from then on, as long as there is room. */
	for (i = 1; i <= EMBER_EVENTS_MAX; i++) {
		feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536 + i);
		feed_weighted(0, 1, 1, 65536 + i);
	}
	assert_int_equal(r.events.nr_event, EMBER_EVENTS_MAX);
	assert_int_equal(r.events.nr_count, EMBER_EVENTS_MAX - 1);
	assert_int_equal(r.ignored, 12);
	feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
	feed_weighted(0, 1, 1, 65536);
	assert_int_equal(r.events.nr_count, EMBER_EVENTS_MAX);
	assert_int_equal(r.ignored, 12);
}

static void test_huge(void **state)
{
	(void)state;
	feed_definitions();
	feed_weighted(0, 1, 1, UINT64_MAX - 1);
	feed_weighted(0, 1, 1, 65536);
	feed_lost(0, UINT64_MAX, UINT64_MAX);
	feed_lost(0, 1, 1);
	assert_true(only()->sum.samples == 2 && only()->sum.weight == UINT64_MAX);
	assert_true(r.event[0].sampled.weight == UINT64_MAX);
	assert_true(r.event[0].lost.samples == UINT64_MAX);
	assert_true(r.event[0].lost.weight == UINT64_MAX);
}

/* Of a type or unit that isn't known all is kept, under a number. */
static void test_unknown(void **state)
{
	struct ember_tally tally = {};
	struct ember_profile *p;
	char *text;

	(void)state;
	feed_definitions();
	feed_event(1, 77, 9, 5);
	feed_weighted(1, 1, 1, 12);
	ember_normalize_all(&r, &tally);
	tally.here = false;
	text = text_of(&tally, &p);
	assert_string_equal(text, ""); /* no CPU sample */
	free(text);
	assert_int_equal(p->nr_type, 6);
	assert_string_equal(ember_text(p, p->type[4].name), "event-77_samples");
	assert_string_equal(ember_text(p, p->type[4].unit), "count");
	assert_string_equal(ember_text(p, p->type[5].name), "event-77");
	assert_string_equal(ember_text(p, p->type[5].unit), "unit-9");
	assert_true(p->value[4] == 1 && p->value[5] == 12);
	assert_true(ember_profile_show(p, "event-77"));
	assert_int_equal(p->shown, 5);
	assert_true(ember_profile_show(p, "cpu"));
	assert_int_equal(p->shown, 0);
	assert_false(ember_profile_show(p, "event-78"));
	ember_profile_free(p);
	ember_tally_free(&tally);
}

/* Samples of a recording without the clock: the events are all that there is. */
static void test_clock_off(void **state)
{
	struct ember_tally tally = {};
	struct ember_profile *p;
	char *text;

	(void)state;
	r.period_ns = 0;
	feed_definitions();
	feed_weighted(0, 1, 1, 65536);
	ember_normalize_all(&r, &tally);
	tally.here = false;
	text = text_of(&tally, &p);
	assert_string_equal(text, "thread;[kernel+0xffffffff81000000]_[k] 65536\n");
	assert_int_equal(p->nr_type, 2);
	assert_int_equal(p->shown, 1);
	assert_true(p->period == 65536);
	assert_string_equal(ember_text(p, p->period_type.name), "growth");
	ember_profile_free(p);
	ember_tally_free(&tally);
	free(text);
}

/* Counters are further values of the clock's samples of the same thread and stack. */
static void test_counters(void **state)
{
	static const char *const names[] = {
		"samples",	  "cpu",    "growth_samples",	    "growth",
		"cycles_samples", "cycles", "cache-misses_samples", "cache-misses"
	};
	static const char *const units[] = { "count", "nanoseconds", "count", "bytes",
					     "count", "count",	     "count", "count" };
	static const int64_t values[] = { 2, 0, 0, 0, 2, 5000, 1, 7 };
	struct ember_rec_sample sample = { .time = 7, .thread = 1, .stack = 1 };
	struct ember_tally tally = {};
	struct ember_profile *p;
	char *text;
	uint32_t i;

	(void)state;
	feed_definitions();
	feed_event(1, EMBER_EVENT_CYCLES, EMBER_UNIT_COUNT, 1);
	feed_event(2, EMBER_EVENT_CACHE_MISSES, EMBER_UNIT_COUNT, 1);
	feed(RING, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	feed_weighted(1, 1, 1, 2000);
	feed_weighted(2, 1, 1, 7);
	feed(RING, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	feed_weighted(1, 1, 1, 3000);
	assert_int_equal(r.ignored, 0);
	ember_normalize_all(&r, &tally);
	tally.here = false;
	text = text_of(&tally, &p);
	assert_string_equal(text, "thread;[kernel+0xffffffff81000000]_[k] 2\n");
	free(text);
	assert_int_equal(p->nr_sample, 1);
	assert_int_equal(p->nr_type, 8);
	for (i = 0; i < 8; i++) {
		assert_string_equal(ember_text(p, p->type[i].name), names[i]);
		assert_string_equal(ember_text(p, p->type[i].unit), units[i]);
		assert_true(p->value[i] == (i == 1 ? 2 * r.period_ns : (uint64_t)values[i]));
	}
	assert_true(ember_event_are_values("cache-misses_samples", "cache-misses"));
	assert_true(ember_profile_show(p, "cycles"));
	assert_int_equal(p->shown, 5);
	assert_int_equal(p->nr_event, 3);
	ember_profile_free(p);
	ember_tally_free(&tally);
}

static void test_amounts(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} amounts[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.00 KiB" },
		{ 65536, "64.00 KiB" },
		{ 1048575, "1024.00 KiB" },
		{ 1048576, "1.00 MiB" },
		{ 70385664, "67.13 MiB" },
		{ 1ull << 40, "1.00 TiB" },
		{ UINT64_MAX, "16.00 EiB" },
	};
	static const struct {
		uint64_t value;
		const char *text;
	} times[] = {
		{ 0, "0 ns" },
		{ 994, "994 ns" },
		{ 1000, "1.00 us" },
		{ 12345, "12.35 us" },
		{ 999994, "999.99 us" },
		{ 999996, "1.00 ms" },
		{ 10000000, "10.00 ms" },
		{ 999999999, "1.00 s" },
		{ 45030000000, "45.03 s" },
		{ UINT64_MAX, "18446744073.71 s" },
	};
	char text[EMBER_AMOUNT_MAX];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(amounts) / sizeof(*amounts); i++) {
		ember_amount(amounts[i].value, EMBER_UNIT_BYTES, text);
		assert_string_equal(text, amounts[i].text);
	}
	ember_amount(70385664, EMBER_UNIT_COUNT, text);
	assert_string_equal(text, "70385664");
	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		ember_amount(times[i].value, EMBER_UNIT_NANOSECONDS, text);
		assert_string_equal(text, times[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		records(test_sums),	records(test_counts),
		records(test_nonsense), records(test_huge),
		records(test_unknown),	records(test_clock_off),
		records(test_counters), cmocka_unit_test(test_amounts),
	};

	return cmocka_run_group_tests_name("tool_weighted", tests, NULL, tool_clean);
}
