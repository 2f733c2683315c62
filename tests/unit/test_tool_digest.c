// SPDX-License-Identifier: GPL-2.0-or-later
/* The index' view of a log is the reader's, in whatever order and slices chunks come. */
#include "log_kit.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "workstation/collect/catalog.h"
#include "workstation/collect/digest.h"
#include "log/fields.h"

static bool digest_of(const uint8_t *bytes, size_t n, struct ember_digest *d)
{
	struct ember_search search;
	struct ember_chunk c;

	memset(d, 0, sizeof(*d));
	ember_search_begin(&search, bytes, n);
	while (ember_chunk_next(&search, &c))
		ember_digest_chunk(d, &c);
	return ember_digest_end(d);
}

/* The samples of the threads that have the same ids and name. */
static void assert_threads(const struct ember_digest *d, const struct ember_tally *t)
{
	uint64_t all = 0;
	uint32_t i, k;

	for (i = 0; i < d->nr_thread; i++) {
		const struct ember_digest_thread *own = &d->thread[i];
		uint64_t samples = 0;
		bool found = false;

		for (k = 0; k < t->dict.nr_thread; k++)
			found |= t->dict.thread[k].tid == own->tid &&
				 t->dict.thread[k].tgid == own->tgid &&
				 !strcmp(t->dict.thread[k].comm, own->comm);
		assert_true(found);
		for (k = 0; k < t->counts.nr; k++) {
			const struct ember_thread *of =
				&t->dict.thread[t->counts.count[k].thread];

			if (of->tid == own->tid && of->tgid == own->tgid &&
			    !strcmp(of->comm, own->comm))
				samples += t->counts.count[k].samples;
		}
		assert_int_equal(own->samples, samples);
		all += samples;
	}
	for (k = 0; k < t->counts.nr; k++)
		all -= t->counts.count[k].samples;
	assert_int_equal(all, 0);
}

/* lossy: chunks are missing, and with them stacks that the digest doesn't know of. */
static void assert_agrees(const uint8_t *bytes, size_t n, bool lossy)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	struct ember_digest d;
	const char *why;
	bool good = ember_log_read(bytes, n, NULL, &tally, &account, &why);

	assert_int_equal(digest_of(bytes, n, &d), good);
	if (good) {
		assert_string_equal(d.hello.board, account.first.board);
		assert_string_equal(d.hello.boot, account.first.boot);
		assert_int_equal(d.from_ns, tally.time_ns);
		assert_int_equal(d.to_ns,
				 tally.time_ns ? tally.time_ns + tally.duration_ns : 0);
		assert_int_equal(d.samples + d.lost, account.samples + tally.lost);
		assert_true(d.samples >= account.samples);
		assert_false(d.more);
	}
	if (good && !lossy) {
		assert_int_equal(d.samples, account.samples);
		assert_threads(&d, &tally);
	}
	ember_digest_free(&d);
	ember_tally_free(&tally);
}

/* As they were written, doubled, shuffled, cut, and with losses. */
static void test_agrees(void **state)
{
	static uint32_t order[2 * CHUNKS];
	uint32_t turn, i, nr;

	(void)state;
	for (turn = 0; turn < 60; turn++) {
		uint8_t *bytes;
		size_t n;

		weighs = turn % 2;
		run(2000 + turn, 1 + chance(4000), chance(3) ? 100 + chance(1000) : 0, 12);
		bytes = joined(NULL, nr_chunk, &n);
		assert_agrees(bytes, n, false);
		assert_agrees(bytes, chance(n), false);
		free(bytes);
		for (nr = 0, i = 0; i < nr_chunk; i++) {
			order[nr++] = i;
			if (!chance(8))
				order[nr++] = i;
		}
		for (i = 1; i < nr; i++) {
			uint32_t with = chance(i), was = order[i];

			order[i] = order[with];
			order[with] = was;
		}
		bytes = joined(order, nr, &n);
		assert_agrees(bytes, n, false);
		free(bytes);
		bytes = joined(order, nr / 2, &n);
		assert_agrees(bytes, n, true);
		free(bytes);
		over();
		drop(NULL);
	}
}

static void append(struct ember_buf *log, uint32_t stream, uint32_t sequence, uint8_t flags,
		   const struct ember_buf *plain)
{
	struct ember_chunk c = { .stream = stream,
				 .sequence = sequence,
				 .flags = flags,
				 .payload = plain->bytes,
				 .n = plain->used };

	ember_chunk_put(&c, log);
}

static void put_clock(struct ember_buf *plain, uint64_t monotonic, uint64_t real)
{
	struct ember_buf m = {};

	ember_proto_number(&m, EMBER_CLOCK_MONOTONIC, monotonic);
	ember_proto_number(&m, EMBER_CLOCK_BOOTTIME, monotonic + 5);
	ember_proto_number(&m, EMBER_CLOCK_REALTIME, real);
	ember_proto_number(&m, EMBER_CLOCK_IS_SET, real != 0);
	ember_proto_part(plain, EMBER_CHUNK_CLOCK, &m);
	free(m.bytes);
}

static void put_hello(struct ember_buf *plain)
{
	struct ember_buf m = {};
	struct ember_stream_header hello = {
		.board = "b", .boot = "boot", .period_ns = 1000000, .unit_ns = 1000000
	};

	ember_stream_header_put(&m, &hello);
	ember_proto_part(plain, EMBER_CHUNK_HELLO, &m);
	free(m.bytes);
}

/* A collector's clock counts where the board has none, and one that is set late counts back. */
static void test_clocks(void **state)
{
	const uint64_t real = 1764000000000000000;
	struct ember_buf log = {}, plain = {}, note = {};
	uint32_t turn;

	(void)state;
	for (turn = 0; turn < 4; turn++) {
		log.used = plain.used = note.used = 0;
		put_hello(&plain);
		put_clock(&plain, 1000, 0);
		append(&log, 1, 0, 0, &plain);
		if (turn & 1) {
			put_clock(&note, 1000, real);
			append(&log, 1, 0, EMBER_CHUNK_NOTE, &note);
		}
		plain.used = 0;
		put_clock(&plain, 50000, turn & 2 ? real + 7000000 : 0);
		append(&log, 1, 1, 0, &plain);
		assert_agrees(log.bytes, log.used, false);
	}
	free(log.bytes);
	free(plain.bytes);
	free(note.bytes);
}

/* Another stream's chunks make it no log of one stream. */
static void test_mixed(void **state)
{
	struct ember_buf log = {}, plain = {};
	struct ember_digest d;
	uint32_t stream;

	(void)state;
	for (stream = 1; stream < 3; stream++) {
		log.used = plain.used = 0;
		put_hello(&plain);
		put_clock(&plain, 1000, 0);
		append(&log, 1, 0, 0, &plain);
		append(&log, stream, 1, 0, &plain);
		assert_int_equal(digest_of(log.bytes, log.used, &d), stream == 1);
		ember_digest_free(&d);
	}
	free(log.bytes);
	free(plain.bytes);
}

/* Threads `first` and on, and a sample of each. */
static void put_many(struct ember_buf *plain, uint32_t first, uint32_t n)
{
	struct ember_buf m = {}, column[7] = {};
	uint32_t i, k;

	ember_proto_number(&m, EMBER_THREADS_FIRST, first);
	for (i = 0; i < n; i++) {
		ember_proto_varint(&column[2], 2 * (i ? 1 : first + 1));
		ember_proto_varint(&column[3], 0);
		ember_proto_varint(&column[4], 0);
		ember_proto_varint(&column[5], 0);
		ember_proto_bytes(&column[6], EMBER_THREADS_COMM, "c", 1);
	}
	for (k = 2; k < 6; k++)
		ember_proto_part(&m, k, &column[k]);
	ember_proto_append(&m, &column[6]);
	ember_proto_part(plain, EMBER_CHUNK_THREADS, &m);
	for (i = 0; i < n; i++) {
		ember_proto_varint(&column[3], 2);
		ember_proto_varint(&column[4], 2 * (i ? 1 : first));
		ember_proto_varint(&column[5], 0);
	}
	for (k = 3; k < 6; k++)
		ember_proto_part(&m, k, &column[k]);
	ember_proto_part(plain, EMBER_CHUNK_SAMPLES, &m);
	for (k = 0; k < 7; k++)
		free(column[k].bytes);
	free(m.bytes);
}

/* Samples of threads beyond EMBER_DIGEST_THREADS are counted as others. */
static void test_threads(void **state)
{
	struct ember_buf log = {}, plain = {};
	struct ember_digest d;
	uint32_t more, i;

	(void)state;
	for (more = 0; more < 2; more++) {
		log.used = plain.used = 0;
		put_hello(&plain);
		append(&log, 1, 0, 0, &plain);
		for (i = 0; i < EMBER_DIGEST_THREADS / 4096 + more; i++) {
			plain.used = 0;
			put_many(&plain, i * 4096, 4096);
			append(&log, 1, i + 1, 0, &plain);
		}
		assert_true(digest_of(log.bytes, log.used, &d));
		assert_int_equal(d.nr_thread, EMBER_DIGEST_THREADS);
		assert_int_equal(d.more, more);
		assert_int_equal(d.others, 4096 * more);
		assert_int_equal(d.samples, EMBER_DIGEST_THREADS + 4096 * more);
		assert_int_equal(d.undefined, 0);
		/* Each is its process' main thread. */
		assert_true(tool_longest_run(&d.thread_index) < 1000);
		ember_digest_free(&d);
	}
	free(log.bytes);
	free(plain.bytes);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* A column of the log's row; -1: there is none. */
static int64_t entered(const char *folder, const char *column)
{
	char sql[100], path[300];
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;
	int64_t value = -1;

	snprintf(path, sizeof(path), "%s/index.db", folder);
	snprintf(sql, sizeof(sql), "SELECT %s FROM log WHERE name = 'x.ember'", column);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return value;
}

/* Chunks among damage, with slices that end anywhere: what is entered is what is read. */
static void test_slices(void **state)
{
	struct ember_log_account account = {};
	char folder[200], path[300];
	struct ember_catalog *catalog;
	struct ember_catalog_scan *scan;
	struct ember_buf log = {};
	struct ember_tally tally = {};
	uint32_t i, k, gap, slices = 0;
	const char *why;

	(void)state;
	snprintf(folder, sizeof(folder), "%s", tool_path("slices"));
	mkdir(folder, 0755);
	snprintf(path, sizeof(path), "%s/x.ember", folder);
	run(3, 6000, 500, 12);
	for (i = 0; i < nr_chunk; i++) {
		ember_proto_copy(&log, chunk[i].bytes, chunk[i].n);
		gap = chance(4) ? 0 : chance(20000);
		for (k = 0; k < gap; k++)
			*ember_proto_room(&log, 1) = chance(9) ? chance(256) : 0xe5,
						log.used++;
		/* A chunk that lacks its end. */
		if (!chance(10))
			ember_proto_copy(&log, chunk[i].bytes, chunk[i].n - 1);
	}
	ember_proto_copy(&log, chunk[0].bytes, chunk[0].n - 1);
	assert_true(ember_log_read(log.bytes, log.used, NULL, &tally, &account, &why));
	write_file(path, log.bytes, log.used);
	catalog = ember_catalog_open(folder, false);
	assert_non_null(catalog);
	assert_null(ember_catalog_scan(catalog, "none.ember"));
	/* One that is given up is no entry. */
	scan = ember_catalog_scan(catalog, "x.ember");
	assert_non_null(scan);
	assert_true(ember_catalog_slice(scan));
	ember_catalog_cancel(scan);
	assert_int_equal(entered(folder, "samples"), -1);
	scan = ember_catalog_scan(catalog, "x.ember");
	while (ember_catalog_slice(scan))
		slices++;
	assert_true(slices > log.used >> 18);
	assert_int_equal(entered(folder, "bytes"), log.used);
	assert_int_equal(entered(folder, "samples"), account.samples);
	assert_int_equal(entered(folder, "lost"), tally.lost);
	assert_int_equal(entered(folder, "from_ns"), tally.time_ns);
	/* There's nothing to do until it grows. */
	assert_null(ember_catalog_scan(catalog, "x.ember"));
	write_file(path, log.bytes, log.used - 1);
	scan = ember_catalog_scan(catalog, "x.ember");
	assert_non_null(scan);
	ember_catalog_cancel(scan);
	ember_catalog_close(catalog);
	ember_tally_free(&tally);
	free(log.bytes);
	over();
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_agrees),  test(test_clocks), test(test_mixed),
		test(test_threads), test(test_slices),
	};

	return cmocka_run_group_tests_name("tool_digest", tests, NULL, tool_clean);
}
