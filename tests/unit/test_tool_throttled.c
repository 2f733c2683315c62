// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples that count for several points each: from the records to a recording, a log and reports. */
#include "log_kit.h"

#include "export/perf.h"
#include "log/fields.h"
#include "log/stream.h"

static uint64_t counted(const struct ember_sample_set *set)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < set->nr; i++)
		n += set->count[i].samples;
	return n;
}

static void put_one(unsigned int cpu, uint64_t time)
{
	struct ember_rec_sample sample = { .time = time };

	put(cpu, EMBER_REC_SAMPLE, &sample, sizeof(sample));
}

/* Begins with a thread and a stack of the kernel's on both CPUs, at `time`. */
static void begin_at(uint64_t time, uint32_t most)
{
	struct ember_rec_time at = { .time = time };
	struct ember_rec_thread thread = { .tid = 9, .tgid = 9, .comm = "one" };
	struct {
		struct ember_rec_stack s;
		uint64_t frame;
	} stack = { .s = { .nr_kernel = 1 }, .frame = 0xffffffff81000010ull };
	unsigned int cpu;

	begin(most);
	for (cpu = 0; cpu < CPUS; cpu++) {
		put(cpu, EMBER_REC_TIME, &at, sizeof(at));
		put(cpu, EMBER_REC_THREAD, &thread, sizeof(thread));
		put(cpu, EMBER_REC_STACK, &stack, sizeof(stack));
	}
}

#define BEGUN 5000000000ull
#define MS    1000000ull

/* Two of 1, three of 8, one of 1 on one CPU; one of 2 on the other one. */
static void write_some(uint32_t most)
{
	begin_at(BEGUN, most);
	put_one(0, BEGUN + 1 * MS);
	put_one(0, BEGUN + 2 * MS);
	put_rate(0, 3, BEGUN + 10 * MS);
	put_one(0, BEGUN + 10 * MS);
	put_rate(1, 1, BEGUN + 11 * MS);
	put_one(1, BEGUN + 11 * MS);
	put_one(0, BEGUN + 18 * MS);
	put_one(0, BEGUN + 26 * MS);
	put_rate(0, 0, BEGUN + 30 * MS);
	put_one(0, BEGUN + 30 * MS);
	end();
}

static void test_recording(void **state)
{
	(void)state;
	write_some(0);
	assert_int_equal(counting.samples, 7);
	assert_true(counted(&counting.counts) == 2 + 3 * 8 + 1 + 2);
	assert_int_equal(counting.throttled.samples, 4);
	assert_int_equal(counting.throttled.points, 3 * 8 + 2);
	assert_int_equal(counting.throttled.most, 8);
	over();
	drop(NULL);
}

static void read_all(struct ember_tally *t, struct ember_log_account *a)
{
	const char *why;
	size_t n;
	uint8_t *bytes = joined(NULL, nr_chunk, &n);

	assert_true(ember_log_read(bytes, n, NULL, t, a, &why));
	free(bytes);
}

/* The log has the same; `sent` counts samples, so a reader that knows no period misses none. */
static void test_log(void **state)
{
	struct ember_log_account a = {};
	struct ember_tally t = { .timed = true };
	uint32_t i, points = 0;

	(void)state;
	write_some(0);
	read_all(&t, &a);
	assert_int_equal(a.samples, 7);
	assert_int_equal(a.underway + a.undefined + a.wrong, 0);
	assert_true(counted(&t.counts) == 29);
	assert_int_equal(a.throttled.samples, 4);
	assert_int_equal(a.throttled.points, 26);
	assert_int_equal(a.throttled.most, 8);
	assert_int_equal(t.nr_moment, 7);
	for (i = 0; i < t.nr_moment; i++)
		points += t.moment[i].points;
	assert_int_equal(points, 29);
	ember_tally_free(&t);
	over();
	drop(NULL);
}

/* As text of perf script, each has a period of its own. */
static void test_perf(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_log_account a = {};
	struct ember_tally t = { .timed = true };
	struct ember_profile *p;
	char *text = NULL, *at;
	uint64_t periods = 0;
	unsigned int lines = 0;
	size_t n;
	FILE *out;

	(void)state;
	write_some(0);
	read_all(&t, &a);
	p = ember_naming_profile(&t, symbols);
	out = open_memstream(&text, &n);
	ember_export_perf(out, p);
	fclose(out);
	for (at = text; (at = strstr(at, ": ")); at++) {
		unsigned long period = strtoul(at + 2, NULL, 10);

		periods += period;
		lines += period != 0;
	}
	assert_int_equal(lines, 7);
	assert_true(periods == 29 * MS);
	free(text);
	ember_profile_free(p);
	ember_symbols_free(symbols);
	ember_tally_free(&t);
	over();
	drop(NULL);
}

/* Whatever the order, in large chunks and small ones. */
static void test_random(void **state)
{
	uint64_t throttled = 0;
	uint32_t i;

	(void)state;
	throttles = true;
	for (i = 500; i < 540; i++) {
		run(i, 1 + chance(4000), chance(2) ? 300 + chance(3000) : 0, 12);
		assert_same();
		throttled += counting.throttled.samples;
		over();
		drop(NULL);
	}
	throttles = false;
	assert_true(throttled > 10000);
}

/* A factor that can't be is left out; the one before holds. */
static void test_nonsense(void **state)
{
	(void)state;
	begin_at(BEGUN, 0);
	put_rate(0, EMBER_BUDGET_SHIFT_MAX, BEGUN);
	put_one(0, BEGUN + MS);
	put_rate(0, EMBER_BUDGET_SHIFT_MAX + 1, BEGUN);
	put_rate(0, UINT32_MAX, BEGUN);
	put_one(0, BEGUN + 2 * MS);
	end();
	assert_int_equal(counting.ignored, 2);
	assert_true(counted(&counting.counts) == 2 * 32768);
	over();
	drop(NULL);
}

/* A chunk's samples with this period, in a stream of 1 ms. */
static bool take_period(uint64_t period_ns, uint64_t *points)
{
	struct ember_stream_header hello = {
		.board = "b", .boot = "c", .period_ns = MS, .unit_ns = MS
	};
	struct ember_tally tally = {};
	struct ember_stream s = { .tally = &tally, .hello = hello };
	struct ember_buf plain = {}, part = {}, column = {};
	unsigned int i;
	bool good;

	ember_proto_varint(&column, 0);
	ember_proto_part(&part, EMBER_STACKS_KIND, &column);
	ember_proto_varint(&column, 0);
	ember_proto_part(&part, EMBER_STACKS_KERNEL, &column);
	ember_proto_varint(&column, 0);
	ember_proto_part(&part, EMBER_STACKS_USER, &column);
	ember_proto_part(&plain, EMBER_CHUNK_STACKS, &part);
	for (i = EMBER_THREADS_TGID; i <= EMBER_THREADS_FLAGS; i++) {
		ember_proto_varint(&column, 2);
		ember_proto_part(&part, i, &column);
	}
	ember_proto_bytes(&part, EMBER_THREADS_COMM, "x", 1);
	ember_proto_part(&plain, EMBER_CHUNK_THREADS, &part);
	for (i = EMBER_SAMPLES_TIME; i <= EMBER_SAMPLES_STACK; i++) {
		ember_proto_varint(&column, 0);
		ember_proto_part(&part, i, &column);
	}
	ember_proto_number(&part, EMBER_SAMPLES_PERIOD, period_ns);
	ember_proto_part(&plain, EMBER_CHUNK_SAMPLES, &part);
	good = ember_stream_chunk(&s, 0, plain.bytes, plain.used);
	*points = counted(&tally.counts);
	free(plain.bytes);
	free(part.bytes);
	free(column.bytes);
	ember_stream_free(&s);
	ember_tally_free(&tally);
	return good;
}

static void test_periods(void **state)
{
	uint64_t points;

	(void)state;
	assert_true(take_period(0, &points));
	assert_int_equal(points, 1);
	assert_true(take_period(MS, &points));
	assert_int_equal(points, 1);
	assert_true(take_period(3 * MS, &points));
	assert_int_equal(points, 3);
	assert_true(take_period(65536 * MS, &points));
	assert_int_equal(points, 65536);
	assert_false(take_period(65537 * MS, &points));
	assert_int_equal(points, 0);
	assert_false(take_period(MS + 1, &points));
	assert_false(take_period(MS / 2, &points));
	assert_false(take_period(UINT64_MAX, &points));
	assert_int_equal(points, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recording), cmocka_unit_test(test_log),
		cmocka_unit_test(test_perf),	  cmocka_unit_test(test_random),
		cmocka_unit_test(test_nonsense),  cmocka_unit_test(test_periods),
	};

	return cmocka_run_group_tests_name("tool_throttled", tests, NULL, tool_clean);
}
