// SPDX-License-Identifier: GPL-2.0-or-later
/* What waits are for, and the time of threads as a whole. */
#include "tool.h"

#include <sys/stat.h>

#include "base/event.h"
#include "base/wait_kind.h"
#include "workstation/cmd/commands.h"
#include "export/export.h"
#include "import/file.h"
#include "import/input.h"
#include "log/only.h"
#include "model/profile_labels.h"
#include "model/tally.h"
#include "model/wall.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"
#include "workstation/report/slice.h"

#define MS     1000000ull
#define KERNEL 0xffffffff81000000ull

/* ---- kinds ---- */

/* names: innermost first */
static const char *kind(uint32_t state, const char *names)
{
	const char *kind = ember_wait_kind(state);
	char text[400], *name, *at = text;

	assert_true(strlen(names) < sizeof(text));
	strcpy(text, names);
	while ((name = strsep(&at, " ")) != NULL)
		kind = ember_wait_kind_frame(kind, name);
	return kind;
}

static void test_kinds(void **state)
{
	static const struct {
		uint32_t state;
		const char *kind, *names;
	} is[] = {
		{ EMBER_WAIT_SLEEP, "futex",
		  "__schedule schedule futex_wait_queue futex_wait do_futex __x64_sys_futex" },
		{ EMBER_WAIT_SLEEP, "futex", "schedule __futex_wait futex_wait" },
		{ EMBER_WAIT_SLEEP, "sleep",
		  "schedule do_nanosleep hrtimer_nanosleep common_nsleep __se_sys_nanosleep" },
		{ EMBER_WAIT_SLEEP, "poll",
		  "schedule schedule_hrtimeout_range_clock ep_poll do_epoll_wait" },
		{ EMBER_WAIT_SLEEP, "poll", "schedule poll_schedule_timeout do_sys_poll" },
		{ EMBER_WAIT_SLEEP, "pipe",
		  "__schedule schedule pipe_read vfs_read ksys_read" },
		{ EMBER_WAIT_SLEEP, "pipe", "schedule anon_pipe_write vfs_write" },
		{ EMBER_WAIT_SLEEP, "socket",
		  "schedule schedule_timeout unix_stream_data_wait unix_stream_read_generic" },
		{ EMBER_WAIT_SLEEP, "socket", "schedule wait_woken sk_wait_data tcp_recvmsg" },
		{ EMBER_WAIT_IO, "io", "io_schedule folio_wait_bit_common filemap_read" },
		{ EMBER_WAIT_UNINTERRUPTIBLE, "io", "schedule io_schedule bit_wait_io" },
		/* A page that is read in for a fault. */
		{ EMBER_WAIT_IO, "fault",
		  "io_schedule folio_wait_bit_common filemap_fault __do_fault handle_mm_fault" },
		{ EMBER_WAIT_UNINTERRUPTIBLE, "fault",
		  "schedule handle_userfault do_page_fault" },
		/* The map's lock is no page that is read in, and a futex's lock is the futex. */
		{ EMBER_WAIT_UNINTERRUPTIBLE, "lock",
		  "schedule rwsem_down_read_slowpath down_read do_user_addr_fault" },
		{ EMBER_WAIT_SLEEP, "futex",
		  "schedule rt_mutex_slowlock_block rt_mutex_wait_proxy_lock futex_lock_pi" },
		{ EMBER_WAIT_UNINTERRUPTIBLE, "lock", "schedule __mutex_lock pipe_read" },
		{ EMBER_WAIT_SLEEP, "child", "schedule do_wait kernel_wait4 __do_sys_wait4" },
		{ EMBER_WAIT_SLEEP, "signal", "schedule do_sigtimedwait" },
		{ EMBER_WAIT_SLEEP, "tty", "schedule wait_woken n_tty_read tty_read" },
		{ EMBER_WAIT_SLEEP, "ipc", "schedule do_msgrcv" },
		{ EMBER_WAIT_SLEEP, "event", "schedule eventfd_read vfs_read" },
		/* States decide where no function is known. */
		{ EMBER_WAIT_SLEEP, "interruptible", "schedule worker_thread kthread" },
		{ EMBER_WAIT_SLEEP, "interruptible", "" },
		{ EMBER_WAIT_SLEEP, "interruptible", "futex" },
		{ EMBER_WAIT_UNINTERRUPTIBLE, "uninterruptible", "schedule unknown" },
		{ EMBER_WAIT_IO, "io", "" },
		{ EMBER_WAIT_STOPPED, "stopped", "schedule ptrace_stop futex_wait" },
		{ EMBER_WAIT_PREEMPTED, "preempted", "" },
		{ 15, "uninterruptible", "" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(is) / sizeof(*is); i++)
		assert_string_equal(kind(is[i].state, is[i].names), is[i].kind);
}

/* ---- a profile with known samples ---- */

static const char *const symbols[] = { "do_nanosleep", "futex_wait", "pipe_read", "schedule" };

static uint32_t stack_of(struct ember_tally *t, unsigned int symbol, bool kernel)
{
	struct ember_normalized placed = { .nr_kernel = kernel ? 2 : 0, .nr_user = 1 };
	struct ember_file file = { .flags = EMBER_FILE_KERNEL, .path = "kernel" };
	struct ember_extent extent = { .start = KERNEL, .end = KERNEL + 0x100000 };
	unsigned int n = 0;

	extent.file = ember_dictionary_file(&t->dict, &file);
	if (kernel) {
		placed.extent[0] = placed.extent[1] =
			ember_dictionary_extent(&t->dict, &extent);
		placed.address[n++] = KERNEL + 0x1000 * 4 + 8;
		placed.address[n++] = KERNEL + 0x1000 * (symbol + 1) + 8;
	}
	placed.extent[n] = EMBER_NO_NUMBER;
	placed.address[n] = 0x1000 + symbol;
	return ember_dictionary_stack(&t->dict, &placed);
}

static void add_wait(struct ember_tally *t, uint32_t event, uint32_t state, uint32_t thread,
		     unsigned int symbol, uint64_t ns)
{
	struct ember_weighted w = { .event = event,
				    .state = state,
				    .thread = thread,
				    .stack =
					    stack_of(t, symbol, state != EMBER_WAIT_PREEMPTED),
				    .sum = { 1, ns } };
	struct ember_weighted_moment moment = {
		.time_ns = ns, .weight = ns, .count = 1, .event = event
	};

	moment.sample = ember_event_set_add(&t->events, &w);
	ember_event_set_moment(&t->events, &moment);
}

/* Two threads: CPU time of 30 ms and 10 ms, waits of 69 ms and 90 ms, 1 ms lost to others. */
static void fill(struct ember_tally *t, bool preempts)
{
	struct ember_event_info block = {
		"block", EMBER_EVENT_BLOCK, EMBER_UNIT_NANOSECONDS, 10 * MS, {}
	};
	struct ember_event_info preempt = {
		"preempt", EMBER_EVENT_PREEMPT, EMBER_UNIT_NANOSECONDS, 10 * MS, {}
	};
	struct ember_thread thread = { .tid = 7, .tgid = 7, .comm = "one" };
	uint32_t one, two, i;

	memset(t, 0, sizeof(*t));
	t->period_ns = 10 * MS;
	t->clocked = true;
	t->duration_ns = 100 * MS;
	one = ember_dictionary_thread(&t->dict, &thread);
	thread.tid = 8;
	two = ember_dictionary_thread(&t->dict, &thread);
	ember_event_set_event(&t->events, &block, false);
	if (preempts)
		ember_event_set_event(&t->events, &preempt, false);
	for (i = 0; i < 4; i++) {
		struct ember_timestamp moment = { .time_ns = i, .points = 1 };

		moment.sample = ember_sample_set_add(
			&t->counts, &(struct ember_count){ i < 3 ? one : two,
							   stack_of(t, 9, false), 0, 1 });
		ember_tally_timestamp(t, &moment);
	}
	add_wait(t, 0, EMBER_WAIT_SLEEP, one, 0, 39 * MS);
	add_wait(t, 0, EMBER_WAIT_SLEEP, one, 1, 30 * MS);
	add_wait(t, 0, EMBER_WAIT_SLEEP, two, 2, 80 * MS);
	add_wait(t, 0, EMBER_WAIT_STOPPED, two, 2, 10 * MS);
	if (preempts)
		add_wait(t, 1, EMBER_WAIT_PREEMPTED, one, 9, 1 * MS);
}

static struct ember_profile *named(struct ember_tally *t)
{
	struct ember_symbols *s = ember_symbols_new();
	char *map = tool_path("System.map");
	struct ember_profile *p;
	FILE *file = fopen(map, "w");
	unsigned int i;

	assert_non_null(file);
	fprintf(file, "%llx T _stext\n", KERNEL);
	for (i = 0; i < sizeof(symbols) / sizeof(*symbols); i++)
		fprintf(file, "%llx T %s\n", KERNEL + 0x1000 * (i + 1), symbols[i]);
	fprintf(file, "%llx T _etext\n", KERNEL + 0x5000);
	fclose(file);
	ember_symbols_vmlinux(s, map);
	p = ember_naming_profile(t, s);
	ember_symbols_free(s);
	ember_tally_free(t);
	ember_profile_by_time(p);
	return p;
}

/* The sum of values of a thread, of waits for something; NULL: of all samples. */
static uint64_t sum(const struct ember_profile *p, const char *type, uint32_t tid,
		    const char *wait)
{
	uint64_t sum = 0;
	uint32_t i, t;

	for (t = 0; t < p->nr_type; t++)
		if (!strcmp(ember_text(p, p->type[t].name), type))
			break;
	assert_true(t < p->nr_type);
	for (i = 0; i < p->nr_sample; i++) {
		const char *is = ember_profile_label_value(p, p->sample[i].labels, "wait");

		if (p->sample[i].tid == tid && (!wait || (is && !strcmp(is, wait))))
			sum += p->value[(uint64_t)i * p->nr_type + t];
	}
	return sum;
}

static void test_labels(void **state)
{
	struct ember_tally tally;
	struct ember_profile *p;

	(void)state;
	fill(&tally, true);
	p = named(&tally);
	assert_int_equal(sum(p, "delay", 7, "sleep"), 39 * MS);
	assert_int_equal(sum(p, "delay", 7, "futex"), 30 * MS);
	assert_int_equal(sum(p, "delay", 8, "pipe"), 80 * MS);
	/* One stack, two states: two samples. */
	assert_int_equal(sum(p, "delay", 8, "stopped"), 10 * MS);
	assert_int_equal(sum(p, "preempted", 7, "preempted"), 1 * MS);
	assert_int_equal(sum(p, "delay", 7, "preempted"), 0);
	/* What the clock sampled is no wait. */
	assert_int_equal(sum(p, "cpu", 7, NULL), 30 * MS);
	assert_int_equal(sum(p, "cpu", 7, "sleep"), 0);
	ember_profile_free(p);
}

static bool wants(const void *only, const char *kind)
{
	return ember_only_wants_wait(only, kind);
}

/* Of conditions on waits one is fulfilled; CPU samples fulfil none. */
static void test_only(void **state)
{
	struct ember_only only = {};
	struct ember_tally tally;
	struct ember_profile *p;

	(void)state;
	assert_null(ember_only_add(&only, "comm=one"));
	assert_false(ember_only_waits(&only));
	assert_true(ember_only_wants_wait(&only, "pipe"));
	assert_null(ember_only_add(&only, "wait=fut*"));
	assert_null(ember_only_add(&only, "wait=stopped"));
	assert_non_null(ember_only_add(&only, "wait="));
	assert_true(ember_only_waits(&only));
	assert_true(ember_only_wants(&only, "one", NULL, 0));
	assert_false(ember_only_labels(&only));
	fill(&tally, true);
	tally.wants_wait = wants;
	tally.wants_context = &only;
	p = named(&tally);
	assert_int_equal(sum(p, "delay", 7, NULL), 30 * MS);
	assert_int_equal(sum(p, "delay", 8, NULL), 10 * MS);
	assert_int_equal(sum(p, "cpu", 7, NULL), 0);
	assert_int_equal(p->nr_sample, 2);
	assert_int_equal(p->nr_weighted, 2);
	ember_profile_free(p);
}

/* ---- all time ---- */

static void test_wall(void **state)
{
	static const char *const lines[] = {
		"one;[running];", "one;[sleep];",   "one;[futex];",
		"one;[pipe];",	  "one;[stopped];", "one;[preempted];",
	};
	struct ember_tally tally;
	struct ember_profile *p, *again;
	const char *path = tool_path("wall.folded"), *pb, *why;
	struct stat st;
	unsigned int i;
	uint32_t nr;
	char *text;

	(void)state;
	fill(&tally, true);
	p = named(&tally);
	assert_true(ember_wall_show(p));
	assert_true(ember_wall_shown(p));
	assert_int_equal(sum(p, "wall", 7, NULL), 100 * MS);
	assert_int_equal(sum(p, "wall", 8, NULL), 100 * MS);
	assert_int_equal(sum(p, "wall", 7, "futex"), 30 * MS);
	assert_int_equal(sum(p, "delay", 7, "futex"), 30 * MS);
	assert_int_equal(sum(p, "cpu", 8, NULL), 10 * MS);
	/* Once is enough. */
	nr = p->nr_type;
	assert_true(ember_wall_show(p));
	assert_int_equal(p->nr_type, nr);
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_non_null(strstr(text, lines[i]));
	free(text);
	/* What is not of one event has no list of its samples. */
	assert_int_equal(ember_export_write(p, tool_path("wall.perf"), NULL), 1);
	pb = tool_path("wall.pb");
	assert_int_equal(ember_export_write(p, pb, NULL), 0);
	assert_int_equal(stat(pb, &st), 0);
	text = tool_read(pb);
	again = ember_import_bytes((uint8_t *)text, st.st_size, &why);
	assert_non_null(again);
	free(text);
	/* Its default, and its unit. */
	assert_true(ember_wall_shown(again));
	assert_string_equal(ember_text(again, again->type[again->shown].unit), "nanoseconds");
	assert_int_equal(sum(again, "wall", 7, NULL), 100 * MS);
	assert_int_equal(sum(again, "wall", 7, "sleep"), 39 * MS);
	assert_int_equal(again->nr_event, 2);
	/* It is no event that could be compared. */
	optind = 0;
	assert_int_equal(ember_cmd_diff(5, (char *[]){ "diff", "--event", "wall", (char *)pb,
						       (char *)pb, NULL }),
			 1);
	optind = 0;
	assert_int_equal(ember_cmd_diff(7, (char *[]){ "diff", "--event", "block", "-o",
						       tool_path("diff.txt"), (char *)pb,
						       (char *)pb, NULL }),
			 0);
	/* Samples can be added to it. */
	assert_true(ember_wall_show(again));
	assert_int_equal(again->nr_type, nr);
	ember_profile_free(again);
	ember_profile_free(p);
}

/* Each slice of the time has its samples' states and sums. */
static void test_slices(void **state)
{
	struct ember_tally tally;
	struct ember_profile *p, *slice;
	struct ember_slice of = {};
	char *text;

	(void)state;
	fill(&tally, true);
	p = named(&tally);
	assert_true(ember_wall_show(p));
	/* Three of four CPU samples, and all but the longest wait. */
	of.last = 3;
	of.last_weighted = p->nr_weighted - 1;
	slice = ember_slice_make(p, &of);
	assert_true(ember_wall_shown(slice));
	assert_int_equal(sum(slice, "wall", 7, NULL), 100 * MS);
	assert_int_equal(sum(slice, "wall", 8, NULL), 10 * MS);
	assert_int_equal(ember_export_write(slice, tool_path("slice.folded"), NULL), 0);
	text = tool_read(tool_path("slice.folded"));
	assert_non_null(strstr(text, "one;[futex];"));
	assert_non_null(strstr(text, "one;[running];"));
	assert_null(strstr(text, "one;[pipe];"));
	free(text);
	ember_profile_free(slice);
	ember_profile_free(p);
}

static void test_parts(void **state)
{
	struct ember_tally tally;
	struct ember_profile *p;
	uint64_t values[EMBER_TYPES_MAX] = { 1, 2, 3, 4, 5 };
	uint32_t i;

	(void)state;
	/* Without preemption: a CPU that others have is in no sum. */
	fill(&tally, false);
	p = named(&tally);
	assert_true(ember_wall_show(p));
	assert_int_equal(sum(p, "wall", 7, NULL), 99 * MS);
	/* It can grow. */
	for (i = 0; i < 100; i++)
		ember_profile_sample(p, &(struct ember_sample){ .tid = 1000 + i }, NULL, 0,
				     values);
	assert_int_equal(sum(p, "wall", 1050, NULL), 5);
	ember_profile_free(p);
	/* Neither CPU samples alone nor waits alone are all time. */
	fill(&tally, false);
	ember_tally_only(&tally, "cpu");
	p = named(&tally);
	assert_false(ember_wall_show(p));
	assert_int_equal(ember_input_show(p, "wall", "LOG"), 1);
	ember_profile_free(p);
	fill(&tally, true);
	ember_tally_only(&tally, "block");
	p = named(&tally);
	assert_false(ember_wall_show(p));
	ember_profile_free(p);
	assert_false(ember_event_name_good("wall", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),  cmocka_unit_test(test_labels),
		cmocka_unit_test(test_only),   cmocka_unit_test(test_wall),
		cmocka_unit_test(test_slices), cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("tool_wall", tests, NULL, tool_clean);
}
