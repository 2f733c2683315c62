// SPDX-License-Identifier: GPL-2.0-or-later
/* What one chunk, one stream and one log may make a reader keep. */
#include "tool.h"

#include "log/fields.h"
#include "log/kernel.h"
#include "log/numbers.h"
#include "log/reader.h"
#include "log/stream.h"

static void put_columns(struct ember_buf *plain, unsigned int field, uint32_t columns,
			uint32_t n, const uint8_t *value)
{
	struct ember_buf m = {}, column = {};
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

static void put_files(struct ember_buf *plain, uint32_t n)
{
	struct ember_buf m = {};
	uint32_t i;

	for (i = 0; i < n; i++) {
		ember_proto_number(&m, EMBER_FILE_NUMBER, i);
		ember_proto_number(&m, EMBER_FILE_INO, i);
		ember_proto_part(plain, EMBER_CHUNK_FILE, &m);
	}
	free(m.bytes);
}

static void put_extents(struct ember_buf *plain, uint32_t n)
{
	put_files(plain, 1);
	put_columns(plain, EMBER_CHUNK_EXTENTS, 4, n, (const uint8_t[]){ 0, 1, 1, 1 });
}

static void put_threads(struct ember_buf *plain, uint32_t n)
{
	struct ember_buf m = {}, column = {};
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
static void put_stacks(struct ember_buf *plain, uint32_t n)
{
	put_columns(plain, EMBER_CHUNK_STACKS, 5, n, (const uint8_t[]){ 0, 1, 0, 0, 2 });
}

static const struct {
	void (*put)(struct ember_buf *plain, uint32_t n);
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
			struct ember_buf plain = {};
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
		struct ember_buf plain = {};

		put_threads(&plain, 1);
		put_stacks(&plain, 1);
		put_columns(&plain, EMBER_CHUNK_SAMPLES, 4, 2,
			    (const uint8_t[]){ 0, 0, 0, 0 });
		tally.dict.frames.nr = EMBER_FRAME_NODES - 1 + more;
		tally.dict.frames.node =
			calloc(EMBER_FRAME_NODES, sizeof(*tally.dict.frames.node));
		tally.dict.frames.size = EMBER_FRAME_NODES;
		assert_true(ember_stream_chunk(&s, 0, plain.bytes, plain.used));
		assert_int_equal(s.samples, more ? 0 : 2);
		assert_int_equal(s.undefined, more ? 2 : 0);
		assert_int_equal(tally.dict.full, more);
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

static void take_module(struct ember_log_kernel *k, uint64_t start, uint64_t bytes,
			uint32_t id)
{
	struct ember_buf hello = {}, m = {};
	char name[20];

	snprintf(name, sizeof(name), "m%u", id);
	ember_proto_bytes(&m, EMBER_MODULE_NAME, name, strlen(name));
	ember_proto_number(&m, EMBER_MODULE_ADDRESS, start);
	ember_proto_number(&m, EMBER_MODULE_BYTES, bytes);
	ember_proto_bytes(&m, EMBER_MODULE_BUILD_ID, &id, sizeof(id));
	ember_proto_part(&hello, EMBER_HELLO_MODULE, &m);
	ember_log_kernel_take(k, hello.bytes, hello.used);
	free(hello.bytes);
	free(m.bytes);
}

/* A frame is in a module if it is in one alone; modules that come again are the same. */
static void test_modules(void **state)
{
	struct {
		uint64_t start, bytes;
	} module[60];
	struct ember_log_kernel k = {};
	struct ember_tally tally = {};
	uint32_t turn, i, at;

	(void)state;
	srandom(1);
	for (i = 0; i < 60; i++) {
		module[i].start = 0x1000 + 16 * (random() % 200);
		module[i].bytes = 16 * (1 + random() % 8);
		for (turn = 0; turn < 3; turn++)
			take_module(&k, module[i].start, module[i].bytes, i);
		assert_int_equal(k.nr_module, i + 1);
		for (at = 0xff0; at < 0x1d00; at += 8) {
			struct ember_normalized p = { .nr_kernel = 1, .address = { at } };
			uint32_t j, in = 0, last = 0;
			char name[20];

			p.extent[0] = EMBER_NO_NUMBER;
			ember_log_kernel_place(&k, &tally.dict, &p, 1);
			for (j = 0; j <= i; j++) {
				if (at - module[j].start >= module[j].bytes)
					continue;
				in++;
				last = j;
			}
			assert_int_equal(p.extent[0] != EMBER_NO_NUMBER, in == 1);
			snprintf(name, sizeof(name), "m%u", last);
			if (in == 1)
				assert_string_equal(
					tally.dict.file[tally.dict.extent[p.extent[0]].file]
						.path,
					name);
		}
	}
	for (i = 60; i < 2 * EMBER_LOG_MODULES_MAX; i++)
		take_module(&k, 0x10000 + i, 1, i);
	assert_int_equal(k.nr_module, EMBER_LOG_MODULES_MAX);
	ember_log_kernel_free(&k);
	ember_tally_free(&tally);
}

static void put_chunk(struct ember_buf *log, uint32_t stream, uint8_t flags,
		      struct ember_buf *plain)
{
	struct ember_chunk c = {
		.stream = stream, .flags = flags, .payload = plain->bytes, .n = plain->used
	};

	ember_chunk_put(&c, log);
	plain->used = 0;
}

/* Each stream has its own notes, wherever they are in the log. */
static void test_notes(void **state)
{
	struct ember_buf log = {}, plain = {}, m = {};
	uint32_t i, stream;

	(void)state;
	for (i = 0; i < 300; i++) {
		struct ember_stream_header hello = { .period_ns = 1, .unit_ns = 1 };

		stream = 1 + i % 100;
		snprintf(hello.board, sizeof(hello.board), "b%u", stream);
		if (i < 200) {
			/* The first one counts. */
			ember_proto_number(&m, EMBER_CLOCK_REALTIME,
					   1764000000000000000 + stream + (i < 100 ? 0 : 7));
			ember_proto_number(&m, EMBER_CLOCK_IS_SET, true);
			ember_proto_part(&plain, EMBER_CHUNK_CLOCK, &m);
			put_chunk(&log, stream, EMBER_CHUNK_NOTE, &plain);
			continue;
		}
		ember_stream_header_put(&m, &hello);
		ember_proto_part(&plain, EMBER_CHUNK_HELLO, &m);
		put_chunk(&log, stream, 0, &plain);
	}
	for (stream = 1; stream <= 100; stream++) {
		char board[20];
		struct ember_log_filter filter = { .board = board };
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why;

		snprintf(board, sizeof(board), "b%u", stream);
		assert_true(
			ember_log_read(log.bytes, log.used, &filter, &tally, &account, &why));
		assert_int_equal(account.streams, 1);
		assert_true(tally.time_ns == 1764000000000000000ull + stream);
		ember_tally_free(&tally);
	}
	free(log.bytes);
	free(plain.bytes);
	free(m.bytes);
}

/* Samples' times are kept in proportion to the log; a sum needs none of them. */
static void test_moments(void **state)
{
	struct ember_stream_header hello = { .board = "b",
					     .period_ns = 1000,
					     .unit_ns = 1000 };
	struct ember_packer *packer = ember_packer_new();
	struct ember_buf log = {}, plain = {}, m = {};
	uint32_t i, timed;

	(void)state;
	for (i = 0; i < 101; i++) {
		struct ember_chunk c = { .stream = 1, .sequence = i };

		if (i) {
			/* In columns 3 to 5; column 2 is the start, as bytes none. */
			put_columns(&plain, EMBER_CHUNK_SAMPLES, 4, 32000,
				    (const uint8_t[]){ 0, 2, 0, 0 });
		} else {
			ember_stream_header_put(&m, &hello);
			ember_proto_part(&plain, EMBER_CHUNK_HELLO, &m);
			put_threads(&plain, 1);
			put_stacks(&plain, 1);
		}
		ember_chunk_pack(packer, plain.bytes, plain.used, &c);
		ember_chunk_put(&c, &log);
		plain.used = 0;
	}
	assert_true(log.used < 40000);
	for (timed = 0; timed < 2; timed++) {
		struct ember_log_account account = {};
		struct ember_tally tally = { .timed = timed };
		const char *why;

		assert_true(ember_log_read(log.bytes, log.used, NULL, &tally, &account, &why));
		assert_int_equal(account.samples + account.undefined, 100 * 32000);
		assert_int_equal(account.full, timed);
		assert_int_equal(tally.nr_moment, timed ? tally.most_moments : 0);
		assert_int_equal(account.samples, timed ? tally.nr_moment : 100 * 32000);
		assert_true(tally.most_moments < (1 << 20) + 32 * 40000);
		ember_tally_free(&tally);
	}
	ember_packer_free(packer);
	free(log.bytes);
	free(plain.bytes);
	free(m.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload), cmocka_unit_test(test_full),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_modules),
		cmocka_unit_test(test_notes),	cmocka_unit_test(test_moments),
	};

	return cmocka_run_group_tests_name("tool_bounds", tests, NULL, NULL);
}
