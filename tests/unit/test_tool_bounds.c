// SPDX-License-Identifier: GPL-2.0-or-later
/* What one chunk, one stream and one log may make a reader keep. */
#include "tool.h"

#include "log/fields.h"
#include "log/numbers.h"
#include "log/stream.h"

static void put_columns(struct ember_proto *plain, unsigned int field, uint32_t columns,
			uint32_t n, const uint8_t *value)
{
	struct ember_proto m = {}, column = {};
	uint32_t i, k;

	for (k = 2; k < 2 + columns; k++) {
		for (i = 0; i < n; i++)
			ember_proto_varint(&column, value[k - 2]);
		ember_proto_part(&m, k, &column);
	}
	ember_proto_part(plain, field, &m);
	free(m.bytes);
	free(column.bytes);
}

static void put_files(struct ember_proto *plain, uint32_t n)
{
	struct ember_proto m = {};
	uint32_t i;

	for (i = 0; i < n; i++) {
		ember_proto_number(&m, EMBER_FILE_NUMBER, i);
		ember_proto_number(&m, EMBER_FILE_INO, i);
		ember_proto_part(plain, EMBER_CHUNK_FILE, &m);
	}
	free(m.bytes);
}

static void put_extents(struct ember_proto *plain, uint32_t n)
{
	put_files(plain, 1);
	put_columns(plain, EMBER_CHUNK_EXTENTS, 4, n, (const uint8_t[]){ 0, 1, 1, 1 });
}

static void put_threads(struct ember_proto *plain, uint32_t n)
{
	struct ember_proto m = {}, column = {};
	uint32_t i, k;

	for (k = EMBER_THREADS_TGID; k <= EMBER_THREADS_FLAGS; k++) {
		for (i = 0; i < n; i++)
			ember_proto_varint(&column, k == EMBER_THREADS_TGID ? 2 : 0);
		ember_proto_part(&m, k, &column);
	}
	for (i = 0; i < n; i++)
		ember_proto_bytes(&m, EMBER_THREADS_COMM, "c", 1);
	ember_proto_part(plain, EMBER_CHUNK_THREADS, &m);
	free(m.bytes);
	free(column.bytes);
}

/* Of one kernel frame each, 1 behind the one before. */
static void put_stacks(struct ember_proto *plain, uint32_t n)
{
	put_columns(plain, EMBER_CHUNK_STACKS, 5, n, (const uint8_t[]){ 0, 1, 0, 0, 2 });
}

static const struct {
	void (*put)(struct ember_proto *plain, uint32_t n);
	uint32_t most;
} kinds[] = {
	{ put_files, EMBER_STREAM_FILES },
	{ put_extents, EMBER_STREAM_EXTENTS },
	{ put_threads, EMBER_STREAM_THREADS },
	{ put_stacks, EMBER_STREAM_STACKS },
};

static uint32_t defined(const struct ember_numbers *n, uint32_t first, uint32_t nr)
{
	uint32_t found = 0;

	for (; nr--; first++)
		found += ember_numbers_find(n, first) != EMBER_NO_NUMBER;
	return found;
}

/* As many as may be in one payload are taken; what is beyond is left out, and it's wrong. */
static void test_payload(void **state)
{
	uint32_t kind, more;

	(void)state;
	for (kind = 0; kind < 4; kind++) {
		for (more = 0; more < 2; more++) {
			struct ember_tally tally = {};
			struct ember_stream s = { .tally = &tally };
			const struct ember_numbers *all[] = { &s.files, &s.extents, &s.threads,
							      &s.stacks };
			struct ember_proto plain = {};
			uint32_t most = kinds[kind].most;

			kinds[kind].put(&plain, most + more);
			assert_int_equal(ember_stream_chunk(&s, 0, plain.bytes, plain.used),
					 !more);
			assert_int_equal(defined(all[kind], 0, most + 1), most);
			/* The bound is each payload's own. */
			plain.used = 0;
			kinds[kind].put(&plain, 1);
			assert_true(ember_stream_chunk(&s, 0, plain.bytes, plain.used));
			free(plain.bytes);
			ember_stream_free(&s);
			ember_tally_free(&tally);
		}
	}
}

/* Samples beyond what a tally holds are undefined. */
static void test_full(void **state)
{
	uint32_t more;

	(void)state;
	for (more = 0; more < 2; more++) {
		struct ember_tally tally = {};
		struct ember_stream s = { .tally = &tally };
		struct ember_proto plain = {};

		put_threads(&plain, 1);
		put_stacks(&plain, 1);
		put_columns(&plain, EMBER_CHUNK_SAMPLES, 4, 2,
			    (const uint8_t[]){ 0, 0, 0, 0 });
		tally.frames.nr = EMBER_FRAME_NODES - 1 + more;
		tally.frames.node = calloc(EMBER_FRAME_NODES, sizeof(*tally.frames.node));
		tally.frames.size = EMBER_FRAME_NODES;
		assert_true(ember_stream_chunk(&s, 0, plain.bytes, plain.used));
		assert_int_equal(s.samples, more ? 0 : 2);
		assert_int_equal(s.undefined, more ? 2 : 0);
		assert_int_equal(tally.full, more);
		free(plain.bytes);
		ember_stream_free(&s);
		ember_tally_free(&tally);
	}
}

/* The latest are known, each by its first definition; far apart ones take no memory. */
static void test_numbers(void **state)
{
	struct ember_numbers n = {};
	uint32_t i;

	(void)state;
	assert_int_equal(ember_numbers_find(&n, 0), EMBER_NO_NUMBER);
	for (i = 0; i < 3 * EMBER_NUMBERS_MAX; i++) {
		ember_numbers_add(&n, 100 + i, i);
		ember_numbers_add(&n, 100 + i, 7);
	}
	assert_int_equal(n.slots, EMBER_NUMBERS_MAX);
	for (i = 0; i < 3 * EMBER_NUMBERS_MAX; i++)
		assert_int_equal(ember_numbers_find(&n, 100 + i),
				 i < 2 * EMBER_NUMBERS_MAX ? EMBER_NO_NUMBER : i);
	assert_int_equal(ember_numbers_find(&n, 1ull << 32 | (99 + i)), EMBER_NO_NUMBER);
	ember_numbers_free(&n);
	for (i = 0; i < 16; i++) {
		ember_numbers_add(&n, i << 28, i);
		assert_int_equal(ember_numbers_find(&n, i << 28), i);
	}
	assert_true(n.slots < 1024);
	ember_numbers_free(&n);
	/* Every fourth one, where three in four chunks are lost. */
	for (i = 0; i < 100000; i++)
		ember_numbers_add(&n, i / 100 * 400 + i % 100, i);
	for (i = 0; i < 100000; i++)
		assert_int_equal(ember_numbers_find(&n, i / 100 * 400 + i % 100), i);
	ember_numbers_free(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("tool_bounds", tests, NULL, NULL);
}
