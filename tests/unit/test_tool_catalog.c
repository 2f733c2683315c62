// SPDX-License-Identifier: GPL-2.0-or-later
/* What is asked of logs: filters, parts, and the index of a store. */
#include "collect_kit.h"

static void test_filter(void **state)
{
	static const char *const bad[] = { "",
					   ",",
					   "5",
					   "2026-11-28",
					   "+5,+5",
					   "+5,+4",
					   "x,",
					   "2026-13-01,",
					   "2026-11-28T25:00,",
					   "2026-11-28T10:15:00.250x,",
					   "10:15,10:15",
					   "24:00,",
					   "10:15:,",
					   " s,",
					   "1x s,",
					   "2026-11-28x,",
					   "-5,",
					   "2026-11-28T10:15,2026-11-28T10:15" };
	struct ember_log_filter f = {};
	unsigned int i;

	(void)state;
	assert_true(ember_log_filter_time(&f, "2026-11-28T10:15:30Z,"));
	assert_true(f.from.given && !f.from.relative && !f.to.given);
	assert_true(f.from.ns == 1795860930ull * 1000000000);
	assert_true(ember_log_filter_time(&f, ",1970-01-01"));
	assert_true(!f.from.given && f.to.given && f.to.ns == 0);
	assert_true(ember_log_filter_time(&f, "boot+2,boot+1h"));
	assert_true(f.from.boot && f.from.ns == 2000000000 && f.to.boot &&
		    f.to.ns == 3600000000000);
	assert_true(
		ember_log_filter_time(&f, "2026-11-28T10:15:30.25,2026-11-28 10:15:30.5 UTC"));
	assert_true(f.from.ns == 1795860930250000000 && f.to.ns == 1795860930500000000);
	assert_true(ember_log_filter_time(&f, "2026-11-28 UTC,"));
	assert_true(ember_log_filter_time(&f, "10:15:00.250,10:20"));
	assert_true(f.from.day && f.from.relative && f.from.ns == 36900250000000);
	assert_true(f.to.day && f.to.ns == 37200000000000);
	assert_true(ember_log_filter_time(&f, "23:59:59,00:10"));
	assert_true(f.to.ns == 87000000000000);
	assert_true(ember_log_filter_time(&f, "0.000 s,90.250 s"));
	assert_true(f.from.boot && !f.from.ns && f.to.boot && f.to.ns == 90250000000);
	assert_false(ember_log_filter_time(&f, "boot+,"));
	assert_false(ember_log_filter_time(&f, "boot2,"));
	assert_true(ember_log_filter_time(&f, "+0,+1.5m"));
	assert_false(f.from.boot);
	assert_true(f.from.relative && f.to.ns == 90000000000ull);
	assert_true(ember_log_filter_time(&f, "2024-02-29 23:59,2024-03-01"));
	assert_true(f.to.ns - f.from.ns == 60000000000ull);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(ember_log_filter_time(&f, bad[i]));
}

static uint64_t sum(const char *text)
{
	uint64_t all = 0;

	for (; text && *text; text = strchr(text, '\n') + 1) {
		const char *end = strchr(text, '\n');

		while (end[-1] != ' ')
			end--;
		all += strtoul(end, NULL, 10);
	}
	return all;
}

static void index_log(struct ember_catalog *catalog, const char *name)
{
	struct ember_catalog_scan *scan = ember_catalog_scan(catalog, name);

	while (scan && ember_catalog_slice(scan))
		;
}

/* Parts of a log are together all of it, with an index that knows some, and without. */
static void test_parts(void **state)
{
	const char *folder = kept_path("parts");
	struct ember_log_filter f = {};
	struct ember_log_account account;
	struct ember_catalog *catalog;
	const struct ember_stored_log *stored;
	uint64_t all, part = 0;
	uint32_t i, turn, lines;
	char *text;

	(void)state;
	run(11, 8000, 600, 12);
	all = counting.samples - counting.undefined;
	open_all(folder, 1 << 30);
	for (i = 0; i < nr_chunk; i++)
		arrive(chunk[i].bytes, chunk[i].n);
	assert_true(flush());
	for (turn = 0; turn < 2; turn++) {
		if (turn) {
			catalog = ember_catalog_open(folder, false);
			assert_non_null(catalog);
			for (stored = store.first; stored; stored = stored->next)
				index_log(catalog, stored->name);
			ember_catalog_close(catalog);
		}
		for (part = 0, i = 0; i < 6; i++) {
			memset(&f, 0, sizeof(f));
			f.nr_tid = 1;
			f.tid[0] = 100 + i;
			text = reported(folder, &f, &account);
			assert_int_equal(account.samples, sum(text));
			assert_int_equal(account.samples + account.unwanted, all);
			part += sum(text);
			free(text);
		}
		assert_int_equal(part, all);
		for (part = 0, lines = 0, i = 0; i < 3; i++) {
			static const char *const comm[] = { "threaa", "thread", "threac" };

			memset(&f, 0, sizeof(f));
			f.comm = i == 1 ? "threab" : comm[i];
			text = reported(folder, &f, &account);
			part += sum(text);
			lines += text && strstr(text, f.comm) == text;
			free(text);
		}
		assert_int_equal(part, all);
		/* By time: before a moment and from it on. */
		for (part = 0, i = 0; !turn && i < 2; i++) {
			memset(&f, 0, sizeof(f));
			*(i ? &f.from : &f.to) = (struct ember_log_timestamp){
				.given = true,
				.ns = counting.time_ns - counting.started_ns + 7000000000ull
			};
			text = reported(folder, &f, &account);
			assert_true(sum(text) > 0 && sum(text) < all);
			part += sum(text);
			free(text);
		}
		assert_int_equal(part, turn ? 0 : all);
		/* What isn't there. */
		memset(&f, 0, sizeof(f));
		f.board = "another";
		assert_null(reported(folder, &f, &account));
		f.board = "bench";
		f.nr_pid = 1;
		f.pid[0] = 7;
		text = reported(folder, &f, &account);
		assert_int_equal(sum(text), 0);
		free(text);
	}
	close_all();
	over();
}

/* The index is made of logs: spoiled, old or gone, it's made again. */
static void test_catalog(void **state)
{
	const char *folder = kept_path("catalog");
	struct ember_log_filter f = { .comm = "nobody" };
	struct ember_catalog *catalog;
	FILE *file;
	uint32_t i;

	(void)state;
	run(12, 2000, 600, 12);
	open_all(folder, 1 << 30);
	for (i = 0; i < nr_chunk; i++)
		arrive(chunk[i].bytes, chunk[i].n);
	assert_true(flush());
	assert_null(ember_catalog_ask(folder));
	for (i = 0; i < 3; i++) {
		if (i) {
			unlink(tool_path("catalog/index.db-wal"));
			unlink(tool_path("catalog/index.db-shm"));
			file = fopen(tool_path("catalog/index.db"), "w");
			fputs(i == 1 ?
				      "" :
				      "not a database at all, and longer than its header would be\n"
				      "not a database at all, and longer than its header would be\n",
			      file);
			fclose(file);
			assert_null(ember_catalog_ask(folder));
		}
		catalog = ember_catalog_open(folder, false);
		assert_non_null(catalog);
		index_log(catalog, store.first->name);
		ember_catalog_close(catalog);
		catalog = ember_catalog_ask(folder);
		assert_non_null(catalog);
		assert_true(ember_catalog_rules_out(catalog, store.first->name,
						    store.first->bytes, &f));
		/* It has grown: it may have anything. */
		assert_false(ember_catalog_rules_out(catalog, store.first->name,
						     store.first->bytes + 1, &f));
		assert_false(ember_catalog_rules_out(catalog, "another.ember", 1, &f));
		ember_catalog_close(catalog);
	}
	close_all();
	over();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_filter),
		test(test_parts),
		test(test_catalog),
	};

	return cmocka_run_group_tests_name("tool_catalog", tests, NULL, tool_clean);
}
