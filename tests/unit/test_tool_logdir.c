// SPDX-License-Identifier: GPL-2.0-or-later
/* Logs in files and folders, within their bounds. */
#include "log_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "output/log.h"
#include "import/file.h"

#define SECOND 1000000000ull

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
	struct ember_log_output output = {};
	uint32_t i, nr;
	uint64_t sent;

	ember_recording_init(&counting, RINGS, 1000000);
	ember_recording_init(&logging, RINGS, 1000000);
	ember_recording_start(&logging);
	assert_int_equal(ember_log_output_open(&output, where), 0);
	ember_log_output_begin(&output, &logging, 1);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	put_thread(0, 0);
	for (i = 0; i < samples; i++) {
		struct ember_rec_sample sample = { .time = 1000000 * i };

		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		if (i % 64)
			continue;
		assert_true(ember_log_output_due(&output));
		ember_log_output_flush(&output);
		ember_log_output_turn(&output);
		assert_true(folder_bytes(where->path, &nr) <= most);
	}
	ember_recording_stop(&logging);
	sent = output.writer.sent;
	ember_log_output_end(&output);
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
		bytes = ember_import_slurp(name, &n);
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

/* So many samples of new stacks, flushed. */
static void more(struct ember_log_output *output, uint32_t samples)
{
	static uint64_t time;

	while (samples--) {
		struct ember_rec_sample sample = { .time = time += 1000000 };

		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	}
	ember_log_output_flush(output);
	ember_log_output_turn(output);
}

/*
 * Somebody removes logs, and the folder: another log begins there, and what is no longer there
 * takes no room of the bound.
 */
static void test_removed(void **state)
{
	char *path = strdup(tool_path("removed"));
	const struct ember_log_where where = { .path = path,
					       .flush_ns = 1,
					       .keep = 512 << 10 };
	struct ember_log_output output = {};
	uint32_t nr, i, turn;
	char name[300];

	(void)state;
	seed = 23;
	mkdir(path, 0755);
	ember_recording_init(&counting, RINGS, 1000000);
	ember_recording_init(&logging, RINGS, 1000000);
	ember_recording_start(&logging);
	assert_int_equal(ember_log_output_open(&output, &where), 0);
	ember_log_output_begin(&output, &logging, 1);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	put_thread(0, 0);
	for (turn = 0; turn < 4; turn++) {
		for (i = 0; i < 40; i++)
			more(&output, 64);
		assert_true(folder_bytes(path, &nr) > where.keep / 2);
		assert_int_equal(output.dir.dropped, 0);
		for (i = 1; i <= output.dir.number; i++) {
			snprintf(name, sizeof(name), "%s/%08u.ember", path, i);
			unlink(name);
		}
		if (turn % 2)
			assert_int_equal(rmdir(path), 0);
		/* It is found at the next flush. */
		more(&output, 1);
		folder_bytes(path, &nr);
		assert_int_equal(nr, 1);
	}
	assert_false(ember_log_output_stuck(&output));
	ember_recording_stop(&logging);
	ember_log_output_end(&output);
	over();
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

/* What may be lost is what --flush says and half a second, of which 100 ms are for the disk. */
static void test_pace(void **state)
{
	static const uint64_t flush_ns[] = { 1,		  10000000,	500000000,
					     SECOND,	  5 * SECOND,	20 * SECOND,
					     60 * SECOND, 3600 * SECOND };
	struct ember_log_pace pace, none = ember_log_pace(0);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(flush_ns) / sizeof(*flush_ns); i++) {
		pace = ember_log_pace(flush_ns[i]);
		assert_true(pace.write_ns && pace.write_ns <= flush_ns[i]);
		assert_true(pace.write_ns + pace.settle_ns <= flush_ns[i] + 400000000);
		/* Mappings come within tens of milliseconds, later where many programs start. */
		assert_in_range(pace.settle_ns, 300000000, 2 * SECOND);
	}
	pace = ember_log_pace(60 * SECOND);
	assert_memory_equal(&none, &pace, sizeof(pace));
	/* A log of the default's isn't written noticeably more often than that. */
	assert_true(pace.write_ns > 58 * SECOND);
}

/* Return the number of samples in the log at @path or, without one, received on @fd. */
static uint64_t samples_of(const char *path, int fd)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	const char *why;
	uint8_t *bytes;
	size_t n = 0;
	ssize_t got;

	if (path) {
		bytes = ember_import_slurp(path, &n);
	} else {
		bytes = malloc(1 << 20);
		while ((got = recv(fd, bytes + n, 65536, MSG_DONTWAIT)) > 0)
			n += got;
	}
	assert_true(ember_log_read(bytes, n, NULL, &tally, &account, &why));
	ember_tally_free(&tally);
	free(bytes);
	return account.samples;
}

/* A stack of a user frame, which waits for its mappings. */
static void put_user(unsigned int cpu, uint32_t number)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frame;
	} rec = { .s = { .stack = number, .nr_user = 1, .end_user = EMBER_END_WHOLE },
		  .frame = 0x1000 };

	put(cpu, EMBER_REC_STACK, &rec, sizeof(rec));
}

/* Ten of each CPU. */
static void put_samples(uint64_t time)
{
	struct ember_rec_time at = { .time = time };
	struct ember_rec_sample sample = { .time = time };
	unsigned int i;

	for (i = 0; i < 10 * CPUS; i++) {
		put(i % CPUS, EMBER_REC_TIME, &at, sizeof(at));
		put(i % CPUS, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	}
}

/* What a flush writes is all that could settle; the sink waits until one finds nothing. */
static void flushed(const struct ember_log_where *where, int fd)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_rec_thread thread = { .tid = 1, .tgid = 1, .space = 1, .comm = "thread" };
	struct ember_log_output output = {};
	unsigned int cpu;

	ember_recording_init(&counting, RINGS, 1000000);
	ember_recording_init(&logging, RINGS, 1000000);
	ember_recording_start(&logging);
	assert_int_equal(ember_log_output_open(&output, where), 0);
	ember_log_output_begin(&output, &logging, 1);
	for (cpu = 0; cpu < CPUS; cpu++) {
		put(cpu, EMBER_REC_THREAD, &thread, sizeof(thread));
		put_user(cpu, 0);
	}
	put_samples(now - 10 * SECOND);
	assert_int_equal(logging.nr_pending, 10 * CPUS);
	assert_true(ember_log_output_due(&output));
	ember_log_output_flush(&output);
	assert_true(ember_log_output_turn(&output) >= 0);
	assert_int_equal(samples_of(where->path, fd), 10 * CPUS);
	/* Samples stay pending while definitions of their mappings may follow. */
	put_samples(now + 3600 * SECOND);
	ember_log_output_flush(&output);
	assert_true(ember_log_output_turn(&output) >= 0);
	assert_int_equal(logging.nr_pending, 10 * CPUS);
	ember_recording_resolve(&logging, UINT64_MAX);
	/* A flush that found something: there may be more in the rings. */
	ember_log_output_flush(&output);
	assert_true(ember_log_output_turn(&output) >= 0 && output.stirs);
	ember_log_output_flush(&output);
	assert_false(output.stirs);
	assert_true(where->link || ember_log_output_turn(&output) < 0);
	ember_recording_stop(&logging);
	ember_log_output_end(&output);
	over();
}

static void test_flush(void **state)
{
	struct sockaddr_in end = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t n = sizeof(end);
	char link[40];

	(void)state;
	flushed(&(struct ember_log_where){ .path = tool_path("flushed.ember"), .flush_ns = 1 },
		-1);
	end.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&end, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&end, &n), 0);
	snprintf(link, sizeof(link), "udp://127.0.0.1:%u", ntohs(end.sin_port));
	flushed(&(struct ember_log_where){ .link = link, .flush_ns = 1 }, fd);
	close(fd);
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = { test(test_full),	test(test_folder),
					    test(test_budget),	test(test_pace),
					    test(test_removed), test(test_flush) };

	return cmocka_run_group_tests_name("tool_logdir", tests, NULL, tool_clean);
}
