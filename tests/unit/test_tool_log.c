// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes through a log comes out as it went in, or is known to be missing. */
#include "log_kit.h"

#include "base/cpus.h"
#include "base/walltime.h"
#include "log/fields.h"
#include "log/stream.h"

#include "base/crc32c.h"
#include "import/file.h"

static void test_same(void **state)
{
	uint32_t tidied = 0;
	uint64_t i;

	(void)state;
	for (i = 1; i <= 60; i++) {
		run(i, 1 + chance(4000), chance(2) ? 300 + chance(3000) : 0, 12);
		assert_same();
		over();
		drop(NULL);
	}
	/* What the recorder forgets meanwhile isn't missed. */
	tidies = true;
	for (i = 1; i <= 60; i++) {
		run(i, 4000, 0, 12);
		assert_same();
		tidied += logging.spaces.compacted;
		over();
		drop(NULL);
	}
	tidies = false;
	assert_true(tidied > 300);
	assert_true(marked > 10000);
	/* More deep stacks than the writer remembers: it emits them again under new numbers. */
	run(99, 60000, 0, EMBER_FRAMES_MAX);
	assert_true(forgotten > 2);
	assert_same();
	over();
}

/* Paths as long as may be: no chunk is larger than a reader takes. */
static void test_large(void **state)
{
	uint32_t i;

	(void)state;
	seed = 3;
	begin(0);
	for (i = 1; i <= 128; i++)
		put_file(i, EMBER_PATH_MAX - 2);
	for (i = 1; i < 200; i++)
		put_generation(1, i, 1000 * i, 128);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	for (i = 0; i < 200; i++) {
		struct ember_rec_thread thread = { .thread = 0, .space = 1, .comm = "long" };
		struct ember_rec_sample sample = { .time = 1000 * i };

		put(0, EMBER_REC_THREAD, &thread, sizeof(thread));
		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	}
	end();
	for (i = 0; i < nr_chunk; i++)
		assert_true(chunk[i].n <= EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX);
	assert_same();
	over();
}

/* Stacks, threads and mappings of what is gone don't pile up. */
static void test_weeks(void **state)
{
	uint32_t i, stacks = 0, threads = 0, generations = 0;

	(void)state;
	seed = 31;
	begin(0);
	put_file(1, 0);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	for (i = 1; i <= 20000; i++) {
		struct ember_rec_thread thread = { .thread = i % 16,
						   .tid = 5000000 + i,
						   .tgid = 5000000 + i,
						   .space = i,
						   .comm = "short" };
		struct ember_rec_space space = { .space = i,
						 .generation = 1,
						 .tgid = 5000000 + i };
		struct ember_rec_map map = {
			.space = i, .start = i * 4096ull, .end = (i + 1) * 4096ull, .file = 1
		};
		struct ember_rec_space_end end = { .space = i, .generation = 1, .maps = 1 };
		struct ember_rec_sample sample = { .time = i * 1000000,
						   .thread = i % 16,
						   .stack = i % 64 };

		space.time = i * 1000000ull;
		put(0, EMBER_REC_THREAD, &thread, sizeof(thread));
		put(RINGS - 1, EMBER_REC_SPACE, &space, sizeof(space));
		put(RINGS - 1, EMBER_REC_MAP, &map, sizeof(map));
		put(RINGS - 1, EMBER_REC_SPACE_END, &end, sizeof(end));
		put_stack(0, i % 64, 40);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		ember_log_tidy(&writer);
		if (logging.stacks.nr > stacks)
			stacks = logging.stacks.nr;
		if (logging.nr_thread > threads)
			threads = logging.nr_thread;
		if (logging.spaces.nr_generation > generations)
			generations = logging.spaces.nr_generation;
	}
	assert_int_equal(counting.nr_thread, 20000);
	assert_int_equal(counting.spaces.nr_generation, 20000);
	assert_true(stacks < 8000 && threads < 8000 && generations < 8000);
	end();
	assert_same();
	over();
}

/* Chunks that are lost, doubled and in another order. */
static void test_losses(void **state)
{
	static const uint32_t percents[] = { 0, 1, 10, 30 };
	uint32_t order[2 * CHUNKS], turn;

	(void)state;
	for (turn = 0; turn < 80; turn++) {
		struct ember_log_account account = {};
		struct ember_profile *straight, *logged;
		struct ember_tally tally = {};
		uint32_t i, nr = 0;
		const char *why = NULL;
		char *direct, *back;
		uint64_t sent = 0;
		uint8_t *bytes;
		bool got;
		size_t n;

		run(1000 + turn, 3000, 400, 12);
		direct = counted_text(&straight);
		for (i = 0; i < nr_chunk; i++) {
			if (chance(100) < percents[turn % 4])
				continue;
			order[nr++] = i;
			if (!chance(10))
				order[nr++] = i;
		}
		for (i = 1; i < nr; i++) {
			uint32_t with = i - chance(i > 5 ? 6 : i), was = order[i];

			order[i] = order[with];
			order[with] = was;
		}
		bytes = joined(order, nr, &n);
		got = ember_log_read(bytes, n, NULL, &tally, &account, &why);
		/* Without a HELLO the samples have no period, and the log can't be read. */
		assert_true(got || strstr(why, "HELLO"));
		if (got) {
			back = text_of(&tally, &logged);
			assert_within(back, direct);
			if (!account.unfinished)
				sent = counting.samples - counting.undefined;
			if (sent)
				assert_int_equal(account.samples + account.undefined +
							 account.underway + account.before,
						 sent);
			if (nr_chunk - account.missing == nr_chunk)
				assert_int_equal(account.underway + account.undefined, 0);
			if (!percents[turn % 4])
				assert_string_equal(back, direct);
			ember_profile_free(logged);
			free(back);
		}
		ember_profile_free(straight);
		ember_tally_free(&tally);
		free(bytes);
		free(direct);
		over();
		drop(NULL);
	}
}

/* Cut a log at each byte: the chunks before are read, the bytes behind counted as torn. */
static void test_torn(void **state)
{
	uint64_t before = 0;
	uint8_t *bytes;
	uint32_t at = 0, whole = 0;
	size_t n, cut;

	(void)state;
	run(7, 1500, 600, 6);
	bytes = joined(NULL, nr_chunk, &n);
	for (cut = 0; cut <= n; cut++) {
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why = NULL;
		uint8_t *part = malloc(cut ? cut : 1);

		memcpy(part, bytes, cut);
		while (whole < nr_chunk && at + chunk[whole].n <= cut)
			at += chunk[whole++].n;
		assert_int_equal(ember_log_read(part, cut, NULL, &tally, &account, &why),
				 whole > 0);
		assert_int_equal(account.chunks, whole);
		assert_int_equal(account.torn_bytes, cut - at);
		assert_true(account.samples >= before);
		assert_int_equal(account.unfinished, whole && whole < nr_chunk);
		before = account.samples;
		ember_tally_free(&tally);
		free(part);
	}
	assert_int_equal(before, counting.samples - counting.undefined);
	free(bytes);
	over();
}

/* One bit turned, anywhere: one chunk is missing, and nothing is wrong. */
static void test_turned(void **state)
{
	struct ember_profile *straight, *logged;
	char *direct, *back;
	uint8_t *bytes;
	uint32_t turn;
	size_t n;

	(void)state;
	run(8, 1500, 600, 6);
	direct = counted_text(&straight);
	bytes = joined(NULL, nr_chunk, &n);
	for (turn = 0; turn < 200; turn++) {
		size_t at = chance(n), bit = 1 << chance(8);
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why = NULL;

		bytes[at] ^= bit;
		if (ember_log_read(bytes, n, NULL, &tally, &account, &why)) {
			assert_int_equal(account.chunks, nr_chunk - 1);
			assert_true(account.skipped_bytes > 0);
			back = text_of(&tally, &logged);
			assert_within(back, direct);
			ember_profile_free(logged);
			free(back);
		}
		ember_tally_free(&tally);
		bytes[at] ^= bit;
	}
	ember_profile_free(straight);
	free(direct);
	free(bytes);
	over();
}

static void pack(struct ember_packer *packer, uint32_t stream, uint32_t sequence,
		 const void *plain, uint32_t n, struct ember_buf *to)
{
	struct ember_chunk c = { .stream = stream, .sequence = sequence };

	ember_chunk_pack(packer, plain, n, &c);
	ember_chunk_put(&c, to);
}

static void test_chunks(void **state)
{
	static const char text[] = "as it was, as it was, as it was, as it was";
	struct ember_packer *packer = ember_packer_new();
	struct ember_buf to = {}, room = {};
	struct ember_chunk c;
	struct ember_search search;
	uint32_t n;

	(void)state;
	/* RFC 3720, B.4, and the usual one. */
	assert_int_equal(ember_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(ember_crc32c(ember_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	memcpy(ember_proto_room(&to, 3), "abc", 3);
	to.used = 3;
	pack(packer, 7, 8, text, sizeof(text), &to);
	pack(packer, 7, 9, "", 0, &to);
	ember_search_begin(&search, to.bytes, to.used);
	assert_true(ember_chunk_next(&search, &c));
	assert_int_equal(search.skipped, 3);
	assert_int_equal(c.stream, 7);
	assert_int_equal(c.sequence, 8);
	assert_int_equal(c.flags, EMBER_CHUNK_DEFLATED);
	assert_true(c.n < sizeof(text));
	assert_string_equal(ember_chunk_plain(&c, &room, &n), text);
	assert_int_equal(n, sizeof(text));
	/* One that lies about being packed. */
	c.payload = (const uint8_t *)text;
	assert_null(ember_chunk_plain(&c, &room, &n));
	assert_true(ember_chunk_next(&search, &c));
	assert_int_equal(c.sequence, 9);
	assert_int_equal(c.flags, 0);
	assert_false(ember_chunk_next(&search, &c));
	free(to.bytes);
	free(room.bytes);
	ember_packer_free(packer);
}

/* What unpacks to more than may be. */
static void test_bomb(void **state)
{
	struct ember_packer *packer = ember_packer_new();
	uint8_t *zeros = calloc(1, 8 * EMBER_CHUNK_MAX);
	struct ember_buf to = {}, room = {};
	struct ember_chunk c;
	struct ember_search search;
	uint32_t n;

	(void)state;
	pack(packer, 1, 1, zeros, EMBER_CHUNK_MAX, &to);
	pack(packer, 1, 1, zeros, 8 * EMBER_CHUNK_MAX, &to);
	ember_search_begin(&search, to.bytes, to.used);
	assert_true(ember_chunk_next(&search, &c));
	assert_non_null(ember_chunk_plain(&c, &room, &n));
	assert_int_equal(n, EMBER_CHUNK_MAX);
	assert_true(ember_chunk_next(&search, &c));
	assert_null(ember_chunk_plain(&c, &room, &n));
	assert_true(room.size <= 4 * EMBER_CHUNK_MAX);
	free(zeros);
	free(to.bytes);
	free(room.bytes);
	ember_packer_free(packer);
}

/* What several recordings cover: not the sum of what they take. */
static void test_walltime(void **state)
{
	static const struct {
		uint64_t time, duration, sum;
	} recordings[] = {
		{ 1000, 10, 10 },
		{ 1005, 10, 15 }, /* at the same time, on another board */
		{ 1002, 3, 15 },
		{ 2000, 5, 20 }, /* after a gap */
		{ 0, 19, 20 }, /* without a clock */
		{ 0, 30, 30 }, /* the longest without one */
		{ UINT64_MAX - 5, UINT64_MAX, 30 },
		{ 3000, 10, 35 },
	};
	struct ember_walltime wall;
	unsigned int i, n;

	(void)state;
	for (n = 0; n <= sizeof(recordings) / sizeof(*recordings); n++) {
		memset(&wall, 0, sizeof(wall));
		for (i = n; i-- > 0;)
			ember_walltime_add(&wall, recordings[i].time, recordings[i].duration);
		assert_int_equal(ember_walltime_end(&wall), n ? recordings[n - 1].sum : 0);
	}
}

/* What was published once is read for ever. */
static void test_vector(void **state)
{
	uint8_t *bytes = (uint8_t *)tool_read("doc/log-vectors/small.ember");
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	struct ember_profile *p;
	const char *why;
	char *text;

	(void)state;
	assert_true(ember_log_read(bytes, 312, NULL, &tally, &account, &why));
	assert_int_equal(account.chunks, 3);
	assert_int_equal(account.skipped_bytes + account.missing + account.underway, 0);
	assert_true(tally.period_ns == 10000000);
	assert_true(tally.time_ns == 1764000000000000000);
	assert_true(tally.duration_ns == 100000000);
	assert_int_equal(tally.lost, 2);
	assert_int_equal(tally.skipped, 1);
	assert_int_equal(tally.dict.file[0].build_id_bytes, 20);
	text = text_of(&tally, &p);
	assert_string_equal(
		text, "work;[work+0x2344];[work+0x1234] 7\n"
		      "work;[work+0x2344];[work+0x1234];[kernel+0xffffffff81234567]_[k] 3\n");
	ember_profile_free(p);
	ember_tally_free(&tally);
	free(bytes);
	free(text);
}

static void cpus(struct ember_stream *s, const char *on, uint32_t n)
{
	struct ember_buf plain = {}, part = {};

	ember_proto_number(&part, EMBER_CPUS_MONOTONIC, 1000);
	ember_proto_bytes(&part, EMBER_CPUS_ON, on, n);
	ember_proto_part(&plain, EMBER_CHUNK_CPUS, &part);
	assert_true(ember_stream_chunk(s, 0, plain.bytes, plain.used));
	free(plain.bytes);
	free(part.bytes);
}

/* CPUs that come and go; and this machine's, against sysconf(). */
static void test_cpus(void **state)
{
	struct ember_cpus here = {};
	struct ember_stream s = {};
	uint32_t cpu, on = 0;

	(void)state;
	cpus(&s, "\0\1\2\3", 4);
	assert_int_equal(s.cpus_least, 4);
	assert_int_equal(s.cpus_most, 4);
	cpus(&s, "\0\3", 2);
	cpus(&s, "\0\1\3", 3);
	assert_int_equal(s.cpus_least, 2);
	assert_int_equal(s.cpus_most, 4);
	ember_stream_free(&s);

	assert_true(ember_cpus_look(&here));
	for (cpu = 0; cpu < 8 * EMBER_CPUS_BYTES; cpu++)
		on += ember_cpus_on(&here, cpu);
	assert_int_equal(on, sysconf(_SC_NPROCESSORS_ONLN));
	assert_false(ember_cpus_on(&here, 8 * EMBER_CPUS_BYTES));
	assert_false(ember_cpus_look(&here));
	here.on[0] ^= 1;
	assert_true(ember_cpus_look(&here));
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_chunks), test(test_bomb),   test(test_same),	   test(test_large),
		test(test_weeks),  test(test_losses), test(test_torn),	   test(test_turned),
		test(test_vector), test(test_cpus),   test(test_walltime),
	};

	return cmocka_run_group_tests_name("tool_log", tests, NULL, tool_clean);
}
