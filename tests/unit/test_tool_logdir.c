// SPDX-License-Identifier: GPL-2.0-or-later
/* Logs in files and folders, within their bounds. */
#include "log_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "sink/log.h"
#include "source/file.h"

static uint64_t folder_bytes(const char *path, uint32_t *nr)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	assert_non_null(dir);
	for (*nr = 0; (entry = readdir(dir));)
		if (!fstatat(dirfd(dir), entry->d_name, &st, 0) && S_ISREG(st.st_mode)) {
			bytes += st.st_size;
			++*nr;
		}
	closedir(dir);
	return bytes;
}

/* Samples of deep stacks that are all new, into a folder that is looked at meanwhile. */
static uint64_t fill(const struct ember_log_where *where, uint32_t samples, uint64_t most)
{
	struct ember_log_sink sink = {};
	uint32_t i, nr;
	uint64_t sent;

	ember_recording_init(&counting, RINGS, 1000000);
	ember_recording_init(&logging, RINGS, 1000000);
	ember_recording_start(&logging);
	assert_int_equal(ember_log_sink_open(&sink, where), 0);
	ember_log_sink_begin(&sink, &logging, 1);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	put_thread(0, 0);
	for (i = 0; i < samples; i++) {
		struct ember_rec_sample sample = { .time = 1000000 * i };

		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		if (i % 64)
			continue;
		ember_log_sink_turn(&sink);
		assert_true(folder_bytes(where->path, &nr) <= most);
	}
	ember_recording_stop(&logging);
	sent = sink.writer.sent;
	ember_log_sink_end(&sink);
	over();
	return sent;
}

/* Never more than may be kept; the oldest go; each is read alone. */
static void test_folder(void **state)
{
	char *path = strdup(tool_path("folder")), name[300];
	const struct ember_log_where where = { .path = path,
					       .flush_ns = 1,
					       .keep = 512 << 10 };
	uint64_t last = 0, sent;
	uint32_t nr, i, read = 0;

	(void)state;
	seed = 21;
	mkdir(path, 0755);
	sent = fill(&where, 20000, where.keep);
	assert_true(folder_bytes(path, &nr) > where.keep / 2);
	assert_true(nr >= 4 && nr <= 12);
	for (i = 1; i < 1000; i++) {
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why;
		uint8_t *bytes;
		size_t n;

		snprintf(name, sizeof(name), "%s/%08u.ember", path, i);
		if (access(name, R_OK)) {
			assert_int_equal(read == 0 || read == nr, true);
			continue;
		}
		read++;
		bytes = ember_source_slurp(name, &n);
		assert_non_null(bytes);
		assert_true(ember_log_read(bytes, n, NULL, &tally, &account, &why));
		assert_int_equal(account.skipped_bytes + account.missing + account.undefined,
				 0);
		assert_true(account.samples > 0);
		if (last)
			assert_int_equal(account.before, last);
		last = account.before + account.samples;
		ember_tally_free(&tally);
		free(bytes);
	}
	assert_int_equal(read, nr);
	assert_int_equal(last, sent);
	/* Another life goes on behind it, within the same bound. */
	fill(&where, 3000, where.keep);
	snprintf(name, sizeof(name), "%s/00000001.ember", path);
	assert_int_not_equal(access(name, R_OK), 0);
	free(path);
}

/* One that dies and is started again, and again, doesn't write more than it may in a day. */
static void test_budget(void **state)
{
	char *path = strdup(tool_path("budget"));
	const struct ember_log_where where = {
		.path = path, .flush_ns = 1, .keep = 64 << 20, .per_day = 1 << 20
	};
	const struct ember_log_where free_of_it = { .path = path,
						    .flush_ns = 1,
						    .keep = 64 << 20 };
	uint64_t bytes = 0;
	uint32_t nr, i;

	(void)state;
	seed = 22;
	mkdir(path, 0755);
	for (i = 0; i < 30; i++)
		fill(&where, 400, UINT64_MAX);
	bytes = folder_bytes(path, &nr);
	print_message("%u logs, %llu bytes of %llu\n", nr, (unsigned long long)bytes,
		      (unsigned long long)where.per_day / 2);
	assert_true(bytes > where.per_day / 4);
	assert_true(bytes <= where.per_day / 2);
	/* It's that which holds them back. */
	fill(&free_of_it, 20000, UINT64_MAX);
	assert_true(folder_bytes(path, &nr) > where.per_day / 2);
	free(path);
}

/* A full disk: the file stays whole, and goes on when there's room again. */
static void test_full(void **state)
{
	char *path = tool_path("full.ember"), *text;
	struct ember_logfile f;
	uint8_t piece[1000];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(ember_logfile_open(&f, path, false), 0);
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_int_equal(f.bytes, 1000);
	/* It can't be written to any more: as when a file system became read-only. */
	close(f.fd);
	f.fd = open(path, O_RDONLY);
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_true(f.failing);
	close(f.fd);
	f.fd = open(path, O_WRONLY);
	assert_int_equal(lseek(f.fd, 0, SEEK_END), 1000);
	memset(piece, 'y', sizeof(piece));
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_false(f.failing);
	assert_int_equal(ember_logfile_close(&f), 0);
	text = tool_read(path);
	assert_int_equal(strlen(text), 3000);
	assert_int_equal(strspn(text, "x"), 2000);
	free(text);
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = { test(test_full), test(test_folder),
					    test(test_budget) };

	return cmocka_run_group_tests_name("tool_logdir", tests, NULL, tool_clean);
}
