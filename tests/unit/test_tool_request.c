// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers as people type them, the command line of `record`, a kernel's configuration. */
#include "tool.h"

#include <fcntl.h>
#include <zlib.h>

#include "base/kconfig.h"
#include "base/number.h"
#include "record/request.h"

static void test_numbers(void **state)
{
	uint32_t n;
	uint64_t bytes;
	double s;

	(void)state;
	assert_true(ember_number("0", &n) && n == 0);
	assert_true(ember_number("4294967295", &n) && n == UINT32_MAX);
	assert_false(ember_number("4294967296", &n));
	assert_false(ember_number("", &n) || ember_number("-1", &n) ||
		     ember_number(" 1", &n) || ember_number("1 ", &n) ||
		     ember_number("0x10", &n) || ember_number("99999999999999999999999", &n));

	assert_true(ember_number_bytes("128", 4096, &bytes) && bytes == 128 * 4096);
	assert_true(ember_number_bytes("128B", 4096, &bytes) && bytes == 128);
	assert_true(ember_number_bytes("64k", 1, &bytes) && bytes == 64 << 10);
	assert_true(ember_number_bytes("64KB", 1, &bytes) && bytes == 64 << 10);
	assert_true(ember_number_bytes("1MiB", 1, &bytes) && bytes == 1 << 20);
	assert_true(ember_number_bytes("2G", 1, &bytes) && bytes == 2ull << 30);
	assert_false(
		ember_number_bytes("1T", 1, &bytes) || ember_number_bytes("K", 1, &bytes) ||
		ember_number_bytes("1KX", 1, &bytes) || ember_number_bytes("1BB", 1, &bytes) ||
		ember_number_bytes("1Mi", 1, &bytes) ||
		ember_number_bytes("1MBB", 1, &bytes) ||
		ember_number_bytes("18446744073709551615K", 1, &bytes));

	assert_true(ember_number_seconds("10", &s) && s == 10);
	assert_true(ember_number_seconds("0.5", &s) && s == 0.5);
	assert_true(ember_number_seconds(".25", &s) && s == 0.25);
	assert_true(ember_number_seconds("1.05s", &s) && s > 1.0499 && s < 1.0501);
	assert_true(ember_number_seconds("500ms", &s) && s == 0.5);
	assert_true(ember_number_seconds("2m", &s) && s == 120);
	assert_true(ember_number_seconds("1h", &s) && s == 3600);
	assert_false(ember_number_seconds("0", &s) || ember_number_seconds("-1", &s) ||
		     ember_number_seconds("1.", &s) || ember_number_seconds("1d", &s) ||
		     ember_number_seconds("1e3", &s) || ember_number_seconds("nan", &s) ||
		     ember_number_seconds("9999h", &s));
}

static void test_shares(void **state)
{
	static const char *const wrong[] = { "",      "%",    "-1",	  "0.5%%",
					     "0.5 %", "1e-1", "100.0001", "101%",
					     ".",     "1.",   "nan",	  "0,5" };
	uint32_t ppm = 0;
	unsigned int i;

	(void)state;
	assert_true(ember_number_share("0.5%", &ppm) && ppm == 5000);
	assert_true(ember_number_share("0.5", &ppm) && ppm == 5000);
	assert_true(ember_number_share(".0123%", &ppm) && ppm == 123);
	assert_true(ember_number_share("0.01239", &ppm) && ppm == 123);
	assert_true(ember_number_share("100%", &ppm) && ppm == 1000000);
	assert_true(ember_number_share("0", &ppm) && ppm == 0);
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(ember_number_share(wrong[i], &ppm));
}

static void test_lists(void **state)
{
	uint32_t list[4], nr = 0, highest = 0;
	uint8_t mask[2] = {};

	(void)state;
	assert_true(ember_number_list("7,8", list, &nr, 4) && nr == 2);
	assert_true(ember_number_list("9", list, &nr, 4) && nr == 3);
	assert_int_equal(list[0] * 100 + list[1] * 10 + list[2], 789);
	assert_false(ember_number_list("1,2", list, &nr, 4));
	nr = 0;
	assert_false(ember_number_list("1,,2", list, &nr, 4));
	nr = 0;
	assert_false(ember_number_list("1,", list, &nr, 4));

	assert_true(ember_number_cpus("0-2,9", mask, 2, &highest));
	assert_int_equal(mask[0], 7);
	assert_int_equal(mask[1], 2);
	assert_int_equal(highest, 9);
	assert_false(ember_number_cpus("16", mask, 2, &highest));
	assert_false(ember_number_cpus("3-1", mask, 2, &highest));
	assert_false(ember_number_cpus("1-", mask, 2, &highest));
	assert_false(ember_number_cpus("0-4000000000", mask, 2, &highest));
}

/* One line goes to stderr for each refusal: caught and counted here. */
static int parse(struct ember_request *r, const char *line)
{
	static char words[1024];
	char *argv[32] = { "record" }, *word;
	int argc = 1, status, was = dup(2), fd;
	char *path = tool_path("stderr"), *said;
	unsigned int lines = 0;

	strcpy(words, line);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	status = ember_request_parse(r, argc, argv);
	dup2(was, 2);
	close(was);
	close(fd);
	said = tool_read(path);
	for (word = said; *word; word++)
		lines += *word == '\n';
	assert_int_equal(lines, status == 2);
	if (lines)
		assert_int_equal(strncmp(said, "emberprof: ", 11), 0);
	free(said);
	return status;
}

static void test_request(void **state)
{
	static struct ember_request r;

	(void)state;
	assert_int_equal(parse(&r, ""), 0);
	assert_int_equal(r.hz, 99);
	assert_string_equal(r.output, "emberprof.pb.gz");
	assert_int_equal(r.filter, EMBER_FILTER_NONE);
	assert_null(r.command);

	assert_int_equal(parse(&r, "-F 999 -g -a -C 0-1,3 -o a.folded -m 16 --no-jitter "
				   "--all-user --duration 1.5 -q -- dd -x if=-"),
			 0);
	assert_int_equal(r.hz, 999);
	assert_int_equal(r.filter, EMBER_FILTER_NONE);
	assert_int_equal(r.cpus[0], 11);
	assert_int_equal(r.highest_cpu, 3);
	assert_int_equal(r.flags, EMBER_CONFIG_NO_JITTER | EMBER_CONFIG_NO_KERNEL);
	assert_int_equal(r.ring_bytes, 16 * sysconf(_SC_PAGESIZE));
	assert_true(r.seconds == 1.5 && r.quiet);
	assert_string_equal(r.command[0], "dd");
	assert_string_equal(r.command[1], "-x");

	/* The boot session has a rate of its own, and no filter. */
	assert_int_equal(parse(&r, "--adopt --call-graph fp -o a.svg -- ls"), 0);
	assert_true(r.adopt && !r.hz && r.frame_pointers);
	assert_int_equal(r.filter, EMBER_FILTER_NONE);
	assert_string_equal(r.command[0], "ls");
	assert_int_equal(parse(&r, "--adopt -a"), 0);

	/* Over a link alone, or into a log as well. */
	assert_int_equal(parse(&r, "-o udp://192.0.2.1:9 --rate 2K --resend 64K"), 0);
	assert_string_equal(r.link, "udp://192.0.2.1:9");
	assert_null(r.output);
	assert_true(r.rate == 2048 && r.resend == 65536);
	assert_int_equal(parse(&r, "-o a.ember -o serial:/dev/ttyS1,9600"), 0);
	assert_string_equal(r.link, "serial:/dev/ttyS1,9600");
	assert_string_equal(r.output, "a.ember");
	assert_int_equal(parse(&r, "-o a.svg -o - -o a.pb"), 0);
	assert_int_equal(r.outputs.nr, 3);
	assert_string_equal(r.output, "a.svg");
	assert_string_equal(r.outputs.path[2], "a.pb");
	assert_int_equal(parse(&r, "-o a.svg -o a.svg"), 2);
	assert_int_equal(parse(&r, "-o udp://192.0.2.1:9 -o udp://192.0.2.1:8"), 2);
	assert_int_equal(parse(&r, "--rate 99"), 2);
	assert_int_equal(parse(&r, "--resend 1K"), 2);

	/* The command's own options are its own without -- too. */
	assert_int_equal(parse(&r, "-F max --ring-bytes 5000 sleep -h"), 0);
	assert_int_equal(r.hz, EMBER_HZ_MAX);
	assert_int_equal(r.filter, EMBER_FILTER_TREE);
	assert_int_equal(r.ring_bytes, 8192);
	assert_int_equal(parse(&r, "-p 1,2 -p 3"), 0);
	assert_int_equal(r.filter, EMBER_FILTER_PROCESSES);
	assert_int_equal(r.nr_ids, 3);
	assert_int_equal(parse(&r, "--tid=4 --freq=5 --call-graph fp"), 0);
	assert_int_equal(r.filter, EMBER_FILTER_THREADS);
	assert_true(r.frame_pointers);
	assert_int_equal(parse(&r, "--only cgroup=/a --only unit=b.*"), 0);
	assert_int_equal(r.filter, EMBER_FILTER_CGROUP);
	assert_int_equal(r.only.nr, 2);
	assert_true(r.only.rule[1].kind == EMBER_ONLY_UNIT && r.only.rule[1].prefix);
	assert_int_equal(parse(&r, "-t 4"), 0);
	assert_int_equal(r.nr_debug_dirs, 0);
	assert_false(r.remote_files);
	assert_null(r.unwind_cache);
	assert_true(r.unwind_wait < 0);
	assert_int_equal(parse(&r, "--budget 0.5%"), 0);
	assert_int_equal(r.budget_ppm, 5000);
	assert_int_equal(parse(&r, "--unwind-wait 0"), 0);
	assert_true(r.unwind_wait == 0);
	assert_int_equal(parse(&r, "--unwind-wait 2500ms"), 0);
	assert_true(r.unwind_wait == 2.5);
	assert_int_equal(parse(&r, "--call-graph fp --call-graph tables --unwind-cache /usr"),
			 0);
	assert_false(r.frame_pointers);
	assert_string_equal(r.unwind_cache, "/usr");
	assert_int_equal(parse(&r, "--debug-dir /usr --remote-files --debug-dir /tmp"), 0);
	assert_int_equal(r.nr_debug_dirs, 2);
	assert_string_equal(r.debug_dirs[1], "/tmp");
	assert_true(r.remote_files);
	/* Events: the clock alone, beside others, or not at all. */
	assert_int_equal(parse(&r, "-e cpu -F 5"), 0);
	assert_int_equal(r.hz, 5);
	assert_int_equal(r.nr_events, 0);
	assert_int_equal(parse(&r, "-e cpu,growth"), 0);
	assert_int_equal(r.hz, 99);
	assert_int_equal(r.nr_events, 1);
	assert_int_equal(r.events[0].type, EMBER_EVENT_GROWTH);
	assert_true(r.events[0].period == 65536);
	assert_int_equal(parse(&r, "-e growth:1M"), 0);
	assert_int_equal(r.hz, 0);
	assert_true(r.events[0].period == 1 << 20);
	assert_int_equal(parse(&r, "--event=growth:1 -F 7 --event cpu"), 0);
	assert_int_equal(r.hz, 7);
	assert_true(r.events[0].period == 1);
	assert_int_equal(parse(&r, "-e growth:4294967295"), 0);
	assert_true(r.events[0].period == UINT32_MAX);
	assert_int_equal(parse(&r, "-e block"), 0);
	assert_int_equal(r.hz, 0);
	assert_int_equal(r.events[0].type, EMBER_EVENT_BLOCK);
	assert_true(r.events[0].period == 10000000);
	assert_int_equal(parse(&r, "-e cpu,block:2.5ms,preempt,growth --block-rate 100us"), 0);
	assert_int_equal(r.nr_events, 3);
	assert_true(r.events[0].period == 2500000);
	assert_int_equal(r.events[1].type, EMBER_EVENT_PREEMPT);
	assert_true(r.events[1].period == 100000);
	assert_true(r.events[2].period == 65536);
	assert_int_equal(parse(&r, "--block-rate=1ns -e block"), 0);
	assert_true(r.events[0].period == 1);
	assert_int_equal(parse(&r, "-e block:4s"), 0);
	assert_true(r.events[0].period == 4000000000);
	/* All time: periods of events are the clock's, unless they have their own. */
	assert_int_equal(parse(&r, "--wall -F 1000"), 0);
	assert_true(r.wall && r.cpu && r.hz == 1000 && r.nr_events == 2);
	assert_int_equal(r.events[0].type, EMBER_EVENT_BLOCK);
	assert_int_equal(r.events[1].type, EMBER_EVENT_PREEMPT);
	assert_true(r.events[0].period == 1000000 && r.events[1].period == 1000000);
	assert_int_equal(parse(&r, "-e preempt:2ms,growth --wall"), 0);
	assert_true(r.cpu && r.hz == 99 && r.nr_events == 3);
	assert_true(r.events[0].period == 2000000 && r.events[2].period == 10101010);
	assert_int_equal(parse(&r, "--wall --block-rate 5ms -F max"), 0);
	assert_true(r.events[0].period == 5000000);
	assert_int_equal(parse(&r, "--wall -F max"), 0);
	assert_true(r.events[0].period == 10000000);
	assert_int_equal(parse(&r, "-e cycles,cpu -e instructions,cache-misses,branch-misses"),
			 0);
	assert_int_equal(r.hz, 99);
	assert_int_equal(r.nr_events, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(r.events[i].type == EMBER_EVENT_CYCLES + i &&
			    r.events[i].period == 1);
	assert_int_equal(parse(&r, "-e block,mutex --mutex-rate 1ms"), 0);
	assert_true(r.events[0].period == 10000000);
	assert_int_equal(r.events[1].type, EMBER_EVENT_MUTEX);
	assert_true(r.events[1].period == 1000000);
	assert_int_equal(parse(&r, "-e block,mutex --block-rate 1ms"), 0);
	assert_true(r.events[0].period == 1000000 && r.events[1].period == 10000000);
	assert_int_equal(parse(&r, "-e mutex:5ms --mutex-rate 1ms"), 0);
	assert_true(r.events[0].period == 5000000);
	assert_int_equal(parse(&r, "-F 99 -h"), -1);
	assert_int_equal(parse(&r, "--help"), -1);
}

/* Each differs in one thing from what is right. */
static void test_refused(void **state)
{
	static const char *const wrong[] = {
		"-F 0",
		"--adopt --wall",
		"--wall=1",
		"-F -1",
		"-F 1.5",
		"-F 4294967295",
		"-F",
		"--freq",
		"-F fast",
		"-F max1",
		"-p",
		"-p x",
		"-p 1,",
		"-p 1 -t 2",
		"-p 1 -a",
		"-p 1 ls",
		"-t 1 ls",
		"-t 1 -a",
		"--only",
		"--only cgroup=",
		"--only cgroup=a",
		"--only unit=a/b",
		"--only comm=a",
		"--only label=a=b",
		"--only pid=1",
		"--only unit=a -p 1",
		"-t 1 --only unit=a",
		"--only unit=a -a",
		"--only unit=a ls",
		"--adopt --only unit=a",
		"-C x",
		"-C 9999",
		"-C",
		"--duration 0",
		"--duration x",
		"--duration -1",
		"-m 0",
		"-m x",
		"-m 9999999999G",
		"--ring-bytes 4G",
		"-e cycles",
		"-e",
		"-e cpu,",
		"-e ,cpu",
		"-e cpu:99",
		"-e growth:",
		"-e growth:0",
		"-e growth:x",
		"-e growth:4294967296",
		"-e growth,growth",
		"-e growth:1K -e growth",
		"-e growth:99999999999999999999999999999999999999999999999999999999999999999999",
		"-e growth -F 99",
		"-e growths",
		"-e block:",
		"-e block:0",
		"-e block:0.1ns",
		"-e block:5s",
		"-e block:64K",
		"-e block,block",
		"-e blocks",
		"-e cycles",
		"-e cpu,cycles:5",
		"-e cpu,cycles:1",
		"-e cpu,cycles,cycles",
		"-e cpu,cycle",
		"-e growth,instructions -F 99",
		"--block-rate 10ms -e cpu,cycles",
		"--block-rate 10ms",
		"--block-rate 10ms -e growth",
		"--block-rate 10ms -e cpu",
		"--block-rate 0 -e block",
		"--block-rate 64K -e block",
		"--block-rate",
		"--adopt --block-rate 10ms",
		"-e mutex:5s",
		"--mutex-rate 10ms",
		"--mutex-rate 10ms -e block",
		"--block-rate 10ms -e mutex",
		"--mutex-rate 64K -e mutex",
		"--adopt --mutex-rate 10ms",
		"-c 100",
		"--adopt -F 99",
		"--adopt -e cpu",
		"--adopt -e growth",
		"--adopt -C 0",
		"--adopt -p 1",
		"--adopt -t 1 -a",
		"--adopt -m 64",
		"--adopt --ring-bytes 64K",
		"--adopt --all-user",
		"--adopt --no-jitter",
		"--adopt=1",
		"--call-graph lbr",
		"--unwind-cache /none",
		"--budget much",
		"--budget 0",
		"--budget 0.009%",
		"--budget 101%",
		"--unwind-wait soon",
		"--unwind-wait -1",
		"--unwind-wait 00",
		"--all-user --all-kernel",
		"-x",
		"-gx",
		"--nothing",
		"--quiet=1",
		"-o",
		"--debug-dir",
		"--debug-dir /nowhere",
		"--debug-dir /proc/self/exe",
		"--remote-files=1",
	};
	static struct ember_request r;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (parse(&r, wrong[i]) != 2)
			fail_msg("taken: %s", wrong[i]);
}

static void test_kconfig(void **state)
{
	static const char text[] =
		"# Linux/arm 6.1\nCONFIG_MODULES=y\n# CONFIG_TRACEPOINTS is not set\n"
		"CONFIG_KALLSYMS_ALL=m\nCONFIG_HZ=250\nCONFIG_LOCALVERSION=\"-x y\"\nCONFIG_LAST=y";
	char value[16], *path = tool_path("config"), *zipped = tool_path("config.gz"), *read;
	FILE *file = fopen(path, "w");
	gzFile gz = gzopen(zipped, "wb");

	(void)state;
	ember_kconfig_value(text, "MODULES", value, sizeof(value));
	assert_string_equal(value, "y");
	ember_kconfig_value(text, "TRACEPOINTS", value, sizeof(value));
	assert_string_equal(value, "n");
	ember_kconfig_value(text, "KALLSYMS", value, sizeof(value));
	assert_string_equal(value, "n");
	ember_kconfig_value(text, "HZ", value, sizeof(value));
	assert_string_equal(value, "250");
	ember_kconfig_value(text, "LOCALVERSION", value, sizeof(value));
	assert_string_equal(value, "-x y");
	ember_kconfig_value(text, "LAST", value, 2);
	assert_string_equal(value, "y");
	assert_true(ember_kconfig_any(text, "TRACEPOINTS|KALLSYMS_ALL"));
	assert_false(ember_kconfig_any(text, "TRACEPOINTS|HZ"));

	assert_true(fputs(text, file) >= 0 && !fclose(file));
	assert_true(gzputs(gz, text) > 0 && gzclose(gz) == Z_OK);
	read = ember_kconfig_read(path);
	assert_string_equal(read, text);
	free(read);
	read = ember_kconfig_read(zipped);
	assert_string_equal(read, text);
	free(read);
	assert_null(ember_kconfig_read("/nonexistent/config"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_request), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kconfig), cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, tool_clean);
}
