// SPDX-License-Identifier: GPL-2.0-or-later
/* A process of this machine: what its frames are called, straight and through a log. */
#include "log_kit.h"

#include <unistd.h>

#include "base/clock.h"
#include "log/host_info.h"
#include "symbolize/process.h"

#define TWICE 0x10000000ull /* a memfd that is mapped twice, */
#define AGAIN 0x20000000ull
#define HUGE  0x30000000ull /* huge pages, */
#define SHARE 0x40000000ull /* and shared memory that has a name */
#define BYTES 0x200000

static char map_path[64];

static uint32_t number;
static struct ember_rec_map mapping[8];

/* A file, and where it's mapped. */
static void put_mapped(const char *path, uint32_t flags, uint64_t ino, uint64_t start,
		       uint64_t end, uint64_t offset)
{
	struct {
		struct ember_rec_file f;
		char path[EMBER_PATH_MAX];
	} rec = { .f = { .file = number + 1, .ino = ino, .flags = flags } };

	rec.f.path_bytes = snprintf(rec.path, sizeof(rec.path), "%s", path);
	mapping[number] = (struct ember_rec_map){
		.space = 1, .start = start, .end = end, .offset = offset, .file = number + 1
	};
	number++;
	put(RINGS - 1, EMBER_REC_FILE, &rec, sizeof(rec.f) + (rec.f.path_bytes + 8) / 8 * 8);
}

/* A sample of this process, whose first thread began then: in all that it has mapped. */
static void sampled(uint64_t began_ns)
{
	struct ember_rec_space space = { .space = 1, .generation = 1, .tgid = getpid() };
	struct ember_rec_space_end last = { .space = 1, .generation = 1 };
	struct ember_rec_thread thread = { .thread = 1,
					   .tid = getpid(),
					   .tgid = getpid(),
					   .space = 1,
					   .start_time = began_ns,
					   .comm = "alike" };
	struct {
		struct ember_rec_stack s;
		uint64_t frames[8];
	} stack = { .s = { .stack = 1 } };
	struct ember_rec_sample sample = { .thread = 1, .stack = 1 };
	struct ember_rec_time time;
	struct ember_stream_header hello;

	ember_host_info(&hello, "bench");
	hello.period_ns = 1000000;
	hello.cpus = CPUS;
	begin_as(&hello, 0);
	number = 0;
	put_mapped("/memfd:doublemapper", EMBER_FILE_DELETED, 5, TWICE, TWICE + BYTES, 0);
	put_mapped("/memfd:doublemapper", EMBER_FILE_DELETED, 5, AGAIN, AGAIN + BYTES, 0);
	put_mapped("/anon_hugepage", EMBER_FILE_DELETED, 6, HUGE, HUGE + BYTES, 0);
	put_mapped("/dev/shm/code", 0, 7, SHARE, SHARE + BYTES, 0x1000);
	time.time = space.time = sample.time = ember_clock_ns(CLOCK_MONOTONIC);
	put(RINGS - 1, EMBER_REC_SPACE, &space, sizeof(space));
	for (; last.maps < number; last.maps++) {
		put(RINGS - 1, EMBER_REC_MAP, &mapping[last.maps], sizeof(*mapping));
		stack.frames[last.maps] = mapping[last.maps].start + 0x110;
	}
	put(RINGS - 1, EMBER_REC_SPACE_END, &last, sizeof(last));
	stack.s.nr_user = number;
	put(0, EMBER_REC_THREAD, &thread, sizeof(thread));
	put(0, EMBER_REC_STACK, &stack, sizeof(stack.s) + 8 * number);
	put(0, EMBER_REC_TIME, &time, sizeof(time));
	put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	end();
}

static void folded(const char *want)
{
	struct ember_tally straight = {}, logged = {};
	struct ember_log_account account = {};
	struct ember_profile *profile;
	const char *why = NULL;
	uint8_t *bytes;
	char *text;
	size_t n;

	ember_normalize_all(&counting, &straight);
	text = text_of(&straight, &profile);
	assert_string_equal(text, want);
	ember_profile_free(profile);
	free(text);
	bytes = joined(NULL, nr_chunk, &n);
	assert_true(ember_log_read(bytes, n, NULL, &logged, &account, &why));
	assert_true(logged.here);
	text = text_of(&logged, &profile);
	assert_string_equal(text, want);
	ember_profile_free(profile);
	free(text);
	free(bytes);
	ember_tally_free(&straight);
	ember_tally_free(&logged);
	over();
	drop(NULL);
}

static void test_made(void **state)
{
	struct ember_process process;
	FILE *map = fopen(map_path, "w");

	(void)state;
	assert_non_null(map);
	fprintf(map, "%llx 100 first\n%llx 100 second\n%llx 100 third\n%llx 100 fourth\n",
		TWICE + 0x100, AGAIN + 0x100, HUGE + 0x100, SHARE + 0x100);
	fclose(map);
	assert_true(ember_process_read(getpid(), &process));
	sampled(process.began_ns);
	folded("alike;fourth;third;second;first 1\n");
	/* A thread that was there before this process was another one's. */
	sampled(process.began_ns - 1000000000);
	folded("alike;[code+0x110f];[anon_hugepage+0x10f];[memfd:doublemapper+0x10f];[memfd:doublemapper+0x110] 1\n");
}

static int setup(void **state)
{
	(void)state;
	snprintf(map_path, sizeof(map_path), "/tmp/perf-%d.map", getpid());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(map_path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_made, drop),
	};

	return cmocka_run_group_tests_name("tool_alike", tests, setup, teardown);
}
