// SPDX-License-Identifier: GPL-2.0-or-later
/* What a collector does with what comes: streams into boards' logs, each chunk once. */
#include "collect_kit.h"

/* In any order, twice, over two lives of the collector: a report has what was recorded. */
static void test_store(void **state)
{
	struct ember_log_account account;
	struct ember_profile *straight;
	char *direct, *back;
	const char *folder = kept_path("store");
	uint32_t turn, i;

	(void)state;
	run(1, 6000, 600, 12);
	direct = counted_text(&straight);
	for (turn = 0; turn < 2; turn++) {
		uint32_t from = turn ? nr_chunk / 2 : 0,
			 to = turn ? nr_chunk : nr_chunk / 2 + 9;

		open_all(folder, 1 << 30);
		for (i = from; i < to; i++) {
			/* Two by two the other way round. */
			uint32_t k = i ^ 1;

			if (k >= nr_chunk)
				k = i;
			arrive(chunk[k].bytes, chunk[k].n);
			if (!chance(5))
				arrive(chunk[k].bytes, chunk[k].n);
			if (!chance(20))
				assert_true(flush());
		}
		assert_true(flush());
		/* What was there before wasn't taken a second time. */
		assert_true(inbox.twice >= (turn ? 9 : 1));
		assert_int_equal(ember_receiver_boards(&inbox, UINT64_MAX), 1);
		close_all();
	}
	back = reported(folder, NULL, &account);
	assert_string_equal(back, direct);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.twice + account.missing + account.skipped_bytes, 0);
	ember_profile_free(straight);
	free(direct);
	free(back);
	over();
}

/*
 * The power went: what was acknowledged is in its log again, whatever became of that, and is
 * not taken a second time.
 */
static void test_torn(void **state)
{
	struct ember_log_account account;
	struct ember_profile *straight;
	const char *folder = kept_path("torn");
	char *path, *direct, *back;
	struct stat st;
	uint32_t i, turn;

	(void)state;
	run(2, 4000, 600, 12);
	direct = counted_text(&straight);
	for (turn = 0; turn < 4; turn++) {
		open_all(folder, 1 << 30);
		for (i = 0; i < (turn + 1) * nr_chunk / 4; i++)
			arrive(chunk[i].bytes, chunk[i].n);
		assert_int_equal(inbox.twice, turn * nr_chunk / 4);
		assert_true(flush());
		path = ember_path_in(folder, store.first->name);
		close_all();
		assert_int_equal(stat(path, &st), 0);
		/* Never synced, cut in a chunk, or with zeros behind what is safe. */
		if (turn == 0)
			assert_int_equal(unlink(path), 0);
		else if (turn == 1)
			assert_int_equal(truncate(path, st.st_size - 5), 0);
		else if (turn == 2)
			assert_int_equal(truncate(path, st.st_size + 4096), 0);
		free(path);
	}
	back = reported(folder, NULL, &account);
	assert_string_equal(back, direct);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.skipped_bytes, 0);
	ember_profile_free(straight);
	free(direct);
	free(back);
	over();
}

/* A disk that takes nothing: what isn't written isn't acknowledged, and is bounded. */
static void test_no_room(void **state)
{
	const char *folder = kept_path("none");
	uint64_t came;
	uint32_t i;

	(void)state;
	run(3, 30000, 1200, EMBER_FRAMES_MAX);
	open_all(folder, 1 << 30);
	/* Its folder is a file. */
	assert_int_equal(close(creat(tool_path("none/boards/bench"), 0644)), 0);
	arrive(chunk[0].bytes, chunk[0].n);
	arrive(chunk[1].bytes, chunk[1].n);
	assert_false(flush());
	for (i = 2; i < nr_chunk; i++) {
		arrive(chunk[i].bytes, chunk[i].n);
		if (i == nr_chunk / 2)
			assert_false(flush());
	}
	assert_true(faults.count[EMBER_FAULT_MEMORY] > 0);
	assert_true(the_stream()->due);
	assert_int_equal(the_stream()->safe.end, 0);
	assert_true(the_stream()->waiting.used <= 256 << 10);
	assert_true(inbox.held == the_stream()->waiting.used);
	/* And nobody else writes there. */
	{
		struct ember_store second;

		assert_int_equal(ember_store_open(&second, folder, 1 << 30), 1);
		ember_store_free(&second);
	}
	came = inbox.chunks;
	assert_int_equal(came + faults.count[EMBER_FAULT_MEMORY], nr_chunk);
	/* There's room again: what was refused comes once more. */
	assert_int_equal(unlink(tool_path("none/boards/bench")), 0);
	assert_true(flush());
	for (i = came; i < nr_chunk; i++) {
		arrive(chunk[i].bytes, chunk[i].n);
		if (!chance(50))
			assert_true(flush());
	}
	assert_true(flush());
	assert_int_equal(the_stream()->safe.base, nr_chunk);
	assert_int_equal(inbox.held, 0);
	close_all();
	over();
}

static void test_boards(void **state)
{
	const char *folder = kept_path("boards"), *list = kept_path("names");
	struct ember_buf c = {};
	FILE *file = fopen(list, "w");
	uint32_t i;

	(void)state;
	fputs("# who is who\n00:11:22 kitchen\n\nsn-5\tcellar\n", file);
	fclose(file);
	assert_int_equal(ember_names_read(&names, list), 0);
	open_all(folder, 1 << 30);
	hello_chunk(&c, 1, 0, "00:11:22", "boot-a", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 2, 0, "../../etc", "boot-b", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 3, 0, "", "boot-c", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(ember_receiver_boards(&inbox, UINT64_MAX), 3);
	assert_int_equal(files_in(tool_path("boards/boards/kitchen")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/%2E.%2F..%2Fetc")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/%")), 1);
	/* An id that is another board's name. */
	hello_chunk(&c, 9, 0, "kitchen", "boot-k", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(files_in(tool_path("boards/boards/kitchen")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/kitchen%")), 1);
	/* Booted again: no conflict. The first boot is there still: it is one. */
	hello_chunk(&c, 4, 0, "00:11:22", "boot-d", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 4, 1, "00:11:22", "boot-d", 0);
	arrive(c.bytes, c.used);
	assert_int_equal(faults.count[EMBER_FAULT_CONFLICT], 0);
	for (i = 0; i < 4; i++) {
		hello_chunk(&c, 1, 1 + i, "00:11:22", "boot-a", 0);
		arrive(c.bytes, c.used);
		hello_chunk(&c, 4, 2 + i, "00:11:22", "boot-d", 0);
		arrive(c.bytes, c.used);
	}
	/* The first two may have been on their way. */
	assert_int_equal(faults.count[EMBER_FAULT_CONFLICT], 6);
	/* Of a later version, and somebody's acknowledgement. */
	hello_chunk(&c, 5, 0, "later", "boot-e", 0);
	c.bytes[4] = 2;
	{
		struct ember_packet later = { .chunk = { .version = 2, .stream = 5 } };
		struct ember_packet ack = {
			.chunk = { .version = 1, .flags = EMBER_CHUNK_ACK, .stream = 6 }
		};

		ember_receiver_packet(&inbox, &nobody, &later);
		ember_receiver_packet(&inbox, &nobody, &ack);
	}
	assert_int_equal(faults.count[EMBER_FAULT_VERSION], 1);
	assert_int_equal(inbox.streams.nr, 5);
	close_all();
	ember_names_free(&names);
	/* A line that is none. */
	file = fopen(list, "w");
	fputs("00:11:22 kitchen sink\n", file);
	fclose(file);
	assert_int_equal(ember_names_read(&names, list), 1);
	ember_names_free(&names);
	free(c.bytes);
}

/* Names that are the store's own files, or would lead elsewhere, are names like any other. */
static void test_names(void **state)
{
	static const char *const name[] = {
		"index.db-journal",
		"state.db",
		".lock",
		"boards",
		"unknown",
		"..",
		"../x",
		"-rf",
		"a/b",
		"a%2Fb",
		"%",
		"\x1b]0;owned\a",
		"\xff\xfe",
		"a b",
		"\n",
		"%2E.",
		".",
		"A",
		"a",
	};
	const uint32_t nr = sizeof(name) / sizeof(*name);
	const char *folder = kept_path("named");
	struct ember_buf c = {};
	uint32_t turn, i;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		open_all(folder, 1 << 30);
		for (i = 0; i < nr; i++) {
			hello_chunk(&c, i, turn, name[i], "boot", 0);
			arrive(c.bytes, c.used);
		}
		assert_true(flush());
		assert_int_equal(store.nr, nr);
		close_all();
	}
	assert_int_equal(files_in(tool_path("named/boards")), nr);
	assert_int_equal(files_in(tool_path("named/boards/a%2Fb")), 1);
	assert_int_equal(files_in(tool_path("named/boards/a%252Fb")), 1);
	assert_int_equal(files_in(tool_path("named/boards/%1B%5D0%3Bowned%07")), 1);
	free(c.bytes);
}

/* A stream that has shown no samples makes no file, and is not forgotten over a restart. */
static void test_no_samples(void **state)
{
	const char *folder = kept_path("shy");
	struct ember_buf c = {};
	uint32_t turn;

	(void)state;
	for (turn = 0; turn < 3; turn++) {
		open_all(folder, 1 << 30);
		hello_samples = turn == 2;
		hello_chunk(&c, 1, turn, "shy", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_int_equal(the_stream()->safe.base, turn + 1);
		assert_int_equal(store.nr, turn == 2);
		close_all();
	}
	assert_int_equal(files_in(tool_path("shy/boards/shy")), 1);
	free(c.bytes);
	{
		struct ember_logs logs = {};
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why;

		assert_true(ember_logs_add(&logs, folder, NULL, NULL));
		assert_true(ember_log_read(logs.all.bytes, logs.all.used, NULL, &tally,
					   &account, &why));
		/* With the notes of a clock. */
		assert_int_equal(account.chunks, 6);
		assert_int_equal(account.missing, 0);
		ember_tally_free(&tally);
		ember_logs_free(&logs);
	}
}

/* Who forges streams by the thousand pushes out forged ones, not those that are at work. */
static void test_flood(void **state)
{
	const char *folder = kept_path("flood");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 1 << 30);
	hello_chunk(&c, 1, 0, "honest", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	hello_samples = 0;
	for (i = 0; i < 3 * EMBER_STREAMS_MAX; i++) {
		hello_chunk(&c, 1000 + i, 0, "forged", "boot", 0);
		arrive(c.bytes, c.used);
		if (i % 4000 == 0)
			assert_true(flush());
	}
	hello_samples = 1;
	assert_true(faults.count[EMBER_FAULT_STREAMS] >= 2 * EMBER_STREAMS_MAX);
	assert_true(inbox.streams.nr <= EMBER_STREAMS_MAX);
	assert_int_equal(store.nr, 1);
	assert_true(inbox.held < 4 << 20);
	hello_chunk(&c, 1, 1, "honest", "boot", 0);
	arrive(c.bytes, c.used);
	/* A new board, too, and a batch begins so many logs at most. */
	hello_chunk(&c, 2, 0, "new", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 2);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 2)->safe.base, 1);
	for (i = 0; i < 1000; i++) {
		hello_chunk(&c, 100000 + i, 0, "forged", "boot", 0);
		arrive(c.bytes, c.used);
	}
	assert_true(flush());
	assert_int_equal(store.nr, 2 + EMBER_FILING_FIRST);
	close_all();
	/* What is known of streams is bounded in the next life, too. */
	open_all(folder, 1 << 30);
	assert_true(inbox.streams.nr <= EMBER_STREAMS_MAX);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 2);
	close_all();
	free(c.bytes);
}

/* The store keeps to its size limit with several boards sending. */
static void test_keep(void **state)
{
	const char *folder = kept_path("keep");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 20000);
	for (i = 0; i < 400; i++) {
		char board[16];

		snprintf(board, sizeof(board), "board-%u", i % 7);
		hello_chunk(&c, i, 0, board, "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_true(store.bound.bytes <= 20000);
	}
	assert_true(store.removed > 100);
	/* Many in one batch. */
	for (i = 0; i < 100; i++) {
		hello_chunk(&c, 1000 + i, 0, "many", "boot", 0);
		arrive(c.bytes, c.used);
	}
	assert_true(flush());
	assert_true(store.bound.bytes <= 20000 + 100 * (EMBER_STORE_LOG + 300));
	hello_chunk(&c, 1, 1, "board-1", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_true(store.bound.bytes <= 20000);
	close_all();
	/* The next life counts the same. */
	open_all(folder, 20000);
	assert_true(store.bound.bytes > 10000 && store.bound.bytes <= 20000);
	close_all();
	free(c.bytes);
}

/* A board that sends much takes no room from one that sends little and is at work. */
static void test_greedy(void **state)
{
	const char *folder = kept_path("greedy");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 40000);
	hello_chunk(&c, 1, 0, "small", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	for (i = 0; i < 100; i++) {
		hello_chunk(&c, 100 + i, 0, "greedy", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_true(store.bound.bytes <= 40000);
	}
	assert_true(store.removed > 80);
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	/* Nor do many boards that send once, from one that has more than they have. */
	for (i = 0; i < 100; i++) {
		char board[16];

		snprintf(board, sizeof(board), "forged-%u", i);
		hello_chunk(&c, 1000 + i, 0, board, "boot", 0);
		arrive(c.bytes, c.used);
		hello_chunk(&c, 1, 2 + i, "small", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
	}
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	hello_chunk(&c, 1, 1, "small", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 102);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->stored->gone, false);
	close_all();
	free(c.bytes);
}

/* A board without a clock is placed by the collector's; one that has one, by its own. */
static void test_clocks(void **state)
{
	static const uint64_t set = 1764000000000000000ull;
	struct ember_log_account account = {};
	struct ember_logs with = {}, without = {};
	struct ember_buf c = {};
	struct ember_tally tally = {};
	uint64_t now = ember_clock_ns(CLOCK_REALTIME);
	const char *why;

	(void)state;
	open_all(kept_path("clocks"), 1 << 30);
	hello_chunk(&c, 1, 0, "without", "boot", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 2, 0, "with", "boot", set);
	arrive(c.bytes, c.used);
	assert_true(flush());
	close_all();
	assert_true(ember_logs_add(&with, tool_path("clocks/boards/with"), NULL, NULL));
	assert_true(
		ember_log_read(with.all.bytes, with.all.used, NULL, &tally, &account, &why));
	assert_true(tally.time_ns == set);
	ember_tally_free(&tally);
	assert_true(ember_logs_add(&without, tool_path("clocks/boards/without"), NULL, NULL));
	assert_true(ember_log_read(without.all.bytes, without.all.used, NULL, &tally, &account,
				   &why));
	assert_true(tally.time_ns >= now && tally.time_ns < now + 10000000000ull);
	ember_tally_free(&tally);
	ember_logs_free(&with);
	ember_logs_free(&without);
	free(c.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_store), test(test_torn),	 test(test_no_room), test(test_boards),
		test(test_names), test(test_no_samples), test(test_flood),   test(test_greedy),
		test(test_keep),  test(test_clocks),
	};

	return cmocka_run_group_tests_name("tool_collect", tests, NULL, tool_clean);
}
