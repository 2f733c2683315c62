// SPDX-License-Identifier: GPL-2.0-or-later
/* The flight recorder's segments, as the module writes them, read after resets and damage. */
#include "flight_kit.h"

#include "tool.h"

#include "import/flight.h"
#include "log/reader.h"

/* Which samples were read; each must be as it was written. */
struct got {
	uint32_t nr[FLIGHT_CPUS], first[FLIGHT_CPUS], last[FLIGHT_CPUS];
};

static const char *read_region(const uint8_t *region, size_t n, struct got *got)
{
	struct ember_log_account account = {};
	struct ember_tally t = { .timed = true };
	struct ember_buf log = {};
	const char *why = ember_flight_log("region", region, n, &log);
	uint32_t i;

	memset(got, 0, sizeof(*got));
	if (why)
		return why;
	assert_true(ember_log_read(log.bytes, log.used, NULL, &t, &account, &why));
	assert_int_equal(account.wrong, 0);
	assert_int_equal(t.nr_moment, account.samples);
	for (i = 0; i < t.counts.nr; i++) {
		const struct ember_count *count = &t.counts.count[i];
		const struct ember_stacked *stack = &t.dict.stack[count->stack];
		uint32_t tid = t.dict.thread[count->thread].tid, cpu = tid / 100000,
			 n = tid % 100000;

		assert_int_equal(count->samples, 1);
		assert_int_equal(count->at, cpu + 1);
		assert_int_equal(t.dict.frames.node[stack->leaf].address,
				 FLIGHT_KERNEL + tid * 16);
		assert_true(cpu < FLIGHT_CPUS && n);
		if (!got->nr[cpu]++ || n < got->first[cpu])
			got->first[cpu] = n;
		if (n > got->last[cpu])
			got->last[cpu] = n;
	}
	ember_tally_free(&t);
	free(log.bytes);
	return NULL;
}

/* Without gaps, up to `last`. */
static void assert_run(const struct got *got, unsigned int cpu, uint32_t last)
{
	assert_int_equal(got->last[cpu], last);
	assert_int_equal(got->nr[cpu], last ? last - got->first[cpu] + 1 : 0);
}

static void test_oldest_segment_goes(void **state)
{
	struct flight *f = flight_new();
	struct got got;
	uint32_t i, frames = 5, all;

	(void)state;
	for (i = 0; i < 1000; i++) {
		flight_sample(f, 0, frames);
		if (i % 3 == 0)
			flight_sample(f, 1, frames);
		if (i % 50 && i > 30)
			continue;
		assert_null(read_region(f->region, FLIGHT_REGION, &got));
		assert_run(&got, 0, f->samples[0]);
		assert_run(&got, 1, f->samples[1]);
	}
	/* Three segments of four are full. */
	all = 3 * FLIGHT_SEGMENT /
	      (sizeof(struct ember_rec_thread) + 16 + 16 + 8 + frames * 8);
	assert_true(got.nr[0] >= all * 9 / 10 && got.nr[0] < f->samples[0]);
	free(f);
}

/* Wherever the stores of a sample end, all those before it are there, and it is or isn't. */
static void test_reset_within_a_sample(void **state)
{
	uint32_t before, stores, torn = 0;
	struct flight *f;
	struct got got;

	(void)state;
	for (before = 1; before < 150; before += before < 40 ? 1 : 17) {
		for (stores = 0; stores < 600; stores += 7) {
			f = flight_new();
			flight_stores = UINT64_MAX;
			while (f->samples[0] < before)
				flight_sample(f, 0, 5);
			flight_stores = stores;
			flight_sample(f, 0, 5);
			flight_stores = UINT64_MAX;
			assert_null(read_region(f->region, FLIGHT_REGION, &got));
			assert_run(&got, 0, got.last[0]);
			assert_true(got.last[0] == before || got.last[0] == before + 1);
			torn += got.last[0] == before;
			free(f);
		}
	}
	assert_true(torn > 100);
}

/* Whatever is damaged: no sample that was not written, and none that is another's. */
static void test_damage(void **state)
{
	struct flight *f = flight_new();
	uint8_t *copy = malloc(FLIGHT_REGION);
	uint32_t round, i, none = 0, some = 0;
	struct got whole, got;

	(void)state;
	srand(1);
	for (i = 0; i < 500; i++) {
		flight_sample(f, 0, 1 + i % 9);
		flight_sample(f, 1, 1 + i % 4);
	}
	assert_null(read_region(f->region, FLIGHT_REGION, &whole));
	for (round = 0; round < 2000; round++) {
		memcpy(copy, f->region, FLIGHT_REGION);
		for (i = 0; i <= round / 20; i++)
			copy[rand() % FLIGHT_REGION] ^= 1 << rand() % 8;
		if (round % 10 == 0)
			memset(copy + rand() % (FLIGHT_REGION / 2), rand(), FLIGHT_REGION / 3);
		if (read_region(copy, FLIGHT_REGION, &got)) {
			none++;
			continue;
		}
		assert_true(got.nr[0] <= whole.nr[0] && got.last[0] <= whole.last[0]);
		assert_true(got.nr[1] <= whole.nr[1] && got.last[1] <= whole.last[1]);
		some += got.nr[0] + got.nr[1] < whole.nr[0] + whole.nr[1];
	}
	assert_true(none > 10 && some > 500);
	free(copy);
	free(f);
}

/* All definitions are to be repeated at each half of their segments, but for the first. */
static void test_halves(void **state)
{
	struct flight *f = flight_new();
	struct ember_flight_ring *ring = &f->ring[FLIGHT_CPUS];
	struct ember_rec_map map = { .h = { EMBER_REC_MAP, sizeof(map) } };
	uint32_t i, again = 0, segments = 0;

	(void)state;
	for (i = 0; i < 2000; i++) {
		uint64_t before = ring->sequence;
		bool repeat = ember_flight_define(ring, &map.h, FLIGHT_BEGAN);

		assert_true(repeat == (ring->sequence != before && ring->sequence > 1 &&
				       ring->sequence % 2));
		segments += ring->sequence != before;
		again += repeat;
	}
	assert_true(segments > 12 && again == (segments - 1) / 2);
	free(f);
}

/* A segment of another boot, or of another ring, isn't read at its place. */
static void test_misplaced_segment(void **state)
{
	struct flight *f = flight_new();
	struct got whole, got;
	uint8_t *to = f->region + EMBER_FLIGHT_HEAD_BYTES;

	(void)state;
	while (f->samples[0] < 60)
		flight_sample(f, 0, 3);
	while (f->samples[1] < 60)
		flight_sample(f, 1, 3);
	assert_null(read_region(f->region, FLIGHT_REGION, &whole));
	memcpy(to, to + 4 * FLIGHT_SEGMENT, FLIGHT_SEGMENT);
	assert_null(read_region(f->region, FLIGHT_REGION, &got));
	assert_true(got.nr[0] < whole.nr[0]);
	assert_int_equal(got.nr[1], whole.nr[1]);
	f->ring[0].generation++;
	ember_flight_open(&f->ring[0], FLIGHT_BEGAN);
	assert_null(read_region(f->region, FLIGHT_REGION, &got));
	assert_int_equal(got.nr[1], whole.nr[1]);
	free(f);
}

static void head_is(struct flight *f)
{
	struct ember_flight_head *h = &f->head;
	unsigned int i;

	h->crc = ember_flight_crc(0, &h->version,
				  sizeof(*h) - offsetof(struct ember_flight_head, version));
	for (i = 0; i < 2; i++)
		memcpy(f->region + i * (FLIGHT_REGION - EMBER_FLIGHT_HEAD_BYTES), h,
		       sizeof(*h));
}

static void test_heads(void **state)
{
	struct flight *f = flight_new();
	const struct ember_flight_head good = f->head;
	struct got got;

	(void)state;
	assert_string_equal(read_region(f->region, FLIGHT_REGION, &got),
			    "the flight recorder has no sample that is whole");
	flight_sample(f, 0, 3);
	f->region[20] ^= 1;
	assert_null(read_region(f->region, FLIGHT_REGION, &got));
	f->region[FLIGHT_REGION - EMBER_FLIGHT_HEAD_BYTES + 20] ^= 1;
	assert_string_equal(read_region(f->region, FLIGHT_REGION, &got),
			    "both heads of the region are damaged");
#define WRONG(field, value)                                                        \
	do {                                                                       \
		f->head = good;                                                    \
		f->head.field = value;                                             \
		head_is(f);                                                        \
		assert_string_equal(read_region(f->region, FLIGHT_REGION, &got),   \
				    "its head makes no sense, or it's cut short"); \
	} while (0)
	WRONG(nr_cpus, 0);
	WRONG(nr_cpus, 5);
	WRONG(nr_cpus, 0xffffffff);
	WRONG(segment_bytes, 2048);
	WRONG(segment_bytes, 4100);
	WRONG(segment_bytes, 0x80000000);
	WRONG(nr_segments, 13);
	WRONG(cpu_segments, 0xffffffff);
	WRONG(definition_segments, 5);
	WRONG(region_bytes, FLIGHT_REGION + 4096);
	f->head = good;
	f->head.version = 2;
	head_is(f);
	assert_string_equal(read_region(f->region, FLIGHT_REGION, &got),
			    "is of another version of the module");
	assert_string_equal(read_region(f->region, 4096, &got), "is cut short");
	/* What is cut short, or has lost one head, is still known for what it is. */
	assert_true(ember_flight_is(f->region, 5000) &&
		    ember_flight_is(f->region, FLIGHT_REGION));
	memset(f->region, 0, 4096);
	assert_true(ember_flight_is(f->region, FLIGHT_REGION));
	assert_false(ember_flight_is(f->region, FLIGHT_REGION - 1) ||
		     ember_flight_is("EBF", 3));
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oldest_segment_goes),
		cmocka_unit_test(test_reset_within_a_sample),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_misplaced_segment),
		cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
